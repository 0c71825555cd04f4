"""Connections that are checked out, and where."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Pool, event
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from .places import Place, calling_place

__all__ = ["Checkouts", "checkouts"]


@dataclass
class Checkouts:
    """The connections that are checked out of any pool of the process, since somebody looks.

    Attributes:
        places: Where each was checked out, the earliest first.
    """

    places: dict[int, Place] = field(default_factory=dict)

    def lent(self, _connection: object, _record: ConnectionPoolEntry, borrowed: PoolProxiedConnection) -> None:
        """Note a connection; SQLAlchemy calls this."""
        self.places[id(_record)] = calling_place()

    def returned(self, _connection: object, record: ConnectionPoolEntry) -> None:
        """Forget one; SQLAlchemy calls this."""
        self.places.pop(id(record), None)


@contextmanager
def checkouts() -> Iterator[Checkouts]:
    """Look at connections that are checked out in a ``with`` block."""
    seen = Checkouts()
    event.listen(Pool, "checkout", seen.lent)
    event.listen(Pool, "checkin", seen.returned)
    try:
        yield seen
    finally:
        event.remove(Pool, "checkout", seen.lent)
        event.remove(Pool, "checkin", seen.returned)
