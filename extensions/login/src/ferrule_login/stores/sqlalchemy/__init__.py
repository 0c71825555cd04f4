"""Stores in the application's database; loaded where the extension ``sqlalchemy`` is enabled, too."""

from .attempts import DatabaseAttempts
from .bridge import engine_for
from .remembered import DatabaseRemembered
from .tables import TABLES
from .tokens import DatabaseTokens

__all__ = ["TABLES", "DatabaseAttempts", "DatabaseRemembered", "DatabaseTokens", "engine_for"]
