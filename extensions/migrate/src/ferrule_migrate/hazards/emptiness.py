"""A connection to nothing: a revision that is read sees a database without rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Final

import sqlalchemy as sa
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.exc import NoResultFound

__all__ = ["EmptyDatabase"]

_MOST: Final = 1000
"""Statements after which a revision does not end by itself: it may wait for rows that never come."""


class _NoRows:
    """A result without rows."""

    rowcount = 0
    lastrowid = None
    returns_rows = True

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def fetchall(self, *arguments: object) -> list[Any]:
        """Return no rows; so do those that follow."""
        return []

    def none(self, *arguments: object) -> None:
        """Return that there is no row; so do those that follow."""

    def same(self, *arguments: object) -> _NoRows:
        """Return itself; so do those that follow."""
        return self

    def one(self, *arguments: object) -> Any:
        """Refuse, as SQLAlchemy does; so do those that follow."""
        raise NoResultFound("a revision that is read sees no rows")

    all: ClassVar[Callable[..., list[Any]]] = fetchall
    fetchmany: ClassVar[Callable[..., list[Any]]] = fetchall
    partitions: ClassVar[Callable[..., list[Any]]] = fetchall
    first: ClassVar[Callable[..., None]] = none
    one_or_none: ClassVar[Callable[..., None]] = none
    scalar: ClassVar[Callable[..., None]] = none
    scalar_one_or_none: ClassVar[Callable[..., None]] = none
    fetchone: ClassVar[Callable[..., None]] = none
    close: ClassVar[Callable[..., None]] = none
    scalars: ClassVar[Callable[..., _NoRows]] = same
    mappings: ClassVar[Callable[..., _NoRows]] = same
    unique: ClassVar[Callable[..., _NoRows]] = same
    tuples: ClassVar[Callable[..., _NoRows]] = same
    columns: ClassVar[Callable[..., _NoRows]] = same
    execution_options: ClassVar[Callable[..., _NoRows]] = same
    scalar_one: ClassVar[Callable[..., Any]] = one


class EmptyDatabase(MockConnection):
    """A connection whose statements are told to somebody, and find nothing.

    Args:
        dialect: The kind of database.
        tell: Is told of each statement.
    """

    def __init__(self, dialect: sa.Dialect, tell: Callable[[Any], None]) -> None:
        super().__init__(dialect, self._find_nothing)
        self._tell = tell
        self._count = 0

    def _find_nothing(self, statement: Any, *parameters: Any) -> _NoRows:
        self._count += 1
        if self._count > _MOST:
            raise NoResultFound(f"it runs more than {_MOST} statements, and may wait for rows, which it does not see")
        self._tell(statement)
        return _NoRows()

    def exec_driver_sql(self, statement: str, *parameters: Any) -> Any:
        """Tell of a statement that is a text."""
        return self._find_nothing(sa.text(statement.replace(":", "\\:")))

    def scalar(self, statement: Any, *parameters: Any) -> Any:
        """Find nothing."""
        return self._find_nothing(statement).scalar()

    def scalars(self, statement: Any, *parameters: Any) -> Any:
        """Find nothing."""
        return self._find_nothing(statement)
