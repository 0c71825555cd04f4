"""Tables of plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from ..callers import printable

__all__ = ["plain", "table"]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lay rows out in columns.

    Args:
        head: The titles of the columns; empty for none.
        rows: The cells; a row may have fewer than others.

    Returns:
        The lines.
    """
    shown = [[plain(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip_longest(head, *shown, fillvalue="")]
    titles = (head, ["-" * width for width in widths]) if head else ()
    for row in (*titles, *shown):
        yield "  ".join(map(str.ljust, row, widths)).rstrip()


def plain(text: str) -> str:
    """Return a text on one line, in which nothing can steer a terminal."""
    return printable(" ".join(text.split()))
