"""The locks that let one run at a time change a database: in the process, and in the database itself."""

from .blockers import blockers
from .guarding import Guard
from .holding import held
from .patience import Patience
from .process import in_process

__all__ = ["Guard", "Patience", "blockers", "held", "in_process"]
