"""SQLAlchemy for Ferrule."""

from .exceptions import TransactionError, UnboundBindError
from .extension import SQLAlchemy, db
from .hookspecs import SQLAlchemyHooks
from .keyset import KeysetPagination
from .lazy_loads import NPlusOneError
from .models import Model, ModelConventions
from .pagination import Pagination
from .recording import RecordedQuery, get_recorded_queries
from .settings import SQLAlchemySettings

__all__ = [
    "KeysetPagination",
    "Model",
    "ModelConventions",
    "NPlusOneError",
    "Pagination",
    "RecordedQuery",
    "SQLAlchemy",
    "SQLAlchemyHooks",
    "SQLAlchemySettings",
    "TransactionError",
    "UnboundBindError",
    "db",
    "get_recorded_queries",
]
