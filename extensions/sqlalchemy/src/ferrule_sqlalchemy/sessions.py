"""The session of a context: SQLAlchemy's own, which gives its connections back whatever raises."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from types import new_class
from typing import Any, Final, cast
from weakref import WeakSet

from sqlalchemy import Connection, Engine, StaticPool, event
from sqlalchemy.orm import Session, SessionTransaction

from .exceptions import TransactionError

__all__ = ["ContextSession", "session_class", "session_mistakes"]


_open_sessions: Final[WeakSet[ContextSession]] = WeakSet()

_of_parents: Final[list[object]] = []
"""Connections of the process that this one was forked from: a driver that frees one may end it for the parent, too."""


class ContextSession(Session):
    """A session that leaves no connection checked out when it is closed, and none at all after its context.

    SQLAlchemy's own keeps the connection if its rollback fails, until the garbage collector comes by: a pool of five is
    then empty after five such failures. It can also be used again after it was closed for good, and then keeps the
    connection that it takes.

    Args:
        bind: The engine of what has no other; ``None`` if there is none.
        **options: For ``sqlalchemy.orm.Session``.

    Attributes:
        scope: The transaction that commits at its own end, if the session is in one.
    """

    def __init__(self, bind: Engine | None = None, **options: Any) -> None:
        super().__init__(bind, close_resets_only=False, **options)
        self.scope: object | None = None
        self._lent: dict[Engine, Connection] = {}
        self._undone = 0
        _open_sessions.add(self)

    @property
    def is_connected(self) -> bool:
        """Whether the transaction has reached a database."""
        return any(map(self.is_connected_to, self._lent))

    def is_connected_to(self, engine: Engine) -> bool:
        """Tell whether the transaction has reached the database of an engine."""
        connection = self._lent.get(engine)
        return connection is not None and not connection.closed and connection.in_transaction()

    def commit(self) -> None:
        """Commit.

        Raises:
            TransactionError: The session is in a transaction that commits at its own end.
        """
        if self.scope is not None:
            raise TransactionError(
                f"db.session.commit() in {self.scope}, which commits at its end, all or nothing; leave this commit out,"
                " or write db.session.flush() where the database is to have the rows now"
            )
        super().commit()

    def close(self) -> None:
        """Roll back what is not committed, and return the connections; one that cannot be rolled back is discarded."""
        self._release(super().reset)

    def reset(self) -> None:
        """Do what :meth:`close` does: the session can be used again, for as long as its context lasts."""
        self.close()

    def remove(self) -> None:
        """Do what :meth:`close` does, under the name that it has in a ``scoped_session``."""
        self.close()

    def finish(self) -> None:
        """Close for good: the context goes. Whoever kept the session gets an error for each further use."""
        self._release(super().close)

    def _release(self, close: Any) -> None:
        try:
            close()
        except BaseException as error:
            for connection in self._lent.values():
                _discard(connection, error)
            raise

    def disown(self) -> None:
        """Let go of the connections without a word to the server: the process was forked, and they are its parent's."""
        for engine, connection in self._lent.items():
            is_copied = isinstance(engine.pool, StaticPool)  # a database in memory
            if not is_copied and not connection.closed and not connection.invalidated:
                borrowed: Any = connection.connection
                _of_parents.append(borrowed.dbapi_connection)
                # What has no connection sends no ROLLBACK, be it asked to or collected as garbage.
                for holder in filter(None, (borrowed, borrowed._connection_record)):
                    holder.dbapi_connection = None
                connection.invalidate()

    def undo(self) -> None:
        """Roll back since an error is on its way, which matters more than one of the rollback."""
        try:
            self.rollback()
        except Exception:
            with suppress(Exception):
                self.close()

    def begins_after(self, failures: int) -> None:
        """Note how many errors there were before the session: nothing of it is to be undone for them."""
        self._undone = failures

    def undo_after(self, failures: int) -> None:
        """Roll back what a view left that raised, before somebody who answers the error uses the session.

        Args:
            failures: The number of errors in this context; for each one this happens once.
        """
        if self._undone != failures:
            self._undone = failures
            self.undo()


@event.listens_for(ContextSession, "after_begin")
def _note_connection(session: ContextSession, _transaction: SessionTransaction, connection: Connection) -> None:
    session._lent[connection.engine] = connection


def _discard(connection: Connection, reason: BaseException) -> None:
    """Return a connection's place to its pool, but not the connection, whose state nobody knows."""
    if not connection.closed:
        connection.invalidate(reason)
        connection.close()


@cache
def session_class(*wanted: Any) -> type[ContextSession]:
    """Return the class that is all of some classes.

    Args:
        *wanted: Subclasses of ``Session``, or that itself; what comes first has its methods called first.
    """
    bases = [each for each in wanted if not any(other is not each and issubclass(other, each) for other in wanted)]
    if len(bases) == 1:
        return cast("type[ContextSession]", bases[0])
    names = {"__module__": bases[0].__module__, "__doc__": bases[0].__doc__}
    made = new_class(bases[0].__name__, tuple(bases), {}, lambda namespace: namespace.update(names))
    return cast("type[ContextSession]", made)


def session_mistakes(options: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with session options."""
    chosen: Any = options.get("class_", Session)
    if not isinstance(chosen, type) or Session not in chosen.__mro__:
        yield f"class_={chosen!r}: expected a subclass of sqlalchemy.orm.Session"
        chosen = Session
    yield from (f"{name}: {cure}" for name, cure in _TAKEN.items() if name in options)
    made = session_class(chosen, ContextSession)
    try:
        made(**{name: value for name, value in options.items() if name not in {"class_", *_TAKEN}})
    except Exception as error:
        yield str(error)


_TAKEN: Final = {
    "bind": "the session's engine is that of the application",
    "binds": "a model has its bind in __bind_key__, and the setting `binds` the databases",
    "close_resets_only": "a session ends with its context; db.session.close() resets it meanwhile",
    "scopefunc": "the session belongs to the context; push one, `with app.app_context():`, for another session",
}


def _disown_all() -> None:
    for session in _open_sessions:
        session.disown()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_disown_all)
