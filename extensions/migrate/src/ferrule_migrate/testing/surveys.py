"""What is in a database before and after a revision: its schema, and how many rows and values."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

__all__ = ["Contents", "changed_schema", "contents_of", "lost", "schema_of"]

Schema = Mapping[str, str]
"""What a schema is made of, each thing with how it is."""


@dataclass(frozen=True)
class Contents:
    """What a table holds.

    Attributes:
        rows: How many rows.
        values: By column, in how many of them it is not NULL.
    """

    rows: int
    values: Mapping[str, int]


def contents_of(connection: sa.Connection, tables: sa.MetaData) -> dict[str, Contents]:
    """Return what each table holds.

    Args:
        connection: The database.
        tables: Its tables.
    """
    return {table.fullname: _contents(connection, table) for table in tables.tables.values()}


def _contents(connection: sa.Connection, table: sa.Table) -> Contents:
    counts = [sa.func.count(), *(sa.func.count(column) for column in table.columns)]
    rows, *values = connection.execute(sa.select(*counts).select_from(table)).one()
    return Contents(rows, dict(zip((column.name for column in table.columns), values, strict=True)))


def lost(before: Mapping[str, Contents], after: Mapping[str, Contents], *, values: bool) -> Iterator[str]:
    """Yield what tables and columns that are still there have lost.

    Args:
        before: What they held.
        after: What they hold.
        values: Look at single columns, too.
    """
    for table in before.keys() & after.keys():
        was, now = before[table], after[table]
        if now.rows < was.rows:
            yield f"table {table!r} had {was.rows} rows, and has {now.rows}"
        elif values:
            for column in sorted(was.values.keys() & now.values.keys()):
                if now.values[column] < was.values[column]:
                    found = f"{was.values[column]} rows, and has one in {now.values[column]}"
                    yield f"column '{table}.{column}' had a value in {found}"


def schema_of(connection: sa.Connection, tables: Iterable[sa.Table]) -> Schema:
    """Return what a schema is made of, as far as a downgrade should bring it back.

    Args:
        connection: The database.
        tables: Its tables.
    """
    found: dict[str, str] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sa.exc.SAWarning)  # of types and indexes that SQLAlchemy does not know
        for table in tables:
            found.update(_parts(table, connection.dialect))
    return found


def _parts(table: sa.Table, dialect: sa.Dialect) -> Iterator[tuple[str, str]]:
    yield f"table {table.fullname!r}", "there"
    for column in table.columns:
        how = f"{_written(column.type, dialect)}{'' if column.nullable else ' NOT NULL'}"
        yield f"column '{table.fullname}.{column.name}'", how
    for index in table.indexes:
        columns = ", ".join(column.name for column in index.columns)
        yield f"index {index.name!r}", f"{'unique ' if index.unique else ''}on {table.fullname} ({columns})"
    for key in table.foreign_key_constraints:
        own = ", ".join(column.name for column in key.columns)
        yield f"foreign key of {table.fullname} ({own})", f"to {key.referred_table.fullname}"


def _written(type_: sa.types.TypeEngine[object], dialect: sa.Dialect) -> str:
    try:
        return type_.compile(dialect)
    except sa.exc.CompileError:  # a type that SQLAlchemy does not know
        return repr(type_)


def changed_schema(before: Schema, after: Schema) -> Iterator[str]:
    """Yield what differs."""
    for name in [*before, *(name for name in after if name not in before)]:
        if name not in after:
            yield f"{name} is gone"
        elif name not in before:
            yield f"{name} is left"
        elif before[name] != after[name]:
            yield f"{name} was {before[name]}, and is {after[name]}"
