"""Operations that lose data, stop the code that runs, or block it: which they are, and how to do without."""

from .catalogue import KINDS, Kind, Level
from .explaining import explained
from .hazard import Hazard

__all__ = ["KINDS", "Hazard", "Kind", "Level", "explained"]
