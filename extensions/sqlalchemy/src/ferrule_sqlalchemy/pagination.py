"""Pages of a select, by number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ferrule import abort

from .query_strings import MAX_ROWS, asked_number, link_header, links
from .results import PER_PAGE, count_of, items_of

__all__ = ["Pagination", "shown_pages"]

T = TypeVar("T")


class Pagination(Generic[T]):
    """One page of what a statement selects; made by :meth:`~ferrule_sqlalchemy.SQLAlchemy.paginate`.

    Going through it goes through its items. Let each row be another item: a join that makes several of one needs
    ``distinct()``.

    Args:
        statement: What to select. The items are rows, if that is several models or columns.
        session: Where to execute it.
        page: The number of the page, from 1; from the query string of the request unless given, else 1.
        per_page: How many items are on a page; likewise, else 20.
        max_per_page: The most items that a query string may ask for; ``None`` for no limit.
        error_out: Answer 404 where a number is none, or a page other than the first is empty.
        count: Ask for the number of all items, too.

    Attributes:
        items: The items of the page.
        page: Its number.
        per_page: How many items are on a page.
        max_per_page: The most that may be on one.
        total: How many items there are; ``None`` if they were not counted.
    """

    def __init__(
        self,
        statement: sa.Select[Any],
        session: Session,
        *,
        page: int | None = None,
        per_page: int | None = None,
        max_per_page: int | None = 100,
        error_out: bool = True,
        count: bool = True,
    ) -> None:
        self._statement = statement
        self._session = session
        self.max_per_page: int | None = max_per_page
        self.per_page: int = asked_number("per_page", per_page, PER_PAGE, error_out)
        if max_per_page is not None:
            self.per_page = min(self.per_page, max_per_page)
        self.page: int = asked_number("page", page, 1, error_out, MAX_ROWS // self.per_page)
        found = self._find(self.per_page if count else self.per_page + 1)  # one more tells whether a page follows
        self.items: list[T] = found[: self.per_page]
        self._is_followed = len(found) > self.per_page
        if error_out and not self.items and self.page != 1:
            abort(404)
        self.total: int | None = count_of(session, statement) if count else None

    @property
    def _offset(self) -> int:
        return (self.page - 1) * self.per_page

    def _find(self, limit: int) -> list[T]:
        return items_of(self._session, self._statement.limit(limit).offset(self._offset))

    @property
    def first(self) -> int:
        """The number of the first item of the page among all, from 1; 0 if the page is empty."""
        return self._offset + 1 if self.items else 0

    @property
    def last(self) -> int:
        """The number of the last item of the page among all; 0 if the page is empty."""
        return self._offset + len(self.items) if self.items else 0

    @property
    def pages(self) -> int:
        """How many pages there are; 0 if there are no items, or they were not counted."""
        return -(-(self.total or 0) // self.per_page)

    @property
    def has_prev(self) -> bool:
        """Whether a page comes before this one."""
        return self.page > 1

    @property
    def has_next(self) -> bool:
        """Whether a page comes after this one; known without counting, too."""
        return self._is_followed if self.total is None else self.page < self.pages

    @property
    def prev_num(self) -> int | None:
        """The number of the page before this one; ``None`` for the first."""
        return self.page - 1 if self.has_prev else None

    @property
    def next_num(self) -> int | None:
        """The number of the page after this one; ``None`` for the last."""
        return self.page + 1 if self.has_next else None

    def prev(self, *, error_out: bool = False) -> Pagination[T]:
        """Return the page before this one.

        Args:
            error_out: Answer 404 if this is the first; else that is its own.
        """
        return self._turn_to(self.page - 1, error_out)

    def next(self, *, error_out: bool = False) -> Pagination[T]:
        """Return the page after this one.

        Args:
            error_out: Answer 404 if it is empty.
        """
        return self._turn_to(self.page + 1, error_out)

    def _turn_to(self, page: int, error_out: bool) -> Pagination[T]:
        other = type(self)(
            self._statement,
            self._session,
            page=page,
            per_page=self.per_page,
            max_per_page=self.max_per_page,
            error_out=error_out,
            count=False,
        )
        other.total = self.total
        return other

    def iter_pages(
        self, *, left_edge: int = 2, left_current: int = 2, right_current: int = 4, right_edge: int = 2
    ) -> Iterator[int | None]:
        """Go through the numbers of the pages that a pager shows, with ``None`` for each gap.

        Of 20 pages, the 7th being the current one: 1, 2, ``None``, 5, 6, 7, 8, 9, 10, 11, ``None``, 19, 20.

        Args:
            left_edge: How many pages are shown from the first.
            left_current: How many are shown before the current one.
            right_current: How many are shown after it.
            right_edge: How many are shown up to the last.
        """
        edges = (left_edge, left_current, right_current, right_edge)
        return shown_pages(self.page, self.pages, *edges)

    @property
    def links(self) -> dict[str, str]:
        """Path and query string of other pages, by how they relate to this one.

        They are ``first``, ``prev``, ``next`` and ``last``, those that there are. All other parameters of the current
        request's query string stay.
        """
        numbers = {"first": 1, "prev": self.prev_num, "next": self.next_num, "last": self.pages or None}
        return links("page", {rel: number for rel, number in numbers.items() if number})

    def link_to(self, number: int) -> str:
        """Return path and query string of a page, for a pager."""
        return links("page", {"page": number})["page"]

    @property
    def link_header(self) -> str:
        """The same as the value of a ``Link`` header (RFC 8288)."""
        return link_header(self.links)

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __repr__(self) -> str:
        total = "" if self.total is None else f" of {self.total}"
        return f"<Pagination page {self.page}, {len(self.items)} items{total}>"


def shown_pages(
    page: int, pages: int, left_edge: int, left_current: int, right_current: int, right_edge: int
) -> Iterator[int | None]:
    """Go through the numbers of the pages that a pager shows; see :meth:`Pagination.iter_pages`."""
    runs = [(1, left_edge), (page - left_current, page + right_current), (pages - right_edge + 1, pages)]
    shown = 0
    for begin, end in sorted(runs):
        run = range(max(begin, shown + 1), min(end, pages) + 1)
        if not run:
            continue
        if run[0] > shown + 1:
            yield None
        yield from run
        shown = run[-1]
    if shown < pages:
        yield None
