"""What a select gives: objects or values where it is of one model or column, rows where it is of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.orm import Session, lazyload

__all__ = ["PER_PAGE", "count_of", "is_model", "items_and_keys", "items_of", "results", "selects_model"]

T = TypeVar("T")

PER_PAGE: Final = 20
"""How many items are on a page, if nobody says."""


def results(session: Session, statement: sa.Select[T]) -> sa.ScalarResult[T]:
    """Execute a statement; each object comes once, however many rows a join makes of it.

    Args:
        session: Where to execute it.
        statement: What to select: one model, or one column, whose equal values all come.
    """
    found = session.scalars(statement)
    return found.unique() if selects_model(statement) else found


def items_of(session: Session, statement: sa.Select[Any]) -> list[Any]:
    """Execute a statement, and return what it selects; rows, if that is several models or columns."""
    if len(statement.column_descriptions) == 1:
        return list(results(session, statement))
    found = session.execute(statement)
    return list(found.unique() if selects_model(statement) else found)


def items_and_keys(session: Session, statement: sa.Select[Any], keys: int) -> tuple[list[Any], list[tuple[Any, ...]]]:
    """Execute a statement that selects keys behind all else; return the items without them, and the keys apart.

    Args:
        session: Where to execute it.
        statement: What to select.
        keys: How many keys there are.
    """
    found = session.execute(statement)
    described = statement.column_descriptions
    names = [each["name"] or "" for each in described[:-keys]]  # an alias may have none
    rows: Sequence[Sequence[Any]] = (found.unique() if any(map(is_model, described)) else found).all()
    items = [tuple(row[:-keys]) for row in rows]
    places = [tuple(row[-keys:]) for row in rows]
    if len(names) == 1:
        return [item[0] for item in items], places
    return list(IteratorResult(SimpleResultMetaData(names), iter(items))), places


def count_of(session: Session, statement: sa.Select[Any]) -> int:
    """Return how many items a statement selects, whatever its limit is."""
    rows = statement.order_by(None).limit(None).offset(None)
    if selects_model(rows):
        rows = rows.options(lazyload("*"))
    return session.scalars(sa.select(sa.func.count()).select_from(rows.subquery())).one()


def selects_model(statement: sa.Select[Any]) -> bool:
    """Tell whether a whole model is among what a statement selects."""
    return any(map(is_model, statement.column_descriptions))


def is_model(described: Any) -> bool:
    """Tell whether a description of what is selected is one of a whole model, or of its alias."""
    return described.get("entity") is not None and described["expr"] is described["entity"]
