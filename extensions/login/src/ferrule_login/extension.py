"""The login extension: who the user of a request is, and how that changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from jinja2 import Environment
from werkzeug.local import LocalProxy

from ferrule import App, Check, Context, ExtensionError, hookimpl
from ferrule.context import current_context

from .challenges import ask_for_login, ask_to_confirm
from .checks import risks, setup_mistakes
from .declared import Declared
from .epochs import raise_epoch
from .finding import bind_to, find_user, load_user
from .hookspecs import LoginHooks
from .identity import is_fresh
from .late_guards import guard_views
from .remembering import RememberCookie, Remembering
from .remembering.findings import mistakes_of_the_cookie, risks_of_the_cookie
from .settings import LoginSettings
from .testing import log_client_in
from .users import UserProtocol, id_of

if TYPE_CHECKING:
    from sqlalchemy import Table  # PERF: slow to import, and there need not be a database

    from ferrule.testing import FerruleClient  # PERF: werkzeug.test is slow to import; only tests need it

__all__ = ["Login", "LoginManager", "current_user"]


class Login(Declared):
    """Knows who the user of a request is.

    The session names the user by id and fingerprint. The user is loaded when somebody asks, once in a request; a view
    that does not ask costs neither a look at the session nor a search for the user.

    Args:
        app: An application to enlist the extension with, as :meth:`init_app` does.
    """

    name = "login"
    description = "Knows who is logged in, and guards views that need a login."
    api_version: ClassVar[str] = "0.1"
    after: ClassVar[tuple[str, ...]] = ("sqlalchemy",)
    thread_safe: ClassVar[bool] = True
    fork_safe: ClassVar[bool] = True
    async_safe: ClassVar[bool] = True
    settings_class: ClassVar[type[LoginSettings]] = LoginSettings
    hookspecs: ClassVar[type[LoginHooks]] = LoginHooks

    def __init__(self, app: App | None = None) -> None:
        super().__init__()
        self.remembering: Remembering = RememberCookie(self, partial(load_user, self))
        if app is not None:
            self.init_app(app)

    def user(self, ctx: Context) -> UserProtocol:
        """Return the user of a request; nobody, an :class:`AnonymousUserMixin`, for who is not logged in.

        Nobody is logged in outside of a request.

        Args:
            ctx: The context.

        Raises:
            NotAUserError: A loader returned something else.
            SetupError: The session names a user, and there is no user loader.
        """
        user: UserProtocol | None = ctx.state.get(self)
        return self._find(ctx) if user is None else user

    def _find(self, ctx: Context) -> UserProtocol:
        # Nobody is logged in as long as the loader runs, and if it fails: an error page may ask for the user again.
        nobody = ctx.state[self] = self.anonymous_user()
        found = find_user(self, ctx) if ctx.has_request else None
        if found is None:
            return nobody
        user, source = found
        ctx.state[self] = user
        ctx.app.hooks.login_user_loaded(ctx, user, source)
        return user

    def log_in(
        self,
        ctx: Context,
        user: UserProtocol,
        *,
        remember: bool = False,
        duration: timedelta | None = None,
        force: bool = False,
        fresh: bool = True,
    ) -> bool:
        """Make the session of a request that of a user; see :func:`login_user`.

        Args:
            ctx: The context.
            user: The user.
            remember: Remember the user beyond the session.
            duration: For how long; as the settings say unless given.
            force: Log in a user who is not active, too.
            fresh: Whether the user has just shown who it is.

        Returns:
            Whether the user is logged in.

        Raises:
            NotAUserError: It is no user, or has no id yet.
        """
        user = _itself(user)
        id_of(user)
        if not force and not user.is_active:
            ctx.app.hooks.login_refused(ctx, user, "inactive", None)
            return False
        bind_to(ctx, user, fresh=fresh)
        if remember:
            self.remembering.remember(ctx, user, duration)
        elif not self.remembering.is_remembered(ctx, user):
            self.remembering.forget(ctx)  # or the cookie of who was here before would come back
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
            self.remembering.forget(ctx)
            ctx.state[self] = self.anonymous_user()
        if user.is_anonymous:
            return False
        if self.settings(ctx.app).logout == "everywhere":
            self.sign_out_everywhere(ctx, user)
        ctx.app.hooks.login_user_logged_out(ctx, user)
        return True

    def confirm(self, ctx: Context) -> None:
        """Make the login of a request fresh, and bind it to the user as it is now; see :func:`confirm_login`.

        Args:
            ctx: The context.
        """
        user = self.user(ctx)
        id_of(user, "confirm_login")
        bind_to(ctx, user, fresh=True)
        self.remembering.rebind(ctx, user)
        ctx.app.hooks.login_confirmed(ctx, user)

    def is_fresh(self, ctx: Context) -> bool:
        """Tell whether the user of a request has logged in, or confirmed the login, in this session.

        Args:
            ctx: The context.
        """
        return self.user(ctx).is_authenticated and is_fresh(ctx.session)

    def unauthorized(self) -> Any:
        """Answer the current request as one that needs a login and has none; return it from a view.

        By the handler of :meth:`unauthorized_handler`, by a redirect to the login page, or by 401: see
        :func:`login_required`, which does it by itself.
        """
        return ask_for_login(self, current_context())

    def needs_refresh(self) -> Any:
        """Answer the current request as one that needs a fresh login, of a user whose login is not; return it.

        By the handler of :meth:`needs_refresh_handler`, by a redirect to ``refresh_view``, or by 401: see
        :func:`fresh_login_required`, which does it by itself.
        """
        return ask_to_confirm(self, current_context())

    def sign_out_everywhere(self, ctx: Context, user: UserProtocol) -> None:
        """End every session, remember cookie and token of a user; see :func:`sign_out_everywhere`.

        Args:
            ctx: The context, of a request or not.
            user: The user.
        """
        user = _itself(user)
        raise_epoch(self, ctx, user)
        self.remembering.end_all(ctx, user)
        ctx.app.hooks.login_signed_out_everywhere(ctx, user)

    @hookimpl
    def app_init(self, app: App) -> None:
        """Declare the tables of the stores, where there is a database: ``db.create_all()`` makes them, too."""
        if "sqlalchemy" in app.extensions:
            _tables()

    @hookimpl
    def jinja_environment(self, env: Environment) -> None:
        """Give every template ``current_user``, which asks for the user only where it is used."""
        env.globals["current_user"] = current_user

    @hookimpl
    def app_ready(self, app: App) -> None:
        """Check what the application was to set up, and guard the views whose guard came too late."""
        if mistakes := list(setup_mistakes(self, app)):
            raise ExtensionError.listing("in the set-up of the extension 'login'", mistakes)
        guard_views(app)

    @hookimpl
    def test_client(self, app: App, options: dict[str, Any]) -> Iterator[Callable[[FerruleClient], None]]:
        """Let ``app.test_client(user=…, fresh=…)`` log a user in."""
        if "user" in options:
            user, log_in = options.pop("user"), partial(self.log_in, fresh=options.pop("fresh", True))
            yield lambda client: log_client_in(client, user, find=partial(load_user, self), log_in=log_in)

    @hookimpl
    def check_app(self, app: App, deploy: bool) -> Iterator[Check]:
        """Yield what browsers refuse, and what is risky in production."""
        yield from mistakes_of_the_cookie(app, self.settings(app))
        if deploy:
            yield from risks(self, app)
            yield from risks_of_the_cookie(app, self.settings(app))

    @hookimpl(optionalhook=True)
    def migrate_versions(self, app: App) -> Path:
        """Return the folder of the revisions that make the tables."""
        return Path(__file__).parent / "migrations" / "versions"

    @hookimpl(optionalhook=True)
    def migrate_tables(self, app: App) -> Iterable[Table]:
        """Return the tables."""
        return _tables()


def _tables() -> tuple[Table, ...]:
    """Import the bridge to ferrule-sqlalchemy, and return the tables that it declares."""
    from .stores.sqlalchemy import TABLES  # an optional dependency, which the caller has seen to be enabled

    return TABLES


LoginManager = Login
"""Flask-Login's name for :class:`Login`: code that made one goes on as it is."""


def _itself(user: Any) -> Any:
    # current_user would come to stand for itself
    return user._get_current_object() if isinstance(user, LocalProxy) else user


def _current_user() -> UserProtocol:
    ctx = current_context()
    return ctx.app.extension(Login).user(ctx)


class _UserProxy(LocalProxy[Any]):
    __slots__ = ()  # PERF: Werkzeug's look-up serves every operation; templates ask for attributes, over and over

    def __getattr__(self, name: str) -> Any:
        return getattr(_current_user(), name)


current_user: Any = _UserProxy(_current_user)
"""The user of the current request; nobody for who is not logged in, and outside of a request. Templates have it too."""
