"""How revisions are shown, in a line or in full."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ferrule.cli.tables import plain

from ..revisions import Revision
from ..shipping import label_of

__all__ = ["full", "line", "shown_path"]


def line(revision: Revision) -> str:
    """Return a revision in a line: what it is, and what is special about it."""
    own = None if revision.extension is None else label_of(revision.extension)
    marks = [
        *([] if revision.extension is None else [f"of extension {plain(revision.extension)!r}"]),
        *(["head"] if revision.is_head else []),
        *(["branch point"] if revision.is_branch_point else []),
        *(["merge point"] if revision.is_merge_point else []),
        *(f"branch {plain(label)!r}" for label in revision.branch_labels if label != own),
    ]
    special = f" ({', '.join(marks)})" if marks else ""
    return f"{revision.revision} {plain(revision.doc)}{special}"


def full(revision: Revision) -> Iterator[str]:
    """Yield all that there is to be said of a revision, a line each."""
    yield line(revision)
    yield f"  follows: {', '.join(revision.down_revisions) or 'nothing'}"
    if revision.depends_on:
        yield f"  depends on: {', '.join(revision.depends_on)}"
    if revision.is_branch_point:
        yield f"  followed by: {', '.join(revision.next_revisions)}"
    yield f"  file: {shown_path(revision.path)}"
    yield from (f"  | {plain(text)}".rstrip() for text in revision.longdoc.splitlines())
    yield ""


def shown_path(path: Path) -> str:
    """Return a path as it is shown."""
    return str(path)
