"""What SQLite needs to behave as a database of a web application: a folder, pragmas, and transactions that are some."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from sqlalchemy import URL, Engine, SelectBase, StaticPool, event
from sqlalchemy.engine import ExecutionContext
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.pool import ConnectionPoolEntry

if TYPE_CHECKING:
    import sqlite3  # PERF: a shared library, which an application on another database never loads

__all__ = ["PRAGMAS", "Pragma", "is_in_memory", "is_missing", "located", "options_for", "pragma_mistakes", "prepare"]

Pragma: TypeAlias = bool | int | str

PRAGMAS: Final[Mapping[str, Pragma]] = {"busy_timeout": 5000, "foreign_keys": True, "journal_mode": "WAL"}
"""What each connection is told: wait for a lock (milliseconds), keep references whole, read while another writes."""

_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FIRST_WORD: Final = re.compile(r"[\s(]*([A-Za-z]+)")
_WITHOUT_LOCK: Final = frozenset(
    {
        *("SELECT", "VALUES", "EXPLAIN", "PRAGMA"),  # they read
        *("BEGIN", "COMMIT", "END", "ROLLBACK", "RELEASE"),  # they are about transactions
        *("ATTACH", "DETACH", "VACUUM"),  # they must be outside of one
    }
)


def pragma_mistakes(pragmas: Mapping[str, Pragma]) -> Iterator[str]:
    """Yield what is wrong with names and values: SQLite takes no parameters here, and ignores what it does not know."""
    for name, value in pragmas.items():
        if not _WORD.fullmatch(name):
            yield f"sqlite_pragmas {name!r}: no name of a pragma; write it as SQLite's manual does"
        elif isinstance(value, str) and value and not _WORD.fullmatch(value):
            yield f"sqlite_pragmas {name}={value!r}: expected a word, a number, true, false, or '' to leave it alone"


def is_in_memory(url: URL) -> bool:
    """Tell whether a database is no file."""
    return url.database in {None, "", ":memory:", "file::memory:"} or url.query.get("mode") == "memory"


def is_missing(url: URL) -> bool:
    """Tell whether a database is a file that is not there yet: connecting to it would make one."""
    if url.get_backend_name() != "sqlite" or is_in_memory(url):
        return False
    return not Path((url.database or "").removeprefix("file:")).exists()


def located(url: URL, folder: str) -> URL:
    """Return a URL with an absolute path, and make the folder that a relative one leads to.

    Args:
        url: The URL.
        folder: What a relative path is relative to.
    """
    if url.database is None or is_in_memory(url):
        return url
    scheme = "file:" if url.database.startswith("file:") and "uri" in url.query else ""
    path = url.database.removeprefix(scheme)
    if Path(path).is_absolute():
        return url
    place = Path(folder, path)
    place.parent.mkdir(parents=True, exist_ok=True)
    return url.set(database=f"{scheme}{place}")


def options_for(url: URL) -> dict[str, Any]:
    """Return the engine options that a database needs: all contexts of an application share the one in memory."""
    if not is_in_memory(url):
        return {}
    return {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}


def prepare(engine: Engine, pragmas: Mapping[str, Pragma]) -> None:
    """Let an engine set pragmas on every connection, and begin a transaction with the first statement that may write.

    Args:
        engine: The engine, before its first connection.
        pragmas: In addition to :data:`PRAGMAS`, or instead of them.
    """
    statements = [f"PRAGMA {name} = {_written(value)}" for name, value in {**PRAGMAS, **pragmas}.items() if value != ""]

    refused = engine.dialect.loaded_dbapi.OperationalError

    def connected(connection: Any, _record: ConnectionPoolEntry) -> None:
        for statement in statements:
            try:
                connection.execute(statement).close()
            except refused as error:
                if not _is_read_only(error):  # such a database stays as it is; whoever writes to it is told
                    raise

    event.listen(engine, "connect", connected)
    # PERF: the dialect's events. One listener to the engine's would make every connection join them, for 15 µs.
    event.listen(engine, "do_execute", _begin_to_write)
    event.listen(engine, "do_executemany", _begin_to_write)
    event.listen(
        engine, "do_execute_no_params", lambda cursor, statement, ctx: _begin_to_write(cursor, statement, (), ctx)
    )


def _is_read_only(error: Exception) -> bool:
    return str(getattr(error, "sqlite_errorname", "")).startswith("SQLITE_READONLY")


def _written(value: Pragma) -> str:
    return ("OFF", "ON")[value] if isinstance(value, bool) else str(value)


def _begin_to_write(cursor: DBAPICursor, statement: str, _parameters: object, context: ExecutionContext) -> None:
    """Begin a transaction that holds the lock for writing from its first statement that may write.

    Python's driver by itself begins at an INSERT, UPDATE or DELETE only: a SAVEPOINT before it would stand alone, and
    CREATE TABLE could not be rolled back. A BEGIN without IMMEDIATE, on the other hand, and for what reads, too, lets a
    request that reads and then writes fail at once, whatever the busy timeout, if another wrote in between.
    """
    if statement.startswith("SELECT") or _takes_no_lock(statement, context):  # PERF: most do
        return
    driver = cast("sqlite3.Cursor", cursor).connection
    # In AUTOCOMMIT the driver has no isolation level. A database in memory may be in another context's transaction.
    if driver.isolation_level is not None and not driver.in_transaction:
        driver.execute("BEGIN IMMEDIATE").close()


def _takes_no_lock(statement: str, context: ExecutionContext) -> bool:
    found = _FIRST_WORD.match(statement)
    word = found[1].upper() if found else ""
    if word == "WITH":
        return isinstance(getattr(context.compiled, "statement", None), SelectBase)
    return word in _WITHOUT_LOCK
