"""The bridge: an application's database as the place of what login has to remember."""

from __future__ import annotations

import sqlalchemy as sa

from ferrule import App
from ferrule_sqlalchemy import db
from ferrule_sqlalchemy.sqlite import is_in_memory

__all__ = ["engine_for"]


def engine_for(app: App) -> sa.Engine | None:
    """Return the engine of the default bind.

    ``None`` for an SQLite database in memory. All contexts share its one connection, so that a transaction of our own
    would end that of the application's session; and it belongs to this process alone, as a store in memory does.

    Args:
        app: The application.
    """
    engine = db.engine_of(app)
    return None if engine.dialect.name == "sqlite" and is_in_memory(engine.url) else engine
