"""What only looks: at the files of revisions, and at where databases are."""

from __future__ import annotations

from typing import Any

from alembic.runtime.migration import MigrationContext
from alembic.script import Script

from ..databases import Database
from ..revisions import Revision
from ..running import execute, refuse_unknown
from ..scripts import Repository
from .targets import range_of

__all__ = ["branches", "current", "heads", "history", "pending", "show"]


def current(repository: Repository) -> dict[str | None, tuple[str, ...]]:
    """Return the revisions that each database is at, by bind key; see :func:`ferrule_migrate.current`."""
    found: dict[str | None, tuple[str, ...]] = {}

    def work(database: Database, heads: tuple[str, ...], context: MigrationContext) -> list[Any]:
        found[database.key] = tuple(sorted(heads))
        return []

    execute(repository, work, dont_mutate=True)
    return found


def history(repository: Repository, rev_range: str | None) -> list[Revision]:
    """Return revisions, the newest first; see :func:`ferrule_migrate.history`."""
    base, head = range_of(rev_range)
    if "current" in {base, head}:
        here = {revision for each in current(repository).values() for revision in each}
        base = _only(here, "base") if base == "current" else base
        head = _only(here, "base") if head == "current" else head
    return [repository.described(script) for script in repository.scripts.walk_revisions(base, head)]


def _only(here: set[str], otherwise: str) -> Any:
    return tuple(sorted(here)) if here else otherwise


def pending(repository: Repository) -> list[Revision]:
    """Return the revisions that a database lacks, the next one first; see :func:`ferrule_migrate.pending`."""
    scripts = repository.scripts
    every = list(scripts.walk_revisions())
    lacking: set[str] = set()
    by_key = {database.key: database for database in repository.databases}
    for key, heads in current(repository).items():
        refuse_unknown(scripts, by_key[key], heads)
        applied = {script.revision for script in scripts.iterate_revisions(heads, "base")} if heads else set()
        lacking |= {script.revision for script in every} - applied
    return [repository.described(script) for script in reversed(every) if script.revision in lacking]


def heads(repository: Repository, *, resolve_dependencies: bool) -> list[Revision]:
    """Return the revisions that nothing follows; see :func:`ferrule_migrate.heads`."""
    scripts = repository.scripts
    wanted: Any = "heads" if resolve_dependencies else scripts.get_heads()
    return [repository.described(script) for script in scripts.get_revisions(wanted)]


def branches(repository: Repository) -> list[Revision]:
    """Return the revisions that several follow; see :func:`ferrule_migrate.branches`."""
    return [repository.described(script) for script in repository.scripts.walk_revisions() if script.is_branch_point]


def show(repository: Repository, revision: str) -> list[Revision]:
    """Return what a name stands for; see :func:`ferrule_migrate.show`."""
    wanted: Any = revision
    if revision == "current":
        wanted = tuple(sorted({each for found in current(repository).values() for each in found}))
    found: tuple[Script, ...] = repository.scripts.get_revisions(wanted)
    return [repository.described(script) for script in found]
