"""Enum types of PostgreSQL compared with the models, while a revision is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import comparators
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.util import DispatchPriority, PriorityDispatchResult
from sqlalchemy.dialects.postgresql import ENUM

from ..hazards.recorded import flattened
from .catalog import Use, uses_of
from .converting import convert
from .operations import AddEnumValuesOp, CreateEnumOp, DropEnumOp, EnumOp, ReplaceEnumOp

__all__ = ["compare_enums"]

_Key = tuple[str | None, str]
"""The schema, ``None`` for the default one, and the name of a type."""


@dataclass
class _Wanted:
    """A type that models have.

    Attributes:
        values: Its values.
        columns: Where it stands.
    """

    values: list[str]
    columns: list[str] = field(default_factory=list)


@comparators.dispatch_for("autogenerate", qualifier="postgresql", priority=DispatchPriority.LAST)
def compare_enums(context: AutogenContext, upgrade_ops: ops.UpgradeOps) -> PriorityDispatchResult:
    """Add what brings the enum types to what the models say, after tables and columns were compared.

    Args:
        context: What is compared.
        upgrade_ops: The operations found so far; added to.
    """
    wanted, existing = _wanted(context), _existing(context)
    before: list[EnumOp] = [
        CreateEnumOp(name, each.values, schema=schema)
        for (schema, name), each in wanted.items()
        if (schema, name) not in existing
    ]
    after: list[EnumOp] = []
    for key in [key for key in wanted if key in existing and {*wanted[key].values} != {*existing[key]}]:
        change = _change(key, wanted[key], existing[key])
        (before if {*wanted[key].values} - {*existing[key]} else after).append(change)
    after += _unused(context, upgrade_ops, {key: existing[key] for key in existing if key not in wanted})
    convert(upgrade_ops, context.migration_context.dialect)
    upgrade_ops.ops[:] = [*before, *upgrade_ops.ops, *after]
    return PriorityDispatchResult.CONTINUE


def _change(key: _Key, wanted: _Wanted, existing: list[str]) -> EnumOp:
    schema, name = key
    if {*existing} <= {*wanted.values}:
        return AddEnumValuesOp(name, wanted.values, existing_values=existing, schema=schema)
    return ReplaceEnumOp(name, wanted.values, existing_values=existing, columns=wanted.columns, schema=schema)


def _wanted(context: AutogenContext) -> dict[_Key, _Wanted]:
    wanted: dict[_Key, _Wanted] = {}
    default = _default_schema(context)
    for table in context.sorted_tables:
        if not context.run_object_filters(table, table.name, "table", False, None):
            continue
        for column in table.columns:
            kind, array = _native(column.type, context)
            if kind is not None and kind.name is not None:
                schema = None if kind.schema == default else kind.schema
                each = wanted.setdefault((schema, str(kind.name)), _Wanted(list(kind.enums)))
                each.columns.append(f"{table.fullname}.{column.name}{array}")
    return wanted


def _native(kind: Any, context: AutogenContext) -> tuple[ENUM | None, str]:
    """Return PostgreSQL's type of a column, and ``[]`` if it is that of an array's items."""
    dialect = context.migration_context.dialect
    array = ""
    while True:
        if isinstance(kind, sa.types.TypeDecorator):
            kind = kind.load_dialect_impl(dialect)
        elif isinstance(kind, sa.ARRAY):
            kind, array = kind.item_type, "[]"
        else:
            found = kind.dialect_impl(dialect)
            return (found if isinstance(found, ENUM) else None), array


def _existing(context: AutogenContext) -> dict[_Key, list[str]]:
    inspector: Any = context.inspector
    default = _default_schema(context)
    return {
        (None if found["schema"] == default else found["schema"], found["name"]): list(found["labels"])
        for found in inspector.get_enums(schema="*")
    }


def _default_schema(context: AutogenContext) -> str | None:
    return context.migration_context.dialect.default_schema_name


def _unused(
    context: AutogenContext, upgrade_ops: ops.UpgradeOps, others: dict[_Key, list[str]]
) -> Iterator[DropEnumOp]:
    """Yield the drop of each type whose last columns go; one that had no column is somebody else's."""
    tables, columns = _gone(upgrade_ops)
    if not (tables or columns) or context.connection is None:
        return
    default = _default_schema(context)
    for (schema, name), values in others.items():
        uses = uses_of(context.connection, name, schema)
        if uses and all(_goes(use, tables, columns, default) for use in uses):
            yield DropEnumOp(name, values, schema=schema)


_Table = tuple[str | None, str]


def _goes(use: Use, tables: set[_Table], columns: set[tuple[_Table, str]], default: str | None) -> bool:
    table = (None if use.schema == default else use.schema, use.table)
    return table in tables or (table, use.column) in columns


def _gone(upgrade_ops: ops.UpgradeOps) -> tuple[set[_Table], set[tuple[_Table, str]]]:
    """Return the tables and the columns that lose what they have."""
    tables: set[_Table] = set()
    columns: set[tuple[_Table, str]] = set()
    for each in flattened(upgrade_ops.ops):
        match each.operation:
            case ops.DropTableOp(schema=schema, table_name=name):
                tables.add((schema, name))
            case ops.DropColumnOp(schema=schema, table_name=name, column_name=column):
                columns.add(((schema, name), column))
            case ops.AlterColumnOp(schema=schema, table_name=name, column_name=column, modify_type=kind) if (
                kind is not None
            ):
                columns.add(((schema, name), column))
    return tables, columns


@comparators.dispatch_for("column", subgroup="types", qualifier="postgresql", priority=DispatchPriority.MEDIUM)
def _compare_types(
    context: AutogenContext, operation: Any, schema: Any, table: Any, column: Any, found: Any, wanted: Any
) -> PriorityDispatchResult:
    """See that a type is the same whether or not it is said to be in the default schema."""
    kinds = [_native(each.type, context) for each in (found, wanted)]
    names = {
        (None if kind.schema == _default_schema(context) else kind.schema, str(kind.name), array)
        for kind, array in kinds
        if kind is not None
    }
    is_same = all(kind is not None for kind, _ in kinds) and len(names) == 1
    return PriorityDispatchResult.STOP if is_same else PriorityDispatchResult.CONTINUE
