"""Which names are those of one account."""

from __future__ import annotations

import unicodedata
from typing import Final

__all__ = ["folded", "skeleton_of"]

_LONGEST: Final = 1024
"""Characters of an account's name that tell it from others; to normalise more would be work for nothing."""

_UNSEEN: Final = frozenset({"Cc", "Cf", "Mn", "Me"})
"""The categories of control and format characters, and of marks that stand on or around a letter."""


def folded(account: str) -> str:
    """Return one spelling of the name of an account: case, width and spaces around it do not count."""
    return unicodedata.normalize("NFKC", account.strip()[:_LONGEST]).casefold()


def skeleton_of(name: str) -> str:
    """Return what is left of a folded name for a database that compares loosely.

    MariaDB's and MySQL's usual collations take ``ádà``, and an ``ada`` with a soft hyphen in it, for ``ada``
    (https://www.unicode.org/reports/tr10/, "Multi-Level Comparison"): a name has as many spellings there as somebody
    likes.
    """
    letters = (letter for letter in unicodedata.normalize("NFKD", name) if unicodedata.category(letter) not in _UNSEEN)
    return "".join(letter if letter.isascii() else _plain(letter) for letter in letters).casefold()


def _plain(letter: str) -> str:
    """Return a letter without its stroke, which is no mark to Unicode."""
    name = unicodedata.name(letter, "")
    try:
        return unicodedata.lookup(name.partition(" WITH ")[0])
    except KeyError:
        return letter
