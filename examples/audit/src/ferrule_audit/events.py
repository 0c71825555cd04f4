"""What an event is, and the table that keeps events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ferrule import Context
from ferrule_sqlalchemy import Model

__all__ = ["AuditEvent", "describe", "fitted"]

_Key: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # the only type that SQLite counts up by itself


class AuditEvent(Model):
    """Something that happened, and who did it."""

    __tablename__ = "audit_events"

    id: Mapped[int] = mapped_column(_Key, primary_key=True)
    at: Mapped[datetime] = mapped_column(sa.DateTime, index=True)
    """In UTC, without a time zone: not every database keeps one."""
    action: Mapped[str] = mapped_column(sa.String(64), index=True)
    user_id: Mapped[str | None] = mapped_column(sa.String(255), index=True)
    address: Mapped[str] = mapped_column(sa.String(45))
    user_agent: Mapped[str] = mapped_column(sa.String(255))
    request: Mapped[str] = mapped_column(sa.String(255))
    details: Mapped[dict[str, Any]] = mapped_column(sa.JSON)


def describe(
    ctx: Context, action: str, user_id: str | None, details: dict[str, Any], *, with_address: bool
) -> AuditEvent:
    """Make the event of something that happens now.

    Args:
        ctx: Where it happens, in a request or not.
        action: What it is.
        user_id: Who does it; ``None`` where that is not known.
        details: What else there is to know.
        with_address: Whether the client's address is kept.
    """
    request = ctx.request if ctx.has_request else None
    return AuditEvent(
        at=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
        action=fitted(action, 64),
        user_id=None if user_id is None else fitted(user_id, 255),
        address=fitted(request.remote_addr or "", 45) if request is not None and with_address else "",
        user_agent=fitted(request.user_agent.string, 255) if request is not None else "",
        request=fitted(f"{request.method} {request.path}", 255) if request is not None else "",
        details=details,
    )


def fitted(text: str, length: int) -> str:
    """Return a text as every database takes it: as long as its column at most, and without control characters."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text[:length])
