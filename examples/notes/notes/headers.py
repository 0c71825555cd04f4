"""Headers that tell browsers what these pages never need."""

from typing import Final

from werkzeug import Response

from ferrule import request

__all__ = ["protect"]

_HEADERS: Final = {
    # No script at all; style sheet and mark from here; forms go nowhere else; no other site puts a frame around a page.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def protect(response: Response) -> Response:
    """Add the headers, and keep pages with notes out of caches: who uses the computer next has a Back button, too."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
