"""Events are gathered while a context lasts, and written when it ends, whatever became of its work."""

from __future__ import annotations

import logging
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from ferrule import Context
from ferrule_sqlalchemy import db

from .events import AuditEvent

__all__ = ["gather"]

_LOGGER: Final = logging.getLogger(__name__)
_WRITTEN: Final = [column.name for column in AuditEvent.__table__.columns if not column.primary_key]


def gather(ctx: Context, owner: object, event: AuditEvent) -> None:
    """Keep an event until the context ends.

    Args:
        ctx: The context.
        owner: The extension, under which the context keeps the events.
        event: What happened.
    """
    events: list[AuditEvent] | None = ctx.state.get(owner)
    if events is None:
        events = ctx.state[owner] = []
        ctx.defer(lambda: _write(ctx, owner))
    events.append(event)


def _write(ctx: Context, owner: object) -> None:
    events: list[AuditEvent] = ctx.state.pop(owner)
    db.session.close()  # the work is over; what it left open would keep SQLite's only writer waiting
    rows = [{name: getattr(event, name) for name in _WRITTEN} for event in events]
    try:
        with db.engine_of(ctx.app).begin() as connection:
            connection.execute(sa.insert(AuditEvent), rows)
    except SQLAlchemyError:
        # The answer is made by now, and to lose it would undo nothing. The log has what the table should have.
        _LOGGER.exception("%d events could not be written: %r", len(rows), rows)
        return
    ctx.app.hooks.audit_recorded(ctx.app, events)
