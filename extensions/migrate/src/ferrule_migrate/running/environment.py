"""What happens inside of Alembic's environment: each database in turn, in one transaction or several."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import sqlalchemy as sa
from alembic.runtime.environment import EnvironmentContext

from ..databases import Database
from .options import options_for
from .overlooking import overlook
from .run import RUN, Run
from .sqlite import references_kept

__all__ = ["run"]


def run(context: EnvironmentContext, **options: Any) -> None:
    """Do what a command asked for, on each database; an environment's whole content.

    All databases are committed after the last of them is done, so that an error in one undoes the others, as far as
    they can undo changes of a schema.

    Args:
        context: Alembic's ``context``.
        **options: Arguments of ``context.configure``, over those of the configuration and of hooks.
    """
    current: Run = context.config.attributes[RUN]
    batch = any(each.engine.dialect.name == "sqlite" for each in current.databases)
    told = {each: options_for(current, each, batch=batch) | options for each in current.databases}
    if context.is_offline_mode():
        for database in current.databases:
            current.database = database
            _write(context, current, told[database])
    else:
        _change(context, current, told)


def _write(context: EnvironmentContext, current: Run, options: dict[str, Any]) -> None:
    """Write the statements for a database."""
    engine = current.database.engine
    context.configure(url=engine.url, literal_binds=True, dialect_opts={"paramstyle": "named"}, **options)
    if len(current.databases) > 1:
        context.static_output(f"-- For {current.database.label}, {engine.dialect.name}:\n")
    with context.begin_transaction():
        context.run_migrations()


def _change(context: EnvironmentContext, current: Run, options: dict[Database, dict[str, Any]]) -> None:
    """Work on the databases, all connected beforehand."""
    with ExitStack() as stack:
        connections = {each: stack.enter_context(each.engine.connect()) for each in current.databases}
        # Before the locks: SQLite's is a transaction, in which references cannot be let alone.
        checks = {each: stack.enter_context(references_kept(connections[each])) for each in current.databases}
        stack.enter_context(current.around([*connections.values()]))
        for database, connection in connections.items():
            current.database = database
            stack.enter_context(current.journal.watching(database, connection))
            stack.enter_context(_changed(context, current, connection, checks[database], options[database]))


@contextmanager
def _changed(
    context: EnvironmentContext,
    current: Run,
    connection: sa.Connection,
    check: Callable[[], None],
    options: dict[str, Any],
) -> Iterator[None]:
    """Work on a database, and commit that when the block ends."""
    context.configure(connection=connection, **options)
    overlook(context.get_context(), current)
    with context.begin_transaction():
        context.run_migrations()
        check()
        yield
