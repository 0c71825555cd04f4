"""Pages of a select, by where the one before ended."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

from ferrule import abort
from ferrule.keyring import KeyRing

from .cursors import Cursors, Place
from .ordering import Ordering, has_groups, ordering_of
from .query_strings import asked_number, asked_text, link_header, links
from .results import PER_PAGE, count_of, is_model, items_and_keys

__all__ = ["KeysetPagination"]

T = TypeVar("T")


class KeysetPagination(Generic[T]):
    """One page of what a statement selects, found by where the one before ended.

    It is made by :meth:`~ferrule_sqlalchemy.SQLAlchemy.paginate_by_key`. Going through it goes through its items.

    Args:
        statement: What to select, in which order.
        session: Where to execute it.
        keyring: The keys of the application.
        cursor: The cursor; from the query string of the request unless given. An empty one is the first page's.
        per_page: How many items are on a page; likewise, else 20.
        max_per_page: The most items that a query string may ask for; ``None`` for no limit.
        error_out: Answer 400 where the cursor is none of this list, 404 where the number of items is none.
        count: Ask for the number of all items, too.
        purpose: What the list is for, to tell its cursors from those of others in the same order.

    Attributes:
        items: The items of the page.
        per_page: How many items are on a page.
        total: How many items there are; ``None`` if they were not counted.
    """

    def __init__(
        self,
        statement: sa.Select[Any],
        session: Session,
        keyring: KeyRing,
        *,
        cursor: str | None = None,
        per_page: int | None = None,
        max_per_page: int | None = 100,
        error_out: bool = True,
        count: bool = False,
        purpose: str = "",
    ) -> None:
        self._statement = statement
        self._session = session
        self._ordering = ordering_of(statement, _dialect(session, statement))
        self._cursors = Cursors(keyring, _described(statement, self._ordering, purpose))
        self.per_page: int = asked_number("per_page", per_page, PER_PAGE, error_out)
        if max_per_page is not None:
            self.per_page = min(self.per_page, max_per_page)
        self.total: int | None = None
        self._place = self._asked(asked_text("cursor", cursor), error_out=error_out)
        self._load()
        if count:
            self.total = count_of(session, statement)

    def _asked(self, cursor: str, *, error_out: bool) -> Place | None:
        place = self._cursors.read(cursor) if cursor else None
        if cursor and place is None and error_out:
            abort(400, "The cursor is none of this list. Begin with the first page.")
        return place

    def _load(self) -> None:
        is_backward = self._place is not None and self._place.is_backward
        rows = self._select(self._place).limit(self.per_page + 1)  # one more tells whether there is another page
        found, keys = items_and_keys(self._session, rows, len(self._ordering.keys))
        self._goes_on = len(found) > self.per_page
        step = -1 if is_backward else 1
        self.items: list[T] = found[: self.per_page][::step]
        self._keys = keys[: self.per_page][::step]

    def _select(self, place: Place | None) -> sa.Select[Any]:
        """Return the statement from a place on, with the values of the keys behind what it selects."""
        is_backward = place is not None and place.is_backward
        ordering = self._ordering.backward() if is_backward else self._ordering
        keys = [key.selected.label(f"ferrule_key_{number}") for number, key in enumerate(ordering.keys)]
        statement = self._statement.add_columns(*keys).order_by(None).order_by(*ordering.clauses)
        statement = statement.limit(None).offset(None)
        if place is None:
            return statement
        beyond = ordering.beyond(place.values, inclusive=place.is_inclusive)
        return statement.having(beyond) if has_groups(statement) else statement.where(beyond)

    @property
    def _after(self) -> Place:
        """Where the next page begins, if there is one."""
        if self._keys:
            return Place(self._keys[-1])
        return self._turned_back(is_backward=False)

    @property
    def _before(self) -> Place:
        """Where the page before ends, if there is one."""
        if self._keys:
            return Place(self._keys[0], is_backward=True)
        return self._turned_back(is_backward=True)

    def _turned_back(self, *, is_backward: bool) -> Place:
        """Return where to go from a page that is empty, such as one whose items were deleted meanwhile."""
        place = self._place or Place((None,) * len(self._ordering.keys))
        return place if place.is_backward is is_backward else place.turned()

    def _is_any(self, place: Place) -> bool:
        return self._session.execute(self._select(place).limit(1)).first() is not None

    @cached_property
    def has_next(self) -> bool:
        """Whether a page comes after this one. If this one was reached backward, the database is asked, once."""
        if self._place is None or not self._place.is_backward:
            return self._goes_on
        return self._is_any(self._after)

    @cached_property
    def has_prev(self) -> bool:
        """Whether a page comes before this one. If this one was reached by a cursor, the database is asked, once."""
        if self._place is None:
            return False
        return self._goes_on if self._place.is_backward else self._is_any(self._before)

    @cached_property
    def next_cursor(self) -> str | None:
        """The cursor of the page after this one; ``None`` for the last."""
        return self._cursors.write(self._after) if self.has_next else None

    @cached_property
    def prev_cursor(self) -> str | None:
        """The cursor of the page before this one; ``None`` for the first."""
        return self._cursors.write(self._before) if self.has_prev else None

    @property
    def links(self) -> dict[str, str]:
        """Path and query string of other pages, by how they relate to this one: ``first``, ``prev`` and ``next``.

        Only those that there are; all other parameters of the current request's query string stay.
        """
        cursors = {"prev": self.prev_cursor, "next": self.next_cursor}
        return links("cursor", {"first": None} | {rel: cursor for rel, cursor in cursors.items() if cursor})

    @property
    def link_header(self) -> str:
        """The same as the value of a ``Link`` header (RFC 8288)."""
        return link_header(self.links)

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __repr__(self) -> str:
        total = "" if self.total is None else f" of {self.total}"
        return f"<{type(self).__name__} {len(self.items)} items{total}>"


def _dialect(session: Session, statement: sa.Select[Any]) -> Dialect:
    entity = statement.column_descriptions[0].get("entity")
    return session.get_bind(sa.inspect(entity).mapper if entity is not None else None, clause=statement).dialect


def _described(statement: sa.Select[Any], ordering: Ordering, purpose: str) -> Iterator[Any]:
    """Yield what tells the cursors of a list from others; gone through only when a cursor is made or read."""
    yield purpose
    yield [(str(described["name"]), is_model(described)) for described in statement.column_descriptions]
    yield [key.described for key in ordering.keys]
