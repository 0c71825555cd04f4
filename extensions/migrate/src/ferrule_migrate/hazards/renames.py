"""Renames that look like a drop and an addition: autogenerate cannot tell them apart, a person can."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from alembic.operations import ops
from alembic.operations.ops import MigrateOperation

from .type_changes import change_of

__all__ = ["renamed_columns", "renamed_tables"]

L = TypeVar("L")
G = TypeVar("G")


def renamed_columns(operations: Iterable[MigrateOperation]) -> dict[int, str]:
    """Return what each dropped column may have become, by the ``id`` of the operation.

    A column that is added to the same table is a candidate, once, if its type can hold the values; the order of the
    operations decides between several.

    Args:
        operations: Those of one revision and one database.
    """
    found = list(operations)
    added = [each for each in found if isinstance(each, ops.AddColumnOp)]
    dropped = [each for each in found if isinstance(each, ops.DropColumnOp)]
    return {id(old): str(new.column.name) for old, new in _paired(dropped, added, _may_be)}


def _may_be(dropped: ops.DropColumnOp, added: ops.AddColumnOp) -> bool:
    if (dropped.table_name, dropped.schema) != (added.table_name, added.schema):
        return False
    old = dropped._reverse.column.type if dropped._reverse is not None else None
    return old is None or change_of(old, added.column.type, "") in {"none", "wider"}


def renamed_tables(operations: Iterable[MigrateOperation]) -> dict[int, str]:
    """Return what each dropped table may have become, by the ``id`` of the operation.

    Where the columns of the dropped one are known, at least half of them must have the same name in the other.

    Args:
        operations: Those of one revision and one database.
    """
    found = list(operations)
    created = [each for each in found if isinstance(each, ops.CreateTableOp)]
    dropped = [each for each in found if isinstance(each, ops.DropTableOp)]
    return {id(old): new.table_name for old, new in _paired(dropped, created, _is_like)}


def _paired(lost: Iterable[L], gained: Iterable[G], may_be: Callable[[L, G], bool]) -> Iterator[tuple[L, G]]:
    """Yield what is lost with the first that it may have become; nothing that is gained is taken twice."""
    free = list(gained)
    for old in lost:
        new = next((each for each in free if may_be(old, each)), None)
        if new is not None:
            free.remove(new)
            yield old, new


def _is_like(dropped: ops.DropTableOp, created: ops.CreateTableOp) -> bool:
    if dropped.schema != created.schema or dropped._reverse is None:
        return False
    old, new = {*_names(dropped._reverse.columns)}, {*_names(created.columns)}
    return len(old & new) * 2 >= max(len(old), len(new)) > 0


def _names(items: Sequence[Any]) -> Iterator[str]:
    return (str(item.name) for item in items if isinstance(item, sa.Column))
