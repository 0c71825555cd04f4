"""Where a client may be sent that says itself where it wants to go."""

import re
from typing import Final
from urllib.parse import quote, unquote

__all__ = ["safe_next"]

_TREACHEROUS: Final = re.compile(r"[\x00-\x1f\x7f\\]")
"""Tabs and newlines are dropped, and backslashes read as slashes, by what follows the URL Standard of the WHATWG."""

_KEPT: Final = "!#$%&'()*+,/:;=?@[]~"
"""What stands for itself in a URL (RFC 3986, section 2.2), and ``%``, since the target is encoded already."""


def safe_next(target: str | None, default: str) -> str:
    r"""Return where to send a client that says itself where it wants to go, if that is a place of this site.

    A place of this site is a path that begins with one slash. A scheme, a host, userinfo, a port, and whatever a
    browser, a proxy or a server might take for one are refused: ``//host``, ``/\host``, ``/%2Fhost``, ``/.//host``, a
    tab or a newline in the path. Absolute URLs are refused even if they are our own.

    Args:
        target: What the client sent: path, query and fragment, percent-encoded. ``None`` for nothing.
        default: What is returned if the target is refused.

    Returns:
        The target, in ASCII; every browser resolves it to the origin of the page that it comes from
        (https://url.spec.whatwg.org/#concept-basic-url-parser). Or the default, unchanged.
    """
    return _own_path(target) or default


def _own_path(target: str | None) -> str | None:
    if not target or target[0] != "/":
        return None
    path = unquote(re.split("[?#]", target, maxsplit=1)[0])
    if "//" in path or _TREACHEROUS.search(path):
        return None
    try:
        return quote(target, safe=_KEPT)  # also what query and fragment must not have
    except UnicodeEncodeError:  # half of a surrogate pair
        return None
