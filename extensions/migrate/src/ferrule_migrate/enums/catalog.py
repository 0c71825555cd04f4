"""What PostgreSQL's catalog says of enum types: which columns have one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

__all__ = ["Use", "uses_of"]

_USES: Final = sa.text(
    """
    SELECT n.nspname, c.relname, a.attname, t.typelem <> 0 AS is_array, pg_get_expr(d.adbin, d.adrelid) AS written,
           pg_table_is_visible(c.oid) AS is_visible
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.attgenerated = ''
    WHERE NOT a.attisdropped AND a.attinhcount = 0 AND c.relkind IN ('r', 'p', 'f')
      AND (t.oid = CAST(:type AS regtype) OR t.typelem = CAST(:type AS regtype))
    ORDER BY n.nspname, c.relname, a.attnum
    """
)


@dataclass(frozen=True)
class Use:
    """A column that has an enum type, or an array of it.

    Attributes:
        schema: The schema of its table; ``None`` for one that is found without it.
        table: Its table.
        column: Its name.
        is_array: Whether it has an array.
        default: Its default, as SQL.
    """

    schema: str | None
    table: str
    column: str
    is_array: bool = False
    default: str | None = None

    @classmethod
    def parsed(cls, text: str) -> Use:
        """Return what ``"schema.table.column[]"`` means."""
        *schema, table, column = text.removesuffix("[]").split(".")
        return cls(schema[0] if schema else None, table, column, text.endswith("[]"))

    def __str__(self) -> str:
        names = ".".join(name for name in (self.schema, self.table, self.column) if name)
        return f"{names}[]" if self.is_array else names


def uses_of(connection: sa.Connection, name: str, schema: str | None) -> list[Use]:
    """Return the columns of tables that have an enum type.

    Args:
        connection: A connection to PostgreSQL.
        name: The name of the type.
        schema: Its schema; ``None`` for one that is found without it.
    """
    quote = connection.dialect.identifier_preparer.quote
    full = ".".join(quote(part) for part in (schema, name) if part)
    rows = connection.execute(_USES, {"type": full})
    return [
        Use(None if is_visible else in_schema, table, column, is_array, default)
        for in_schema, table, column, is_array, default, is_visible in rows
    ]
