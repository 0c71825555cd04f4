"""Which revisions are meant: ranges, and what ``head`` stands for where there are several."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from alembic.script import ScriptDirectory

from ..exceptions import MigrationError
from ..ownership import heads_of, owner_of
from ..scripts import Repository

__all__ = ["destination", "of_application", "range_of", "split", "stamped"]

_RELATIVE: Final = re.compile(r"[+-]\d+")


def destination(scripts: ScriptDirectory, revision: str) -> str:
    """Return what an upgrade aims at; ``head`` stands for the head of each branch that has a label of its own.

    Args:
        scripts: The revisions.
        revision: What was asked for.

    Raises:
        MigrationError: It is ``head``, and two heads have the same branch, or none.
    """
    if revision != "head":
        return revision
    heads = scripts.get_revisions("heads")
    by_branch: dict[frozenset[str], list[str]] = {}
    for head in heads:
        by_branch.setdefault(frozenset(head.branch_labels), []).append(f"{head.revision} ({head.doc})")
    for several in by_branch.values():
        if len(several) > 1:
            raise MigrationError(
                f"there are {len(several)} heads, {' and '.join(several)}: two revisions follow the same one; join them"
                " with `ferrule db merge heads`, or name what you mean, `heads` for all"
            )
    return "heads"


def of_application(repository: Repository, target: str, heads: Sequence[str]) -> str:
    """Return a target so that steps such as ``-1`` are steps of the application's own revisions.

    Args:
        repository: The revisions.
        target: What was asked for.
        heads: Where the database is.

    Raises:
        MigrationError: It asks for steps back, and only revisions of extensions are applied.
    """
    if not repository.shipments or not _RELATIVE.fullmatch(target):
        return target
    own = [head for head in heads if owner_of(head, repository.shipments) is None]
    if len(own) == 1:
        return f"{own[0]}@{target}"
    if own:
        return target
    if target.startswith("+"):
        return _from_beginning(repository, int(target)) or target
    branches = ", ".join(f"{each.label}@{target}" for each in repository.shipments)
    raise MigrationError(
        f"{target!r}: the database has no revision of the application's that far; of extensions there are {branches}"
    )


def _from_beginning(repository: Repository, steps: int) -> str | None:
    """Return what so many steps from nothing lead to, if the application has one first revision."""
    bases = [each for each in repository.scripts.get_bases() if owner_of(each, repository.shipments) is None]
    if len(bases) != 1 or steps < 1:
        return None
    return bases[0] if steps == 1 else f"{bases[0]}+{steps - 1}"


def stamped(repository: Repository, revision: str) -> list[str]:
    """Return what a database is said to be at; ``head`` is that of the application, whose tables alone may be known.

    Args:
        repository: The revisions.
        revision: What was asked for.

    Raises:
        MigrationError: It is ``head``, and there are two of one branch, or only extensions have revisions.
    """
    found = destination(repository.scripts, revision)
    if revision != "head" or not repository.shipments:
        return [found]
    own = heads_of(repository.scripts, repository.shipments, None)
    if not own:
        raise MigrationError(
            "the application has no revision; to say that the tables of extensions are there, name `heads`, or the head"
            f" of one: {', '.join(f'{each.label}@head' for each in repository.shipments)}"
        )
    return own


def split(revision: str, *, sql: bool) -> tuple[str | None, str]:
    """Return where to begin and what to aim at: ``from:to`` where statements are written.

    Raises:
        MigrationError: A range where the database is asked where it is.
    """
    start, colon, target = revision.partition(":")
    if not colon:
        return None, revision
    if not sql:
        raise MigrationError(f"{revision!r}: a range is for --sql; the database itself knows where it is")
    return start or None, target or "heads"


def range_of(rev_range: str | None) -> tuple[str, str]:
    """Return the ends of ``[start]:[end]``, all revisions unless given.

    Raises:
        MigrationError: It has no colon, or two.
    """
    if rev_range is None:
        return "base", "heads"
    ends = rev_range.strip().split(":")
    if len(ends) != 2:
        raise MigrationError(
            f"{rev_range!r} is no range of revisions; write [start]:[end], where either may be left out"
        )
    return ends[0] or "base", ends[1] or "heads"
