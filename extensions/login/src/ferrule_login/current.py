"""Who the current user is, and the ways to change that, for views."""

from datetime import timedelta
from typing import TypeVar, cast

from ferrule import Blueprint
from ferrule.context import current_context

from .extension import Login, current_user
from .users import UserProtocol

__all__ = [
    "confirm_login",
    "load_current_user",
    "login_fresh",
    "login_remembered",
    "login_user",
    "logout_user",
    "set_login_view",
    "sign_out_everywhere",
    "typed_current_user",
]

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


async def load_current_user() -> UserProtocol:
    """Load the current user, in an ``async`` view whose application has an ``async`` loader, and return it.

    A view behind :func:`login_required` need not: its user is loaded before it begins. Elsewhere the loader needs the
    event loop on which the view runs, and cannot be waited for by a look at :data:`current_user`.

    Raises:
        NotAUserError: A loader returned something else.
        ContextError: There is no context.
    """
    import asyncio  # PERF: asyncio is slow to import; who calls this has it

    ctx = current_context()
    login = ctx.app.extension(Login)
    if login.waits_in(ctx.app):
        async with ctx.state.setdefault(load_current_user, asyncio.Lock()):  # while it loads, nobody is logged in
            return await asyncio.to_thread(login.user, ctx)
    return login.user(ctx)  # in the thread that the view's own objects belong to


def login_user(
    user: UserProtocol,
    remember: bool = False,
    duration: timedelta | None = None,
    force: bool = False,
    fresh: bool = True,
) -> bool:
    """Log a user in: from here on, and in the requests to come, that is the current user.

    The session gets a new identity, against session fixation, and is bound to the user's fingerprint: a new password,
    or :func:`sign_out_everywhere`, ends it. What somebody put into it before the login stays, a shopping cart for
    instance, unless another user was logged in: then it is emptied.

    Args:
        user: The user, whose credentials have been checked.
        remember: Remember the user when the session is gone, by a cookie that is sent with this response. Without it, a
            cookie that remembered somebody else at this browser is deleted.
        duration: For how long; ``remember_cookie_duration`` unless given.
        force: Log in a user who is not active, too.
        fresh: Whether the user has shown who it is just now; ``False`` for a login by a link in a mail, for instance.

    Returns:
        Whether the user is logged in; ``False`` for one who is not active.

    Raises:
        NotAUserError: It is no user, or has no id yet.
        ContextError: There is no request, or no secret key to keep sessions with.
        TypeError: The duration is no ``timedelta``.
        ValueError: The duration is shorter than a second.
    """
    ctx = current_context()
    login = ctx.app.extension(Login)
    return login.log_in(ctx, user, remember=remember, duration=duration, force=force, fresh=fresh)


def logout_user() -> bool:
    """Log the current user out, and empty the session: nothing in it is for whoever uses the browser next.

    What is put into the session afterwards stays, such as a flashed message. With ``logout = "everywhere"`` in
    ``[login]`` all other sessions of the user end, too.

    Returns:
        Whether somebody was logged in.

    Raises:
        ContextError: There is no request, or no secret key to keep sessions with.
    """
    ctx = current_context()
    return ctx.app.extension(Login).log_out(ctx)


def confirm_login() -> None:
    """Make the login of the current user fresh, and bind it to the user as it is now; the session gets a new identity.

    Call it when the user has shown a password once more; and when users have changed their own password, so that this
    session goes on where all others end.

    Raises:
        NotAUserError: Nobody is logged in.
    """
    ctx = current_context()
    ctx.app.extension(Login).confirm(ctx)


def login_fresh() -> bool:
    """Tell whether the current user has logged in, or confirmed the login, in this session and from this browser."""
    ctx = current_context()
    return ctx.app.extension(Login).is_fresh(ctx)


def login_remembered() -> bool:
    """Tell whether the browser has, or gets with this response, a cookie that remembers the current user.

    No database is asked: a cookie that :func:`forget_device` has ended counts until it is used.
    """
    ctx = current_context()
    login = ctx.app.extension(Login)
    return login.remembering.is_remembered(ctx, login.user(ctx))


def sign_out_everywhere(user: UserProtocol) -> None:
    """End every session, remember cookie and token of a user: whatever was made before is worth nothing from now on.

    The user's ``session_epoch`` is raised and saved. The current session ends with the others, unless
    :func:`confirm_login` follows. Commands may call it, too.

    Args:
        user: The user.

    Raises:
        SetupError: The user has no ``session_epoch``, or there is nobody to save it.
    """
    ctx = current_context()
    ctx.app.extension(Login).sign_out_everywhere(ctx, user)


def set_login_view(login_view: str, blueprint: Blueprint | None = None) -> None:
    """Set the page to log in at.

    Args:
        login_view: Its endpoint, or its URL.
        blueprint: The blueprint whose views it is for; all unless given.
    """
    login = current_context().app.extension(Login)
    if blueprint is None:
        login.login_view = login_view
    else:
        login.blueprint_login_views[blueprint.name] = login_view
