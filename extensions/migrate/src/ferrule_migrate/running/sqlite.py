"""What SQLite needs around revisions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from ..exceptions import MigrationError

__all__ = ["references_kept"]


@contextmanager
def references_kept(connection: sa.Connection) -> Iterator[Callable[[], None]]:
    """On SQLite, let tables be copied without a cascade through the references to them; check these at the end.

    With foreign keys on, dropping the old copy of a table deletes what refers to its rows (SQLite, "Making Other Kinds
    Of Table Schema Changes").

    Args:
        connection: The database; nothing happens to another than SQLite.

    Yields:
        Checks the references; to be called before the transaction ends.
    """
    if connection.dialect.name != "sqlite":
        yield lambda: None
        return
    was_on = connection.exec_driver_sql("PRAGMA foreign_keys").scalar()
    connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    connection.rollback()
    try:
        yield lambda: _check_references(connection)
    finally:
        connection.rollback()
        connection.exec_driver_sql(f"PRAGMA foreign_keys = {'ON' if was_on else 'OFF'}")


def _check_references(connection: sa.Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        places = [f"{table}, row {row}: refers to a row of {parent} that is gone" for table, row, parent, _ in broken]
        raise MigrationError.listing("in references between tables after the revisions, which were undone", places)
