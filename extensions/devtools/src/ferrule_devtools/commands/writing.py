"""A file that a command writes; where it cannot, one clear line says why."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["write_file"]


def write_file(path: Path, text: str) -> None:
    """Write a text as it is, in UTF-8.

    Args:
        path: The file.
        text: What is to be in it.

    Raises:
        click.ClickException: It cannot be written.
    """
    try:
        path.write_bytes(text.encode())
    except OSError as error:
        raise click.ClickException(f"cannot write {path}: {error.strerror}") from None
