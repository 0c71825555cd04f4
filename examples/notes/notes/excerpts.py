"""The parts of a text that a search found, and the part of a long text that is worth a glance."""

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["Part", "excerpt", "marked"]

_LENGTH: Final = 240
_BEFORE: Final = 60
"""Characters: of an excerpt, and of it before what was found."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text.

    Attributes:
        text: The part; a template escapes it.
        found: Whether it is what was searched for.
    """

    text: str
    found: bool


def marked(text: str, search: str) -> list[Part]:
    """Return a text in parts, so that a template can mark what was found.

    Args:
        text: The text.
        search: What was searched for; empty for nothing.
    """
    if not search:
        return [Part(text, found=False)]
    pieces = re.split(f"({re.escape(search)})", text, flags=re.IGNORECASE)
    return [Part(piece, found=number % 2 == 1) for number, piece in enumerate(pieces) if piece]


def excerpt(text: str, search: str) -> list[Part]:
    """Return the beginning of a text, or what is around the first place that was found, in parts.

    Args:
        text: The text.
        search: What was searched for; empty for nothing.
    """
    found = re.search(re.escape(search), text, re.IGNORECASE) if search else None
    start = 0 if found is None or found.end() <= _LENGTH else found.start() - _BEFORE
    cut = text[start : start + _LENGTH]
    before, after = "…" if start else "", "…" if start + _LENGTH < len(text) else ""
    return marked(f"{before}{cut}{after}", search)
