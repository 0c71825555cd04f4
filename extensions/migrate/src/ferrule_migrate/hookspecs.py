"""The hooks that the migration extension opens to others, and to a project's own extension."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa

from ferrule import App, hookspec
from ferrule.hooks import Result

__all__ = ["MigrateHooks"]


class MigrateHooks:
    """What others may say of migrations.

    An extension that can do without this one marks its implementations with ``@hookimpl(optionalhook=True)``. All are
    called dependencies first.
    """

    @hookspec(result=Result.BY_EXTENSION)
    def migrate_versions(self, app: App) -> Path | str | None:
        """Return the folder, in the extension's package, with the revisions of its tables; ``None`` for no tables.

        They are a branch of their own. The first has no ``down_revision`` and bears the extension's name as its label;
        each identifier begins with that name and two underscores, as ``login__4f0c3a`` does, so that whoever looks at a
        database knows whose a revision is. In a name, ``-`` becomes ``_``.

        Called when the application is completed, by each command of ``ferrule db``, and, of an extension that is
        installed and not enabled, where a database still has its tables. It must not touch the database. An exception
        ends the command.
        """

    @hookspec(result=Result.BY_EXTENSION)
    def migrate_tables(self, app: App) -> Iterable[sa.Table] | None:
        """Return the tables that these revisions make, and that the application's revisions therefore leave alone.

        Import the modules that have them here, rather than at the top. Called where models are compared with a
        database, once the application's own are imported. An exception ends the command.
        """
