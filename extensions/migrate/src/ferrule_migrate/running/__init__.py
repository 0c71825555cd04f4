"""One run of Alembic: its environment, and what it is told."""

from .environment import run
from .executing import execute
from .steps import function_of, on_database, refuse_unknown

__all__ = ["execute", "function_of", "on_database", "refuse_unknown", "run"]
