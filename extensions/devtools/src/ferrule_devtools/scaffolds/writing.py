"""Writing a scaffold: all of it, or nothing."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from .scaffold import Scaffold, ScaffoldError, render

__all__ = ["next_steps", "target_mistakes", "write"]

_OWNER_ONLY: Final = 0o600


def target_mistakes(parent: Path, name: str) -> Iterator[str]:
    """Go through what keeps a folder from being made.

    Args:
        parent: The folder to make it in.
        name: Its name.
    """
    if not parent.is_dir():
        yield f"--output {str(parent)!r}: there is no such folder; make it first"
    elif os.path.lexists(parent / name):
        yield f"{parent / name}: it is there already, and nothing is overwritten; choose another name or --output"
    elif not os.access(parent, os.W_OK | os.X_OK):
        yield f"--output {str(parent)!r}: it cannot be written to; choose another folder"


def write(scaffold: Scaffold, parent: Path) -> tuple[Path, int]:
    """Write a scaffold. It is written beside its place, and moved there when it is complete.

    Args:
        scaffold: The scaffold.
        parent: The folder to make its folder in.

    Returns:
        The folder, and how many files it has.

    Raises:
        ScaffoldError: The folder is there already, or cannot be written; nothing was.
    """
    folder, files = parent / scaffold.folder, render(scaffold)
    if mistakes := list(target_mistakes(parent, scaffold.folder)):
        raise ScaffoldError.listing("in where to write", mistakes)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{scaffold.folder}-", dir=parent) as workshop:
            unfinished = Path(workshop, scaffold.folder)
            for name, text in files.items():
                _write_file(unfinished / name, text, is_private=name in scaffold.private)
            unfinished.rename(folder)
    except OSError as error:
        raise ScaffoldError(f"{folder} cannot be written: {error}; nothing was") from error
    return folder, len(files)


def _write_file(file: Path, text: str, *, is_private: bool) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if is_private:
        file.touch(_OWNER_ONLY)
    file.write_text(text, encoding="utf-8", newline="\n")


def next_steps(scaffold: Scaffold, folder: Path) -> Iterator[str]:
    """Go through the commands that come next.

    Args:
        scaffold: The scaffold.
        folder: Where it was written.
    """
    yield f"cd {shlex.quote(str(folder))}"
    yield from scaffold.steps
