"""What a select of one model, or of one column, gives."""

from __future__ import annotations

from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

__all__ = ["results", "selects_model"]

T = TypeVar("T")


def results(session: Session, statement: sa.Select[T]) -> sa.ScalarResult[T]:
    """Execute a statement; each object comes once, however many rows a join makes of it.

    Args:
        session: Where to execute it.
        statement: What to select: one model, or one column, whose equal values all come.
    """
    found = session.scalars(statement)
    return found.unique() if selects_model(statement) else found


def selects_model(statement: sa.Select[Any]) -> bool:
    """Tell whether a statement selects whole models."""
    described = statement.column_descriptions[0]
    return described.get("entity") is not None and described["expr"] is described["entity"]
