"""Enums that are a text with a CHECK: the values of the constraint compared with the models."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa
from alembic.autogenerate import comparators
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.util import DispatchPriority, PriorityDispatchResult
from sqlalchemy.schema import conv

__all__ = ["compare_checks"]

_TEXT: Final = re.compile(r"'((?:[^']|'')*)'")


@comparators.dispatch_for("autogenerate", priority=DispatchPriority.LAST)
def compare_checks(context: AutogenContext, upgrade_ops: ops.UpgradeOps) -> PriorityDispatchResult:
    """Replace constraints of enums whose values differ; Alembic compares no conditions.

    Args:
        context: What is compared.
        upgrade_ops: The operations found so far; added to.
    """
    inspector: Any = context.inspector
    dialect_name = context.migration_context.dialect.name
    for table in context.sorted_tables:
        if not context.run_object_filters(table, table.name, "table", False, None):
            continue
        wanted = dict(_checked(table, context))
        if not wanted or not inspector.has_table(table.name, schema=table.schema):
            continue
        for found in inspector.get_check_constraints(table.name, schema=table.schema):
            values = wanted.get(found["name"])
            if values is not None and {*values[1]} != _values_in(found["sqltext"], dialect_name):
                _operations_on(table, upgrade_ops).extend(_changes(table, found, *values, context))
    return PriorityDispatchResult.CONTINUE


def _checked(table: sa.Table, context: AutogenContext) -> Iterator[tuple[str, tuple[sa.Column[Any], list[str]]]]:
    """Yield the name of each enum's constraint, with its column and the values."""
    has_types = context.migration_context.dialect.supports_native_enum
    for column in table.columns:
        kind = column.type.impl_instance if isinstance(column.type, sa.types.TypeDecorator) else column.type
        if not isinstance(kind, sa.Enum) or not kind.create_constraint or (kind.native_enum and has_types):
            continue
        for constraint in table.constraints:
            if not isinstance(constraint, sa.CheckConstraint) or not constraint._type_bound:
                continue
            if [*constraint.columns] == [column] and isinstance(constraint.name, str):
                yield str(constraint.name), (column, list(kind.enums))


def _values_in(condition: str, dialect_name: str) -> set[str]:
    if dialect_name in {"mariadb", "mysql"}:  # they show a quote with a backslash before it
        condition = condition.replace("\\'", "''")
    return {text.replace("''", "'") for text in _TEXT.findall(condition)}


def _operations_on(table: sa.Table, upgrade_ops: ops.UpgradeOps) -> list[ops.MigrateOperation]:
    for each in upgrade_ops.ops:
        if isinstance(each, ops.ModifyTableOps) and (each.table_name, each.schema) == (table.name, table.schema):
            return each.ops
    made = ops.ModifyTableOps(table.name, [], schema=table.schema)
    upgrade_ops.ops.append(made)
    return made.ops


def _changes(
    table: sa.Table, found: Any, column: sa.Column[Any], values: list[str], context: AutogenContext
) -> Iterator[ops.MigrateOperation]:
    name = conv(found["name"])
    quoted = context.migration_context.dialect.identifier_preparer.quote(column.name)
    written = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    former = ops.CreateCheckConstraintOp(name, table.name, found["sqltext"], schema=table.schema)
    yield ops.DropConstraintOp(name, table.name, type_="check", schema=table.schema, _reverse=former)
    yield ops.CreateCheckConstraintOp(name, table.name, f"{quoted} IN ({written})", schema=table.schema)
