"""The built-in extension that refuses unsafe requests from other sites (Fetch Metadata; RFC 6454; OWASP on CSRF)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast
from urllib.parse import urlsplit

from werkzeug.exceptions import Forbidden

from ..context import Context
from ..extensions import Extension
from ..hooks import hookimpl
from ..requests import Request

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

__all__ = ["OriginGuard", "cross_origin_allowed", "is_cross_origin_allowed"]

F = TypeVar("F", bound=Callable[..., Any])

SAFE_METHODS: Final = ("GET", "HEAD", "OPTIONS", "TRACE")
"""The methods that ask for nothing to be changed (RFC 9110, section 9.2.1)."""

_ALLOWED: Final = "__ferrule_cross_origin_allowed__"
_OWN_SITES: Final = frozenset({"same-origin", "none"})
_DEFAULT_PORTS: Final = frozenset({80, 443})


class OriginGuard(Extension):
    """Refuses a browser's unsafe request that a page of another origin made.

    A request without ``Sec-Fetch-Site`` and ``Origin`` is not a browser's and passes. ``origin_guard = false`` in the
    configuration switches the guard off, ``trusted_origins`` lists other origins that may send, and
    :func:`cross_origin_allowed` exempts a view.
    """

    name = "origin_guard"
    description = "Refuses unsafe requests that come from other sites."

    @hookimpl(except_methods=SAFE_METHODS)
    def before_request(self, ctx: Context) -> None:
        """Refuse the request with 403 unless it is our own, trusted or exempt."""
        if not ctx.app.config["ORIGIN_GUARD"] or _is_own(ctx):
            return
        if is_cross_origin_allowed(ctx.app.view_functions.get(ctx.request.endpoint or "")):
            return
        origin = ctx.request.headers.get("Origin")
        if origin in ctx.app.config["TRUSTED_ORIGINS"]:
            return
        site = ctx.request.headers.get("Sec-Fetch-Site")
        ctx.app.logger.warning(
            "Refused %s %s from another origin (Origin: %r, Sec-Fetch-Site: %r); list the origin in trusted_origins, or"
            " mark the view with cross_origin_allowed, if it may send",
            ctx.request.method,
            ctx.request.path,
            origin,
            site,
        )
        raise Forbidden("The request came from another site.")


def cross_origin_allowed(view: F) -> F:
    """Exempt a view from the origin guard: pages of any origin may send to it, with the visitor's cookies."""
    setattr(view, _ALLOWED, True)
    return view


def is_cross_origin_allowed(view: object) -> bool:
    """Tell whether a view is exempt from the origin guard."""
    return bool(getattr(view, _ALLOWED, False))


def _is_own(ctx: Context) -> bool:
    """Tell whether a request was made by a page of our own, or by no page at all."""
    environ = cast("WSGIEnvironment", ctx.environ)  # PERF: the request and its headers would take 3 µs to make
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return site in _OWN_SITES
    origin = environ.get("HTTP_ORIGIN")
    return origin is None or _is_origin_of(origin, ctx.request)


def _is_origin_of(origin: str, request: Request) -> bool:
    """Tell whether an origin names the host that was asked; over TLS, a page that came in clear does not."""
    sender, asked = _authority(origin), _authority(f"{request.scheme}://{request.host}")
    return sender is not None and sender == asked and not (request.is_secure and not origin.startswith("https:"))


def _authority(url: str) -> tuple[str, int | None] | None:
    """Return host and port of a URL; ``None`` for ``null`` and all that is no origin.

    A default port counts as none, of either scheme: behind a proxy that ends TLS we do not see the browser's scheme.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    return (parts.hostname, None if port in _DEFAULT_PORTS else port) if parts.hostname else None
