"""The commands as functions: what ``ferrule db`` calls, and what scripts and tests may. Alembic loads at the first."""

from .extensions import leftovers, remove
from .looking import branches, check, current, current_of_all, heads, history, pending, pending_hazards, show
from .moving import downgrade, stamp, upgrade
from .probing import is_ready, readiness
from .writing import edit, init, list_templates, merge, migrate, revision

__all__ = [
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
