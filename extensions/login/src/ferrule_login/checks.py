"""What is missing or wrong in the set-up of login, and what is risky."""

import difflib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from ferrule import App, Check, SetupError

from .declared import Declared
from .hashing import OWASP_MINIMA
from .loaders import NO_LOADER
from .passwords import password_mistakes
from .settings import LoginSettings
from .stores import stores_of
from .throttling import throttling_mistakes
from .users import UserMixin

__all__ = ["risks", "setup_mistakes"]

_URLS: Final = ("https://", "http://", "/")


def setup_mistakes(login: Declared, app: App) -> Iterator[str]:
    """Go through what keeps an application from starting."""
    settings = login.settings(app)
    try:
        missing = login.loader_in(app) is None and login.registered_request_loader is None
        saved, model = login.saver_in(app) is not None, login.user_model_in(app)
    except SetupError as error:
        yield f"{app.config.origin('LOGIN_USER_MODEL')} user_model={settings.user_model!r}: {error}"
        missing, saved, model = False, True, None
    if missing:
        yield NO_LOADER
    if settings.logout == "everywhere" and not saved:
        yield (
            f"{app.config.origin('LOGIN_LOGOUT')} logout='everywhere': nobody saves the raised epoch of a user; put"
            " `@app.extension(Login).user_saver` above a function that does, or name the model in user_model"
        )
    elif settings.logout == "everywhere" and model is not None and not hasattr(model, "session_epoch"):
        yield (
            f"{app.config.origin('LOGIN_LOGOUT')} logout='everywhere': {settings.user_model} has no session_epoch to"
            " raise; give it a column for a whole number that begins with 0, and a revision"
        )
    if settings.session_protection not in (None, "basic", "strong"):
        yield f"session_protection = {settings.session_protection!r}: expected 'basic', 'strong' or None"
    yield from password_mistakes(app)
    yield from throttling_mistakes(app)
    if (duration := settings.remember_cookie_duration) < timedelta(seconds=1):
        place = app.config.origin("LOGIN_REMEMBER_COOKIE_DURATION")
        yield f"{place} remember_cookie_duration={duration}: expected a second or more"
    yield from _unknown_views(login, app)


def _unknown_views(login: Declared, app: App) -> Iterator[str]:
    settings, origin = login.settings(app), app.config.origin
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    named = {
        f"{origin('LOGIN_VIEW')} view": settings.view,
        f"{origin('LOGIN_REFRESH_VIEW')} refresh_view": settings.refresh_view,
        **{f"{origin('LOGIN_BLUEPRINT_VIEWS')} {name}": view for name, view in settings.blueprint_views.items()},
        **{f"blueprint_login_views[{name!r}]": view for name, view in login.blueprint_login_views.items()},
    }
    for place, view in named.items():
        if view is not None and not view.startswith(_URLS) and view not in endpoints:
            near = difflib.get_close_matches(view, endpoints, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "`ferrule routes` lists the endpoints"
            yield f"{place}={view!r}: no rule has this endpoint; {hint}"


def risks(login: Declared, app: App) -> Iterator[Check]:
    """Go through what is better not done in production."""
    settings, origin = login.settings(app), app.config.origin
    if settings.disabled:
        yield Check(
            "login.disabled",
            "error",
            f"{origin('LOGIN_DISABLED')} [login] disabled: guarded views let everybody in",
            "leave it unset outside of tests",
        )
    yield from _risks_of_sessions(login, app, settings)
    yield from _risks_of_guessing(app, settings)


def _risks_of_sessions(login: Declared, app: App, settings: LoginSettings) -> Iterator[Check]:
    origin, model = app.config.origin, login.user_model_in(app)
    if settings.unbound_sessions:
        yield Check(
            "login.unbound_sessions",
            "warning",
            f"{origin('LOGIN_UNBOUND_SESSIONS')} [login] unbound_sessions: a copied session of Flask-Login's outlives a"
            " new password and a logout everywhere",
            "switch it off when the visitors of the former application have come by, or log in again",
        )
    if model is not None and not _ends_logins(model):
        yield Check(
            "login.endless_sessions",
            "warning",
            f"{origin('LOGIN_USER_MODEL')} [login] user_model: {settings.user_model} has neither session_epoch nor"
            " password_hash, and nothing ends its logins before they expire",
            "give it the columns, or a get_fingerprint that says what its logins are bound to",
        )
    if settings.session_protection is None:
        yield Check(
            "login.session_protection",
            "info",
            f"{origin('LOGIN_SESSION_PROTECTION')} [login] session_protection is off: a copied session is as fresh as"
            " the one that it was copied from",
            "leave it at 'basic'",
        )


def _ends_logins(model: type[Any]) -> bool:
    """Tell whether something of the users of a model can change that their logins are bound to."""
    own = getattr(model, "get_fingerprint", None) is not UserMixin.get_fingerprint
    return own or hasattr(model, "session_epoch") or hasattr(model, "password_hash")


def _risks_of_guessing(app: App, settings: LoginSettings) -> Iterator[Check]:
    origin = app.config.origin
    if not any(
        settings.argon2_memory_cost >= memory and settings.argon2_time_cost >= passes for memory, passes in OWASP_MINIMA
    ):
        yield Check(
            "login.cheap_passwords",
            "warning",
            f"{origin('LOGIN_ARGON2_MEMORY_COST')}: hashes of passwords take {settings.argon2_memory_cost} KiB and"
            f" {settings.argon2_time_cost} passes; who steals them guesses quicker than OWASP advises",
            "leave argon2_memory_cost and argon2_time_cost in [login] unset, or raise them",
        )
    if not settings.throttle:
        yield Check(
            "login.no_throttling",
            "warning",
            f"{origin('LOGIN_THROTTLE')}: passwords may be guessed without a wait",
            "leave throttle in [login] unset",
        )
    if settings.throttle and not (app.config["PROXY_FIX"] or {}).get("x_for"):
        yield Check(
            "login.addresses",
            "info",
            "failed attempts are counted by the address of the connection; behind a proxy all have the proxy's",
            "if there is a proxy, set proxy_fix to how many of them set X-Forwarded-For",
        )
    if not stores_of(app).are_shared:
        yield Check(
            "login.memory_store",
            "warning",
            "failed attempts and used tokens are kept in each worker process by itself, and forgotten at a restart",
            "enable sqlalchemy, with a database that is not in memory",
        )
