"""How many queries a piece of code may make."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy import event

from .places import calling_place
from .recording import is_query

__all__ = ["QueryBudget", "QueryBudgetError", "query_budget"]


class QueryBudgetError(AssertionError):
    """A piece of code made more queries than it may."""


class QueryBudget:
    """What a piece of code may make and has made of queries, in all engines, contexts and threads of the process.

    Args:
        most: How many it may make.

    Attributes:
        queries: Those that it has made, each with its place.
    """

    def __init__(self, most: int) -> None:
        self.most: int = most
        self.queries: list[str] = []

    def note(
        self, _connection: object, _cursor: object, statement: str, _parameters: object, _context: object, _: bool
    ) -> None:
        """Note a query; SQLAlchemy calls this. What only sets or drops a savepoint is none."""
        if is_query(statement):
            self.queries.append(f"{' '.join(statement.split())}\n     at {calling_place()}")

    def check(self) -> None:
        """Check what was made.

        Raises:
            QueryBudgetError: It is too much; the text has all queries.
        """
        made = len(self.queries)
        if made > self.most:
            lines = "\n".join(f"  {number}. {query}" for number, query in enumerate(self.queries, 1))
            raise QueryBudgetError(f"queries: {made} made, {self.most} allowed\n{lines}")


@contextmanager
def query_budget(most: int) -> Iterator[QueryBudget]:
    """Allow a ``with`` block to make some queries and no more.

    Args:
        most: How many; an executemany is one.

    Raises:
        QueryBudgetError: At the end of the block: it made more. What it raises itself comes first.
    """
    budget = QueryBudget(most)
    event.listen(sa.Engine, "before_cursor_execute", budget.note)
    try:
        yield budget
    finally:
        event.remove(sa.Engine, "before_cursor_execute", budget.note)
    budget.check()
