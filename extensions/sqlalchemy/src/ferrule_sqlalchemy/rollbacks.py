"""Tests that leave no trace: whatever commits in them, commits into a transaction that is rolled back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from threading import RLock
from typing import Any, Final
from unittest.mock import patch

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from ferrule import FerruleError

from . import sqlite

__all__ = ["RollbackError", "rolled_back"]

_READS: Final = re.compile(r"[\s(]*(SELECT|VALUES|EXPLAIN|PRAGMA|SHOW|SAVEPOINT|RELEASE|ROLLBACK)\b", re.IGNORECASE)

_MISSING: Final = re.compile("does not exist|no such savepoint")

_GONE: Final = (
    "the transaction is lost: one that began earlier was rolled back meanwhile, and in a test that is rolled back a"
    " later one is a part of it; end them in the reverse order"
)


class RollbackError(FerruleError, RuntimeError):
    """Something was done in a test's transaction that cannot be done in one, or cannot be undone."""


@contextmanager
def rolled_back(engines: Iterable[sa.Engine]) -> Iterator[None]:
    """Undo at the end of a ``with`` block what was done in it on some engines, however often it was committed.

    Each engine has one connection meanwhile, in one transaction; whoever checks a connection out shares it, in any
    thread. Their transactions are savepoints: a commit keeps what was done for the others to see, a rollback undoes it.

    Args:
        engines: The engines. Those of one database share the connection.

    Raises:
        RollbackError: A connection is in a transaction already.
    """
    shared: dict[sa.URL, _Shared] = {}
    with ExitStack() as stack:
        for engine in engines:
            one = shared.get(engine.url)
            if one is None or _is_private(engine):
                one = shared[engine.url] = stack.enter_context(_connected(engine))
            stack.enter_context(_redirected(engine, one))
        yield


def _is_private(engine: sa.Engine) -> bool:
    """Tell whether no other engine reaches the database, even by the same URL."""
    return engine.dialect.name == "sqlite" and sqlite.is_in_memory(engine.url)


@contextmanager
def _connected(engine: sa.Engine) -> Iterator[_Shared]:
    with engine.connect() as borrowed:  # unlike engine.raw_connection(), its error says which bind gave none
        connection = borrowed.connection.dbapi_connection
        if connection is None:
            raise RollbackError(f"the connection of {engine!r} is closed")
        shared = _Shared(connection, engine.dialect)
        try:
            yield shared
        finally:
            connection.rollback()


@contextmanager
def _redirected(engine: sa.Engine, shared: _Shared) -> Iterator[None]:
    pool = engine.pool
    with patch.multiple(engine.dialect, **shared.methods(engine.dialect)):
        engine.pool = _SharedPool(lambda: shared.connection, dialect=engine.dialect)
        try:
            yield
        finally:
            engine.pool = pool


class _SharedPool(sa.Pool):
    """A pool that lends one connection to all, and closes it for none."""

    def _do_get(self) -> ConnectionPoolEntry:
        return self._create_connection()

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        """Do nothing: the connection is not the borrower's to close."""

    def _close_connection(self, connection: DBAPIConnection, *, terminate: bool = False) -> None:
        """Do nothing, as above."""

    def dispose(self) -> None:
        """Do nothing, as above."""

    def recreate(self) -> _SharedPool:
        """Return itself."""
        return self

    def status(self) -> str:
        """Say what it is."""
        return "one connection, in the transaction of a test"


@dataclass
class _Savepoint:
    """Where the transaction of one borrower began.

    Attributes:
        name: Its name.
        wrote: Whether the borrower may have changed something since.
        is_gone: Whether another borrower's rollback undid what the borrower did.
    """

    name: str
    wrote: bool = False
    is_gone: bool = False


class _Shared:
    """One connection in one transaction, in which each borrower's transaction is a savepoint."""

    def __init__(self, connection: DBAPIConnection, dialect: sa.Dialect) -> None:
        self.connection = connection
        self._errors = dialect.loaded_dbapi.Error
        self._lock = RLock()
        self._numbers = count(1)
        self._savepoints: dict[object, _Savepoint] = {}  # by borrower, the outermost first
        if dialect.name == "sqlite":
            self._begin()

    def _begin(self) -> None:
        if getattr(self.connection, "in_transaction", False):
            raise RollbackError(
                "the database is in a transaction already, and a test's cannot begin: commit what the fixtures before"
                " it did, or close their session"
            )
        self._run("BEGIN")

    def methods(self, dialect: sa.Dialect) -> dict[str, Any]:
        """Return what takes the place of a dialect's own methods."""
        return {
            "do_commit": self._commit,
            "do_rollback": self._rollback,
            "do_execute": self._guarded(dialect.do_execute),
            "do_executemany": self._guarded(dialect.do_executemany),
            "do_execute_no_params": self._guarded(dialect.do_execute_no_params),
            "set_isolation_level": _refuse_autocommit,
            "reset_isolation_level": lambda _connection: None,
        }

    def _guarded(self, execute: Callable[..., None]) -> Callable[..., None]:
        def guarded(cursor: Any, statement: str, *rest: Any, context: Any = None) -> None:
            run = context or rest[-1]
            with self._lock:
                self._note(run.root_connection.connection, statement)
                execute(cursor, statement, *rest, **({} if context is None else {"context": context}))

        return guarded

    def _note(self, borrower: object, statement: str) -> None:
        savepoint = self._savepoints.get(borrower)
        if savepoint is None:
            savepoint = self._savepoints[borrower] = _Savepoint(f"ferrule_{next(self._numbers)}")
            self._run(f"SAVEPOINT {savepoint.name}")
        if savepoint.is_gone:
            raise RollbackError(_GONE)
        savepoint.wrote = savepoint.wrote or _READS.match(statement) is None

    def _commit(self, borrower: object) -> None:
        with self._lock:
            is_last = borrower in self._savepoints and next(reversed(self._savepoints)) is borrower
            savepoint = self._savepoints.pop(borrower, None)
            if savepoint is None:
                return
            if savepoint.is_gone:
                raise RollbackError(_GONE)
            if is_last:  # else it stays until one that began before it ends: releasing it would release the later ones
                self._run(f"RELEASE SAVEPOINT {savepoint.name}")

    def _rollback(self, borrower: object) -> None:
        with self._lock:
            savepoint = self._savepoints.get(borrower)
            if savepoint is None or savepoint.is_gone:
                self._savepoints.pop(borrower, None)
            elif savepoint.wrote or not self._ended_without_loss(borrower):
                self._undo(borrower, savepoint)

    def _ended_without_loss(self, borrower: object) -> bool:
        """End a transaction that only read, and keep what others committed since it began.

        A database that saw an error in it, as PostgreSQL does, must go back to where it began nevertheless.
        """
        try:
            self._run("SELECT 1")
        except self._errors:
            return False
        try:
            self._commit(borrower)
        except RollbackError:
            return True  # there was nothing to lose
        return True

    def _undo(self, borrower: object, savepoint: _Savepoint) -> None:
        self._run(f"ROLLBACK TO SAVEPOINT {savepoint.name}")
        self._run(f"RELEASE SAVEPOINT {savepoint.name}")
        others = list(self._savepoints)
        for later in others[others.index(borrower) + 1 :]:
            self._savepoints[later].is_gone = True
        del self._savepoints[borrower]

    def _run(self, statement: str) -> None:
        cursor = self.connection.cursor()
        try:
            cursor.execute(statement)
        except self._errors as error:
            if "SAVEPOINT" in statement and _MISSING.search(str(error)):
                raise RollbackError(
                    "the transaction of the test is over, and cannot be rolled back: some statements end it, in MariaDB"
                    " and MySQL all that create or alter a table; do that before the test. A deadlock ends it, too"
                ) from error
            raise
        finally:
            cursor.close()


def _refuse_autocommit(_connection: DBAPIConnection, level: str) -> None:
    """Leave the isolation level of the test's transaction alone."""
    if level == "AUTOCOMMIT":
        raise RollbackError("AUTOCOMMIT: what commits by itself cannot be rolled back; leave this test out of it")
