"""SQLite's lock: the one of the file, for writing, from before the first look at the revisions."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

__all__ = ["SQLiteLock", "is_busy"]

_BUSY: Final = 5
"""The primary result code SQLITE_BUSY (SQLite, "Result and Error Codes")."""


class SQLiteLock:
    """A transaction that begins with ``BEGIN IMMEDIATE``: the whole run is in it, and its end frees the lock.

    It is begun below SQLAlchemy, so that Alembic still begins and commits the transaction that it knows of. Others may
    read meanwhile.

    Args:
        connection: The connection that is to change the database, in no transaction.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._driver: Any = connection.connection.dbapi_connection
        self._error: type[Exception] = connection.dialect.loaded_dbapi.Error
        self._began = False

    def acquire(self) -> bool:
        """Try it at once; tell whether the connection holds it now."""
        if self._driver.in_transaction:  # a database in memory, or a test that is rolled back: nobody else is there
            return True
        [[patience]] = self._driver.execute("PRAGMA busy_timeout").fetchall()
        self._driver.execute("PRAGMA busy_timeout = 0").close()
        try:
            self._driver.execute("BEGIN IMMEDIATE").close()
        except Exception as error:
            if is_busy(error):
                return False
            raise DBAPIError.instance("BEGIN IMMEDIATE", None, error, self._error) from error
        finally:
            self._driver.execute(f"PRAGMA busy_timeout = {patience}").close()
        self._began = True
        return True

    def release(self) -> bool:
        """Give it back, if what ended the transaction has not; tell that it was held."""
        if self._began and self._driver.in_transaction:
            self._driver.rollback()
        return True

    def holder(self) -> str | None:
        """Tell nothing: the file says that it is locked, not by whom."""
        return None


def is_busy(error: BaseException | None) -> bool:
    """Tell whether SQLite refused something because another connection has the lock.

    Args:
        error: What the driver raised.
    """
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == _BUSY
