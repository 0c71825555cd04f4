"""The remember cookie as browsers see it: its name and attributes, how it is read, sent and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from werkzeug.wrappers import Response

from ferrule import App, Context

from ..settings import LoginSettings

__all__ = ["delete", "demands", "is_secure", "path_of", "send", "sent_with"]

_PREFIXES: Final = ("__secure-", "__host-")


def sent_with(ctx: Context) -> str | None:
    """Return the value of the cookie that a request brought."""
    return ctx.request.cookies.get(_settings(ctx.app).remember_cookie_name)


def send(app: App, response: Response, value: str, expires: int) -> None:
    """Put the cookie into a response.

    Args:
        app: The application.
        response: The response.
        value: The value.
        expires: When browsers are to forget it, in seconds since the epoch.
    """
    name = _settings(app).remember_cookie_name
    response.set_cookie(name, value, expires=datetime.fromtimestamp(expires, UTC), **_attributes(app))
    response.vary.add("Cookie")


def delete(app: App, response: Response) -> None:
    """Have a browser forget the cookie."""
    response.delete_cookie(_settings(app).remember_cookie_name, **_attributes(app))
    response.vary.add("Cookie")


def is_secure(app: App) -> bool:
    """Tell whether the cookie is sent over HTTPS alone: where nothing is said of it, as the session's is."""
    secure = _settings(app).remember_cookie_secure
    return app.session_interface.get_cookie_secure(app) or any(demands(app)) if secure is None else secure


def path_of(app: App) -> str:
    """Return the cookie's path: where nothing is said of it, the session cookie's."""
    return _settings(app).remember_cookie_path or app.session_interface.get_cookie_path(app)


def demands(app: App) -> Iterator[str]:
    """Yield why browsers refuse the cookie unless it is ``Secure`` (RFC 6265bis, sections 4.1.3 and 5.7)."""
    settings = _settings(app)
    if settings.remember_cookie_name.lower().startswith(_PREFIXES):
        yield f"its name begins with {settings.remember_cookie_name.partition('-')[0]}-"
    if settings.remember_cookie_samesite == "None":
        yield "remember_cookie_samesite is 'None'"


def _settings(app: App) -> LoginSettings:
    return app.config.settings(LoginSettings)


def _attributes(app: App) -> dict[str, Any]:
    settings = _settings(app)
    return {
        "path": path_of(app),
        "domain": settings.remember_cookie_domain,
        "secure": is_secure(app),
        "httponly": settings.remember_cookie_httponly,
        "samesite": settings.remember_cookie_samesite,
    }
