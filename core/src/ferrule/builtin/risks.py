"""What ``ferrule check`` finds in the core's own settings and declarations."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from operator import not_
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from werkzeug.routing import Rule

from ..checks import Check
from ..coroutines import is_async
from ..exceptions import ConfigError
from ..extensions.lock import WRITE, drift
from ..keyring import KEY_RECIPE
from .origin_guard import is_cross_origin_allowed

if TYPE_CHECKING:
    from ..app import App

__all__ = ["mistakes", "risks"]

_LEAST_BYTES: Final = 16
_LEAST_PACKED: Final = 22
"""What zlib makes of 16 random bytes: 16 and 8 of its own, less a chance repetition."""

_EXAMPLE: Final = re.compile(rb"secret|change(?:me|this)|replaceme|password|example|insecure|development|yourkey")
_DOCUMENTED: Final = frozenset({b"192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf"})
_SHORTEST: Final = timedelta(minutes=1)
_LONGEST: Final = timedelta(days=400)
_IN_SESSION_COOKIE: Final = "SESSION_COOKIE_"


class _Risk(NamedTuple):
    """A setting whose default is safe, and which some values make risky in production; its name is the finding's."""

    key: str
    level: Literal["warning", "error"]
    is_risky: Callable[[Any], bool]
    message: str


_RISKS: Final = (
    _Risk("DEBUG", "error", bool, "an error shows the source, and a console"),
    _Risk("TESTING", "error", bool, "errors reach the server unanswered"),
    _Risk("SESSION_COOKIE_SECURE", "warning", not_, "the session travels over plain HTTP, too"),
    _Risk("SESSION_COOKIE_HTTPONLY", "warning", not_, "every script on a page can take the session"),
    _Risk(
        "SESSION_COOKIE_SAMESITE", "warning", {None, "None"}.__contains__, "requests from other sites carry the session"
    ),
    _Risk("MAX_CONTENT_LENGTH", "warning", {None}.__contains__, "a request body may be of any size"),
    _Risk("ORIGIN_GUARD", "warning", not_, "forms of other sites are accepted"),
    _Risk("PROPAGATE_EXCEPTIONS", "warning", bool, "an error leaves the application without an answer"),
    _Risk("TRAP_HTTP_EXCEPTIONS", "warning", bool, "every 404 is an error of the server"),
    _Risk("TRAP_BAD_REQUEST_ERRORS", "warning", bool, "a visitor's mistake is an error of the server"),
    _Risk("TEMPLATES_AUTO_RELOAD", "warning", bool, "each template is looked for on disk at each use"),
    _Risk("EXPLAIN_TEMPLATE_LOADING", "warning", bool, "the log fills with the search for templates"),
)


def risks(app: App) -> Iterator[Check]:
    """Yield what is fine while one develops, and not in production."""
    for risk in _RISKS:
        if risk.is_risky(_value(app, risk.key)):
            text = f"{_shown(app, risk.key)}: {risk.message}"
            yield Check(f"core.{risk.key.lower()}", risk.level, text, "take it out; the default is safe")
    if not app.config["TRUSTED_HOSTS"]:
        text = f"{_shown(app, 'TRUSTED_HOSTS')}: a request may claim to be for any host, and links are made of it"
        yield Check("core.trusted_hosts", "warning", text, 'trusted_hosts = ["www.example.com"]')
    if app.config["SERVER_NAME"] and app.config["PREFERRED_URL_SCHEME"] != "https":
        text = f"{_shown(app, 'PREFERRED_URL_SCHEME')}: links that are made outside of a request are plain HTTP"
        yield Check("core.preferred_url_scheme", "warning", text, 'preferred_url_scheme = "https"')
    yield from _risky_keys(app)
    if unsafe := app.plugins.unsafe("thread_safe"):
        text = f"{unsafe}: not thread-safe, and servers answer several requests of a process at a time"
        yield Check("core.thread_safe", "warning", text, "serve with one thread: ferrule serve --threads 1")
    exempt = sorted(name for name, view in app.view_functions.items() if is_cross_origin_allowed(view))
    if exempt:
        text = f"pages of any site may send to {', '.join(exempt)}, with the visitor's cookies"
        yield Check("core.cross_origin_allowed", "info", text, "see that these views check whom they serve")


def mistakes(app: App) -> Iterator[Check]:
    """Yield what is wrong anywhere."""
    for first, second in _shadowed_rules(app):
        text = (
            f"{second.endpoint!r} is never reached: {first.endpoint!r} has its rule {first.rule!r} too, and comes first"
        )
        yield Check("core.shadowed_rule", "warning", text, "take one out, or give it another rule or method")
    yield from _unsafe(app)
    if app.config["SECRET_KEY"] is not None and app.config["SECRET_KEY"] in app.config["SECRET_KEY_FALLBACKS"]:
        text = "the secret key stands among its fallbacks: it was not replaced"
        yield Check("core.secret_key_fallbacks", "warning", text, "put a new one before it, or take it out of them")
    lifetime = app.session_interface.get_lifetime(app)
    if not _SHORTEST <= lifetime <= _LONGEST:
        text = f"{_shown(app, 'PERMANENT_SESSION_LIFETIME')}: " + (
            "people are logged out at once" if lifetime < _SHORTEST else "browsers keep no cookie for over 400 days"
        )
        yield Check("core.permanent_session_lifetime", "warning", text, "between a minute and 400 days, in seconds")
    yield from _lock_drift(app)


def _lock_drift(app: App) -> Iterator[Check]:
    """Yield what differs from the lock; start-up looks at all that is installed until it is written anew."""
    try:
        for difference in drift(app.config._source):
            yield Check("core.lock_drift", "warning", difference, WRITE)
    except ConfigError as error:
        yield Check("core.lock_broken", "error", str(error), WRITE)


def _unsafe(app: App) -> Iterator[Check]:
    if unsafe := app.plugins.unsafe("async_safe"):
        waited_for = sorted(name for name, view in app.view_functions.items() if is_async(view))
        if waited_for:
            text = f"{unsafe}: not made for `async def` views, such as {waited_for[0]!r}"
            yield Check("core.async_safe", "warning", text, "write `def`, or leave the extension out")


def _risky_keys(app: App) -> Iterator[Check]:
    key, fallbacks = app.config["SECRET_KEY"], app.config["SECRET_KEY_FALLBACKS"]
    cure = f"set it to what this prints: {KEY_RECIPE}"
    if key is None:
        text = "SECRET_KEY is not set: there are no sessions, and nothing can be signed"
        yield Check("core.secret_key", "warning", text, cure)
    named = {f"SECRET_KEY ({app.config.origin('SECRET_KEY')})": key}
    named |= {f"SECRET_KEY_FALLBACKS[{number}]": old for number, old in enumerate(fallbacks)}
    for name, value in named.items():
        if value is not None and (weakness := _weakness(value)):
            yield Check("core.weak_secret_key", "error", f"{name} {weakness}: sessions can be forged", cure)


def _weakness(key: str | bytes) -> str:
    """Return why a key can be guessed; an empty text for one that looks random."""
    data = key if isinstance(key, bytes) else key.encode("utf-8", "surrogatepass")
    if data in _DOCUMENTED or _EXAMPLE.search(re.sub(rb"[^a-z]", b"", data.lower())):
        return "is one that people copy from examples"
    if len(data) < _LEAST_BYTES:
        return f"has {len(data)} bytes, and should have at least {_LEAST_BYTES} random ones"
    return "is too regular" if len(zlib.compress(data, 9)) < _LEAST_PACKED else ""


def _shadowed_rules(app: App) -> Iterator[tuple[Rule, Rule]]:
    """Yield each rule of another endpoint that takes all requests of a rule, and that rule."""
    seen: dict[tuple[object, ...], Rule] = {}
    for rule in app.url_map.iter_rules():
        place = (rule.host, rule.subdomain, rule.rule)
        first = [seen.setdefault((*place, method), rule) for method in sorted(rule.methods or ())]
        if first and not rule.build_only and all(other.endpoint != rule.endpoint for other in first):
            yield first[0], rule


def _value(app: App, key: str) -> Any:
    """Return a setting; one of the session's cookie as the interface in use means it."""
    if key.startswith(_IN_SESSION_COOKIE):
        return getattr(app.session_interface, f"get_cookie_{key.removeprefix(_IN_SESSION_COOKIE).lower()}")(app)
    return app.config[key]


def _shown(app: App, key: str) -> str:
    return f"{key} = {_value(app, key)!r} ({app.config.origin(key)})"
