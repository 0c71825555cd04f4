"""The locks in the databases of a run, taken in one order, waited for with one patience."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from ferrule_sqlalchemy.engines import shown

from ..exceptions import LockedError
from .kinds import Lock, lock_for
from .patience import Patience

__all__ = ["held"]

_LOGGER: Final = logging.getLogger(__name__)


@contextmanager
def held(connections: Iterable[sa.Connection], version_table: str, patience: Patience) -> Iterator[None]:
    """Keep other runs out of some databases during a ``with`` block.

    Each lock is held by the connection that changes the database: it is gone when, and only when, that is.

    Args:
        connections: One for each database, in no transaction.
        version_table: The table that says which revisions a database has, with its schema if it stands in one.
        patience: How long to wait, for all of them together.

    Raises:
        LockedError: Another run had one for as long as that.
    """
    places = {shown(connection.engine.url): connection for connection in connections}
    with ExitStack() as stack:
        for place in sorted(places):  # in one order for all, so that no two wait for each other
            lock = lock_for(places[place], version_table)
            if lock is not None:
                stack.enter_context(_one(lock, places[place], place, patience))
        yield


@contextmanager
def _one(lock: Lock, connection: sa.Connection, place: str, patience: Patience) -> Iterator[None]:
    _wait(lock, place, patience)
    try:
        yield
    finally:
        _give_back(lock, connection, place)


def _wait(lock: Lock, place: str, patience: Patience) -> None:
    is_told = False
    while not lock.acquire():
        if not patience.pause():
            raise LockedError(_who(lock, place, patience))
        if not is_told:
            is_told = True
            _LOGGER.info("another run changes %s; waiting for it, at most %g s", place, patience.seconds)


def _who(lock: Lock, place: str, patience: Patience) -> str:
    holder = lock.holder()
    who = f"It is held by {holder}" if holder else "The database does not tell by whom it is held"
    return (
        f"{place}: another run of migrations has the lock, for which this one waited {patience.seconds:g} s, and"
        f" nothing was changed. Run it again when the other is done, or raise [migrate] lock_wait. {who}"
    )


def _give_back(lock: Lock, connection: sa.Connection, place: str) -> None:
    try:
        was_held = lock.release()
    except DBAPIError:  # the connection is gone or broken, and with it the lock; what broke it is told by the run
        connection.invalidate()
        return
    if not was_held:
        _LOGGER.warning(
            "the lock of %s was lost during the run, so that another could have been let in. A pooler that gives each"
            " transaction another connection does that: connect to the database itself for migrations",
            place,
        )
