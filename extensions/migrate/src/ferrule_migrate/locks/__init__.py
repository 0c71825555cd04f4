"""The locks that let one run at a time change a database: in the process, and in the database itself."""

from .holding import held
from .process import in_process

__all__ = ["held", "in_process"]
