"""What a lock in a database can do, whatever the database."""

from __future__ import annotations

from typing import Protocol

import sqlalchemy as sa

from .mariadb import MariaDBLock
from .postgresql import PostgreSQLLock
from .sqlite import SQLiteLock

__all__ = ["Lock", "lock_for"]


class Lock(Protocol):
    """A lock that a connection holds, and that its server frees when the connection ends, however it does."""

    def acquire(self) -> bool:
        """Try it at once; tell whether the connection holds it now."""

    def release(self) -> bool:
        """Give it back; tell whether it was still held."""

    def holder(self) -> str | None:
        """Tell who holds it, as far as the server lets us see, and how they could be stopped."""


def lock_for(connection: sa.Connection, version_table: str) -> Lock | None:
    """Return the lock of a database's revisions; ``None`` where a server has none that we know.

    Args:
        connection: The connection that is to change the database.
        version_table: The table that says which revisions it has, with its schema if it stands in one.
    """
    match connection.dialect.name:
        case "postgresql":
            return PostgreSQLLock(connection, version_table)
        case "mysql" | "mariadb":
            return MariaDBLock(connection, version_table)
        case "sqlite":
            return SQLiteLock(connection)
    return None
