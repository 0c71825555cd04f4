"""What remembers a user beyond the session, and where ``login_user`` and its like meet it."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from ferrule import Context

from ..users import UserProtocol

__all__ = ["Remembering"]


class Remembering(Protocol):
    """Remembers users. Login has one as ``login.remembering``, and calls it with the request's context."""

    def remember(self, ctx: Context, user: UserProtocol, duration: timedelta | None) -> None:
        """Remember a user who is being logged in with ``remember=True``; the session is already the user's.

        Args:
            ctx: The context.
            user: The user.
            duration: For how long; as the settings say unless given.
        """

    def forget(self, ctx: Context) -> None:
        """Remember nobody at this browser: called at logout, at a login of somebody else, and by protection.

        Within the same request :meth:`find` and :meth:`is_remembered` know nobody from here on.
        """

    def find(self, ctx: Context) -> UserProtocol | None:
        """Return the user whom the request's cookie remembers; asked where the session names nobody.

        The caller binds the session to that user, not fresh, and calls the hooks.
        """

    def is_remembered(self, ctx: Context, user: UserProtocol) -> bool:
        """Tell whether the request has a cookie that remembers its user."""

    def rebind(self, ctx: Context, user: UserProtocol) -> None:
        """Bind the cookie, if the request has a good one, to the user's fingerprint as it is now."""

    def end_all(self, ctx: Context, user: UserProtocol) -> None:
        """Forget a user at every browser; called after the epoch was raised. ``ctx`` may be that of a command."""

    def refresh(self, ctx: Context, user: UserProtocol) -> None:
        """Let the cookie's lifetime begin anew; called once in a request in which session or cookie named the user."""
