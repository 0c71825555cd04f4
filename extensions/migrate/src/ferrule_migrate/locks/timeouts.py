"""How long the statements of revisions wait for the locks of tables and rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

__all__ = ["statements_wait"]


@contextmanager
def statements_wait(connections: Iterable[sa.Connection], seconds: float | None) -> Iterator[None]:
    """Bound the time that each statement waits for a lock, during a ``with`` block.

    Without a bound, a statement that waits for a long query makes all later queries wait behind it.

    Args:
        connections: In no transaction.
        seconds: How long; ``None`` for as long as the server says.
    """
    with ExitStack() as stack:
        for connection in connections if seconds is not None else ():
            stack.enter_context(_one(connection, seconds or 0.0))
        yield


@contextmanager
def _one(connection: sa.Connection, seconds: float) -> Iterator[None]:
    match connection.dialect.name:
        case "postgresql":
            ask, tell = "SELECT current_setting('lock_timeout')", "SELECT set_config('lock_timeout', '{}', false)"
            values: tuple[Any, ...] = (f"{math.ceil(seconds * 1000)}ms",)
        case "mysql" | "mariadb":
            ask = "SELECT @@SESSION.lock_wait_timeout, @@SESSION.innodb_lock_wait_timeout"
            tell = "SET SESSION lock_wait_timeout = {}, SESSION innodb_lock_wait_timeout = {}"
            values = (max(1, math.ceil(seconds)),) * 2
        case "sqlite":
            ask, tell, values = "PRAGMA busy_timeout", "PRAGMA busy_timeout = {}", (math.ceil(seconds * 1000),)
        case _:
            yield
            return
    former = connection.exec_driver_sql(ask).one()
    _tell(connection, tell.format(*values))
    try:
        yield
    finally:
        _restore(connection, tell.format(*former))


def _tell(connection: sa.Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)
    connection.commit()  # what a rollback would take back


def _restore(connection: sa.Connection, statement: str) -> None:
    try:
        connection.rollback()
        _tell(connection, statement)
    except DBAPIError:  # the connection is gone or broken, and is not used again
        connection.invalidate()
