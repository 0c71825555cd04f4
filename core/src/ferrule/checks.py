"""A finding of ``ferrule check``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["LEVELS", "Check"]

LEVELS: Final = ("info", "warning", "error")
"""How bad a finding can be, the worst last."""


@dataclass(frozen=True)
class Check:
    """Something that is wrong with an application, or risky in production.

    Attributes:
        id: A stable name to silence it by: that of the extension, a dot, and what it is, as in ``"sessions.insecure"``.
        level: How bad it is; an error makes the command fail.
        message: What was found, and where.
        hint: What cures it.
    """

    id: str
    level: Literal["info", "warning", "error"]
    message: str
    hint: str = ""

    def __post_init__(self) -> None:
        """Refuse another level.

        Raises:
            ValueError: It is none of :data:`LEVELS`.
        """
        if self.level not in LEVELS:
            raise ValueError(f"Check({self.id!r}): level={self.level!r}; expected one of {', '.join(LEVELS)}")
