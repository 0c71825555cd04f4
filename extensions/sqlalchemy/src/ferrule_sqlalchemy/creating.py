"""Objects that are found, or made if there are none, while others do the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

__all__ = ["get_or_create"]

T = TypeVar("T")

_READ_SNAPSHOTS: Final = frozenset({"mariadb", "mysql"})
"""The dialects that by default read what was there when the transaction began, and write what is there now."""


def get_or_create(
    session: Session, entity: type[T], defaults: Mapping[str, Any], by: Mapping[str, Any]
) -> tuple[T, bool]:
    """Return the object with some values, made and flushed if there is none.

    Args:
        session: Where to find and make it.
        entity: The model.
        defaults: What else a new object gets.
        by: The values, by the names of attributes.

    Returns:
        The object, and whether it was made.

    Raises:
        MultipleResultsFound: There are several.
        IntegrityError: It cannot be made, and is not there either.
    """
    statement = sa.select(entity).filter_by(**by).limit(2)
    if (found := session.scalars(statement).unique().one_or_none()) is not None:
        return found, False
    values = {**by, **defaults}
    savepoint = session.begin_nested()  # this flushes: what is wrong with other objects is told here, as it is
    made = entity(**values)
    try:
        with savepoint:
            session.add(made)
    except IntegrityError:
        _forget(session, entity, values)
        found = session.scalars(_current(session, statement)).unique().one_or_none()
        if found is None:
            raise
        return found, False
    return made, True


def _current(session: Session, statement: sa.Select[T]) -> sa.Select[T]:
    """Return the statement so that it finds what is committed by now: there, only a read that locks does."""
    mapper = sa.inspect(statement.column_descriptions[0]["entity"])
    if session.get_bind(mapper).dialect.name in _READ_SNAPSHOTS:
        return statement.with_for_update(read=True)
    return statement


def _forget(session: Session, entity: type[Any], values: Mapping[str, Any]) -> None:
    """Have the objects that a new one referred to forget it: they were flushed just before, so nothing else is lost."""
    for name in sa.inspect(entity, raiseerr=True).relationships.keys() & values.keys():
        found = values[name]
        for other in found if isinstance(found, (list, set, tuple)) else [found]:
            if other in session:
                session.expire(other)
