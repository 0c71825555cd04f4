"""Hazards looked for before anything is done: in the revisions that are pending, and in one that is being written."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from alembic.operations.ops import MigrationScript
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import Script

from ..databases import Database
from ..hazards import KINDS, Hazard
from ..hazards.finding import find
from ..hazards.reading import read
from ..hazards.recorded import flattened
from ..hazards.scanning import scanned
from ..locks import Patience, in_process
from ..running import execute, function_of, refuse_unknown
from ..scripts import Repository
from ..settings import MigrateSettings
from .targets import destination, of_application

__all__ = ["OnHazards", "hazards_of_directive", "pending_hazards"]

OnHazards = Callable[[Sequence[Hazard]], None]
"""Is told of hazards, if there are any."""


def pending_hazards(repository: Repository, revision: str) -> list[Hazard]:
    """Return what is dangerous in the revisions that an upgrade would apply; see :func:`ferrule_migrate.hazards`."""
    planned = _planned(repository, destination(repository.scripts, revision))
    if not any(planned.values()):
        return []
    patience = Patience(repository.app.config.settings(MigrateSettings).lock_wait)
    alembic = EnvironmentContext(repository.config, repository.scripts, as_sql=True)
    with in_process(patience), alembic as environment:
        return [each for database, scripts in planned.items() for each in _read(environment, database, scripts)]


def _planned(repository: Repository, target: str) -> dict[Database, list[Script]]:
    """Return the revisions that each database lacks, in the order in which they would be applied."""
    planned: dict[Database, list[Script]] = {}

    def work(database: Database, heads: Any, context: MigrationContext) -> list[Any]:
        refuse_unknown(repository.scripts, database, heads)
        steps = repository.scripts._upgrade_revs(of_application(repository, target, heads), heads)
        planned[database] = [step.revision for step in steps]
        return []

    execute(repository, work, dont_mutate=True)
    return planned


def _read(environment: EnvironmentContext, database: Database, scripts: Sequence[Script]) -> Iterator[Hazard]:
    new_tables: set[str] = set()
    for script in scripts:
        function = function_of(script, "upgrade", database)
        if function is None:
            continue
        environment.configure(
            url=database.engine.url, target_metadata=database.metadata, output_buffer=io.StringIO(), version_table=""
        )
        reading = read(function, script.path, environment.get_context())
        about = {"revision": script.revision, "bind_key": database.key}
        yield from find(reading.operations, database.engine.dialect.name, new_tables=new_tables, **about)
        if reading.stopped is not None:
            subject = f"revision {script.revision}"
            yield Hazard(kind=KINDS["unread"], subject=subject, detail=reading.stopped, place=reading.place, **about)
            for kind, what, place in scanned(script.path, reading.place):
                yield Hazard(kind=KINDS[kind], subject=what, detail="it was not read, but seen", place=place, **about)


def hazards_of_directive(repository: Repository, directive: MigrationScript) -> list[Hazard]:
    """Return what is dangerous in a revision that is about to be written.

    Args:
        repository: The revisions.
        directive: What will be written.
    """
    by_token = {database.token("upgrades"): database for database in repository.databases}
    found: list[Hazard] = []
    for operations in directive.upgrade_ops_list:
        database = by_token.get(operations.upgrade_token)
        if database is not None:
            recorded = [*flattened(operations.ops)]
            found += find(recorded, database.engine.dialect.name, bind_key=database.key)
    return found
