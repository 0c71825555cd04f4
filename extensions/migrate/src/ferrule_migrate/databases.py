"""The databases that have a part in the revisions of an application."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa

from ferrule import App
from ferrule_sqlalchemy import SQLAlchemy
from ferrule_sqlalchemy.engines import shown

from .exceptions import MigrationError
from .models import metadata_of
from .settings import MigrateSettings

__all__ = ["Database", "databases_of", "suffix_of", "version_table_of"]


@dataclass(frozen=True)
class Database:
    """A database of an application.

    Attributes:
        key: Its bind key; ``None`` for the default one.
        engine: Leads to it.
        metadata: The tables that it should have.
    """

    key: str | None
    engine: sa.Engine
    metadata: sa.MetaData

    @property
    def suffix(self) -> str:
        """What its functions in a revision end in: ``upgrade_<suffix>()``; nothing for the default one."""
        return suffix_of(self.key)

    def token(self, direction: str) -> str:
        """Return by which name the template of a revision has what is done to it."""
        return direction if self.key is None else f"{direction}_{self.suffix}"

    @property
    def label(self) -> str:
        """How it is called in messages."""
        return "the default bind" if self.key is None else f"bind {self.key!r}"


def suffix_of(key: str | None) -> str:
    """Return what the functions of a bind end in: its key, with an underscore for what no name of Python's has."""
    return "" if key is None else re.sub(r"\W", "_", key)


def databases_of(app: App, functions: Iterable[str]) -> tuple[Database, ...]:
    """Return the databases that revisions are applied to, the default one first.

    A bind has a part in them if it has tables, or if a revision has a function for it: a bind that leads to a replica,
    or to somebody else's database, has neither.

    Args:
        app: The application.
        functions: What the revisions have, such as ``upgrade_archive``; other names do no harm.

    Raises:
        MigrationError: Two binds are one database.
    """
    engines = app.extension(SQLAlchemy).engines_of(app)
    found = [Database(key, engine, metadata_of(app, key)) for key, engine in engines.items()]
    absent = {each for each in found if each.key is not None and not each.metadata.tables}
    if absent:
        named = {*functions}
        absent = {each for each in absent if f"upgrade_{each.suffix}" not in named}
    taking_part = tuple(each for each in found if each not in absent)
    _refuse_doubles(taking_part)
    return taking_part


def _refuse_doubles(databases: Iterable[Database]) -> None:
    """See that each is another one: with two that are one, a run would wait for itself."""
    first: dict[sa.URL, Database] = {}
    for each in databases:
        url = each.engine.url
        is_kept = url.get_backend_name() != "sqlite" or url.database not in {None, "", ":memory:"}
        other = first.setdefault(url, each) if is_kept else each
        if other is not each:
            raise MigrationError(
                f"{other.label} and {each.label} both have tables, and lead to one database, {shown(url)}, which can"
                " have one history only; leave `__bind_key__` out of the models of one of them"
            )


def version_table_of(app: App) -> sa.TableClause:
    """Return the table that says which revisions a database is at.

    Args:
        app: The application.
    """
    settings = app.config.settings(MigrateSettings)
    said: dict[str, Any] = {
        "version_table": settings.version_table,
        "version_table_schema": settings.version_table_schema,
        **cast(Any, app.extensions["migrate"]).options,  # what `Migrate(…)` was given
    }
    return sa.table(said["version_table"], sa.column("version_num", sa.String), schema=said["version_table_schema"])
