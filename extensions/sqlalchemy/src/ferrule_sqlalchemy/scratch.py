"""Databases for a moment: empty ones beside those that are configured, and gone afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, cast

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from ferrule import App, FerruleError

from .engines import Engines, EngineSlot, shown
from .extension import SQLAlchemy

__all__ = ["ScratchError", "scratch_databases"]

_SERVERS: Final = frozenset({"mariadb", "mysql", "postgresql"})

_OPTIONS_OF_NEW: Final = {
    "postgresql": "SELECT ''",
    "mysql": "SELECT CONCAT(' CHARACTER SET ', @@character_set_database, ' COLLATE ', @@collation_database)",
}


class ScratchError(FerruleError):
    """No empty database can be made beside the configured one."""


@contextmanager
def scratch_databases(app: App) -> Iterator[Engines]:
    """Let an application have empty databases in a ``with`` block; the configured ones are not touched.

    An SQLite database is a new file in a temporary folder; on PostgreSQL, MariaDB and MySQL it is a new database of the
    same server, which the user of the configured one must be allowed to create. ``db.engine``, sessions, and whatever
    else asks for an engine in the block, in any thread, leads there. For tests that change a schema.

    Args:
        app: The application.

    Yields:
        The engines by bind key.

    Raises:
        ScratchError: A server refuses to make one, or it is unknown how.
    """
    extension = app.extension(SQLAlchemy)
    slot = cast(EngineSlot, extension.state(app))
    configured = {key: engine.url for key, engine in extension.engines_of(app).items()}
    with ExitStack() as stack:
        with slot.elsewhere(app, {}) as asked:  # connections that no test has put a transaction around
            made = {url: stack.enter_context(_made(asked[key])) for key, url in configured.items()}
            urls = {key: made[url].render_as_string(hide_password=False) for key, url in configured.items()}
        yield stack.enter_context(slot.elsewhere(app, urls))


@contextmanager
def _made(engine: sa.Engine) -> Iterator[sa.URL]:
    name = engine.dialect.name
    if name == "sqlite":
        with TemporaryDirectory(prefix="ferrule-scratch-") as folder:
            yield sa.URL.create(engine.url.drivername, database=str(Path(folder, "scratch.sqlite")))
    elif name in _SERVERS:
        yield from _beside(engine)
    else:
        raise ScratchError(f"{shown(engine.url)}: it is unknown how to make an empty database on {name}")


def _beside(engine: sa.Engine) -> Iterator[sa.URL]:
    name = f"{(engine.url.database or 'ferrule')[:40]}_scratch_{secrets.token_hex(4)}"
    quoted = engine.dialect.identifier_preparer.quote_identifier(name)
    asking = engine.execution_options(isolation_level="AUTOCOMMIT")
    is_postgresql = engine.dialect.name == "postgresql"
    try:
        with asking.connect() as connection:
            options = connection.exec_driver_sql(_OPTIONS_OF_NEW["postgresql" if is_postgresql else "mysql"]).scalar()
            connection.exec_driver_sql(f"CREATE DATABASE {quoted}{options}")
    except SQLAlchemyError as error:
        why = getattr(error, "orig", None) or error
        cure = f"let the user {engine.url.username!r} create databases, or configure a server for tests"
        raise ScratchError(f"{shown(engine.url)}: no empty database can be made beside it: {why}; {cure}") from error
    try:
        yield engine.url.set(database=name)
    finally:
        with asking.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {quoted}{' WITH (FORCE)' if is_postgresql else ''}")
        engine.dispose()
