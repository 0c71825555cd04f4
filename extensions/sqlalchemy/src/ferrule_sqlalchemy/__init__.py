"""SQLAlchemy for Ferrule."""

from .exceptions import TransactionError, UnboundBindError
from .extension import SQLAlchemy, db
from .hookspecs import SQLAlchemyHooks
from .models import Model, ModelConventions
from .pagination import Pagination
from .settings import SQLAlchemySettings

__all__ = [
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
