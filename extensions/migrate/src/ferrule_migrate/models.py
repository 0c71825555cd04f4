"""The tables that the databases should have."""

from __future__ import annotations

from importlib import import_module

import sqlalchemy as sa

from ferrule import App, ExtensionError
from ferrule_sqlalchemy import SQLAlchemy

from .settings import MigrateSettings

__all__ = ["import_models", "metadata_of"]


def import_models(app: App) -> None:
    """Import the modules with models that importing the application does not import.

    Raises:
        ExtensionError: A module of ``[migrate] models`` cannot be imported.
    """
    for module in app.config.settings(MigrateSettings).models:
        try:
            import_module(module)
        except ImportError as error:
            raise ExtensionError(
                f"{app.config.origin('MIGRATE_MODELS')} [migrate] models: {module!r} cannot be imported: {error}"
            ) from error


def metadata_of(app: App, bind_key: str | None) -> sa.MetaData:
    """Return the tables that the database of a bind should have."""
    db = app.extension(SQLAlchemy)
    return db.metadata if bind_key is None else db.metadatas[bind_key]
