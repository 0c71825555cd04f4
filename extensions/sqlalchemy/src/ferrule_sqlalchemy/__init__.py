"""SQLAlchemy for Ferrule."""

from .extension import SQLAlchemy, db
from .models import Model
from .pagination import Pagination
from .settings import SQLAlchemySettings

__all__ = ["Model", "Pagination", "SQLAlchemy", "SQLAlchemySettings", "db"]
