"""Where an application keeps what login has to remember: in its database, if it has one, else in the process."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Final
from weakref import WeakKeyDictionary

from ferrule import App

from .contracts import AttemptStore, TokenStore
from .families import RememberStore
from .memory import MemoryAttempts, MemoryTokens

__all__ = ["Stores", "stores_of"]


@dataclass(frozen=True, kw_only=True)
class Stores:
    """The stores of one application.

    Attributes:
        attempts: How many attempts to log in failed.
        tokens: Which tokens were used.
        remembered: Which browsers remember a user; ``None`` where their cookies alone say so.
        are_shared: Whether all workers have the same ones, and they outlast a restart.
    """

    attempts: AttemptStore
    tokens: TokenStore
    remembered: RememberStore | None = None
    are_shared: bool


_CHOSEN: Final[WeakKeyDictionary[App, Stores]] = WeakKeyDictionary()
_LOCK: Final = Lock()


def stores_of(app: App) -> Stores:
    """Return the stores of an application; the same ones every time.

    Args:
        app: The application, initialised.
    """
    found = _CHOSEN.get(app)
    if found is None:
        with _LOCK:
            found = _CHOSEN.get(app) or _CHOSEN.setdefault(app, _choose(app))
    return found


def _choose(app: App) -> Stores:
    if "sqlalchemy" in app.extensions:
        from .sqlalchemy import (  # an optional dependency, found above
            DatabaseAttempts,
            DatabaseRemembered,
            DatabaseTokens,
            engine_for,
        )

        if (engine := engine_for(app)) is not None:
            return Stores(
                attempts=DatabaseAttempts(engine),
                tokens=DatabaseTokens(engine),
                remembered=DatabaseRemembered(engine),
                are_shared=True,
            )
    return Stores(attempts=MemoryAttempts(), tokens=MemoryTokens(), are_shared=False)
