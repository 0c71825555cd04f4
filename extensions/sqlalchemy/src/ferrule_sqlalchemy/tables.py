"""Tables in the databases: created, dropped and reflected, bind by bind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import registry

from ferrule import App
from ferrule.callers import described

from .binds import unbound
from .engines import Engines, shown
from .exceptions import TransactionError
from .metadatas import METADATAS
from .sessions import ContextSession

__all__ = ["ALL", "BindKeys", "chosen", "models_without_bind", "refuse_to_wait", "users"]

ALL: Final = "__all__"
"""What stands for all binds, as in Flask-SQLAlchemy."""

BindKeys = str | list[str | None] | None
"""A bind key, ``None`` for the default bind, a list of them, or :data:`ALL`."""


def chosen(
    app: App, engines: Engines, bind_key: BindKeys, registries: Iterable[registry]
) -> list[tuple[sa.MetaData, sa.Engine]]:
    """Return the tables and the engine of each bind that is meant.

    Args:
        app: The application, for messages.
        engines: Its engines by bind key.
        bind_key: Which are meant.
        registries: Where models are, for messages.

    Raises:
        UnboundBindError: One is not configured; with :data:`ALL`, one that has tables.
    """
    if bind_key == ALL:
        keys = [*engines, *models_without_bind(engines)]
    else:
        keys = [*bind_key] if isinstance(bind_key, list) else [bind_key]
    for key in keys:
        if key not in engines:
            raise unbound(app.name, key, engines, ", ".join(users(key, registries)))
    return [(METADATAS[key], engines[key]) for key in keys]


def refuse_to_wait(session: ContextSession | None, engines: Iterable[sa.Engine]) -> None:
    """Refuse to drop tables that the session of the same context has locked: it would wait for itself, for ever.

    SQLite lets a table go that is only read, and gives up where it is written.

    Args:
        session: The session, if the context has used one.
        engines: Where the tables are.

    Raises:
        TransactionError: The session is in a transaction there, in a connection of its own.
    """
    for engine in engines:
        has_others = engine.dialect.name != "sqlite" and isinstance(engine.pool, (sa.QueuePool, sa.NullPool))
        if session is not None and has_others and session.is_connected_to(engine):
            raise TransactionError(
                f"db.drop_all() on {shown(engine.url)}: db.session is in a transaction, and the tables that it has used"
                " are locked until that ends, so this would wait for ever; write db.session.commit() or"
                " db.session.rollback() before it"
            )


def models_without_bind(engines: Engines) -> list[str | None]:
    """Return the bind keys that tables have and that are not configured.

    Args:
        engines: The engines of an application by bind key.
    """
    return [key for key, metadata in METADATAS.items() if metadata.tables and key not in engines]


def users(key: str | None, registries: Iterable[registry]) -> Iterator[str]:
    """Yield the models of a bind, each with where it is written, and the tables that have none.

    Args:
        key: The bind key.
        registries: Where models are.
    """
    metadata = METADATAS[key]
    named = {mapper.local_table: mapper.class_ for each in registries for mapper in each.mappers if not mapper.single}
    for table in metadata.tables.values():
        yield f"model {described(named[table])}" if table in named else f"table {table.name!r}"
