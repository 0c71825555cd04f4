"""The one error of a run that failed: which revision, what of it stays, and how to go on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from ..exceptions import MigrationError, RevisionError
from ..failures import place_in
from ..locks import blockers
from ..scripts import Repository
from ..troubles import described, is_lock_timeout
from .journal import Journal, Part

__all__ = ["failure_of"]

_LONGEST: Final = 300


def failure_of(error: BaseException, journal: Journal, repository: Repository) -> BaseException:
    """Return what to raise for an error of a run.

    Args:
        error: What was raised.
        journal: What was done until then.
        repository: The revisions.

    Returns:
        The same error, where it says all that there is to be said.
    """
    stays = [part for part in journal.parts if part.kept or part.is_kept]
    if not journal.parts or (isinstance(error, MigrationError) and not stays):
        return error
    part = journal.parts[-1]
    place = place_in(error, repository.scripts._version_locations)
    what = "revision" if part.step.is_upgrade else "the downgrade of revision"
    lines = [f"{what} {part.step.revision} {part.step.doc!r}{_of(part)} failed{f' at {place}' if place else ''}:"]
    lines[0] += f" {_why(error, part)}"
    statement = error.statement if isinstance(error, DBAPIError) else None
    if statement:
        lines.append(f"statement: {_short(statement)}")
        if is_lock_timeout(error):
            lines += [f"holds a lock: {each}" for each in blockers(part.database.engine, statement)]
    lines += _report(part, stays)
    return RevisionError(
        "\n  ".join(lines),
        revision=part.step.revision,
        bind_key=part.database.key,
        applied=tuple(each.step.revision for each in stays if each.is_kept),
        done=() if part.is_kept else tuple(part.kept),
    )


def _why(error: BaseException, part: Part) -> str:
    if isinstance(error, DBAPIError):
        return described(error, part.database)
    if isinstance(error, MigrationError):
        return str(error)
    said = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _of(part: Part) -> str:
    return "" if part.database.key is None else f" on {part.database.label}"


def _report(failed: Part, stays: Sequence[Part]) -> Iterator[str]:
    """Yield what stays as it is, and what to do then."""
    if not stays:
        yield "Nothing was changed: the database has undone all of it. Mend the cause, and run the command again."
        return
    for part in stays:
        if part.is_kept:
            yield f"Stays: revision {part.step.revision} {part.step.doc!r}{_of(part)}, complete and recorded."
    if failed.is_kept or not failed.kept:
        which = f"revision {failed.step.revision}{_of(failed)}"
        yield f"Of {which} nothing stays. Mend the cause, and run the command again."
        return
    yield from _half_way(failed)


def _half_way(failed: Part) -> Iterator[str]:
    revision = failed.step.revision
    yield (
        f"Half of revision {revision}{_of(failed)} stays, and is not recorded: {_because(failed.database.engine)}. What"
        " it has done:"
    )
    yield from (f"  {number}. {_short(sql)}" for number, sql in enumerate(failed.kept, 1))
    undone = [each.sql for each in failed.statements if not each.is_kept and not each.records]
    if undone:
        yield "Undone again:"
        yield from (f"  - {_short(sql)}" for sql in undone)
    verb = "upgrade" if failed.step.is_upgrade else "downgrade"
    yield (
        f"To go on, mend the cause, and then either undo by hand what it has done, the last first, and run `ferrule db"
        f" {verb}` again; or do the rest of it by hand, and say so: `ferrule db stamp {_stamped(failed)}`."
    )


def _because(engine: sa.Engine) -> str:
    if engine.dialect.name in {"mariadb", "mysql"}:
        return "this database commits each change of a schema by itself"
    return "it was committed on the way, by an autocommit block or a commit of the revision's own"


def _stamped(failed: Part) -> str:
    return failed.step.revision if failed.step.is_upgrade else "<the revision before it>"


def _short(sql: str) -> str:
    words = " ".join(sql.split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
