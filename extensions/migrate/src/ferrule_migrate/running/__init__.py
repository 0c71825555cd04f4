"""One run of Alembic: its environment, and what it is told."""

from .environment import run
from .executing import execute
from .steps import on_database

__all__ = ["execute", "on_database", "run"]
