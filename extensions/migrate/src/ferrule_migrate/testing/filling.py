"""Rows for tables that nobody described: made of what the database says of their columns, and what it accepts."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from ..digests import digest_name
from .values import others, value

__all__ = ["Given", "Unfilled", "fill", "reflected"]

Given = Mapping[str, Any]
"""What a project says itself: by ``table.column`` a value, or a function of the row's number, from 1. By ``table``
``None``, for one that is to stay empty."""

ATTEMPTS: Final = 200
"""How many rows are tried until the database accepts one."""

_PARENTS: Final = 20
"""How many rows of another table are looked at for one to refer to."""

_OFFSET: Final = 1000
"""What is added to the number of a made up value that is taken: rows of a revision's own may have the first."""


@dataclass(frozen=True)
class Unfilled:
    """A table that no row could be made up for.

    Attributes:
        table: The table.
        reason: What the database said of the last attempt.
    """

    table: str
    reason: str


def reflected(connection: sa.Connection, schemas: Iterable[str | None], without: str) -> sa.MetaData:
    """Return the tables of a database.

    Args:
        connection: The database.
        schemas: Which schemas; ``None`` for the default one.
        without: The name of a table to leave out, that of the versions; that of their digests is left out, too.
    """
    metadata = sa.MetaData()
    ours = {without, digest_name(without)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sa.exc.SAWarning)  # of types and indexes that SQLAlchemy does not know
        for schema in schemas:
            metadata.reflect(connection, schema=schema, only=lambda name, _: name not in ours)
    return metadata


def fill(connection: sa.Connection, tables: sa.MetaData, given: Given, *, rows: int) -> list[Unfilled]:
    """Give each table so many rows as it lacks; of two, one with all values, and one with as few as can be.

    Args:
        connection: The database; what is done is not committed.
        tables: Its tables, as :func:`reflected` has them.
        given: What the project says itself.
        rows: How many rows each table is to have.

    Returns:
        The tables that no row could be made up for.
    """
    unfilled: list[Unfilled] = []
    for table in _parents_first(tables):
        if given.get(table.fullname, ...) is None:
            continue
        present = connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        reason = ""
        for number in range(present + 1, rows + 1):
            reason = _Row(connection, table, given, number, sparse=number % 2 == 0).insert() or ""
        if reason and not connection.scalar(sa.select(sa.func.count()).select_from(table)):
            unfilled.append(Unfilled(table.fullname, reason))
    return unfilled


def _parents_first(tables: sa.MetaData) -> list[sa.Table]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sa.exc.SAWarning)  # of circles, which nullable columns resolve
        return tables.sorted_tables


Part = dict[str, Any]
"""Values of some columns of a row, which are chosen together."""


@dataclass
class _Row:
    """A row that is to be inserted.

    Attributes:
        connection: The database.
        table: The table.
        given: What the project says itself.
        number: The how many-th it is, from 1.
        sparse: Leave out what may be left out.
        checks: The text of each check, by its name or, where it has none, by itself.
    """

    connection: sa.Connection
    table: sa.Table
    given: Given
    number: int
    sparse: bool
    checks: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        found = sa.inspect(self.connection).get_check_constraints(self.table.name, schema=self.table.schema)
        self.checks = {check["name"] or check["sqltext"]: check["sqltext"] for check in found}

    def insert(self) -> str | None:
        """Insert it; return what the database said if it accepts nothing.

        What the database objects to is varied: the columns of the check that it names, or else of keys.
        """
        groups = [*self._references(), *self._columns()]
        chosen = [0] * len(groups)
        variations: dict[tuple[int, ...], Iterator[tuple[int, ...]]] = {}
        reason = "there is no row that it could refer to"
        for _ in range(ATTEMPTS if all(groups) else 0):
            parts = (group[index] for group, index in zip(groups, chosen, strict=True))
            try:
                with self.connection.begin_nested():
                    self.connection.execute(
                        self.table.insert().values({k: v for part in parts for k, v in part.items()})
                    )
            except (SQLAlchemyError, ValueError, TypeError) as error:  # a driver refuses some values by itself
                reason = " ".join(str(getattr(error, "orig", None) or error).split())
            else:
                return None
            blamed = self._blamed(reason, groups)
            others_left = variations.setdefault(blamed, product(*(range(len(groups[each])) for each in blamed)))
            following = next(others_left, None)
            if following is None:
                break
            for each, index in zip(blamed, following, strict=True):
                chosen[each] = index
        return reason

    def _blamed(self, reason: str, groups: list[list[Part]]) -> tuple[int, ...]:
        """Return which groups an error of the database is about."""
        texts = [text for name, text in self.checks.items() if _has_word(name, reason) or text in reason]
        names = {name for group in groups for name in group[0] if any(_has_word(name, text) for text in texts)}
        if not texts:
            names = {
                name for group in groups for name in group[0] if re.search(rf"[`\"'.]{re.escape(name)}[`\"']", reason)
            }
        names = names or self._keys()
        return tuple(index for index, group in enumerate(groups) if names & group[0].keys() and len(group) > 1)

    def _references(self) -> Iterator[list[Part]]:
        """Yield for each foreign key what its columns can be: those of a row that is there, or nothing."""
        for key in self.table.foreign_key_constraints:
            names = [column.name for column in key.columns]
            targets = [element.column for element in key.elements]
            optional = all(column.nullable for column in key.columns)
            parents = self.connection.execute(sa.select(*targets).distinct().order_by(*targets).limit(_PARENTS)).all()
            start = (self.number - 1) % len(parents) if parents else 0
            found = [dict(zip(names, row, strict=True)) for row in (*parents[start:], *parents[:start])]
            nothing: list[Part] = [dict.fromkeys(names)] if optional else []
            if key.referred_table is self.table and not found and not optional:
                found = [dict.fromkeys(names, self.number)]  # the first row of a tree refers to itself
            yield [*nothing, *found] if self.sparse else [*found, *nothing]

    def _columns(self) -> Iterator[list[Part]]:
        referring = {column.name for key in self.table.foreign_key_constraints for column in key.columns}
        for column in self.table.columns:
            name = f"{self.table.fullname}.{column.name}"
            if name in self.given:
                said = self.given[name]
                yield [{column.name: said(self.number) if callable(said) else said}]
            elif column.name not in referring and not self._is_made_by_database(column):
                yield [{column.name: found} for found in self._alternatives(column)]

    def _is_made_by_database(self, column: sa.Column[Any]) -> bool:
        if column.computed is not None or column.identity is not None or column.autoincrement is True:
            return True
        is_key = column.primary_key and len(self.table.primary_key.columns) == 1
        is_rowid = self.connection.dialect.name == "sqlite" and isinstance(column.type, sa.Integer)
        return is_key and (column.server_default is not None or is_rowid)

    def _keys(self) -> set[str]:
        """Return the columns that must not have a value twice."""
        unique = [each.columns for each in self.table.constraints if isinstance(each, sa.UniqueConstraint)]
        indexes = [each.columns for each in self.table.indexes if each.unique]
        keys = (self.table.primary_key.columns, *unique, *indexes)
        return {column.name for columns in keys for column in columns}

    def _alternatives(self, column: sa.Column[Any]) -> list[Any]:
        plain = [value(column.type, column.name, number) for number in (self.number, self.number + _OFFSET)]
        checks = " ".join(text for text in self.checks.values() if _has_word(column.name, text))
        found = [*plain, *others(column.type, checks, self.number)]
        if column.server_default is not None:
            default: list[Any] = [sa.text("DEFAULT")] if self.connection.dialect.name != "sqlite" else []
        else:
            default = [None] if column.nullable else []
        return [*default, *found] if self.sparse else [*found, *default]


def _has_word(name: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None
