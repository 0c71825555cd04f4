"""Tables of plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

__all__ = ["table"]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lay rows out in columns.

    Args:
        head: The titles of the columns; empty for none.
        rows: The cells; a row may have fewer than others.

    Returns:
        The lines.
    """
    widths = [max(map(len, column)) for column in zip_longest(head, *rows, fillvalue="")]
    titles = (head, ["-" * width for width in widths]) if head else ()
    for row in (*titles, *rows):
        yield "  ".join(map(str.ljust, row, widths)).rstrip()
