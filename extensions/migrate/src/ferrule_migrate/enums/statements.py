"""What PostgreSQL is told to change an enum type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from alembic.operations import Operations

from .catalog import Use, uses_of
from .operations import AddEnumValuesOp, CreateEnumOp, DropEnumOp, EnumOp, RenameEnumValueOp, ReplaceEnumOp

__all__: list[str] = []

_ADDS_IN_TRANSACTIONS = (12,)
"""The first version of PostgreSQL that adds a value within a transaction (its release notes)."""


@dataclass(frozen=True)
class _Writer:
    """Writes names and values as PostgreSQL reads them."""

    operations: Operations

    def name(self, operation: EnumOp, suffix: str = "") -> str:
        return self.names(operation.schema, f"{operation.name}{suffix}")

    def names(self, *parts: str | None) -> str:
        quote = self.operations.impl.dialect.identifier_preparer.quote
        return ".".join(quote(part) for part in parts if part)

    def value(self, value: str) -> str:
        return "'" + value.replace("'", "''") + "'"

    def values(self, values: Iterable[str]) -> str:
        return ", ".join(map(self.value, values))

    def run(self, statement: str) -> None:
        ddl: Any = sa.DDL  # it has no types
        self.operations.execute(ddl(statement.replace("%", "%%")))


def _writer(operations: Operations) -> _Writer | None:
    """Return a writer; ``None`` for a database that has no such types."""
    return _Writer(operations) if operations.migration_context.dialect.name == "postgresql" else None


@Operations.implementation_for(CreateEnumOp)
def _create(operations: Operations, operation: CreateEnumOp) -> None:
    if writer := _writer(operations):
        writer.run(f"CREATE TYPE {writer.name(operation)} AS ENUM ({writer.values(operation.values)})")


@Operations.implementation_for(DropEnumOp)
def _drop(operations: Operations, operation: DropEnumOp) -> None:
    if writer := _writer(operations):
        writer.run(f"DROP TYPE {writer.name(operation)}")


@Operations.implementation_for(RenameEnumValueOp)
def _rename(operations: Operations, operation: RenameEnumValueOp) -> None:
    if writer := _writer(operations):
        old, new = writer.value(operation.old), writer.value(operation.new)
        writer.run(f"ALTER TYPE {writer.name(operation)} RENAME VALUE {old} TO {new}")


@Operations.implementation_for(AddEnumValuesOp)
def _add(operations: Operations, operation: AddEnumValuesOp) -> None:
    writer = _writer(operations)
    if writer is None:
        return
    statements = [
        f"ALTER TYPE {writer.name(operation)} ADD VALUE IF NOT EXISTS {writer.value(value)}{place}"
        for value, place in _places(operation.values, operation.existing_values, writer)
    ]
    context = operations.migration_context
    version = getattr(context.dialect, "server_version_info", None)  # none with --sql
    if not context.as_sql and version is not None and version < _ADDS_IN_TRANSACTIONS:
        with context.autocommit_block():
            for statement in statements:
                writer.run(statement)
        return
    for statement in statements:
        writer.run(statement)


def _places(values: Sequence[str], existing: Sequence[str], writer: _Writer) -> Iterator[tuple[str, str]]:
    """Yield each value that is new, and where it comes: after the one before it, the first before what was first."""
    for number, value in enumerate(values):
        if value in existing:
            continue
        if number:
            yield value, f" AFTER {writer.value(values[number - 1])}"
        else:
            yield value, f" BEFORE {writer.value(existing[0])}" if existing else ""


@Operations.implementation_for(ReplaceEnumOp)
def _replace(operations: Operations, operation: ReplaceEnumOp) -> None:
    writer = _writer(operations)
    if writer is None:
        return
    name, old = writer.name(operation), writer.name(operation, "__old")
    uses = _uses(operations, operation)
    writer.run(f"ALTER TYPE {name} RENAME TO {writer.names(f'{operation.name}__old')}")
    writer.run(f"CREATE TYPE {name} AS ENUM ({writer.values(operation.values)})")
    for use in uses:
        for statement in _changes(use, name, writer):
            writer.run(statement)
    writer.run(f"DROP TYPE {old}")


def _changes(use: Use, name: str, writer: _Writer) -> Iterator[str]:
    column = writer.names(use.column)
    alter = f"ALTER TABLE {writer.names(use.schema, use.table)} ALTER COLUMN {column}"
    array = "[]" if use.is_array else ""
    if use.default is not None:  # it has the old type, which the new one is not converted from
        yield f"{alter} DROP DEFAULT"
    yield f"{alter} TYPE {name}{array} USING {column}::text{array}::{name}{array}"
    if use.default is not None:
        yield f"{alter} SET DEFAULT {use.default}"


def _uses(operations: Operations, operation: ReplaceEnumOp) -> list[Use]:
    context = operations.migration_context
    if context.as_sql:
        return [Use.parsed(text) for text in operation.columns]
    connection: Any = operations.get_bind()
    return uses_of(connection, operation.name, operation.schema)
