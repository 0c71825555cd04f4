"""An extension's tables, removed by its own revisions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext

from ..databases import Database
from ..exceptions import MigrationError
from ..ownership import owner_of
from ..revisions import OnStep, Step
from ..running import execute
from ..scripts import Repository
from ..shipping import Shipment, TableName, is_in_namespace, owners_of_tables, table_name
from .looking import current
from .moving import downgrade

__all__ = ["remove"]


def remove(repository: Repository, shipment: Shipment, *, allow_destructive: bool, on_step: OnStep) -> list[Step]:
    """Undo all revisions of an extension; see :func:`ferrule_migrate.remove`."""
    applied = _applied(repository)
    mine = {each for each in applied if owner_of(each, repository.shipments) == shipment.extension}
    if not mine:
        return []
    _refuse_dependents(repository, shipment, applied, mine)
    if not allow_destructive:
        _refuse_loss(repository, shipment)
    return downgrade(repository, f"{shipment.label}@base", sql=False, tag=None, on_step=on_step)


def _applied(repository: Repository) -> set[str]:
    """Return all revisions that some database has, also those that the heads only imply."""
    heads = {head for heads in current(repository).values() for head in heads}
    scripts = repository.scripts.iterate_revisions(tuple(heads), "base") if heads else ()
    return {script.revision for script in scripts}


def _refuse_dependents(repository: Repository, shipment: Shipment, applied: set[str], mine: set[str]) -> None:
    others = [
        f"{script.revision!r} ({script.path}) depends on {name!r}"
        for script in repository.scripts.walk_revisions()
        if script.revision in applied - mine
        for name in script._resolved_dependencies
        if name in mine
    ]
    if others:
        raise MigrationError.listing(
            f"in the way of removing {shipment}: undo these revisions first, with `ferrule db downgrade`", others
        )


def _refuse_loss(repository: Repository, shipment: Shipment) -> None:
    rows = list(_rows(repository, shipment))
    if any(count for _, count in rows):
        held = ", ".join(f"{name} ({count} rows)" for name, count in rows)
        raise MigrationError(
            f"removing {shipment} would drop {held}, and no downgrade brings rows back; save what you need, and add"
            " --allow-destructive"
        )


def _rows(repository: Repository, shipment: Shipment) -> Iterator[tuple[str, int]]:
    """Yield the tables that bear an extension's name, each with the number of its rows."""
    found: list[tuple[str, int]] = []
    owners = owners_of_tables(repository.app)

    def work(database: Database, heads: Any, context: MigrationContext) -> list[Any]:
        connection = context.connection
        if connection is not None:
            others = {table_name(each) for each in database.metadata.tables.values()}
            others -= {name for name, owner in owners.items() if owner == shipment.extension}
            for table in _tables(connection, shipment.label):
                name = TableName(database.key, table.schema, table.name)
                if name not in others:
                    count = connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
                    found.append((str(name), count))
        return []

    execute(repository, work, dont_mutate=True)
    yield from found


def _tables(connection: sa.Connection, label: str) -> Iterator[sa.Table]:
    inspector = sa.inspect(connection)
    for schema in (None, *({label} & {*inspector.get_schema_names()})):
        for name in inspector.get_table_names(schema=schema):
            table = sa.Table(name, sa.MetaData(), schema=schema)
            if is_in_namespace(table, label):
                yield table
