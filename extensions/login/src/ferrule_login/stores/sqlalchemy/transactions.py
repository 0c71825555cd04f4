"""Short transactions on connections of their own: the application's session is neither committed nor rolled back."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final, TypeVar

import sqlalchemy as sa

from ...exceptions import StoreError

__all__ = ["purge", "run"]

R = TypeVar("R")

_TRIES: Final = 8
_CONFLICTS: Final = frozenset({"40001", "40P01", 1020, 1213})
"""PostgreSQL's codes of a serialisation failure and a deadlock; MariaDB's of a changed row and a deadlock."""

_PURGED: Final = 500
_PURGES: Final = 64


def run(engine: sa.Engine, work: Callable[[sa.Connection], R]) -> R:
    """Do something in a transaction, again if it met another one.

    Args:
        engine: The database.
        work: What to do; it may be done several times.

    Raises:
        StoreError: The table is not there, or the database is locked.
    """
    for _ in range(_TRIES - 1):
        try:
            return _once(engine, work)
        except sa.exc.DBAPIError as error:
            if not _is_conflict(error):
                raise
    return _once(engine, work)


def _once(engine: sa.Engine, work: Callable[[sa.Connection], R]) -> R:
    try:
        with engine.begin() as connection:
            return work(connection)
    except (sa.exc.OperationalError, sa.exc.ProgrammingError) as error:
        if cure := _cure_of(error):
            told = str(error.orig).partition("\n")[0]
            raise StoreError(f"ferrule-login cannot use its tables: {told}; {cure}") from error
        raise


def _is_conflict(error: sa.exc.DBAPIError) -> bool:
    found = getattr(error.orig, "sqlstate", None) or (error.orig.args or (None,))[0] if error.orig else None
    return found in _CONFLICTS


def _cure_of(error: sa.exc.DBAPIError) -> str:
    text = str(error.orig)
    if "login_" in text and ("no such table" in text or "does not exist" in text or "doesn't exist" in text):
        return "make them with `ferrule db upgrade`, or without ferrule-migrate with db.create_all()"
    if text == "database is locked":
        return "SQLite has one writer at a time: end the transaction of the session, db.session.commit(), before"
    return ""


def purge(engine: sa.Engine, key: sa.Column[str], is_over: sa.ColumnElement[bool]) -> None:
    """Now and then, delete some rows that mean nothing any more.

    So a table grows no longer than what it remembers is worth remembering, no worker has to wait for a large deletion,
    and nobody has to set up a job.

    Args:
        engine: The database.
        key: The primary key of the table.
        is_over: Which rows mean nothing.
    """
    if random.randrange(_PURGES):  # noqa: S311  # no secret: when to tidy up
        return

    def work(connection: sa.Connection) -> None:
        found = connection.scalars(sa.select(key).where(is_over).limit(_PURGED)).all()
        if found:  # by primary key: MariaDB locks the gaps of a range, and others would wait there
            connection.execute(sa.delete(key.table).where(key.in_(sorted(found)), is_over))

    run(engine, work)
