"""What Alembic is told of a database: the arguments of ``context.configure``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import sqlalchemy as sa
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.sql.schema import SchemaItem

from ..databases import Database
from ..digests import digest_name
from ..enums import render_enum
from ..given import Given
from ..settings import MigrateSettings
from ..shipping import TableName, is_in_namespace
from .run import Run

__all__ = ["options_for"]


def options_for(current: Run, database: Database, *, batch: bool) -> dict[str, Any]:
    """Return what Alembic is told of a database: by the settings, then by hooks, then by ``Migrate(…)``.

    Args:
        current: The run.
        database: The database.
        batch: Whether a database of the run alters tables by copying them.
    """
    app = current.app
    settings = app.config.settings(MigrateSettings)
    is_sqlite = database.engine.dialect.name == "sqlite"
    options: dict[str, Any] = {
        "target_metadata": database.metadata,
        "upgrade_token": database.token("upgrades"),
        "downgrade_token": database.token("downgrades"),
        "render_item": _render_item,
        "compare_type": settings.compare_type,
        "compare_server_default": settings.compare_server_default,
        "render_as_batch": batch if settings.render_as_batch is None else settings.render_as_batch,
        "version_table": settings.version_table,
        "version_table_schema": settings.version_table_schema,
        # SQLite's lock is the transaction: whoever commits lets others in
        "transaction_per_migration": settings.transaction_per_migration and not is_sqlite,
        # ferrule-sqlalchemy's engines begin in earnest
        "transactional_ddl": True if is_sqlite else None,
    }
    options["include_object"] = _include_object(current, database, options)
    options |= _schemas(database.metadata, settings.schemas)
    options |= app.hooks.migrate_configure(app=app, bind_key=database.key, options=options)
    options |= app.extension(Given).options
    return options


def _schemas(metadata: sa.MetaData, more: list[str]) -> dict[str, Any]:
    """Compare the schemas that models are in, and no others: what stands there is somebody else's."""
    schemas = {table.schema for table in metadata.tables.values()} | {*more}
    if not schemas - {None}:
        return {"include_schemas": False}

    def include_name(name: str | None, type_: str, parents: Any) -> bool:
        return type_ != "schema" or name is None or name in schemas

    return {"include_schemas": True, "include_name": include_name}


def _include_object(current: Run, database: Database, options: dict[str, Any]) -> Callable[..., bool]:
    """Leave out tables of other owners, and then what hooks say."""
    app = current.app

    def include(item: SchemaItem, name: str | None, type_: str, reflected: bool, compare_to: SchemaItem | None) -> bool:
        if type_ == "table" and reflected and name == digest_name(options["version_table"]):
            return False
        if isinstance(item, sa.Table) and not _is_compared(item, current, database):
            return False
        said = app.hooks.migrate_include_object(
            app=app,
            bind_key=database.key,
            object=item,
            name=name,
            type_=type_,
            reflected=reflected,
            compare_to=compare_to,
        )
        return said is not False

    return include


def _is_compared(table: sa.Table, current: Run, database: Database) -> bool:
    name = TableName(database.key, table.schema, table.name)
    if name not in current.owners and (table.schema, table.name) not in _with_models(database):
        left = current.left.get(database, ())
        return current.extension is None and not any(is_in_namespace(table, label) for label in left)
    return current.owners.get(name) == current.extension


def _with_models(database: Database) -> set[tuple[str | None, str]]:
    return {(table.schema, table.name) for table in database.metadata.tables.values()}


def _render_item(kind: str, item: Any, context: AutogenContext) -> str | Literal[False]:
    """Write a type of the application's own as what it is in the database: revisions outlive the code of today."""
    if kind != "type":
        return False
    is_own = isinstance(item, sa.types.TypeDecorator)
    stored = item.impl_instance if is_own else item
    enum = render_enum(stored, context.migration_context.dialect.name)
    if enum is not None:
        return enum
    if is_own and type(stored).__module__.startswith("sqlalchemy.sql."):
        return f"sa.{stored!r}"
    return False
