"""Database migrations for Ferrule: Alembic, with its environment inside the package."""

from .exceptions import LockedError, MigrationError
from .extension import Migrate
from .operations import current, downgrade, history, migrate, pending, revision, upgrade
from .settings import MigrateSettings

__all__ = [
    "LockedError",
    "Migrate",
    "MigrateSettings",
    "MigrationError",
    "current",
    "downgrade",
    "history",
    "migrate",
    "pending",
    "revision",
    "upgrade",
]
