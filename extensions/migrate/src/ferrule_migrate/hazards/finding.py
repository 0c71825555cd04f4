"""Hazards found in operations, in the order in which they would be done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import singledispatchmethod
from typing import Any, Final

import sqlalchemy as sa
from alembic.operations import ops

from .catalogue import KINDS
from .hazard import Hazard
from .recorded import Recorded
from .renames import renamed_columns, renamed_tables
from .statements import destructive_parts
from .type_changes import change_of, enum_values

__all__ = ["Finder", "find"]

_Found = Iterator[tuple[str, str, str]]
"""The name of the kind, the subject and the detail."""


def find(
    operations: Sequence[Recorded],
    dialect_name: str,
    *,
    new_tables: set[str] | None = None,
    **about: str | None,
) -> list[Hazard]:
    """Return the hazards of one revision's operations.

    Args:
        operations: The operations.
        dialect_name: The kind of database.
        new_tables: The tables that are made in the same run, and so have no rows; those of the operations are added.
        **about: What else is known of each: attributes of :class:`Hazard`, such as ``revision``.
    """
    finder = Finder(dialect_name, set() if new_tables is None else new_tables)
    return [Hazard(**{**about, **found}) for found in finder.find(operations)]


class Finder:
    """Looks at operations one after the other.

    Args:
        dialect_name: The kind of database.
        new_tables: The tables that are made in the same run.
    """

    def __init__(self, dialect_name: str, new_tables: set[str]) -> None:
        self._dialect = dialect_name
        self._new = new_tables
        self._renamed_columns: dict[int, str] = {}
        self._renamed_tables: dict[int, str] = {}

    def find(self, operations: Sequence[Recorded]) -> Iterator[dict[str, Any]]:
        """Yield what is known of each hazard of one revision.

        Args:
            operations: Its operations.
        """
        found = [each.operation for each in operations]
        self._renamed_columns = renamed_columns(found)
        self._renamed_tables = renamed_tables(found)
        for each in operations:
            for name, subject, detail in self._look(each.operation):
                place = {} if each.place is None else {"place": each.place}
                yield {"kind": KINDS[name], "subject": subject, "detail": detail, **place}

    @singledispatchmethod
    def _look(self, operation: Any) -> _Found:
        """Yield what is dangerous about an operation."""
        more: Callable[[str], Iterable[tuple[str, str, str]]] | None = getattr(operation, "hazards", None)
        if more is not None:  # an operation of our own
            yield from more(self._dialect)

    def _is_new(self, operation: Any) -> bool:
        return _full(operation.table_name, operation.schema) in self._new

    @_look.register
    def _(self, operation: ops.CreateTableOp) -> _Found:
        self._new.add(_full(operation.table_name, operation.schema))
        yield from ()

    @_look.register
    def _(self, operation: ops.DropTableOp) -> _Found:
        name = _full(operation.table_name, operation.schema)
        if name in self._new:
            self._new.discard(name)
        elif id(operation) in self._renamed_tables:
            yield "rename-table", f"table {name!r}", f"created: {self._renamed_tables[id(operation)]!r}"
        else:
            yield "drop-table", f"table {name!r}", ""

    @_look.register
    def _(self, operation: ops.RenameTableOp) -> _Found:
        old, new = (_full(name, operation.schema) for name in (operation.table_name, operation.new_table_name))
        if old in self._new:
            self._new.discard(old)
            self._new.add(new)
        else:
            yield "rename", f"table {old!r}", f"to {new!r}"

    @_look.register
    def _(self, operation: ops.AddColumnOp) -> _Found:
        column = operation.column
        if self._is_new(operation) or column.nullable or _fills_itself(column):
            return
        yield "add-required", _column(operation, str(column.name)), str(column.type)

    @_look.register
    def _(self, operation: ops.DropColumnOp) -> _Found:
        if self._is_new(operation):
            return
        subject = _column(operation, operation.column_name)
        if id(operation) in self._renamed_columns:
            yield "rename-column", subject, f"added: {self._renamed_columns[id(operation)]!r}"
        else:
            yield "drop-column", subject, ""

    @_look.register
    def _(self, operation: ops.AlterColumnOp) -> _Found:
        if self._is_new(operation):
            return
        subject = _column(operation, operation.column_name)
        if operation.modify_type is not None:
            yield from self._type_change(operation, subject)
        if operation.modify_nullable is False and operation.existing_nullable is not False:
            yield "set-not-null", subject, ""
        if operation.modify_name is not None:
            yield "rename", subject, f"to {operation.modify_name!r}"

    def _type_change(self, operation: ops.AlterColumnOp, subject: str) -> _Found:
        old, new = operation.existing_type, operation.modify_type
        if old is None:
            yield "change-type", subject, f"to {_shown(new)}; the revision does not say from what: existing_type"
            return
        lost, change = enum_values(old, new), change_of(old, new, self._dialect)
        detail = f"{_shown(old)} to {_shown(new)}"
        if lost:
            yield "remove-enum-value", subject, ", ".join(map(repr, lost))
        elif change in {"narrower", "other"}:
            yield "narrow-type" if change == "narrower" else "change-type", subject, detail

    @_look.register
    def _(self, operation: ops.DropConstraintOp) -> _Found:
        if not self._is_new(operation):
            kind = operation.constraint_type or "constraint"
            yield "drop-constraint", f"{kind} {operation.constraint_name!r} of {_table(operation)!r}", ""

    @_look.register
    def _(self, operation: ops.DropIndexOp) -> _Found:
        if operation.table_name is None or not self._is_new(operation):
            yield "drop-index", f"index {operation.index_name!r}", ""

    @_look.register
    def _(self, operation: ops.CreateIndexOp) -> _Found:
        if self._is_new(operation) or self._dialect != "postgresql" or operation.kw.get("postgresql_concurrently"):
            return
        yield "blocking-index", f"index {operation.index_name!r} of {_table(operation)!r}", ""

    @_look.register
    def _(self, operation: ops.AddConstraintOp) -> _Found:
        # A foreign key calls its table `source_table`.
        table = str(getattr(operation, "table_name", None) or getattr(operation, "source_table", ""))
        schema = getattr(operation, "schema", None) or getattr(operation, "kw", {}).get("source_schema")
        if _full(table, schema) in self._new or getattr(operation, "kw", {}).get("postgresql_not_valid"):
            return
        name = getattr(operation, "constraint_name", None)
        yield "blocking-constraint", f"{operation.constraint_type} {name!r} of {_full(table, schema)!r}", ""

    @_look.register
    def _(self, operation: ops.ExecuteSQLOp) -> _Found:
        for statement in destructive_parts(_sql(operation.sqltext)):
            yield "raw-sql", _short(statement), ""


def _full(name: str | None, schema: str | None) -> str:
    return f"{schema}.{name}" if schema else str(name)


def _table(operation: Any) -> str:
    return _full(operation.table_name, operation.schema)


def _column(operation: Any, name: str) -> str:
    return f"column '{_table(operation)}.{name}'"


def _fills_itself(column: sa.Column[Any]) -> bool:
    return (
        column.server_default is not None
        or column.computed is not None
        or column.identity is not None
        or bool(column.primary_key and column.autoincrement in {True, "auto"} and isinstance(column.type, sa.Integer))
    )


_LONGEST: Final = 80


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _sql(statement: Any) -> str:
    try:
        return str(statement)
    except (AttributeError, sa.exc.SQLAlchemyError):  # what creates or drops a type has no text but PostgreSQL's
        return ""


def _shown(kind: Any) -> str:
    found = sa.types.to_instance(kind)
    try:
        return str(found)
    except sa.exc.CompileError:  # a type of a dialect that the default one cannot write
        return repr(found)
