"""Who the current user is, and the ways to change that, for views."""

from typing import TypeVar, cast

from ferrule.context import current_context

from .extension import Login, current_user
from .users import UserProtocol

__all__ = ["login_user", "logout_user", "typed_current_user"]

U = TypeVar("U")


def typed_current_user(kind: type[U]) -> U:
    """Return :data:`current_user` with the type that the application's users have, for type checkers.

    In a module of the application write ``current_user = typed_current_user(User)`` and import it from there. While
    nobody is logged in it is an :class:`AnonymousUserMixin` all the same.

    Args:
        kind: The class of the application's users.

    Raises:
        TypeError: It is no class.
    """
    if not isinstance(kind, type):
        raise TypeError(f"typed_current_user needs the class of the users and was given {kind!r}")
    return cast(U, current_user)


def login_user(user: UserProtocol, *, force: bool = False) -> bool:
    """Log a user in: from here on, and in the requests to come, that is the current user.

    The session gets a new identity, against session fixation. What somebody put into it before the login stays, a
    shopping cart for instance, unless another user was logged in: then it is emptied.

    Args:
        user: The user, whose credentials have been checked.
        force: Log in a user who is not active, too.

    Returns:
        Whether the user is logged in; ``False`` for one who is not active.

    Raises:
        NotAUserError: It is no user, or has no id yet.
        ContextError: There is no request, or no secret key to keep sessions with.
    """
    ctx = current_context()
    return ctx.app.extension(Login).log_in(ctx, user, force=force)


def logout_user() -> bool:
    """Log the current user out, and empty the session: nothing in it is for whoever uses the browser next.

    What is put into the session afterwards stays, such as a flashed message.

    Returns:
        Whether somebody was logged in.

    Raises:
        ContextError: There is no request, or no secret key to keep sessions with.
    """
    ctx = current_context()
    return ctx.app.extension(Login).log_out(ctx)
