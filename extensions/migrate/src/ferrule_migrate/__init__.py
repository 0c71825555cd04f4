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
    is_ready,
    leftovers,
    list_templates,
    merge,
    migrate,
    pending,
    pending_hazards,
    readiness,
    remove,
    revision,
    show,
    stamp,
    upgrade,
)
from .exceptions import DestructiveError, LockedError, MigrationError, RevisionError, UnknownRevisionError
from .extension import Migrate
from .hazards import Hazard, Kind, Level
from .hookspecs import MigrateHooks
from .left_behind import Leftover
from .probes import Readiness
from .revisions import Findings, Revision, Step
from .settings import MigrateSettings

__all__ = [
    "DestructiveError",
    "Findings",
    "Hazard",
    "Kind",
    "Leftover",
    "Level",
    "LockedError",
    "Migrate",
    "MigrateHooks",
    "MigrateSettings",
    "MigrationError",
    "Readiness",
    "Revision",
    "RevisionError",
    "Step",
    "UnknownRevisionError",
    "branches",
    "check",
    "current",
    "current_of_all",
    "downgrade",
    "edit",
    "heads",
    "history",
    "init",
    "is_ready",
    "leftovers",
    "list_templates",
    "merge",
    "migrate",
    "pending",
    "pending_hazards",
    "readiness",
    "remove",
    "revision",
    "show",
    "stamp",
    "upgrade",
]
