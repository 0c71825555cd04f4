"""Tables of plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final

from ..callers import printable

__all__ = ["plain", "table"]

_WIDE: Final = 60
"""The most characters of a cell that its column is made as wide as."""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lay rows out in columns.

    A cell that is longer than others by far runs over, and makes no column wide for all.

    Args:
        head: The titles of the columns; empty for none.
        rows: The cells; a row may have fewer than others.

    Returns:
        The lines.
    """
    shown = [[plain(cell) for cell in row] for row in rows]
    columns = zip_longest(head, *shown, fillvalue="")
    widths = [max((len(cell) for cell in column if len(cell) <= _WIDE), default=0) for column in columns]
    titles = (head, ["-" * width for width in widths]) if head else ()
    for row in (*titles, *shown):
        yield "  ".join(map(str.ljust, row, widths)).rstrip()


def plain(text: str) -> str:
    """Return a text on one line, in which nothing can steer a terminal."""
    return printable(" ".join(text.split()))
