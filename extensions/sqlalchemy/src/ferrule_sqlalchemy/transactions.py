"""Transactions that end where their block or function ends: with a commit, or with a rollback if it raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial, wraps
from inspect import isasyncgenfunction, isgeneratorfunction, isroutine
from types import TracebackType
from typing import Any, Final, ParamSpec, TypeVar, cast, overload
from weakref import WeakSet

from sqlalchemy.exc import ResourceClosedError
from sqlalchemy.orm import Session, SessionTransaction

from ferrule import SetupError
from ferrule.callers import described
from ferrule.coroutines import is_async

from .exceptions import TransactionError
from .sessions import ContextSession

__all__ = ["Transaction", "Transactions", "refuse_bare_views"]

P = ParamSpec("P")
R = TypeVar("R")

OpenSession = Callable[[], Session]

_wrapped_functions: Final[WeakSet[Callable[..., Any]]] = WeakSet()


class Transaction:
    """A block that commits at its normal end, and rolls back when it raises; one in another is part of it.

    Args:
        open_session: Returns the session.
        name: What the block is called in errors.
        isolation_level: The isolation level; for the outermost only.
        savepoint: Within another: what this one did is undone if it raises, and the other may go on.
    """

    def __init__(
        self,
        open_session: OpenSession,
        name: str = "a `with db.transaction():` block",
        *,
        isolation_level: str | None = None,
        savepoint: bool = False,
    ) -> None:
        self._open = open_session
        self._name = name
        self._level = isolation_level
        self._wants_savepoint = savepoint
        self._savepoint: SessionTransaction | None = None
        self._outer: Transaction | None = None
        self._broken_by = ""

    def __str__(self) -> str:
        return self._name

    def __enter__(self) -> Session:
        session = self._session = cast(ContextSession, self._open())
        self._outer = cast("Transaction | None", session.scope)
        if self._outer is None:
            self._isolate(session)
        elif self._level not in {None, self._outer._level}:
            raise TransactionError(
                f"{self} wants isolation_level={self._level!r}, but is part of {self._outer}, which has begun with"
                f" {self._outer._level or 'the default'!r}; ask for it there"
            )
        else:
            self._level = self._outer._level
            self._savepoint = session.begin_nested() if self._wants_savepoint else None
        session.scope = self
        return session

    def _isolate(self, session: ContextSession) -> None:
        if self._level is None:
            return
        if session.is_connected:
            raise TransactionError(
                f"{self} wants isolation_level={self._level!r}, but this session has begun a transaction already, such"
                " as to load the user; end it before, by db.session.rollback() or db.session.commit()"
            )
        session.connection(execution_options={"isolation_level": self._level})

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        session, outer = self._session, self._outer
        if session.scope is not self:
            session.scope = None
            session.undo()
            raise TransactionError(
                f"{self} and another transaction of the same session overlap: neither is in the other, and nothing of"
                " them is committed. Give tasks that run at a time a context each, `with app.app_context():`"
            )
        session.scope = outer
        if error is not None:
            self._broken_by = f"{self} raised {error!r}"
        if outer is None or self._savepoint is not None:
            self._end(session, raised=error is not None)
        else:
            outer._broken_by = outer._broken_by or self._broken_by

    def _end(self, session: ContextSession, *, raised: bool) -> None:
        ending = session if self._savepoint is None else self._savepoint
        if self._broken_by:
            self._undo(session)
            if not raised:
                raise TransactionError(
                    f"{self} is rolled back: its part, {self._broken_by}, was caught, and with it half of the work"
                    " would be committed. Let the error through, or give that part `savepoint=True`, so that it can be"
                    " undone by itself"
                )
            return
        try:
            ending.commit()
        except BaseException:
            self._undo(session)
            raise

    def _undo(self, session: ContextSession) -> None:
        if self._savepoint is None:
            session.undo()
            return
        with suppress(ResourceClosedError):  # a rollback of all took it along
            self._savepoint.rollback()


class Transactions:
    """What ``db`` has for transactions."""

    @property
    def session(self) -> Session:
        """The session."""
        raise NotImplementedError

    def transaction(self, *, isolation_level: str | None = None, savepoint: bool = False) -> Transaction:
        """Return a ``with`` block that commits at its end, and rolls back if it raises; its target is the session.

        A block in another, or in a function with :meth:`transactional`, is part of it: the outermost commits. If a part
        raises, all is rolled back, also where the error is caught.

        Args:
            isolation_level: Such as ``"SERIALIZABLE"``, for this transaction on the default engine. The session must
                not have begun one, and a part cannot ask for another than the whole.
            savepoint: Let a part be undone by itself, so that its error can be caught; alone it makes no difference.

        Raises:
            TransactionError: At the beginning or the end: what was asked for cannot be, and nothing is committed.
        """
        return Transaction(lambda: self.session, isolation_level=isolation_level, savepoint=savepoint)

    @overload
    def transactional(self, function: Callable[P, R]) -> Callable[P, R]: ...
    @overload
    def transactional(
        self, *, isolation_level: str | None = ..., savepoint: bool = ...
    ) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
    def transactional(
        self, function: Callable[P, R] | None = None, *, isolation_level: str | None = None, savepoint: bool = False
    ) -> Callable[P, R] | Callable[[Callable[P, R]], Callable[P, R]]:
        """Make each call of a function a :meth:`transaction`: a view, below its route, or any other; ``async`` or not.

        Args:
            function: The function, where the decorator is used without parentheses.
            isolation_level: As for :meth:`transaction`.
            savepoint: As for :meth:`transaction`.

        Raises:
            TypeError: The function is a generator, whose body would run after the commit, or it is none, but what
                another decorator has made of it.
        """

        def decorate(function: Callable[P, R]) -> Callable[P, R]:
            return _wrapped(lambda: self.session, function, isolation_level=isolation_level, savepoint=savepoint)

        return decorate if function is None else decorate(function)


def _wrapped(open_session: OpenSession, function: Callable[P, R], **options: Any) -> Callable[P, R]:
    """Wrap a function, ``async def`` or not, so that each call is a :class:`Transaction`.

    Args:
        open_session: Returns the session.
        function: The function.
        **options: Of the transaction.

    Raises:
        TypeError: The function is a generator, whose body would run after the commit, or it is none.
    """
    name = described(function)
    given = cast(object, function)  # anything can stand below a decorator
    if not isroutine(given) and not isinstance(given, partial):
        raise TypeError(
            f"@db.transactional on {name}, a {type(given).__name__}: it makes functions transactions; write it below"
            " the other decorators, next to the function, and on the methods of a class"
        )
    if isgeneratorfunction(function) or isasyncgenfunction(function):
        raise TypeError(
            f"@db.transactional on {name}, a generator: it runs after the call, when the transaction has ended; write"
            " `with db.transaction():` in it"
        )

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        with Transaction(open_session, name, **options):
            return function(*args, **kwargs)

    @wraps(function)
    async def call_and_wait(*args: P.args, **kwargs: P.kwargs) -> Any:
        with Transaction(open_session, name, **options):
            return await cast(Any, function(*args, **kwargs))

    with suppress(TypeError):  # a method of an object cannot be kept, and a built-in function need not be
        _wrapped_functions.add(function)
    return cast("Callable[P, R]", call_and_wait) if is_async(function) else call


def refuse_bare_views(views: Mapping[str, Callable[..., Any]]) -> None:
    """Refuse views that are registered as they were before :meth:`Transactions.transactional`.

    Args:
        views: The views by endpoint.

    Raises:
        SetupError: There are such; nothing of what they do would be committed, and nobody told.
    """
    mistakes = [
        f"endpoint {endpoint!r}: {described(view)} has @db.transactional above its route, which takes the function"
        " below it: write the route above, and @db.transactional next to the function"
        for endpoint, view in views.items()
        if isroutine(view) and view in _wrapped_functions
    ]
    if mistakes:
        raise SetupError.listing("in transactional views", mistakes)
