"""What changes a database: revisions are applied, undone, or said to be applied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from alembic.runtime.migration import MigrationContext

from ferrule_sqlalchemy.settings import phase_of

from ..databases import Database
from ..exceptions import DestructiveError, MigrationError
from ..hazards import explained
from ..locks import Guard, Patience
from ..revisions import OnStep, Step
from ..running import execute, on_database, refuse_unknown
from ..running.failing import failure_of
from ..running.journal import Journal
from ..running.run import Work
from ..scripts import Repository
from ..settings import MigrateSettings
from .examining import OnHazards, pending_hazards
from .recording import digests_of, refuse_edited
from .targets import destination, of_application, split, stamped

__all__ = ["downgrade", "stamp", "upgrade"]


def upgrade(
    repository: Repository,
    revision: str,
    *,
    sql: bool,
    tag: str | None,
    on_step: OnStep,
    on_hazards: OnHazards | None = None,
    allow_destructive: bool = True,
) -> list[Step]:
    """Apply revisions; see :func:`ferrule_migrate.upgrade`. Hazards are looked for if somebody asks for them."""
    start, target = split(revision, sql=sql)
    if not sql and (on_hazards is not None or not allow_destructive):
        _examine(repository, target, on_hazards, allow_destructive=allow_destructive)
    scripts, target = repository.scripts, destination(repository.scripts, target)
    done = _Done(on_step)

    def work(database: Database, heads: Any, context: MigrationContext) -> Iterable[Any]:
        refuse_unknown(scripts, database, heads)
        digests = digests_of(repository, context)
        refuse_edited(repository, database, digests)
        steps = scripts._upgrade_revs(of_application(repository, target, heads), heads)
        return on_database(steps, database, done, digests)

    _move(repository, work, done.journal, as_sql=sql, starting_rev=start, destination_rev=target, tag=tag)
    return done.steps


def _examine(repository: Repository, target: str, on_hazards: OnHazards | None, *, allow_destructive: bool) -> None:
    """Look for what is dangerous in what is pending, and refuse in production what nobody has allowed."""
    found = pending_hazards(repository, target)
    destructive = [each for each in found if each.is_destructive]
    if destructive and not allow_destructive and phase_of(repository.app) == "production":
        lines = "\n  ".join(explained(found))
        raise DestructiveError(
            f"nothing was changed, since pending revisions lose data, or may, and this is production\n  {lines}\n"
            "  If it is meant, run it with --allow-destructive, or call upgrade(allow_destructive=True).",
            hazards=found,
        )
    if found and on_hazards is not None:
        on_hazards(found)


def downgrade(repository: Repository, revision: str, *, sql: bool, tag: str | None, on_step: OnStep) -> list[Step]:
    """Undo revisions; see :func:`ferrule_migrate.downgrade`."""
    start, target = split("head:-1" if sql and revision == "-1" else revision, sql=sql)
    if sql and start is None:
        raise MigrationError(f"{revision!r}: to write the statements of a downgrade, say from where: `from:to`")
    scripts = repository.scripts
    done = _Done(on_step)

    def work(database: Database, heads: Any, context: MigrationContext) -> Iterable[Any]:
        refuse_unknown(scripts, database, heads)
        steps = scripts._downgrade_revs(of_application(repository, target, heads), heads)
        return on_database(steps, database, done, digests_of(repository, context))

    _move(repository, work, done.journal, as_sql=sql, starting_rev=start, destination_rev=target, tag=tag)
    return done.steps


def stamp(repository: Repository, revisions: Sequence[str], *, sql: bool, tag: str | None, purge: bool) -> None:
    """Say which revisions databases are at; see :func:`ferrule_migrate.stamp`."""
    start: str | None = None
    targets: list[str] = []
    for revision in revisions:
        found, target = split(revision, sql=sql)
        if found is not None and start not in {None, found}:
            raise MigrationError(f"{start!r} and {found!r}: statements begin at one revision; name one")
        start = found or start
        targets += stamped(repository, target)
    scripts, wanted = repository.scripts, tuple(targets)

    def work(database: Database, heads: Any, context: MigrationContext) -> Iterable[Any]:
        refuse_unknown(scripts, database, heads)
        digests = digests_of(repository, context)
        if digests is not None:
            digests.forget()
        return scripts._stamp_revs(wanted, heads)

    _move(repository, work, Journal(), as_sql=sql, starting_rev=start, destination_rev=wanted, tag=tag, purge=purge)


def _move(repository: Repository, work: Work, journal: Journal, **options: Any) -> None:
    """Run what changes databases: every upgrade, downgrade and stamp comes this way."""
    settings = repository.app.config.settings(MigrateSettings)
    patience = Patience(settings.lock_wait)
    version_table = ".".join(name for name in (settings.version_table_schema, settings.version_table) if name)
    guard = Guard(version_table, patience, settings.lock_timeout)
    try:
        execute(repository, work, around=guard, journal=journal, **options)
    except (Exception, KeyboardInterrupt) as error:
        failure = failure_of(error, journal, repository)
        if failure is error:
            raise
        raise failure from error


class _Done:
    """Collects the steps that are done, and tells another of them."""

    def __init__(self, on_step: OnStep) -> None:
        self.steps: list[Step] = []
        self.journal = Journal()
        self._on_step = on_step

    def __call__(self, step: Step) -> None:
        self.journal.note(step)
        if step.seconds is not None:
            self.steps.append(step)
        self._on_step(step)
