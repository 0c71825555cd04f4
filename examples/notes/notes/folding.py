"""One spelling for texts that a person would call the same."""

import unicodedata

__all__ = ["fold"]


def fold(text: str) -> str:
    """Return a text without its case, and with one code for what looks alike (Unicode Standard, section 3.13, D147).

    A database could ignore case too, but not every one beyond ASCII: SQLite's ``LOWER`` leaves ``Ä`` as it is.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
