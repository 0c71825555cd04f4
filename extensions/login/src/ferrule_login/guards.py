"""Views that need a login, and the answer to who is not logged in."""

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from ferrule import Context, Request, flash, redirect
from ferrule.context import current_context

from .extension import Login
from .late_guards import remember
from .next_page import login_url, path_of
from .settings import LoginSettings

__all__ = ["login_required"]

P = ParamSpec("P")
R = TypeVar("R")

_JSON: Final = "application/json"


def login_required(view: Callable[P, R]) -> Callable[P, R | Response]:
    """Let nobody into a view who is not logged in. A decorator, below the route or above it.

    Others are sent to the login page (303) with a flashed message, and with ``next``, the way back, after ``GET`` and
    ``HEAD``: what another method was to do, no redirect can do later. The answer is 401 instead where no login view is
    configured, where the login view itself is guarded, and to clients that talk JSON, since they send it or prefer it
    to HTML (``Accept``). ``OPTIONS`` is let in, since browsers send it without cookies.

    Args:
        view: The view.
    """

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        ctx = current_context()
        if ctx.request.method == "OPTIONS" or ctx.app.extension(Login).user(ctx).is_authenticated:
            return view(*args, **kwargs)
        return _challenge(ctx)

    remember(view, guarded)
    return guarded


def _challenge(ctx: Context) -> Response:
    """Answer a request that needs a login and has none."""
    ctx.app.hooks.login_unauthorized(ctx)
    request, settings = ctx.request, ctx.app.config.settings(LoginSettings)
    if settings.view in (None, request.endpoint) or _talks_json(request):
        raise Unauthorized(settings.message)
    if settings.message:
        flash(settings.message, settings.message_category)
    return redirect(login_url(next_url=path_of(request) if request.method in ("GET", "HEAD") else None))


def _talks_json(request: Request) -> bool:
    return request.is_json or request.accept_mimetypes.best_match(("text/html", _JSON)) == _JSON
