"""SQLAlchemy for Ferrule."""

from .exceptions import TransactionError, UnboundBindError
from .extension import SQLAlchemy, db
from .hookspecs import SQLAlchemyHooks
from .keyset import KeysetPagination
from .models import Model, ModelConventions
from .pagination import Pagination
from .settings import SQLAlchemySettings

__all__ = [
    "KeysetPagination",
    "Model",
    "ModelConventions",
    "Pagination",
    "SQLAlchemy",
    "SQLAlchemyHooks",
    "SQLAlchemySettings",
    "TransactionError",
    "UnboundBindError",
    "db",
]
