"""Whose session it is: the one key under which a session names its user."""

from collections.abc import MutableMapping
from typing import Any, Final

__all__ = ["bind", "bound_id"]

_KEY: Final = "_user_id"  # Flask-Login's: who was logged in before a port still is


def bind(session: MutableMapping[str, Any], user_id: str) -> None:
    """Make a session that of a user."""
    session[_KEY] = user_id


def bound_id(session: MutableMapping[str, Any]) -> str | None:
    """Return the id of the user whose session it is; ``None`` for nobody's, and for what no version has written."""
    found = session.get(_KEY)
    return found if isinstance(found, str) else None
