"""Queries that answer 404, pages, and objects that are made if there is none: what ``db`` has for views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, TypeVarTuple, overload

import sqlalchemy as sa
from sqlalchemy.exc import MultipleResultsFound, NoResultFound
from sqlalchemy.orm import Session

from ferrule import abort
from ferrule.context import current_context

from .creating import get_or_create
from .identities import can_exist
from .keyset import KeysetPagination
from .pagination import Pagination
from .results import results

__all__ = ["Queries"]

T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")
Ts = TypeVarTuple("Ts")


class Queries:
    """What ``db`` has for queries."""

    @property
    def session(self) -> Session:
        """The session."""
        raise NotImplementedError

    def get_or_404(self, entity: type[T], ident: Any, *, description: str | None = None, **options: Any) -> T:
        """Return the object with a primary key, or answer 404.

        Args:
            entity: The model.
            ident: The primary key; a tuple or a dict where it has several columns.
            description: What the error page says.
            **options: For ``Session.get``.
        """
        session, mapper = self.session, sa.inspect(entity)
        if not can_exist(mapper, ident, session.get_bind(mapper).dialect.name):
            abort(404, description)
        found = session.get(entity, ident, **options)
        return abort(404, description) if found is None else found

    def first_or_404(self, statement: sa.Select[T], *, description: str | None = None) -> T:
        """Return the first result of a statement, or answer 404. Give it a ``limit(1)`` where there may be many.

        Args:
            statement: What to select: one model, or one column.
            description: What the error page says.
        """
        found = results(self.session, statement).first()
        return abort(404, description) if found is None else found

    def one_or_404(self, statement: sa.Select[T], *, description: str | None = None) -> T:
        """Return the only result of a statement; answer 404 if there is none, or more than one.

        Args:
            statement: What to select: one model, or one column.
            description: What the error page says.
        """
        try:
            return results(self.session, statement).one()
        except (NoResultFound, MultipleResultsFound):
            abort(404, description)

    @overload
    def paginate(
        self,
        select: sa.Select[T],
        *,
        page: int | None = None,
        per_page: int | None = None,
        max_per_page: int | None = 100,
        error_out: bool = True,
        count: bool = True,
    ) -> Pagination[T]: ...
    @overload
    def paginate(
        self,
        select: sa.Select[U, V, *Ts],
        *,
        page: int | None = None,
        per_page: int | None = None,
        max_per_page: int | None = 100,
        error_out: bool = True,
        count: bool = True,
    ) -> Pagination[sa.Row[U, V, *Ts]]: ...
    def paginate(
        self,
        select: sa.Select[*tuple[Any, ...]],
        *,
        page: int | None = None,
        per_page: int | None = None,
        max_per_page: int | None = 100,
        error_out: bool = True,
        count: bool = True,
    ) -> Pagination[Any]:
        """Return a page of what a statement selects. Let it be ordered, or the pages are of no order.

        Args:
            select: What to select. The items are objects or values, if that is one model or column, else rows.
            page: The number of the page, from 1; ``?page=`` of the request unless given, else 1.
            per_page: How many items are on a page; ``?per_page=`` unless given, else 20.
            max_per_page: The most items on a page; ``None`` for no limit.
            error_out: Answer 404 where a number is none, or a page other than the first is empty. Else a number that is
                none is 1, or 20.
            count: Ask for the number of all items, too: one query more.
        """
        return Pagination(
            select,
            self.session,
            page=page,
            per_page=per_page,
            max_per_page=max_per_page,
            error_out=error_out,
            count=count,
        )

    @overload
    def paginate_by_key(
        self,
        select: sa.Select[T],
        *,
        cursor: str | None = None,
        per_page: int | None = None,
        max_per_page: int | None = 100,
        error_out: bool = True,
        count: bool = False,
        purpose: str = "",
    ) -> KeysetPagination[T]: ...
    @overload
    def paginate_by_key(
        self,
        select: sa.Select[U, V, *Ts],
        *,
        cursor: str | None = None,
        per_page: int | None = None,
        max_per_page: int | None = 100,
        error_out: bool = True,
        count: bool = False,
        purpose: str = "",
    ) -> KeysetPagination[sa.Row[U, V, *Ts]]: ...
    def paginate_by_key(
        self,
        select: sa.Select[*tuple[Any, ...]],
        *,
        cursor: str | None = None,
        per_page: int | None = None,
        max_per_page: int | None = 100,
        error_out: bool = True,
        count: bool = False,
        purpose: str = "",
    ) -> KeysetPagination[Any]:
        """Return a page of what a statement selects, by where the page before ended: keyset pagination.

        It takes as long for the last page as for the first, and what is added or deleted meanwhile makes no item come
        twice or be missed. There are no numbers: a page has the cursors of the next and of the previous one. The
        ordering is completed by the primary key, so that it is the only one.

        Args:
            select: What to select, in which order; by the primary key if it has none. Its own limit is not kept.
            cursor: Where to begin; ``?cursor=`` of the request unless given, else the first page, as for ``""``.
            per_page: How many items are on a page; ``?per_page=`` unless given, else 20.
            max_per_page: The most items on a page; ``None`` for no limit.
            error_out: Answer 400 where the cursor is none of this list, and 404 where the number of items is none. Else
                it is the first page, and 20.
            count: Ask for the number of all items, too: one query more.
            purpose: What the list is for. Cursors are good for lists of the same purpose, columns and order.

        Raises:
            ValueError: The select is ordered by a text, by a window function, or by values that no cursor can hold.
        """
        return KeysetPagination(
            select,
            self.session,
            current_context().app.keyring,
            cursor=cursor,
            per_page=per_page,
            max_per_page=max_per_page,
            error_out=error_out,
            count=count,
            purpose=purpose,
        )

    def get_or_create(self, entity: type[T], defaults: Mapping[str, Any] | None = None, /, **by: Any) -> tuple[T, bool]:
        """Return the object with some values, made and flushed if there is none; safe where others do the same.

        It needs a unique constraint on the columns: that is what makes the second of two fail, within a savepoint, and
        find what the first one made. Nothing is committed.

        Args:
            entity: The model.
            defaults: What else a new object gets.
            **by: The values, by the names of attributes.

        Returns:
            The object, and whether it was made.

        Raises:
            MultipleResultsFound: There are several, so there is no such constraint.
            IntegrityError: It cannot be made, and not because somebody else just made it.
        """
        return get_or_create(self.session, entity, defaults or {}, by)
