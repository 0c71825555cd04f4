"""SQLAlchemy for Ferrule."""

from .extension import SQLAlchemy, db
from .hookspecs import SQLAlchemyHooks
from .models import Model
from .pagination import Pagination
from .settings import SQLAlchemySettings

__all__ = ["Model", "Pagination", "SQLAlchemy", "SQLAlchemyHooks", "SQLAlchemySettings", "db"]
