"""MariaDB's and MySQL's lock: a named one, of the connection."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import sqlalchemy as sa

__all__ = ["MariaDBLock"]


class MariaDBLock:
    """A lock by ``GET_LOCK``, which statements that commit by themselves leave alone.

    The names are the server's, so the database's is a part of it (MariaDB, "GET_LOCK").

    Args:
        connection: The connection that is to change the database.
        version_table: The table that says which revisions it has.
    """

    def __init__(self, connection: sa.Connection, version_table: str) -> None:
        self._connection = connection
        place = f"{self._ask('SELECT DATABASE()')}\0{version_table}"
        self._name = f"ferrule_migrate {blake2b(place.encode(), digest_size=16).hexdigest()}"  # 64 characters at most

    def acquire(self) -> bool:
        """Try it at once; tell whether the connection holds it now."""
        return bool(self._ask("SELECT GET_LOCK(:name, 0)", name=self._name))

    def release(self) -> bool:
        """Give it back; tell whether it was still held."""
        self._connection.rollback()
        return bool(self._ask("SELECT RELEASE_LOCK(:name)", name=self._name))

    def holder(self) -> str | None:
        """Tell who holds it, and how they could be stopped."""
        number = self._ask("SELECT IS_USED_LOCK(:name)", name=self._name)
        if number is None:
            return None
        row = self._connection.execute(
            sa.text("SELECT user, host, command, time, info FROM information_schema.processlist WHERE id = :id"),
            {"id": number},
        ).first()
        self._connection.rollback()
        found = f"connection {number} of the server"
        if row is not None:  # another user's is seen by who has the PROCESS privilege only
            user, host, command, seconds, statement = row
            doing = f"running {_short(statement)!r}" if statement else str(command).lower()
            found += f", user {user!r} from {host}, {doing} for {seconds} s"
        return f"{found}; `KILL {number}` ends it, and what it did stays as it is"

    def _ask(self, statement: str, **parameters: Any) -> Any:
        found = self._connection.execute(sa.text(statement), parameters).scalar()
        self._connection.rollback()  # the lock is the connection's, and no transaction stays open while it waits
        return found


def _short(statement: str) -> str:
    words = " ".join(statement.split())
    return words if len(words) <= 100 else f"{words[:99]}…"
