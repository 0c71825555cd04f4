"""The steps of a run on one database: which function of a revision is called, and who is told of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from alembic.runtime.migration import RevisionStep
from alembic.script import Script, ScriptDirectory

from ..databases import Database
from ..digests import Digests
from ..exceptions import MigrationError, UnknownRevisionError
from ..revisions import OnStep, Step

__all__ = ["function_of", "on_database", "refuse_unknown"]


def refuse_unknown(scripts: ScriptDirectory, database: Database, heads: Iterable[str]) -> None:
    """See that a database is at revisions of these.

    Args:
        scripts: The revisions.
        database: The database.
        heads: What it says.

    Raises:
        UnknownRevisionError: No file has one of them.
    """
    there = {script.revision for script in scripts.walk_revisions()}
    unknown = [each for each in heads if each not in there]
    if unknown:
        folders = " and ".join(str(folder) for folder in scripts._version_locations)
        raise UnknownRevisionError(
            f"{database.label} is at {', '.join(map(repr, unknown))}, which no file in {folders} has, so nothing was"
            " done. Either the database is ahead of this code: run the code that has the revision. Or its file is gone:"
            " bring it back from version control. Or the history was begun anew: `ferrule db stamp --purge REVISION`"
            " says where the database is in it"
        )


def on_database(
    steps: Iterable[RevisionStep], database: Database, on_step: OnStep, digests: Digests | None = None
) -> Iterator[RevisionStep]:
    """Yield steps that call what their revisions say of a database.

    Args:
        steps: The steps as Alembic plans them.
        database: The database.
        on_step: Is told of each.
        digests: Where it is noted what is applied; ``None`` for nowhere.

    Raises:
        MigrationError: A revision has no function for the direction.
    """
    planned = list(steps)
    for number, step in enumerate(planned, 1):
        function = function_of(step.revision, "upgrade" if step.is_upgrade else "downgrade", database)
        about = partial(
            Step,
            revision=step.revision.revision,
            doc=step.revision.doc,
            is_upgrade=step.is_upgrade,
            bind_key=database.key,
            number=number,
            total=len(planned),
        )
        step.migration_fn = _told(function, about, on_step, partial(_record, step, digests))
    if planned and digests is not None:
        digests.prepare()
    yield from planned


def _record(step: RevisionStep, digests: Digests | None) -> None:
    if digests is None:
        return
    if step.is_upgrade:
        digests.record(step.revision.revision, Path(step.revision.path))
    else:
        digests.forget([step.revision.revision])


def _told(
    function: Callable[[], Any] | None, about: partial[Step], on_step: OnStep, record: Callable[[], None]
) -> Callable[[], None]:
    """Return a function that is told of; one that a revision does not have for this database does nothing."""

    def run() -> None:
        if function is not None:
            on_step(about())
            start = perf_counter()
            function()
            on_step(about(seconds=perf_counter() - start))
        record()

    run.__name__ = "upgrade" if about.keywords["is_upgrade"] else "downgrade"  # Alembic logs it
    return run


def function_of(script: Script, direction: str, database: Database) -> Callable[[], Any] | None:
    """Return what a revision does to a database; ``None`` if nothing.

    Flask-Migrate's revisions for several databases have ``upgrade(engine_name)`` beside ``upgrade_()`` and
    ``upgrade_<bind>()``.

    Args:
        script: The revision.
        direction: ``"upgrade"`` or ``"downgrade"``.
        database: The database.

    Raises:
        MigrationError: It has no function of that name.
    """
    plain: Callable[..., Any] | None = getattr(script.module, direction, None)
    if plain is None:
        raise MigrationError(f"{script.path}: there is no {direction}(); write one, if only with `pass` in it")
    own: Callable[[], Any] | None = getattr(script.module, f"{direction}_{database.suffix}", None)
    if not inspect.signature(plain).parameters:
        return plain if database.key is None else own
    others = any(name.startswith(f"{direction}_") for name in vars(script.module))
    return partial(plain, database.key or "") if own is not None or not others else None
