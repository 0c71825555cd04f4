"""What happens inside of Alembic's environment: a connection, options that fit the database, and the revisions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import sqlalchemy as sa
from alembic.operations.ops import MigrationScript
from alembic.runtime.environment import EnvironmentContext

from .exceptions import MigrationError

__all__ = ["RUN", "Run", "run"]

RUN: Final = "ferrule_migrate.run"
"""The attribute of Alembic's configuration that holds the :class:`Run`."""


@dataclass
class Run:
    """One run of Alembic.

    Attributes:
        engine: The database.
        metadata: The tables that it should have.
        found_nothing: Whether a revision was asked for and there was nothing to be written into it.
    """

    engine: sa.Engine
    metadata: sa.MetaData
    found_nothing: bool = field(default=False, init=False)

    def drop_empty(self, context: object, revision: object, scripts: list[MigrationScript]) -> None:
        """Keep Alembic from writing an automatic revision in which nothing changes."""
        script = scripts[0]
        if script.upgrade_ops is not None and script.upgrade_ops.is_empty():
            scripts.clear()
            self.found_nothing = True


def run(context: EnvironmentContext) -> None:
    """Run what the command asked for; the environment's whole content."""
    current: Run = context.config.attributes[RUN]
    if context.is_offline_mode():
        _offline(context, current)
    else:
        _online(context, current)


def _options(current: Run) -> dict[str, Any]:
    is_sqlite = current.engine.dialect.name == "sqlite"
    return {
        "target_metadata": current.metadata,
        "render_item": _render_item,
        "compare_type": True,
        "compare_server_default": True,
        "render_as_batch": is_sqlite,  # SQLite alters a table by copying it
        "transactional_ddl": True if is_sqlite else None,  # ferrule-sqlalchemy's engines begin in earnest
    }


def _render_item(kind: str, item: Any, context: object) -> str | Literal[False]:
    """Write a type of the application's own as what it is in the database: revisions outlive the code of today."""
    if kind == "type" and isinstance(item, sa.types.TypeDecorator):
        stored = item.impl_instance
        if type(stored).__module__.startswith("sqlalchemy.sql."):
            return f"sa.{stored!r}"
    return False


def _offline(context: EnvironmentContext, current: Run) -> None:
    context.configure(
        url=current.engine.url, literal_binds=True, dialect_opts={"paramstyle": "named"}, **_options(current)
    )
    with context.begin_transaction():
        context.run_migrations()


def _online(context: EnvironmentContext, current: Run) -> None:
    with current.engine.connect() as connection, _references_kept(connection) as check:
        context.configure(connection=connection, **_options(current))
        with context.begin_transaction():
            context.run_migrations()
            check()


@contextmanager
def _references_kept(connection: sa.Connection) -> Iterator[Any]:
    """On SQLite, let tables be copied without a cascade through the references to them; check these at the end.

    With foreign keys on, dropping the old copy of a table deletes what refers to its rows (SQLite, "Making Other Kinds
    Of Table Schema Changes").
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
