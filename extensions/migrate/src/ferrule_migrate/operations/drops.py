"""Revisions that do nothing but drop: most often not what was meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from alembic.operations.ops import (
    DropColumnOp,
    DropConstraintOp,
    DropIndexOp,
    DropTableOp,
    MigrateOperation,
    MigrationScript,
    OpContainer,
)

from ..exceptions import MigrationError
from ..scripts import Repository

__all__ = ["refuse_mere_drops"]

_DROPS: Final = (DropColumnOp, DropConstraintOp, DropIndexOp, DropTableOp)


def refuse_mere_drops(repository: Repository, directive: MigrationScript) -> None:
    """Refuse a revision that would only drop tables or columns of a database.

    Args:
        repository: The revisions.
        directive: What would be written.

    Raises:
        MigrationError: It would; the text has the likely cause.
    """
    labels = {database.token("upgrades"): database.label for database in repository.databases}
    for operations in directive.upgrade_ops_list:
        found = list(_flat(operations.ops))
        tables = [each.table_name for each in found if isinstance(each, DropTableOp)]
        columns = [f"{each.table_name}.{each.column_name}" for each in found if isinstance(each, DropColumnOp)]
        if (tables or columns) and all(isinstance(each, _DROPS) for each in found):
            raise MigrationError(_text(labels.get(operations.upgrade_token, ""), tables, columns))


def _flat(operations: Iterable[MigrateOperation]) -> Iterator[MigrateOperation]:
    for operation in operations:
        if isinstance(operation, OpContainer):
            yield from _flat(operation.ops)
        else:
            yield operation


def _text(where: str, tables: list[str], columns: list[str]) -> str:
    kinds = ((tables, "table"), (columns, "column"))
    what = " and ".join(f"the {kind}{'s' * (len(names) > 1)} {', '.join(names)}" for names, kind in kinds if names)
    cause = (
        "Most often their models were not imported: import them with the application, or name their modules:"
        ' `[migrate] models = ["notes.models"]`. If somebody else owns them, leave them out with the hook'
        " migrate_include_object."
        if tables
        else "The models have them no more."
    )
    return f"the revision would only drop {what} of {where}, and was not written. {cause} If it is meant, --allow-drop"
