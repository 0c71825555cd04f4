"""Database migrations for Ferrule: Alembic, with its environment inside the package."""

from .api import (
    branches,
    check,
    current,
    current_of_all,
    downgrade,
    edit,
    heads,
    history,
    init,
    leftovers,
    list_templates,
    merge,
    migrate,
    pending,
    remove,
    revision,
    show,
    stamp,
    upgrade,
)
from .exceptions import LockedError, MigrationError, RevisionError
from .extension import Migrate
from .hookspecs import MigrateHooks
from .left_behind import Leftover
from .revisions import Findings, Revision, Step
from .settings import MigrateSettings

__all__ = [
    "Findings",
    "Leftover",
    "LockedError",
    "Migrate",
    "MigrateHooks",
    "MigrateSettings",
    "MigrationError",
    "Revision",
    "RevisionError",
    "Step",
    "branches",
    "check",
    "current",
    "current_of_all",
    "downgrade",
    "edit",
    "heads",
    "history",
    "init",
    "leftovers",
    "list_templates",
    "merge",
    "migrate",
    "pending",
    "remove",
    "revision",
    "show",
    "stamp",
    "upgrade",
]
