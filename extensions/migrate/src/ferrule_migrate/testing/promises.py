"""What the migrations of every application promise, each with the function that examines it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from ..operations import checking
from ..operations.moving import upgrade
from ..operations.targets import destination
from ..scripts import Repository
from .filling import Given
from .stairs import Broken, Stairs
from .surveys import changed_schema, lost

__all__ = ["PROMISES", "Promise", "Told"]


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a project says of its revisions.

    Attributes:
        values: Values for made up rows.
        rows: How many rows each table gets.
        irreversible: Revisions that cannot be undone, each with the reason.
        loses: Revisions that take rows or values away on purpose, each with the reason.
    """

    values: Given = field(default_factory=dict)
    rows: int = 2
    irreversible: Mapping[str, str] = field(default_factory=dict)
    loses: Mapping[str, str] = field(default_factory=dict)


def one_head(repository: Repository, told: Told) -> None:
    """Look for revisions that nobody joined."""
    destination(repository.scripts, "head")
    known = {script.revision for script in repository.scripts.walk_revisions()}
    unknown = sorted({*told.irreversible, *told.loses} - known)
    if unknown:
        raise Broken(f"migrations(…) names {', '.join(map(repr, unknown))}, and there is no such revision; take it out")


def models_match(repository: Repository, told: Told) -> None:
    """Compare the models with what all revisions make of an empty database."""
    upgrade(repository, "heads", sql=False, tag=None, on_step=_ignored)
    found = checking.check(repository)
    if found.differences:
        lines = "\n  ".join(found.differences)
        raise Broken(
            f"the models are not what the revisions make; to get there, the database would need\n  {lines}\n"
            "run `ferrule db upgrade` and `ferrule db migrate -m …`, and commit the revision"
        )


def empty_database(repository: Repository, told: Told) -> None:
    """Go up, down and up again with each revision, and look at what its downgrade leaves."""
    stairs = Stairs(repository, told.values, told.rows)
    for script in stairs.steps:
        before = stairs.schema()
        stairs.up(script, "an empty database")
        if script.revision in told.irreversible:
            continue
        stairs.down(script, "an empty database")
        _raise(
            changed_schema(before, stairs.schema()),
            f"the downgrade of {script.revision!r} ({script.doc}) does not undo its upgrade",
            f"let it, in {script.path}, or say why not: migrations(irreversible={{{script.revision!r}: …}})",
        )
        stairs.up(script, "a database that it was undone in")


def rows_survive(repository: Repository, told: Told) -> None:
    """Do the same on a database with rows in every table, and look for what is lost."""
    stairs = Stairs(repository, told.values, told.rows)
    for script in stairs.steps:
        before = stairs.contents()
        stairs.up(script, "a database with rows")
        _raise(
            () if script.revision in told.loses else lost(before, stairs.contents(), values=True),
            f"the upgrade of {script.revision!r} ({script.doc}) loses data",
            f"keep it, in {script.path}, or say why: migrations(loses={{{script.revision!r}: …}})",
        )
        _fill(stairs, script.revision)
        if script.revision in told.irreversible:
            continue
        before = stairs.contents()
        stairs.down(script, "a database with rows")
        _raise(
            () if script.revision in told.loses else lost(before, stairs.contents(), values=False),
            f"the downgrade of {script.revision!r} ({script.doc}) loses rows of tables that it keeps",
            f"keep them, in {script.path}, or say why: migrations(loses={{{script.revision!r}: …}})",
        )
        stairs.up(script, "a database with rows that it was undone in")
        _fill(stairs, script.revision)


def _fill(stairs: Stairs, revision: str) -> None:
    unfilled = stairs.fill()
    _raise(
        (f"table {each.table!r}: {each.reason}" for each in unfilled),
        f"no row can be made up for what there is at {revision!r}",
        'give values, migrations(values={"table.column": value}), or a function of a number instead of a value; or'
        ' leave it empty: migrations(values={"table": None})',
    )


def _raise(lines: Iterable[str], head: str, cure: str) -> None:
    """Raise if there is anything to be told."""
    found = list(lines)
    if found:
        raise Broken("\n  ".join([head, *found]) + f"\n{cure}")


def _ignored(step: Any) -> None:
    """Report no step."""


class Promise(NamedTuple):
    """A promise.

    Attributes:
        name: Its name, in the test's id.
        text: What is promised.
        check: Raises if it is not kept.
    """

    name: str
    text: str
    check: Callable[[Repository, Told], None]


PROMISES: Final = (
    Promise("one_head", "The history has one head, and one more for each labelled branch.", one_head),
    Promise("models_match", "The models are what the revisions make of an empty database.", models_match),
    Promise("empty_database", "Every revision can be applied to an empty database, and undone.", empty_database),
    Promise("rows_survive", "Every revision can be applied to a database with rows, which survive.", rows_survive),
)
