"""Renames that look like a drop and an addition: autogenerate cannot tell them apart, a person can."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops
from alembic.operations.ops import MigrateOperation

from .type_changes import change_of

__all__ = ["renamed_columns", "renamed_tables"]


def renamed_columns(operations: Iterable[MigrateOperation]) -> dict[int, str]:
    """Return what each dropped column may have become, by the ``id`` of the operation.

    A column that is added to the same table is a candidate, once, if its type can hold the values; the order of the
    operations decides between several.

    Args:
        operations: Those of one revision and one database.
    """
    found = list(operations)
    added = [each for each in found if isinstance(each, ops.AddColumnOp)]
    renamed: dict[int, str] = {}
    for dropped in (each for each in found if isinstance(each, ops.DropColumnOp)):
        match = next((each for each in added if _may_be(dropped, each)), None)
        if match is not None:
            added.remove(match)
            renamed[id(dropped)] = str(match.column.name)
    return renamed


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
    renamed: dict[int, str] = {}
    for dropped in (each for each in found if isinstance(each, ops.DropTableOp)):
        match = next((each for each in created if _is_like(dropped, each)), None)
        if match is not None:
            created.remove(match)
            renamed[id(dropped)] = match.table_name
    return renamed


def _is_like(dropped: ops.DropTableOp, created: ops.CreateTableOp) -> bool:
    if dropped.schema != created.schema or dropped._reverse is None:
        return False
    old, new = {*_names(dropped._reverse.columns)}, {*_names(created.columns)}
    return len(old & new) * 2 >= max(len(old), len(new)) > 0


def _names(items: Sequence[Any]) -> Iterator[str]:
    return (str(item.name) for item in items if isinstance(item, sa.Column))
