"""What a run has done to its databases, statement by statement, and what of it stays if the run fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event

from ..databases import Database
from ..revisions import Step

__all__ = ["Journal", "Part", "Statement"]

_READS: Final = re.compile(r"[\s(]*(SELECT|SHOW|PRAGMA|EXPLAIN|VALUES|DESCRIBE|SET)\b", re.IGNORECASE)
_COMMITS: Final = re.compile(
    r"\s*(ALTER|CREATE|DROP|RENAME|TRUNCATE|ANALYZE|OPTIMIZE|REPAIR|GRANT|REVOKE|LOCK|FLUSH)\b(?!\s+TEMPORARY)",
    re.IGNORECASE,
)
"""What commits by itself in MariaDB and MySQL, before and after (MariaDB, "SQL statements That Cause an Implicit
Commit")."""


@dataclass
class Statement:
    """A statement that was run.

    Attributes:
        sql: Its text, without values.
        records: Whether it is Alembic's own, which records the revision.
        is_kept: Whether it is committed.
    """

    sql: str
    records: bool = False
    is_kept: bool = False


@dataclass
class Part:
    """A revision on one database, as far as it went.

    Attributes:
        database: The database.
        step: The revision.
        statements: What it ran, without what only reads.
        is_done: Whether its function ended.
    """

    database: Database
    step: Step
    statements: list[Statement] = field(default_factory=list)
    is_done: bool = False

    @property
    def is_kept(self) -> bool:
        """Whether it is recorded in the database, for good."""
        return any(each.records and each.is_kept for each in self.statements)

    @property
    def kept(self) -> list[str]:
        """The statements of its own that stay."""
        return [each.sql for each in self.statements if each.is_kept and not each.records]


class Journal:
    """Writes down what a run does."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self._databases: dict[str | None, Database] = {}
        self._current: dict[str | None, Part] = {}

    def note(self, step: Step) -> None:
        """Note that a revision begins, or, if it has taken some time, that its function has ended.

        Args:
            step: The revision, on a database that is watched; what only writes statements is not noted.
        """
        if step.bind_key not in self._databases:
            return
        if step.seconds is not None:
            self._current[step.bind_key].is_done = True
            return
        part = self._current[step.bind_key] = Part(self._databases[step.bind_key], step)
        self.parts.append(part)

    @contextmanager
    def watching(self, database: Database, connection: sa.Connection) -> Iterator[None]:
        """Write down the statements of a connection during a ``with`` block.

        Args:
            database: Its database.
            connection: The connection.
        """
        self._databases[database.key] = database
        commits_by_itself = connection.dialect.name in {"mariadb", "mysql"}

        def before(*arguments: Any) -> None:
            if commits_by_itself and _COMMITS.match(arguments[2]):
                self._keep(database)

        def after(conn: sa.Connection, cursor: Any, sql: str, *rest: Any) -> None:
            part = self._current.get(database.key)
            if part is None or _READS.match(sql):
                return
            part.statements.append(Statement(" ".join(sql.split()), part.is_done))
            autocommits = conn.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
            if autocommits or (commits_by_itself and _COMMITS.match(sql)):
                self._keep(database)

        listeners: dict[str, Callable[..., None]] = {
            "before_cursor_execute": before,
            "after_cursor_execute": after,
            "commit": lambda _connection: self._keep(database),
        }
        for name, listener in listeners.items():
            event.listen(connection, name, listener)
        try:
            yield
        finally:
            for name, listener in listeners.items():
                event.remove(connection, name, listener)

    def _keep(self, database: Database) -> None:
        for part in self.parts:
            if part.database is database:
                for statement in part.statements:
                    statement.is_kept = True
