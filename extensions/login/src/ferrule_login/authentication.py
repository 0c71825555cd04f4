"""Checking a name and a password, with everything that belongs to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

from ferrule.context import current_context

from .exceptions import TooManyAttemptsError
from .extension import Login
from .passwords import HasPassword, check_password, hash_password, needs_rehash
from .throttling import begin_attempt

__all__ = ["authenticate"]

U = TypeVar("U", bound=HasPassword)


@overload
def authenticate(account: str, password: str, find: Callable[[str], Awaitable[U | None]]) -> U | None: ...
@overload
def authenticate(account: str, password: str, find: Callable[[str], U | None]) -> U | None: ...
def authenticate(account: str, password: str, find: Callable[[str], Any]) -> Any:
    """Return the user with a name and a password; log them in with :func:`login_user`.

    What a view would have to think of is done: attempts that come too early after others that failed are refused
    (:func:`begin_attempt`); an unknown name takes the same time as a wrong password; a hash that was made with other
    parameters than today's is made anew, and the user saved by the user saver (:meth:`Login.user_saver`). Where there
    is none, old hashes stay, and go on to work. A new hash ends the user's other sessions, as a new password does.

    ::

        user = authenticate(form["name"], form["password"], find_user)
        if user is None:
            return render_template("login.html", mistake="This name and this password do not belong together."), 422
        login_user(user)

    Args:
        account: What the user is called by who wants to log in: a name, a mail address.
        password: What was typed.
        find: Returns the user of that name, ``None`` where there is none; may be ``async``. It is called with
            ``account`` as it is. The user has an attribute ``password_hash``.

    Returns:
        The user; ``None`` if there is no such user, or the password is another.

    Raises:
        TooManyAttemptsError: The attempt comes too early. Nothing was checked; uncaught, the answer is 429.
        ContextError: There is no context.
    """
    ctx = current_context()
    try:
        attempt = begin_attempt(account)
    except TooManyAttemptsError:
        ctx.app.hooks.login_refused(ctx, None, "throttled", account)
        raise
    user = ctx.app.ensure_sync(find)(account)
    if not check_password(user, password) or user is None:
        ctx.app.hooks.login_refused(ctx, user, "credentials", account)
        return None
    attempt.succeed()
    if needs_rehash(user.password_hash or "") and (save := ctx.app.extension(Login).saver_in(ctx.app)):
        user.password_hash = hash_password(password)
        save(ctx.app, user)
    return user
