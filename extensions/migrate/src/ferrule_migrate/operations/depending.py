"""What a new revision depends on: the revisions of extensions to whose tables its own refer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import sqlalchemy as sa
from alembic.operations.ops import (
    AddColumnOp,
    CreateForeignKeyOp,
    CreateTableOp,
    MigrateOperation,
    MigrationScript,
    OpContainer,
)

from ..ownership import heads_of
from ..scripts import Repository
from ..shipping import TableName

__all__ = ["dependencies_of"]


def dependencies_of(directive: MigrationScript, repository: Repository, owners: Mapping[TableName, str]) -> list[str]:
    """Return the heads of the extensions to whose tables new foreign keys refer.

    Args:
        directive: What will be written.
        repository: The revisions.
        owners: The tables that are extensions', each with its extension's name.
    """
    binds = {database.token("upgrades"): database.key for database in repository.databases}
    found = {
        owners.get(TableName(binds.get(ops.upgrade_token), schema, table))
        for ops in directive.upgrade_ops_list
        for schema, table in _referred(ops.ops)
    }
    others = sorted(name for name in found if name not in {None, repository.extension})
    return [head for name in others for head in heads_of(repository.scripts, repository.shipments, name)]


def _referred(operations: Iterable[MigrateOperation]) -> Iterator[tuple[str | None, str]]:
    """Yield the schema and the name of each table that operations make something refer to."""
    for operation in operations:
        if isinstance(operation, OpContainer):
            yield from _referred(operation.ops)
        elif isinstance(operation, CreateForeignKeyOp):
            yield operation.kw.get("referent_schema"), operation.referent_table
        elif isinstance(operation, AddColumnOp):
            yield from map(_target, operation.column.foreign_keys)
        elif isinstance(operation, CreateTableOp):
            for item in operation.columns:
                keys = item.foreign_keys if isinstance(item, sa.Column) else getattr(item, "elements", ())
                yield from map(_target, keys)


def _target(key: sa.ForeignKey) -> tuple[str | None, str]:
    *schema, table, _ = key.target_fullname.split(".")
    return ".".join(schema) or None, table
