"""What ``ferrule check`` finds in the settings of the remember cookie."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from ferrule import App, Check

from ..settings import LoginSettings
from . import cookies

__all__ = ["mistakes_of_the_cookie", "risks_of_the_cookie"]

_LONGEST: Final = timedelta(days=400)
"""Browsers keep no cookie longer (RFC 6265bis, section 5.5)."""


def mistakes_of_the_cookie(app: App, settings: LoginSettings) -> Iterator[Check]:
    """Yield what makes browsers refuse the cookie, so that nobody is remembered.

    Args:
        app: The application.
        settings: What is configured.
    """
    name, origin = settings.remember_cookie_name, app.config.origin
    if (demands := [*cookies.demands(app)]) and not cookies.is_secure(app):
        found = f"{origin('LOGIN_REMEMBER_COOKIE_SECURE')} remember_cookie_secure is off, and {' and '.join(demands)}"
        hint = "leave it unset: it is then on where the cookie needs it"
        yield Check("login.remember_cookie_not_secure", "error", f"browsers refuse the cookie {name!r}: {found}", hint)
    path = cookies.path_of(app)
    if name.lower().startswith("__host-") and (path != "/" or settings.remember_cookie_domain):
        domain = settings.remember_cookie_domain
        found = f"with this prefix its path must be '/' and is {path!r}, its domain unset and is {domain!r}"
        hint = "set remember_cookie_path to '/' and remember_cookie_domain to none, or take the prefix '__Secure-'"
        yield Check("login.remember_cookie_prefix", "error", f"browsers refuse the cookie {name!r}: {found}", hint)
    if settings.remember_cookie_duration > _LONGEST:
        found = f"{origin('LOGIN_REMEMBER_COOKIE_DURATION')}: browsers keep no cookie longer than {_LONGEST.days} days"
        yield Check("login.remember_cookie_duration", "warning", found, "set remember_cookie_duration to less")


def risks_of_the_cookie(app: App, settings: LoginSettings) -> Iterator[Check]:
    """Yield what exposes the cookie in production.

    Args:
        app: The application.
        settings: What is configured.
    """
    risks = {
        # Where nothing is said, it follows the session cookie, of which the core tells.
        "SECURE": (
            settings.remember_cookie_secure is False,
            "the cookie that remembers people travels over plain HTTP, too",
        ),
        "HTTPONLY": (not settings.remember_cookie_httponly, "every script on a page can take the cookie"),
        "SAMESITE": (
            settings.remember_cookie_samesite in {None, "None"},
            "requests from other sites carry the cookie that remembers people",
        ),
    }
    for name, (is_risky, message) in risks.items():
        if is_risky:
            key = f"LOGIN_REMEMBER_COOKIE_{name}"
            text = f"{app.config.origin(key)} {key.removeprefix('LOGIN_').lower()}: {message}"
            yield Check(key.lower().replace("_", ".", 1), "warning", text, "take it out; the default is safe")
