"""The revisions of an application, up and down one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import sqlalchemy as sa
from alembic.script import Script

from ..databases import Database
from ..operations import moving
from ..scripts import Repository
from ..settings import MigrateSettings
from .filling import Given, Unfilled, fill, reflected
from .surveys import Contents, Schema, contents_of, schema_of

__all__ = ["Broken", "Stairs"]


class Broken(Exception):  # noqa: N818  # it is a verdict, which the test reports without a traceback
    """A promise is not kept; the text says what is wrong, and what cures it."""


class Stairs:
    """The revisions of an application, and its databases.

    Args:
        repository: The revisions; the databases are changed.
        given: What a project says itself of rows.
        rows: How many rows each table gets.

    Attributes:
        steps: The revisions, in the order in which they are applied.
    """

    def __init__(self, repository: Repository, given: Given, rows: int) -> None:
        self._repository = repository
        self._given = given
        self._rows = rows
        self.steps: list[Script] = list(reversed(list(repository.scripts.walk_revisions())))

    def up(self, script: Script, where: str) -> None:
        """Apply a revision; all that it follows are applied already.

        Args:
            script: The revision.
            where: On what, for messages.
        """
        with _failing(script, "upgrade", where):
            moving.upgrade(self._repository, script.revision, sql=False, tag=None, on_step=_ignored)

    def down(self, script: Script, where: str) -> None:
        """Undo a revision; nothing that follows it is applied.

        Args:
            script: The revision.
            where: On what, for messages.
        """
        with _failing(script, "downgrade", where):
            moving.downgrade(self._repository, _below(script), sql=False, tag=None, on_step=_ignored)

    def fill(self) -> list[Unfilled]:
        """Give each table of each database the rows that it lacks; return those that none could be made up for."""
        unfilled: list[Unfilled] = []
        for database in self._repository.databases:
            with database.engine.begin() as connection:
                unfilled += fill(connection, self._tables(connection, database), self._given, rows=self._rows)
        return unfilled

    def contents(self) -> dict[str, Contents]:
        """Return what each table holds."""
        found: dict[str, Contents] = {}
        for database in self._repository.databases:
            with database.engine.connect() as connection:
                held = contents_of(connection, self._tables(connection, database))
                found |= {_named(name, database): contents for name, contents in held.items()}
        return found

    def schema(self) -> Schema:
        """Return what the databases are made of."""
        found: dict[str, str] = {}
        for database in self._repository.databases:
            with database.engine.connect() as connection:
                parts = schema_of(connection, self._tables(connection, database).tables.values())
                found |= {_named(name, database): how for name, how in parts.items()}
        return found

    def _tables(self, connection: sa.Connection, database: Database) -> sa.MetaData:
        schemas = {None, *(table.schema for table in database.metadata.tables.values())}
        present = {None, *sa.inspect(connection).get_schema_names()}
        without = self._repository.app.config.settings(MigrateSettings).version_table
        return reflected(connection, schemas & present, without)


def _named(name: str, database: Database) -> str:
    return name if database.key is None else f"{name} of {database.label}"


def _below(script: Script) -> str:
    """Return what to go down to so that just this revision is undone: others may follow what it follows."""
    below: Mapping[int, str] = {0: f"{script.revision}@base", 1: f"{script.revision}@-1"}
    down = script._versioned_down_revisions
    return below.get(len(down), down[0] if down else "")


def _ignored(step: object) -> None:
    """Report no step."""


@contextmanager
def _failing(script: Script, what: str, where: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        text = " ".join(str(getattr(error, "orig", None) or error).split())
        raise Broken(
            f"the {what} of {script.revision!r} ({script.doc}) fails on {where}\n  {script.path}\n"
            f"  {type(error).__name__}: {text}"
        ) from error
