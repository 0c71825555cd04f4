"""Alembic's errors, and those of broken revisions, turned into ours with what cures them."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final

from alembic.util import CommandError

from .exceptions import MigrationError

__all__ = ["told"]

_CURES: Final = {
    "Target database is not up to date": "run `ferrule db upgrade` first",
    "Multiple head revisions": "merge them, or name one with --head",
    "Multiple heads are present": "merge them with `ferrule db merge heads`, or name one",
    "Relative revision": "the database has no revision that far; see `ferrule db history`",
    "Can't locate revision": "see `ferrule db history`; is a file missing from versions/?",
}


@contextmanager
def told(folders: Iterable[Path]) -> Iterator[None]:
    """Turn Alembic's own errors, and errors in the files of revisions, into ours.

    Args:
        folders: Where revisions are.
    """
    try:
        yield
    except CommandError as error:
        raise MigrationError(_with_cure(str(error))) from error
    except Exception as error:
        place = _place_in(error, tuple(folders))
        if place is not None:
            error.add_note(f"raised by the revision {place}")
        raise


def _with_cure(text: str) -> str:
    cure = next((cure for start, cure in _CURES.items() if start in text), None)
    return text if cure is None else f"{text.rstrip('.')}; {cure}"


def _place_in(error: BaseException, folders: tuple[Path, ...]) -> str | None:
    """Return the ``file:line`` of a revision in which an error was raised."""
    for frame, line in _frames(error.__traceback__):
        if any(Path(frame).is_relative_to(folder) for folder in folders):
            return f"{frame}:{line}"
    return None


def _frames(trace: TracebackType | None) -> Iterator[tuple[str, int]]:
    for frame, line in traceback.walk_tb(trace):
        yield frame.f_code.co_filename, line
