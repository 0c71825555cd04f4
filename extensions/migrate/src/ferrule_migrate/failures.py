"""Alembic's errors, and those of broken revisions, turned into ours with what cures them."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Final

from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

from .exceptions import MigrationError
from .troubles import described

__all__ = ["place_in", "told"]

_CURES: Final = {
    "Target database is not up to date": "run `ferrule db upgrade` first",
    "Multiple head revisions": "join them with `ferrule db merge heads`, or name the one that is meant",
    "Multiple heads are present": "join them with `ferrule db merge heads`, or name one with --head",
    "Relative revision": "the database has no revision that far; see `ferrule db history`",
    "Ambiguous walk": "the database is at a revision that joins several; name the one to go down to, see `ferrule db"
    " history`",
    "Can't locate revision": "see `ferrule db history`; is a file missing from versions/?",
    "is not a valid downgrade target": "see `ferrule db current`, and `ferrule db history` for what comes before it",
    "is not a valid upgrade target": "see `ferrule db current`, and `ferrule db history` for what comes after it",
    "does not refer to ancestor/descendant": "write the earlier one first; see `ferrule db history`",
    "is detected in revisions": "two revisions follow each other; mend down_revision in one of the files",
    "Multiple version locations present": "say with --version-path into which folder it is to be written",
    "is not represented in current version locations": "name a folder that revisions are read from",
    "requires a live database connection": "SQLite copies a table to change it, for which it has to be looked at; run"
    " the revision instead of printing it",
    "Can't locate timezone": "mend `timezone` in alembic.ini",
    "Online migration expected to match one row": "another run has changed the table of versions meanwhile; look at"
    " `ferrule db current`, and run it again",
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
    except AttributeError as error:
        if isinstance(error.obj, ModuleType) and error.name in {"upgrade", "downgrade"}:
            raise MigrationError(
                f"{error.obj.__file__}: there is no {error.name}(), so nothing was done; write one, if only with `pass`"
                " in it"
            ) from error
        raise
    except DBAPIError as error:
        raise MigrationError(f"{described(error)}\n  Nothing was changed.") from error
    except Exception as error:
        place = place_in(error, tuple(folders))
        if place is not None:
            error.add_note(f"raised by the revision {place}")
        raise


def _with_cure(text: str) -> str:
    cure = next((cure for start, cure in _CURES.items() if start in text), None)
    return text if cure is None else f"{text.rstrip('.')}; {cure}"


def place_in(error: BaseException, folders: Iterable[Path | str]) -> str | None:
    """Return the ``file:line`` of a revision in which an error was raised.

    Args:
        error: The error.
        folders: Where revisions are.
    """
    places = tuple(folders)
    for frame, line in _frames(error.__traceback__):
        if any(Path(frame).is_relative_to(folder) for folder in places):
            return f"{frame}:{line}"
    return None


def _frames(trace: TracebackType | None) -> Iterator[tuple[str, int]]:
    for frame, line in traceback.walk_tb(trace):
        yield frame.f_code.co_filename, line
