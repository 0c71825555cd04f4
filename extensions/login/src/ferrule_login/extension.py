"""The login extension: who the user of a request is, and how that changes."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Final, TypeVar

from jinja2 import Environment
from werkzeug.local import LocalProxy

from ferrule import App, Context, Extension, ExtensionError, SetupError, hookimpl
from ferrule.context import current_context

from .exceptions import NotAUserError
from .hookspecs import LoginHooks
from .identity import bind, bound_id
from .late_guards import guard_views
from .settings import LoginSettings
from .users import AnonymousUserMixin, UserProtocol, id_of, missing_parts

__all__ = ["Login", "UserLoader", "current_user"]

UserLoader = Callable[[str], UserProtocol | None]
"""Finds a user by id; returns ``None`` where there is no such user any more."""

L = TypeVar("L", bound=UserLoader)

_NO_LOADER: Final = (
    "there is no user loader; put `@app.extension(Login).user_loader` above the function that finds a user by id"
)


class Login(Extension):
    """Knows who the user of a request is.

    The session names the user by id and nothing else. The user is loaded when somebody asks, once in a request; a view
    that does not ask costs neither a look at the session nor a search for the user.
    """

    name = "login"
    description = "Knows who is logged in, and guards views that need a login."
    api_version: ClassVar[str] = "0.1"
    thread_safe: ClassVar[bool] = True
    fork_safe: ClassVar[bool] = True
    async_safe: ClassVar[bool] = True
    settings_class: ClassVar[type[LoginSettings]] = LoginSettings
    hookspecs: ClassVar[type[LoginHooks]] = LoginHooks

    def __init__(self) -> None:
        self._load: UserLoader | None = None

    def user_loader(self, load: L) -> L:
        """Register the function that finds a user by id. A decorator; the last function wins.

        Args:
            load: Takes the id, as the user's ``get_id`` returned it, and returns the user. It returns ``None`` where
                there is no such user any more: then the session is emptied, and nobody is logged in. An exception ends
                the request and leaves the session as it is; on the error page nobody is logged in.

        Raises:
            SetupError: The function is ``async``, or no function at all.
        """
        _check_callable(load)
        self._load = load
        return load

    def user(self, ctx: Context) -> UserProtocol:
        """Return the user of a request; nobody, an :class:`AnonymousUserMixin`, for who is not logged in.

        Nobody is logged in outside of a request.

        Args:
            ctx: The context.

        Raises:
            NotAUserError: The user loader returned something else.
            SetupError: The session names a user, and there is no user loader.
        """
        user: UserProtocol | None = ctx.state.get(self)
        return self._find_user(ctx) if user is None else user

    def _find_user(self, ctx: Context) -> UserProtocol:
        # Nobody is logged in as long as the loader runs, and if it fails: an error page may ask for the user again.
        nobody = ctx.state[self] = AnonymousUserMixin()
        user_id = bound_id(ctx.session) if ctx.has_request else None
        if user_id is None:
            return nobody
        user = self._loaded(user_id)
        if user is None:
            ctx.session.clear()  # what else is in it belongs to somebody who is no more
            return nobody
        ctx.state[self] = user
        ctx.app.hooks.login_user_loaded(ctx, user)
        return user

    def _loaded(self, user_id: str) -> UserProtocol | None:
        if self._load is None:
            raise SetupError(_NO_LOADER)
        user = self._load(user_id)
        if user is not None and (missing := missing_parts(user)):
            raise NotAUserError(
                f"the user loader {_described(self._load)} returned a {type(user).__name__}, which is no user: it has"
                f" no {', '.join(missing)}; return an object of a class that derives from UserMixin, or None"
            )
        return user

    def log_in(self, ctx: Context, user: UserProtocol, *, force: bool = False) -> bool:
        """Make the session of a request that of a user; see :func:`login_user`.

        Args:
            ctx: The context.
            user: The user.
            force: Log in a user who is not active, too.

        Returns:
            Whether the user is logged in.

        Raises:
            NotAUserError: It is no user, or has no id yet.
        """
        if isinstance(user, LocalProxy):
            user = user._get_current_object()  # current_user would come to stand for itself
        user_id, session = id_of(user), ctx.session
        if not force and not user.is_active:
            return False
        if bound_id(session) not in (None, user_id):
            session.clear()
        bind(session, user_id)
        ctx.app.session_interface.renew(session)
        ctx.state[self] = user
        ctx.app.hooks.login_user_logged_in(ctx, user)
        return True

    def log_out(self, ctx: Context) -> bool:
        """Make the session of a request nobody's, and empty; see :func:`logout_user`.

        Args:
            ctx: The context.

        Returns:
            Whether somebody was logged in.
        """
        try:
            user = self.user(ctx)
        finally:  # a failing loader must keep nobody from logging out
            ctx.session.clear()
            ctx.state[self] = AnonymousUserMixin()
        if user.is_anonymous:
            return False
        ctx.app.hooks.login_user_logged_out(ctx, user)
        return True

    @hookimpl
    def jinja_environment(self, env: Environment) -> None:
        """Give every template ``current_user``, which asks for the user only where it is used."""
        env.globals["current_user"] = current_user

    @hookimpl
    def app_ready(self, app: App) -> None:
        """Check what the application was to set up, and guard the views whose guard came too late."""
        if mistakes := list(self._mistakes(app)):
            raise ExtensionError.listing("in the set-up of the extension 'login'", mistakes)
        guard_views(app)

    def _mistakes(self, app: App) -> Iterator[str]:
        if self._load is None:
            yield _NO_LOADER
        view = app.config.settings(LoginSettings).view
        endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
        if view is not None and view not in endpoints:
            near = difflib.get_close_matches(view, endpoints, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "`ferrule routes` lists the endpoints"
            yield f"{app.config.origin('LOGIN_VIEW')} view={view!r}: no rule has this endpoint; {hint}"


def _check_callable(load: Any) -> None:
    if not callable(load) or inspect.iscoroutinefunction(load):
        raise SetupError(f"the user loader {_described(load)} cannot be called; give a function written with `def`")


def _described(load: Any) -> str:
    code = getattr(inspect.unwrap(load), "__code__", None) if callable(load) else None
    name = getattr(load, "__qualname__", repr(load))
    return f"{name} ({code.co_filename}:{code.co_firstlineno})" if code is not None else name


def _current_user() -> UserProtocol:
    ctx = current_context()
    return ctx.app.extension(Login).user(ctx)


class _UserProxy(LocalProxy[Any]):
    __slots__ = ()  # PERF: Werkzeug's look-up serves every operation; templates ask for attributes, over and over

    def __getattr__(self, name: str) -> Any:
        return getattr(_current_user(), name)


current_user: Any = _UserProxy(_current_user)
"""The user of the current request; nobody for who is not logged in, and outside of a request. Templates have it too."""
