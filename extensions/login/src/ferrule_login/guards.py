"""Views that need a login, perhaps a fresh one."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from werkzeug.wrappers import Response

from ferrule import Context
from ferrule.context import current_context

from .challenges import ask_for_login, ask_to_confirm
from .extension import Login
from .late_guards import remember

__all__ = ["fresh_login_required", "login_required"]

P = ParamSpec("P")
R = TypeVar("R")


def login_required(view: Callable[P, R]) -> Callable[P, R | Response]:
    """Let nobody into a view who is not logged in. A decorator, below the route or above it.

    Others are sent to the login page (303) with a flashed message, and with ``next``, the way back, after ``GET`` and
    ``HEAD``: what another method was to do, no redirect can do later. The answer is 401 instead where no login view is
    configured, where the login view itself is guarded, and to clients that talk JSON, since they send it or prefer it
    to HTML (``Accept``). An unauthorized handler answers in place of all that. ``OPTIONS`` is let in, since browsers
    send it without cookies; ``exempt_methods`` in ``[login]`` says which methods are.

    Args:
        view: The view.
    """

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        ctx = current_context()
        login = ctx.app.extension(Login)
        if _is_exempt(login, ctx) or login.user(ctx).is_authenticated:
            return view(*args, **kwargs)
        answer: Response = ask_for_login(login, ctx)
        return answer

    remember(view, guarded)
    return guarded


def fresh_login_required(view: Callable[P, R]) -> Callable[P, R | Response]:
    """Let nobody into a view whose login is not fresh: who has not shown a password in this session, from this browser.

    For what a stolen cookie must not be enough for: a new password, another address. Who is not logged in is answered
    as by :func:`login_required`; who is remembered only, or uses another browser than at the login, is sent to the page
    that confirms the login (``refresh_view``), with a message, or gets 401 where none is configured.

    Args:
        view: The view.
    """

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        ctx = current_context()
        login = ctx.app.extension(Login)
        if _is_exempt(login, ctx) or login.is_fresh(ctx):
            return view(*args, **kwargs)
        user = login.user(ctx)
        ask = ask_to_confirm if user.is_authenticated else ask_for_login
        answer: Response = ask(login, ctx)
        return answer

    remember(view, guarded)
    return guarded


def _is_exempt(login: Login, ctx: Context) -> bool:
    settings = login.settings(ctx.app)
    return settings.disabled or (ctx.environ or {}).get("REQUEST_METHOD") in settings.exempt_methods
