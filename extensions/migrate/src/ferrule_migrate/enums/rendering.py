"""How operations on enums, and columns that have one, are written into revisions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import render_op_text
from alembic.operations import ops

from .converting import ConvertColumnOp
from .operations import AddEnumValuesOp, CreateEnumOp, DropEnumOp, EnumOp, RenameEnumValueOp, ReplaceEnumOp

__all__ = ["render_enum"]


def _render(context: AutogenContext, operation: EnumOp) -> str:
    arguments = operation.arguments()
    positional = [repr(arguments.pop(name)) for name in ("values", "old", "new") if name in arguments]
    named = [f"{name}={value!r}" for name, value in arguments.items()]
    schema = [f"schema={operation.schema!r}"] if operation.schema else []
    return f"op.{operation.function}({', '.join([repr(operation.name), *positional, *named, *schema])})"


for _kind in (CreateEnumOp, DropEnumOp, AddEnumValuesOp, RenameEnumValueOp, ReplaceEnumOp):
    renderers.dispatch_for(_kind)(_render)


@renderers.dispatch_for(ConvertColumnOp)
def _render_conversion(context: AutogenContext, operation: ConvertColumnOp) -> str:
    plain = ops.AlterColumnOp.__new__(ops.AlterColumnOp)
    vars(plain).update(vars(operation))
    text, _, _ = render_op_text(context, plain).rpartition(")")
    return f"{text}, postgresql_using={operation.kw['postgresql_using']!r})"


def render_enum(item: object, dialect_name: str) -> str | None:
    """Return how the type of a column is written that is an enum type of PostgreSQL; ``None`` for another.

    The revision creates the type by itself, once. A table that is created would create it, too, even if another table
    has it already.

    Args:
        item: The type.
        dialect_name: The kind of database that the revision is made for.
    """
    if dialect_name != "postgresql" or not isinstance(item, sa.Enum) or not item.native_enum or item.name is None:
        return None
    parts = [*map(repr, item.enums), f"name={str(item.name)!r}", "create_type=False"]
    parts += [f"schema={str(item.schema)!r}"] if item.schema else []
    return f"sa.Enum({', '.join(parts)})"
