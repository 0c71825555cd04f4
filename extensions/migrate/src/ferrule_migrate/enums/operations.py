"""The operations on PostgreSQL's enum types, as revisions call them; other databases have none, and do nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from alembic.operations import MigrateOperation, Operations

__all__ = ["AddEnumValuesOp", "CreateEnumOp", "DropEnumOp", "EnumOp", "RenameEnumValueOp", "ReplaceEnumOp"]

_Hazards = Iterator[tuple[str, str, str]]


class EnumOp(MigrateOperation):
    """An operation on an enum type.

    Args:
        name: Its name.
        schema: Its schema; the default one unless given.
    """

    def __init__(self, name: str, *, schema: str | None = None) -> None:
        self.name = name
        self.schema = schema

    @property
    def subject(self) -> str:
        """What it is called in messages."""
        return f"enum {f'{self.schema}.{self.name}' if self.schema else self.name!r}"

    def arguments(self) -> dict[str, Any]:
        """Return the arguments by name, as a revision has them, without the type's name and schema."""
        return {}

    def hazards(self, dialect_name: str) -> _Hazards:
        """Yield the name of each hazard, what it is done to, and more about it; none where there are no such types."""
        yield from ()

    def to_diff_tuple(self) -> tuple[Any, ...]:
        """Return what ``ferrule db check`` tells of it."""
        return (self.function, self.name, self.schema, self.arguments())

    function: str = ""
    """The name of the function in a revision."""


class _WholeEnumOp(EnumOp):
    """An operation on a type with all its values."""

    def __init__(self, name: str, values: Sequence[str], *, schema: str | None = None) -> None:
        super().__init__(name, schema=schema)
        self.values: list[str] = list(values)

    def arguments(self) -> dict[str, Any]:
        """Return the arguments, as above."""
        return {"values": self.values}


@Operations.register_operation("create_enum")
class CreateEnumOp(_WholeEnumOp):
    """Create a type.

    Args:
        name: Its name.
        values: Its values, in their order.
        schema: Its schema.
    """

    function = "create_enum"

    def reverse(self) -> DropEnumOp:
        """Return the operation that undoes it."""
        return DropEnumOp(self.name, self.values, schema=self.schema)

    @classmethod
    def create_enum(
        cls, operations: Operations, name: str, values: Sequence[str], *, schema: str | None = None
    ) -> None:
        """Create an enum type, once for all columns that have it."""
        operations.invoke(cls(name, values, schema=schema))


@Operations.register_operation("drop_enum")
class DropEnumOp(_WholeEnumOp):
    """Drop a type that no column has any more.

    Args:
        name: Its name.
        values: The values that it has, so that it can be created again.
        schema: Its schema.
    """

    function = "drop_enum"

    def reverse(self) -> CreateEnumOp:
        """Return the operation that undoes it."""
        return CreateEnumOp(self.name, self.values, schema=self.schema)

    @classmethod
    def drop_enum(
        cls, operations: Operations, name: str, values: Sequence[str] = (), *, schema: str | None = None
    ) -> None:
        """Drop an enum type; PostgreSQL refuses while a column has it."""
        operations.invoke(cls(name, values, schema=schema))


@Operations.register_operation("add_enum_values")
class AddEnumValuesOp(EnumOp):
    """Add values to a type, which touches no row.

    Args:
        name: Its name.
        values: All its values, in their order; those that it has not are added, each after the one before it.
        existing_values: The values that it has, so that the operation can be undone.
        schema: Its schema.
    """

    function = "add_enum_values"

    def __init__(
        self, name: str, values: Sequence[str], *, existing_values: Sequence[str], schema: str | None = None
    ) -> None:
        super().__init__(name, schema=schema)
        self.values: list[str] = list(values)
        self.existing_values: list[str] = list(existing_values)

    def arguments(self) -> dict[str, Any]:
        """Return the arguments, as above."""
        return {"values": self.values, "existing_values": self.existing_values}

    def reverse(self) -> ReplaceEnumOp:
        """Return the operation that undoes it: a value cannot be taken away, so it is another type."""
        return ReplaceEnumOp(self.name, self.existing_values, existing_values=self.values, schema=self.schema)

    @classmethod
    def add_enum_values(
        cls,
        operations: Operations,
        name: str,
        values: Sequence[str],
        *,
        existing_values: Sequence[str],
        schema: str | None = None,
    ) -> None:
        """Add values to an enum type.

        In the transaction that adds them, no row can get them: use them in a revision that is run later, or put this
        into ``with op.get_context().autocommit_block():``.
        """
        operations.invoke(cls(name, values, existing_values=existing_values, schema=schema))


@Operations.register_operation("rename_enum_value")
class RenameEnumValueOp(EnumOp):
    """Rename a value of a type; the rows that have it have the new one.

    Args:
        name: The name of the type.
        old: The value.
        new: What it is called then.
        schema: The schema of the type.
    """

    function = "rename_enum_value"

    def __init__(self, name: str, old: str, new: str, *, schema: str | None = None) -> None:
        super().__init__(name, schema=schema)
        self.old = old
        self.new = new

    def arguments(self) -> dict[str, Any]:
        """Return the arguments, as above."""
        return {"old": self.old, "new": self.new}

    def hazards(self, dialect_name: str) -> _Hazards:
        """Yield that code which still runs does not know the new value."""
        if dialect_name == "postgresql":
            yield "rename", f"value {self.old!r} of {self.subject}", f"to {self.new!r}"

    def reverse(self) -> RenameEnumValueOp:
        """Return the operation that undoes it."""
        return RenameEnumValueOp(self.name, self.new, self.old, schema=self.schema)

    @classmethod
    def rename_enum_value(
        cls, operations: Operations, name: str, old: str, new: str, *, schema: str | None = None
    ) -> None:
        """Rename a value of an enum type, and touch no row."""
        operations.invoke(cls(name, old, new, schema=schema))


@Operations.register_operation("replace_enum")
class ReplaceEnumOp(EnumOp):
    """Give all columns that have a type a new one of the same name, and drop the old one.

    Args:
        name: Its name.
        values: The values that it is to have, in their order.
        existing_values: The values that it has, so that the operation can be undone.
        columns: What has it, for ``--sql``, which cannot look: ``"table.column"``, with ``[]`` for an array.
        schema: Its schema.
    """

    function = "replace_enum"

    def __init__(
        self,
        name: str,
        values: Sequence[str],
        *,
        existing_values: Sequence[str],
        columns: Sequence[str] = (),
        schema: str | None = None,
    ) -> None:
        super().__init__(name, schema=schema)
        self.values: list[str] = list(values)
        self.existing_values: list[str] = list(existing_values)
        self.columns: list[str] = list(columns)

    @property
    def removed(self) -> list[str]:
        """The values that it has, and is not to have."""
        return [value for value in self.existing_values if value not in self.values]

    def arguments(self) -> dict[str, Any]:
        """Return the arguments, as above."""
        return {
            "values": self.values,
            "existing_values": self.existing_values,
            **({"columns": self.columns} if self.columns else {}),
        }

    def hazards(self, dialect_name: str) -> _Hazards:
        """Yield that rows may have a value that goes."""
        if dialect_name == "postgresql" and self.removed:
            yield "remove-enum-value", self.subject, ", ".join(map(repr, self.removed)) + self._rename()

    def _rename(self) -> str:
        added = [value for value in self.values if value not in self.existing_values]
        if len(added) != len(self.removed):
            return ""
        pairs = ", ".join(
            f"op.rename_enum_value({self.name!r}, {old!r}, {new!r})"
            for old, new in zip(self.removed, added, strict=True)
        )
        return f"; if it was renamed: {pairs}"

    def reverse(self) -> ReplaceEnumOp:
        """Return the operation that undoes it."""
        return ReplaceEnumOp(
            self.name, self.existing_values, existing_values=self.values, columns=self.columns, schema=self.schema
        )

    @classmethod
    def replace_enum(
        cls,
        operations: Operations,
        name: str,
        values: Sequence[str],
        *,
        existing_values: Sequence[str],
        columns: Sequence[str] = (),
        schema: str | None = None,
    ) -> None:
        """Replace an enum type: the tables that have it are written anew; a row with a value that goes is an error."""
        operations.invoke(cls(name, values, existing_values=existing_values, columns=columns, schema=schema))
