"""The answers to who is not logged in where it takes a login, and to whose login is not fresh where it must be."""

from typing import Any, Final

from werkzeug.exceptions import Unauthorized

from ferrule import Context, Request, flash, redirect

from .declared import Declared
from .identity import NEXT
from .next_page import login_url, path_of

__all__ = ["ask_for_login", "ask_to_confirm"]

_JSON: Final = "application/json"


def ask_for_login(login: Declared, ctx: Context) -> Any:
    """Answer a request that needs a login and has none: by the application's handler, a redirect, or 401."""
    ctx.app.hooks.login_unauthorized(ctx)
    if login.registered_unauthorized_handler is not None:
        return login.registered_unauthorized_handler(ctx.app)
    settings = login.settings(ctx.app)
    return _send(login, ctx, _login_view(login, ctx), settings.message, settings.message_category)


def ask_to_confirm(login: Declared, ctx: Context) -> Any:
    """Answer a request that needs a fresh login, of a user whose login is not."""
    ctx.app.hooks.login_needs_refresh(ctx)
    if login.registered_needs_refresh_handler is not None:
        return login.registered_needs_refresh_handler(ctx.app)
    settings = login.settings(ctx.app)
    return _send(login, ctx, settings.refresh_view, settings.refresh_message, settings.refresh_message_category)


def _login_view(login: Declared, ctx: Context) -> str | None:
    """Return the page to log in at: that of the innermost blueprint that has one, or the general one."""
    settings = login.settings(ctx.app)
    views = {**settings.blueprint_views, **login.blueprint_login_views}
    if views and ctx.has_request:
        for name in ctx.request.blueprints:
            if view := views.get(name):
                return view
    return settings.view


def _send(login: Declared, ctx: Context, view: str | None, message: Any, category: str) -> Any:
    """Send a client to a page and tell why; 401 if there is none, if it is that page itself, or if it talks JSON."""
    request = ctx.request
    text = str(login.localize_callback(message) if message and login.localize_callback else message or "")
    if not view or view == request.endpoint or _talks_json(request):
        raise Unauthorized(text or None)
    if text:
        flash(text, category)
    way_back = path_of(request) if request.method in ("GET", "HEAD") else None
    if not login.settings(ctx.app).next_in_session:
        return redirect(login_url(view, way_back))
    ctx.session[NEXT] = way_back
    return redirect(login_url(view))


def _talks_json(request: Request) -> bool:
    return request.is_json or request.accept_mimetypes.best_match(("text/html", _JSON)) == _JSON
