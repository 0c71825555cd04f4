"""What a revision would do, found out by calling it with operations that are recorded and not done."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import sqlalchemy as sa
from alembic.operations import Operations, ops
from alembic.operations.base import BatchOperations
from alembic.operations.batch import BatchOperationsImpl
from alembic.operations.ops import MigrateOperation
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event

from .emptiness import EmptyDatabase
from .recorded import Recorded

__all__ = ["Reading", "read"]

_ALEMBICS_OWN = ops.__name__


class NeedsDatabaseError(Exception):
    """A revision asked for a connection of its own while it was read."""


@dataclass(frozen=True)
class Reading:
    """What a revision would do.

    Attributes:
        operations: The operations, in order.
        stopped: Why the revision could not be read to its end, and where; ``None`` if it could.
        place: ``file:line`` of that.
    """

    operations: tuple[Recorded, ...]
    stopped: str | None = None
    place: str | None = None


def read(function: Callable[[], Any], path: str, context: MigrationContext) -> Reading:
    """Call a revision's function, and do nothing of what it asks for.

    It sees a database without rows, and gets no connection, of whatever engine. What of it is not asked of ``op`` is
    done, as it is with ``--sql``.

    Args:
        function: The revision's ``upgrade``.
        path: Its file.
        context: Alembic's, in offline mode.
    """
    recorded: list[Recorded] = []
    with Operations.context(context) as operations:
        _record(operations, recorded, path)
        try:
            with _no_connections():
                function()
        except Exception as error:  # what it says of the database cannot be known without one
            why = f"{type(error).__name__}: {error}".partition("\n")[0]
            return Reading(tuple(recorded), why, _place(error.__traceback__, path))
    return Reading(tuple(recorded))


def _record(operations: Operations, recorded: list[Recorded], path: str) -> None:
    """Have operations written down, those of batches, too."""
    do = operations.invoke

    def write_down(operation: MigrateOperation) -> Any:
        recorded.append(Recorded(operation, _caller(path)))
        if isinstance(operation, ops.CreateTableOp):
            return operation.to_table(operations.migration_context)
        if type(operation).__module__ == _ALEMBICS_OWN or hasattr(operation, "hazards"):
            return None
        return do(operation)  # somebody else's: what it is made of

    @contextmanager
    def batch_alter_table(table_name: str, schema: str | None = None, **options: Any) -> Iterator[BatchOperations]:
        made: Any = BatchOperationsImpl  # it has no types
        impl = made(operations, table_name, schema, "never", None, (), {}, (), {}, None, None)
        batch = BatchOperations(operations.migration_context, impl=impl)
        vars(batch)["invoke"] = write_down
        yield batch

    def tell(statement: Any) -> None:
        write_down(ops.ExecuteSQLOp(statement))

    empty = EmptyDatabase(operations.migration_context.dialect, tell)
    vars(operations).update(invoke=write_down, batch_alter_table=batch_alter_table, get_bind=lambda: empty)


def _caller(path: str) -> str | None:
    """Return the line of a revision's file that is at work."""
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename == path:
            return f"{path}:{frame.f_lineno}"
        frame = frame.f_back  # type: ignore[assignment]  # ends in None
    return None


def _place(trace: TracebackType | None, path: str) -> str | None:
    place = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:
            place = f"{path}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


@contextmanager
def _no_connections() -> Iterator[None]:
    """Refuse this thread connections, of whatever engine: a revision that is read must change nothing."""
    reader = threading.get_ident()

    def refuse(connection: Any, record: Any, borrowed: Any) -> None:
        if threading.get_ident() == reader:
            raise NeedsDatabaseError("it asks for a connection of its own")

    event.listen(sa.Pool, "checkout", refuse)
    try:
        yield
    finally:
        event.remove(sa.Pool, "checkout", refuse)
