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
    def login_user_loaded(self, ctx: Context, user: UserProtocol) -> None:
        """The user of a session was loaded. Called once in a request, and only if somebody asks for the user."""

    @hookspec()
    def login_user_logged_in(self, ctx: Context, user: UserProtocol) -> None:
        """A user has logged in. The session is renewed and names the user; what is put into it stays."""

    @hookspec()
    def login_user_logged_out(self, ctx: Context, user: UserProtocol) -> None:
        """A user has logged out. The session is empty; what is put into it stays."""

    @hookspec()
    def login_unauthorized(self, ctx: Context) -> None:
        """Somebody who is not logged in asked for a view that needs it. Called before the redirect, or 401, is made."""
