"""PostgreSQL's lock: an advisory one, of the session."""

from __future__ import annotations

import os
import socket
from hashlib import blake2b
from typing import Any, Final

import sqlalchemy as sa

__all__ = ["PostgreSQLLock"]

_HOLDER: Final = sa.text(
    """
    SELECT a.pid, a.usename, a.application_name, host(a.client_addr) AS client, a.state, a.query,
           extract(epoch FROM now() - a.xact_start)::int AS seconds
    FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND a.datname = current_database()
      AND (l.classid::bigint << 32 | l.objid::bigint) = :key
    """
)


class PostgreSQLLock:
    """An advisory lock of the session; the key space is the database's (PostgreSQL, "Advisory Locks").

    It is asked for with ``pg_try_advisory_lock`` again and again. A statement that waits for it would hold a snapshot,
    and ``CREATE INDEX CONCURRENTLY`` of who has the lock waits for all snapshots: both would wait for ever.

    Args:
        connection: The connection that is to change the database.
        version_table: The table that says which revisions it has.
    """

    def __init__(self, connection: sa.Connection, version_table: str) -> None:
        self._connection = connection
        digest = blake2b(b"ferrule_migrate\0" + version_table.encode(), digest_size=8).digest()
        self._key = int.from_bytes(digest, "big", signed=True)
        self._former_name = ""

    def acquire(self) -> bool:
        """Try it at once; tell whether the connection holds it now."""
        if not self._ask("SELECT pg_try_advisory_lock(:key)", key=self._key):
            return False
        self._former_name = str(self._ask("SELECT current_setting('application_name')"))
        self._call_it(f"ferrule db, process {os.getpid()} of {socket.gethostname()}"[:63])
        return True

    def release(self) -> bool:
        """Give it back; tell whether it was still held."""
        self._connection.rollback()
        self._call_it(self._former_name)
        return bool(self._ask("SELECT pg_advisory_unlock(:key)", key=self._key))

    def holder(self) -> str | None:
        """Tell who holds it, and how they could be stopped."""
        row = self._connection.execute(_HOLDER, {"key": self._key}).mappings().first()
        self._connection.rollback()
        if row is None:
            return None
        parts = [f"process {row['pid']} of the server", f"user {row['usename']!r}"]
        parts += [repr(row["application_name"])] if row["application_name"] else []
        parts += [f"from {row['client']}"] if row["client"] else []
        if row["seconds"] is not None:
            parts.append(f"in a transaction for {row['seconds']} s")
        if row["query"]:
            parts.append(f"{'running' if row['state'] == 'active' else 'last'} {_short(row['query'])!r}")
        cure = f"`SELECT pg_terminate_backend({row['pid']})` ends it, and undoes what it has not committed"
        return f"{', '.join(parts)}; {cure}"

    def _call_it(self, name: str) -> None:
        self._ask("SELECT set_config('application_name', :name, false)", name=name)
        self._connection.commit()  # what a rollback would take back

    def _ask(self, statement: str, **parameters: Any) -> Any:
        found = self._connection.execute(sa.text(statement), parameters).scalar()
        self._connection.commit()  # the lock is the session's, and no transaction stays open while it waits
        return found


def _short(statement: str) -> str:
    words = " ".join(statement.split())
    return words if len(words) <= 100 else f"{words[:99]}…"
