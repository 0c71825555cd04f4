"""Which responses tell a stranger something by their length (BREACH, CVE-2013-3587).

Who can make a visitor's browser send requests, put a text of his choice into the page, and watch how long the encoded
answers are, guesses a secret of the page piece by piece: a right guess repeats it, and shortens the page.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from ferrule import Context

__all__ = ["is_exposed", "is_uncompressed", "uncompressed"]

F = TypeVar("F", bound=Callable[..., Any])

_UNCOMPRESSED: Final = "__ferrule_uncompressed__"
_OWN_SITES: Final = frozenset({"same-origin", "none"})
_CREDENTIALS: Final = ("HTTP_COOKIE", "HTTP_AUTHORIZATION")


def is_exposed(environ: Mapping[str, Any]) -> bool:
    """Tell whether another site may have made this request, with the visitor's credentials (W3C, Fetch Metadata).

    A request without ``Sec-Fetch-Site`` is that of an old browser or of no browser. Cookies tell the former;
    ``Authorization`` does not, since a stranger cannot make the program of an API send anything.
    """
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site is None:
        return "HTTP_COOKIE" in environ
    return site not in _OWN_SITES and any(name in environ for name in _CREDENTIALS)


def uncompressed(view: F) -> F:
    """Leave what a view returns as it is: its pages hold a secret, and a text that a stranger chooses."""
    setattr(view, _UNCOMPRESSED, True)
    return view


def is_uncompressed(ctx: Context) -> bool:
    """Tell whether the view of a request was marked by :func:`uncompressed`."""
    rule = ctx.url_rule
    return rule is not None and hasattr(ctx.app.view_functions.get(rule.endpoint), _UNCOMPRESSED)
