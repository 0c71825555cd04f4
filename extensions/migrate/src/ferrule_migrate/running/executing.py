"""How a run is started: through the package's environment, or that of a project which has ejected it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any

from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext

from ..folders import is_ejected
from ..locks import Patience, in_process
from ..scripts import Repository
from ..settings import MigrateSettings
from .environment import run
from .journal import Journal
from .run import RUN, Around, Run, Work

__all__ = ["execute"]


def execute(
    repository: Repository,
    work: Work,
    *,
    around: Around = nullcontext,
    journal: Journal | None = None,
    **options: Any,
) -> None:
    """Do something with each database of a repository, inside of Alembic's environment.

    Args:
        repository: The revisions.
        work: What is done.
        around: What holds meanwhile, for all databases; see :class:`Run`.
        journal: Is told what is done.
        **options: Arguments of Alembic's ``EnvironmentContext``, such as ``as_sql`` and ``tag``.
    """
    current = Run(
        app=repository.app,
        databases=repository.databases,
        work=work,
        around=around,
        shipments=repository.shipments,
        extension=repository.extension,
        journal=Journal() if journal is None else journal,
    )
    repository.config.attributes[RUN] = current

    def on_database(heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
        return work(current.database, heads, context)

    patience = Patience(repository.app.config.settings(MigrateSettings).lock_wait)
    alembic = EnvironmentContext(repository.config, repository.scripts, fn=on_database, **options)
    with in_process(patience), alembic as context:
        if is_ejected(repository.directory):
            repository.scripts.run_env()
        else:
            run(context)
