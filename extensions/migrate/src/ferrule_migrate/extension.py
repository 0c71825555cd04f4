"""The extension: where an application's revisions are, and which models they are compared with."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import ClassVar

import sqlalchemy as sa

from ferrule import App, Extension, ExtensionError, hookimpl
from ferrule_sqlalchemy import SQLAlchemy

from .hookspecs import MigrateHooks
from .settings import MigrateSettings
from .shipping import claim_folders

__all__ = ["Migrate"]


class Migrate(Extension):
    """Database migrations with Alembic, whose environment is a part of this package."""

    name = "migrate"
    description = "Database migrations: `ferrule db`."
    api_version: ClassVar[str] = "0.1"
    thread_safe: ClassVar[bool] = True
    fork_safe: ClassVar[bool] = True
    async_safe: ClassVar[bool] = True
    settings_class: ClassVar[type[MigrateSettings]] = MigrateSettings
    hookspecs: ClassVar[type[MigrateHooks]] = MigrateHooks
    requires: ClassVar[tuple[str, ...]] = ("sqlalchemy",)

    def directory(self, app: App) -> Path:
        """Return the folder with ``versions/``."""
        return project_folder(app) / app.config.settings(MigrateSettings).directory

    def metadata(self, app: App) -> sa.MetaData:
        """Return the tables that the database should have, once the modules with models are imported.

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
        return app.extension(SQLAlchemy).metadata

    @hookimpl
    def app_ready(self, app: App) -> None:
        """Note whose each folder of revisions is; what is wrong with one is told by who uses it."""
        claim_folders(app)


def project_folder(app: App) -> Path:
    """Return the folder of the configuration file; without one, that of the application's module or package."""
    if app.config_file is not None:
        return app.config_file.parent
    root = Path(app.root_path)
    return root.parent if (root / "__init__.py").exists() else root
