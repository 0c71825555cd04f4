"""What others are told of revisions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Findings", "OnStep", "Revision", "Step"]


@dataclass(frozen=True, kw_only=True)
class Revision:
    """A revision, as its file says.

    Attributes:
        revision: Its identifier.
        doc: What it does, in a few words.
        longdoc: All that its docstring says.
        path: Its file.
        extension: The extension that ships it; ``None`` for one of the application's.
        down_revisions: What it follows.
        next_revisions: What follows it.
        depends_on: What has to be applied before it, beside what it follows.
        branch_labels: The names of the branch that it is on.
        is_head: Nothing follows it.
        is_branch_point: Several follow it.
        is_merge_point: It follows several.
    """

    revision: str
    doc: str
    longdoc: str
    path: Path
    extension: str | None = None
    down_revisions: tuple[str, ...] = ()
    next_revisions: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    branch_labels: tuple[str, ...] = ()
    is_head: bool = False
    is_branch_point: bool = False
    is_merge_point: bool = False


@dataclass(frozen=True, kw_only=True)
class Step:
    """A revision that is applied to a database, or undone.

    Attributes:
        revision: Its identifier.
        doc: What it does, in a few words.
        is_upgrade: Whether it is applied.
        bind_key: The database; ``None`` for the default one.
        number: The how many-th it is, from 1, of those on this database.
        total: How many there are.
        seconds: How long it took; ``None`` while it runs.
    """

    revision: str
    doc: str
    is_upgrade: bool
    bind_key: str | None
    number: int
    total: int
    seconds: float | None = None


OnStep = Callable[[Step], None]
"""Is told of each step twice: when it begins, and when it is done; the transaction may still be undone after that."""


@dataclass(frozen=True, kw_only=True)
class Findings:
    """In what databases differ from the revisions, and from the models.

    Attributes:
        pending: The revisions that are not applied, the next one first.
        differences: What a new revision would change, a line each; empty while revisions are pending.
    """

    pending: tuple[Revision, ...] = ()
    differences: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything was found."""
        return bool(self.pending or self.differences)
