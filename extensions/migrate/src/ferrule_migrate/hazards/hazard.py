"""One hazard: what is done to what, and where that is written."""

from __future__ import annotations

from dataclasses import dataclass

from .catalogue import Kind, Level

__all__ = ["Hazard"]


@dataclass(frozen=True, kw_only=True)
class Hazard:
    """An operation that loses data, stops code that runs, or blocks it.

    Attributes:
        kind: What it is, why it is one, and the safe way.
        subject: What it is done to, such as ``"column 'note.title'"``.
        detail: More, such as ``"VARCHAR(80) to VARCHAR(20)"``; may be empty.
        revision: The revision that does it; ``None`` while it is being made.
        place: ``file:line`` of the operation; ``None`` likewise.
        bind_key: The database; ``None`` for the default one.
    """

    kind: Kind
    subject: str
    detail: str = ""
    revision: str | None = None
    place: str | None = None
    bind_key: str | None = None

    @property
    def is_destructive(self) -> bool:
        """Whether production asks for permission."""
        return self.kind.level is Level.DESTRUCTIVE

    def __str__(self) -> str:
        detail = f" ({self.detail})" if self.detail else ""
        bind = f" of bind {self.bind_key!r}" if self.bind_key is not None else ""
        where = f", {self.place}" if self.place else ""
        return f"{self.kind.name}: {self.subject}{detail}{bind}{where}"
