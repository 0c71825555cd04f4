"""The way to the login page, and back."""

from typing import Any
from urllib.parse import quote

from werkzeug.wrappers import Response

from ferrule import Request, SetupError, redirect, url_for
from ferrule.context import current_context

from .destinations import safe_next
from .settings import LoginSettings

__all__ = ["login_url", "path_of", "redirect_to_next"]


def login_url(login_view: str | None = None, next_url: str | None = None) -> str:
    """Build the URL of the login page.

    Args:
        login_view: Its endpoint; ``[login] view`` of the configuration unless given.
        next_url: Where to go after the login: a path of this site, or its absolute URL. Anything else is left out.

    Raises:
        SetupError: There is no login page.
    """
    ctx = current_context()
    view = login_view or ctx.app.config.settings(LoginSettings).view
    if view is None:
        raise SetupError("login_url: no login view is configured; set view in [login] of the configuration file")
    own = f"{ctx.request.scheme}://{ctx.request.host}" if ctx.has_request else ""
    target = safe_next(next_url and next_url.removeprefix(own), "")
    return url_for(view, next=target or None)


def redirect_to_next(default_endpoint: str, **values: Any) -> Response:
    """Send a client that has logged in where it wanted to go: to ``next`` of the query or the form, if that is safe.

    Args:
        default_endpoint: Where to send it otherwise; see :func:`safe_next`.
        **values: The values of that endpoint's URL.
    """
    wanted = current_context().request.values.get("next")
    return redirect(safe_next(wanted, url_for(default_endpoint, **values)))


def path_of(request: Request) -> str:
    """Return the path and query of a request as its client has sent them, percent-encoded."""
    path = quote(request.root_path + request.path)
    query = quote(request.query_string, safe="!$%&'()*+,/:;=?@[]~")
    return f"{path}?{query}" if query else path
