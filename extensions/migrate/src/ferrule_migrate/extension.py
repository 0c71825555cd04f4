"""The extension: where an application's revisions are, and what Alembic is told."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, ClassVar

import sqlalchemy as sa

from ferrule import App, Check, hookimpl
from ferrule_sqlalchemy import SQLAlchemy

from .folders import unused_environment
from .given import Given
from .hookspecs import MigrateHooks
from .models import import_models, metadata_of
from .probes import Slot, findings, tell_developer
from .settings import MigrateSettings
from .shipping import claim_folders

__all__ = ["Migrate"]


class Migrate(Given):
    """Database migrations with Alembic, whose environment is a part of this package.

    Args:
        app: An application to enlist the extension with, as :meth:`init_app` does.
        db: The application's SQLAlchemy extension, enlisted too unless it is already there.
        directory: The folder with ``versions/``, instead of what the configuration says.
        **options: Arguments of ``alembic.context.configure``, over those of the configuration and of hooks.
    """

    name = "migrate"
    description = "Database migrations: `ferrule db`."
    api_version: ClassVar[str] = "0.1"
    thread_safe: ClassVar[bool] = True
    fork_safe: ClassVar[bool] = True
    async_safe: ClassVar[bool] = True
    settings_class: ClassVar[type[MigrateSettings]] = MigrateSettings
    hookspecs: ClassVar[type[MigrateHooks]] = MigrateHooks
    requires: ClassVar[tuple[str, ...]] = ("sqlalchemy",)

    def __init__(
        self,
        app: App | None = None,
        db: SQLAlchemy | None = None,
        directory: str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(directory, options)
        self._db = db
        if app is not None:
            self.init_app(app)

    def init_app(self, app: App, db: SQLAlchemy | None = None) -> None:
        """Enlist this extension with an application, as a line of its configuration file would.

        Args:
            app: The application. Once it is initialised, what the extension requires must already be there.
            db: The application's SQLAlchemy extension, enlisted too unless one is already there.

        Raises:
            SetupError: The application has answered its first request.
            ExtensionError: The extension is misdeclared, or what it requires is missing.
        """
        db = db or self._db
        if db is not None and SQLAlchemy.name not in app.extensions:
            db.init_app(app)
        super().init_app(app)

    def metadata(self, app: App) -> sa.MetaData:
        """Return the tables that the default database should have, once the modules with models are imported.

        Raises:
            ExtensionError: A module of ``[migrate] models`` cannot be imported.
        """
        import_models(app)
        return metadata_of(app, None)

    def make_state(self, app: App) -> Slot:
        """Make the place of what probes have found."""
        return Slot()

    @hookimpl
    def check_app(self, app: App, deploy: bool) -> Iterator[Check]:
        """Yield what is wrong with shipped migrations, or unused; for production, whether databases are ready."""
        yield from findings(app, deploy=deploy)
        yield from unused_environment(self.directory(app))

    @hookimpl
    def development_server_started(self, app: App) -> None:
        """Tell the developer of revisions that are pending."""
        tell_developer(app)

    @hookimpl
    def app_ready(self, app: App) -> None:
        """Note whose each folder of revisions is; what is wrong with one is told by who uses it."""
        claim_folders(app)
