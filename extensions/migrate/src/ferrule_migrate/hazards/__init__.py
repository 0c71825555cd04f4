"""Operations that lose data, stop the code that runs, or block it: which they are, and how to do without."""

from .catalogue import KINDS, Kind, Level
from .finding import find
from .hazard import Hazard
from .recorded import Recorded, flattened

__all__ = ["KINDS", "Hazard", "Kind", "Level", "Recorded", "find", "flattened"]
