"""The way to the login page, and back."""

from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from werkzeug.wrappers import Response

from ferrule import Request, SetupError, redirect, url_for
from ferrule.context import current_context

from .declared import Declared
from .destinations import safe_next
from .identity import NEXT

__all__ = ["login_url", "make_next_param", "path_of", "redirect_to_next"]

_URLS: Final = ("https://", "http://", "/")


def login_url(login_view: str | None = None, next_url: str | None = None, next_field: str = "next") -> str:
    """Build the URL of the login page.

    Args:
        login_view: Its endpoint or URL; ``[login] view`` of the configuration unless given.
        next_url: Where to go after the login: a path of this site, or its absolute URL. Anything else is left out.
        next_field: The name of the query's field for it.

    Raises:
        SetupError: There is no login page.
    """
    ctx = current_context()
    view = login_view or ctx.app.extension(Declared).settings(ctx.app).view
    if view is None:
        raise SetupError("login_url: no login view is configured; set view in [login] of the configuration file")
    own = f"{ctx.request.scheme}://{ctx.request.host}" if ctx.has_request else ""
    target = safe_next(next_url and next_url.removeprefix(own), "")
    if not view.startswith(_URLS):
        values: dict[str, Any] = {next_field: target} if target else {}
        return url_for(view, **values)
    if target and urlsplit(view).netloc not in ("", urlsplit(own).netloc):
        target = own + target  # a page elsewhere cannot know which site the path is of
    return _with_query(view, next_field, target) if target else view


def _with_query(url: str, field: str, value: str) -> str:
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode({field: value}))))
    return urlunsplit(parts._replace(query=query))


def make_next_param(login_url: str, current_url: str) -> str:
    """Shorten a URL to its path and query where the login page has the same scheme and host, or names none.

    Args:
        login_url: The URL of the login page.
        current_url: The URL to come back to.
    """
    login, current = urlsplit(login_url), urlsplit(current_url)
    same = login.scheme in ("", current.scheme) and login.netloc in ("", current.netloc)
    return urlunsplit(("", "", current.path, current.query, "")) if same else current_url


def redirect_to_next(default_endpoint: str, **values: Any) -> Response:
    """Send a client that has logged in where it wanted to go, if that is safe; see :func:`safe_next`.

    That stands in ``next`` of the query or the form, or, with ``next_in_session``, in the session, which forgets it.

    Args:
        default_endpoint: Where to send it otherwise.
        **values: The values of that endpoint's URL.
    """
    ctx = current_context()
    wanted = ctx.request.values.get("next")
    if ctx.app.extension(Declared).settings(ctx.app).next_in_session:
        kept = ctx.session.pop(NEXT, None)
        wanted = kept if isinstance(kept, str) else wanted
    return redirect(safe_next(wanted, url_for(default_endpoint, **values)))


def path_of(request: Request) -> str:
    """Return the path and query of a request as its client has sent them, percent-encoded."""
    path = quote(request.root_path + request.path)
    query = quote(request.query_string, safe="!$%&'()*+,/:;=?@[]~")
    return f"{path}?{query}" if query else path
