"""The hooks that the login extension opens to others."""

from ferrule import Context, hookspec

from .users import UserProtocol

__all__ = ["LoginHooks"]


class LoginHooks:
    """What other extensions may be told of users who come and go.

    An extension that can do without this one marks its implementations with ``@hookimpl(optionalhook=True)``. All are
    called dependencies first, and what they return is ignored. An exception ends the request.
    """

    @hookspec()
    def login_user_loaded(self, ctx: Context, user: UserProtocol, source: str) -> None:
        """The user of a request was found. Called once in a request, and only if somebody asks for the user.

        ``source`` is ``"session"``, ``"remember"`` (a remember cookie) or ``"request"`` (a request loader).
        """

    @hookspec()
    def login_user_logged_in(self, ctx: Context, user: UserProtocol) -> None:
        """A user has logged in. The session is renewed and names the user; what is put into it stays."""

    @hookspec()
    def login_user_remembered(self, ctx: Context, user: UserProtocol) -> None:
        """A remember cookie has logged a user in; the login is not fresh. Called before ``login_user_loaded``."""

    @hookspec()
    def login_remember_replayed(self, ctx: Context, user: UserProtocol) -> None:
        """A remember cookie was used that had been replaced: the user or somebody else has a copy.

        Its family is ended, and nobody is logged in: it is not known which of the two is asking. ``user`` is whom the
        cookie names, to send a mail to, or to end all sessions of.
        """

    @hookspec()
    def login_confirmed(self, ctx: Context, user: UserProtocol) -> None:
        """A user has confirmed a login: it is fresh, and bound to the user's fingerprint as it is now."""

    @hookspec()
    def login_user_logged_out(self, ctx: Context, user: UserProtocol) -> None:
        """A user has logged out. The session is empty; what is put into it stays."""

    @hookspec()
    def login_signed_out_everywhere(self, ctx: Context, user: UserProtocol) -> None:
        """Every session, remember cookie and token of a user has ended. ``ctx`` may be that of a command."""

    @hookspec()
    def login_refused(self, ctx: Context, user: UserProtocol | None, reason: str, account: str | None) -> None:
        """A login was refused.

        ``reason`` is ``"inactive"`` (``login_user`` was given a user who is not active), ``"ended"`` (a session was
        used that a new password, another epoch or a key that was taken out has ended), ``"credentials"``
        (``authenticate`` found no such user, or another password) or ``"throttled"`` (it came too early after others
        that failed). ``user`` is ``None`` where it is not known who it was to be. ``account`` is what ``authenticate``
        was given, ``None`` otherwise; people type passwords there by mistake. The work that an implementation does
        must not depend on whether there is a user: its time would tell.
        """

    @hookspec()
    def login_session_protected(self, ctx: Context, mode: str, user_id: str) -> None:
        """A session was used by another browser. With ``"basic"`` it is no longer fresh, with ``"strong"`` it ends.

        ``user_id`` is whose the session says that it is; the user is not loaded yet.
        """

    @hookspec()
    def login_unauthorized(self, ctx: Context) -> None:
        """Somebody who is not logged in asked for a view that needs it. Called before the redirect, or 401, is made."""

    @hookspec()
    def login_needs_refresh(self, ctx: Context) -> None:
        """A user asked for a view that needs a fresh login, and has none. Called before the redirect, or 401."""
