"""Columns that become an enum, or were one: how their values are converted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import ops

__all__ = ["ConvertColumnOp", "convert"]


class ConvertColumnOp(ops.AlterColumnOp):
    """A change of a column's type to an enum, or from one: by the text of its values."""

    dialect: sa.Dialect

    @classmethod
    def of(cls, operation: ops.AlterColumnOp, dialect: sa.Dialect) -> ConvertColumnOp:
        """Return an operation that says how it converts the values."""
        made = cls.__new__(cls)
        vars(made).update(vars(operation), dialect=dialect)
        made.kw = {**operation.kw, "postgresql_using": made._using()}
        return made

    def _using(self) -> str:
        quote = self.dialect.identifier_preparer.quote
        column, kind = quote(self.column_name), sa.types.to_instance(self.modify_type)
        return f"{column}::text::{kind.compile(dialect=self.dialect)}"

    def reverse(self) -> ops.AlterColumnOp:
        """Return the operation that undoes it."""
        return self.of(super().reverse(), self.dialect)


def convert(upgrade_ops: ops.UpgradeOps, dialect: sa.Dialect) -> None:
    """Let changes of a type to an enum, or from one, say how.

    Args:
        upgrade_ops: What was found; changed in place.
        dialect: PostgreSQL's.
    """
    for table in upgrade_ops.ops:
        if isinstance(table, ops.ModifyTableOps):
            table.ops[:] = [
                ConvertColumnOp.of(each, dialect) if isinstance(each, ops.AlterColumnOp) and _is_enum(each) else each
                for each in table.ops
            ]


def _is_enum(operation: ops.AlterColumnOp) -> bool:
    if operation.modify_type is None:
        return False
    kinds = [sa.types.to_instance(kind) for kind in (operation.existing_type, operation.modify_type)]
    return any(isinstance(kind, sa.Enum) and kind.native_enum for kind in kinds)
