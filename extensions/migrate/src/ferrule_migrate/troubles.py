"""What databases refuse, said in one line with what cures it."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.exc import DBAPIError

from ferrule_sqlalchemy.engines import shown

from .databases import Database

__all__ = ["cure_of", "described", "is_lock_timeout"]

_READ_ONLY: Final = (
    "the database is read-only: connect to the primary server and not to a replica, see that"
    " default_transaction_read_only is off (PostgreSQL), that read_only is off (MariaDB), or that the file and its"
    " folder may be written (SQLite)"
)
_NO_RIGHTS: Final = (
    "the user of the database lacks the right: migrations create, alter and drop; run them as the owner of the tables,"
    " by a URI of their own, or grant what is missing"
)
_UNREACHABLE: Final = (
    "the database cannot be reached: see that the server runs, and that host, port, name, user and password are right"
)
_LOCKED: Final = (
    "a statement waited for a lock that somebody else holds, until its time was over: try again when the other is done,"
    " end it, or raise [migrate] lock_timeout; long transactions and reports hold locks on the tables that they read"
)
_DEADLOCK: Final = "another transaction and this one waited for each other: run it again, when there is less traffic"
_NEW_VALUE: Final = (
    "PostgreSQL does not let a value be used in the transaction that adds it to an enum: put the use into a later run"
    " (`ferrule db upgrade <revision>` first), or the addition into `with op.get_context().autocommit_block():`"
)
_FULL: Final = "there is no space left for the database"

_BY_STATE: Final = {
    "25006": _READ_ONLY,
    "42501": _NO_RIGHTS,
    "28P01": _UNREACHABLE,
    "28000": _UNREACHABLE,
    "3D000": _UNREACHABLE,
    "53300": _UNREACHABLE,
    "55P03": _LOCKED,
    "40P01": _DEADLOCK,
    "55P04": _NEW_VALUE,
    "53100": _FULL,
}
"""By SQLSTATE (PostgreSQL, "Error Codes")."""

_BY_NUMBER: Final = {
    **dict.fromkeys((1290, 1792, 1836), _READ_ONLY),
    **dict.fromkeys((1044, 1142, 1143, 1227, 1370), _NO_RIGHTS),
    **dict.fromkeys((1045, 1049, 1698, 2002, 2003, 2005), _UNREACHABLE),
    1205: _LOCKED,
    1213: _DEADLOCK,
    1021: _FULL,
}
"""By number (MariaDB, "Error Codes")."""

_BY_CODE: Final = {3: _NO_RIGHTS, 5: _LOCKED, 6: _LOCKED, 8: _READ_ONLY, 13: _FULL, 14: _UNREACHABLE, 23: _NO_RIGHTS}
"""By primary result code (SQLite, "Result and Error Codes")."""


def described(error: BaseException, database: Database | None = None) -> str:
    """Return the error of a database in one line, with what cures it if that is known.

    Args:
        error: What SQLAlchemy, or a driver, raised.
        database: The database, named in the text if it gave no connection.
    """
    original = _original(error)
    said = " ".join(str(part) for part in _said(original)).partition("\n")[0].strip()
    cure = cure_of(error)
    where = f" ({database.label}, {shown(database.engine.url)})" if database is not None and cure is not None else ""
    text = f"{type(original).__name__}: {said}"
    return text if cure is None else f"{text}; {cure}{where}"


def cure_of(error: BaseException) -> str | None:
    """Return what cures an error of a database; ``None`` if that is not known.

    Args:
        error: What SQLAlchemy, or a driver, raised.
    """
    original: Any = _original(error)
    state = getattr(original, "sqlstate", None)
    if state in _BY_STATE:
        return _BY_STATE[state]
    code = getattr(original, "sqlite_errorcode", None)
    if code is not None:
        return _BY_CODE.get(code & 0xFF)
    number = original.args[0] if original.args and isinstance(original.args[0], int) else None
    if number in _BY_NUMBER:
        return _BY_NUMBER[number]
    return _UNREACHABLE if _gave_no_connection(error) else None


def is_lock_timeout(error: BaseException) -> bool:
    """Tell whether a statement waited for a lock for too long."""
    return cure_of(error) is _LOCKED


def _original(error: BaseException) -> BaseException:
    found = error.orig if isinstance(error, DBAPIError) else None
    return error if found is None else found


def _said(original: BaseException) -> tuple[Any, ...]:
    """Return what a driver says; MariaDB's has the number before the text."""
    return original.args or (str(original),)


def _gave_no_connection(error: BaseException) -> bool:
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return any("gave no connection" in note for note in getattr(error, "__notes__", ()))  # ferrule-sqlalchemy's
