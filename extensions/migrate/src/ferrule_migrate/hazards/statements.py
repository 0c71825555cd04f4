"""Raw SQL: does a statement drop something, or empty a table?

Words are looked for, not grammar: what a procedure does, or a script that is read from a file, is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

__all__ = ["destructive_parts"]

_COMMENT: Final = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_TEXT: Final = re.compile(r"'(?:[^']|'')*'")
_DESTROYS: Final = re.compile(
    r"DROP\s+(?:TABLE|COLUMN|SCHEMA|DATABASE|MATERIALIZED\s+VIEW)\b"
    r"|TRUNCATE\b"
    r"|ALTER\s+TABLE\b.*\b(?:DROP\s+(?!CONSTRAINT|DEFAULT|NOT|INDEX|KEY|FOREIGN|PRIMARY|CHECK|IDENTITY|EXPRESSION)\w"
    r"|(?:ALTER|MODIFY|CHANGE)\b.*\bTYPE\b)",
    re.IGNORECASE | re.DOTALL,
)
_DELETES: Final = re.compile(r"DELETE\s+FROM\b", re.IGNORECASE)
_WHERE: Final = re.compile(r"\bWHERE\b", re.IGNORECASE)


def destructive_parts(sql: str) -> Iterator[str]:
    """Yield the statements of a text that drop something with data in it, or delete or empty a whole table.

    Args:
        sql: One statement or several.
    """
    for statement in _TEXT.sub("''", _COMMENT.sub(" ", sql)).split(";"):
        words = " ".join(statement.split())
        if _DESTROYS.search(words) or (_DELETES.match(words) and not _WHERE.search(words)):
            yield words
