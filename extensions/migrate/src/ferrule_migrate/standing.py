"""Whether databases are at the last revision: asked at each start, so answered without Alembic where that can be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from ferrule import App

from .databases import Database, databases_of, version_table_of
from .digests import Digests, digest_table
from .exceptions import MigrationError
from .folders import is_ejected, versions_of
from .given import Given
from .left_behind import is_left
from .settings import MigrateSettings
from .shipping import Shipment, shipments_of
from .sources import Heads, Source, heads_of, sources_in
from .troubles import described

__all__ = ["is_certainly_current"]

_OTHER_PLACES: Final = re.compile(r"^\s*(version_locations|recursive_version_locations|sourceless)\s*=", re.MULTILINE)


def is_certainly_current(app: App, directory: Path) -> bool:
    """Tell whether it is certain that there is nothing to apply: what takes Alembic to be known is not.

    PERF: on 500 revisions, Alembic and their import take longer than everything else that a command does.

    Args:
        app: The application.
        directory: The folder with ``versions/``.

    Raises:
        MigrationError: A database gives no connection.
    """
    extension = app.extension(Given)
    if extension.configurers or app.plugins.implementations("migrate_configure") or not _is_plain(directory):
        return False
    shipments = shipments_of(app)
    folders = [*versions_of(app, directory), *(shipment.folder for shipment in shipments)]
    sources = [sources_in(folder) for folder in folders]
    plain: list[list[Source]] = [each for each in sources if each is not None]
    heads = heads_of(plain)
    if heads is None or len(plain) != len(sources) or not heads.possible:
        return False
    every = [source for each in plain for source in each]
    databases = databases_of(app, (name for source in every for name in source.functions))
    return all(_is_at(app, database, heads, every, shipments) for database in databases)


def _is_plain(directory: Path) -> bool:
    ini = directory / "alembic.ini"
    has_others = ini.is_file() and _OTHER_PLACES.search(ini.read_text(encoding="utf-8", errors="replace")) is not None
    return not has_others and not is_ejected(directory)


def _is_at(
    app: App, database: Database, heads: Heads, sources: Iterable[Source], shipments: Iterable[Shipment]
) -> bool:
    """Tell whether a database has applied all revisions, as they are now."""
    version = version_table_of(app)
    try:
        connection = database.engine.connect()
    except DBAPIError as error:
        raise MigrationError(f"{described(error, database)}\n  Nothing was changed.") from error
    with connection:
        try:
            said = connection.scalars(sa.select(version.c.version_num)).all()
        except DBAPIError:  # there is no such table, or something that Alembic tells better
            return False
        found = {each for each in said if not is_left(each, shipments)}
        if not heads.needed <= found <= heads.possible:
            return False
        checks = app.config.settings(MigrateSettings).check_edits
        return not (checks and _has_edits(connection, version, sources))


def _has_edits(connection: sa.Connection, version: sa.TableClause, sources: Iterable[Source]) -> bool:
    """Tell whether a file has another text than when it was applied; whether that matters takes a closer look."""
    applied = Digests(digest_table(version.name, version.schema), connection).read()
    return any(each.revision in applied and applied[each.revision].text != each.digest for each in sources)
