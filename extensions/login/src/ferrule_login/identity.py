"""What a session says of whose it is: the keys that login keeps in it."""

from collections.abc import MutableMapping
from typing import Any, Final

__all__ = ["NEXT", "agent_of", "bind", "bound_fingerprint", "bound_id", "is_fresh", "set_fingerprint", "set_fresh"]

_USER: Final = "_user_id"  # Flask-Login's, as is the next: who was logged in before a port still is
_FRESH: Final = "_fresh"
_FINGERPRINT: Final = "_user_print"
_AGENT: Final = "_user_agent"

NEXT: Final = "next"
"""Where to go after the login, with ``next_in_session``."""


def bind(session: MutableMapping[str, Any], user_id: str, *, fingerprint: str, agent: str, fresh: bool) -> None:
    """Make a session that of a user.

    Args:
        session: The session.
        user_id: What the user is found by.
        fingerprint: What the login is bound to.
        agent: The digest of the browser's name.
        fresh: Whether the user has just shown a password, or the like.
    """
    session[_USER] = user_id
    session[_FINGERPRINT] = fingerprint
    session[_AGENT] = agent
    session[_FRESH] = fresh


def bound_id(session: MutableMapping[str, Any]) -> str | None:
    """Return the id of the user whose session it is; ``None`` for nobody's, and for what no version has written."""
    found = session.get(_USER)
    return found if isinstance(found, str) else None


def bound_fingerprint(session: MutableMapping[str, Any]) -> Any:
    """Return the fingerprint that the session's login is bound to; ``None`` if none is."""
    return session.get(_FINGERPRINT)


def set_fingerprint(session: MutableMapping[str, Any], fingerprint: str) -> None:
    """Bind the session's login to another fingerprint."""
    session[_FINGERPRINT] = fingerprint


def agent_of(session: MutableMapping[str, Any]) -> Any:
    """Return the digest of the name of the browser that logged in."""
    return session.get(_AGENT)


def is_fresh(session: MutableMapping[str, Any]) -> bool:
    """Tell whether the session is a user's who has shown a password in it, or the like."""
    return session.get(_FRESH) is True and bound_id(session) is not None


def set_fresh(session: MutableMapping[str, Any], fresh: bool) -> None:
    """Make the session's login fresh, or stale."""
    session[_FRESH] = fresh
