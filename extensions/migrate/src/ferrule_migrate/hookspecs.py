"""The hooks that the migration extension opens to others, and to a project's own extension."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ferrule import App, hookspec
from ferrule.hooks import Result

if TYPE_CHECKING:  # PERF: an application that starts does not load Alembic
    from alembic.operations.ops import MigrationScript
    from sqlalchemy.sql.schema import SchemaItem

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

        Their names begin with the extension's and an underscore, as ``login_attempt`` does, or they are in a schema of
        that name. By that they are known, and left alone, when the extension is not enabled any more.

        Import the modules that have them here, rather than at the top. Called where models are compared with a
        database, once the application's own are imported. An exception ends the command.
        """

    @hookspec(result=Result.MERGED)
    def migrate_configure(self, app: App, bind_key: str | None, options: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return arguments of ``alembic.context.configure``, over those of the configuration.

        Called once for each database of a run, before anything is asked of it. ``options`` are the arguments as they
        would be. Where two extensions say the same one, the later wins; what ``Migrate(…)`` was given comes over all of
        them. An exception ends the command, and nothing is changed.
        """

    @hookspec(result=Result.FIRST)
    def migrate_include_object(
        self,
        app: App,
        bind_key: str | None,
        object: SchemaItem,
        name: str | None,
        type_: str,
        reflected: bool,
        compare_to: SchemaItem | None,
    ) -> bool | None:
        """Tell whether a table, column, index or constraint is to be compared, as Alembic's ``include_object``.

        Called for each object where the models are compared with a database. The first answer that is not ``None``
        decides: ``False`` leaves the object out, so that it is neither made nor dropped. An exception ends the command.
        """

    @hookspec()
    def migrate_process_revision(self, app: App, directives: list[MigrationScript]) -> None:
        """Change what will be written, or add to it: the operations of a revision are objects that may be edited.

        Called once for each revision that is made of models or of nothing, after all databases were compared. An empty
        list writes nothing. An exception ends the command, and nothing is written.
        """
