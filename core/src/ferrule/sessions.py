"""The session object, and the interface through which an application opens and saves it."""

from __future__ import annotations

import secrets
from collections.abc import MutableMapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NoReturn, Self, cast

from werkzeug.wrappers import Response

from .exceptions import ContextError
from .keyring import KEY_RECIPE
from .requests import Request

if TYPE_CHECKING:
    from .app import App

__all__ = ["NullSession", "Session", "SessionInterface", "SessionMixin"]

PERMANENT_KEY: Final = "_permanent"
IDENTITY_KEY: Final = "_sid"

_INSECURE_ENVIRONMENTS: Final = frozenset({"development", "testing"})
_SECURE_PREFIXES: Final = ("__secure-", "__host-")


class SessionMixin(MutableMapping[str, Any]):
    """What a session has beyond a mapping. A class of one's own inherits it beside ``dict``.

    Attributes:
        new: The request brought no session that could be read.
        modified: The session must be saved. Changes to the session itself set it; a change *inside* a value, such as
            ``session["cart"].append(7)``, does not, and needs ``session.modified = True`` by hand.
        accessed: The response depends on the session, so it gets ``Vary: Cookie``, without which a shared cache may
            hand the page of one visitor to the next. True from the start: a session is opened by its first use, be it
            only ``in`` or ``len()``. For a session that an eager interface opened unasked, the context clears it until
            someone does ask.
    """

    new: bool = False
    modified: bool = True
    accessed: bool = True

    @property
    def permanent(self) -> bool:
        """Whether the cookie outlives the browser window, by ``PERMANENT_SESSION_LIFETIME``. Kept in the session."""
        return bool(self.get(PERMANENT_KEY, False))

    @permanent.setter
    def permanent(self, value: bool) -> None:
        self[PERMANENT_KEY] = bool(value)


class Session(dict[str, Any], SessionMixin):
    """A session in a dict, which notes whether it was modified."""

    modified: bool = False

    def __setitem__(self, key: str, value: Any) -> None:
        self.modified = True
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self.modified = True

    def __ior__(self, other: Any) -> Self:  # type: ignore[override,misc]  # dict's overloads differ by value type
        self.update(other)
        return self

    def clear(self) -> None:
        """Remove everything; the cookie will be deleted."""
        self.modified = True
        super().clear()

    def pop(self, key: str, *default: Any) -> Any:
        """Remove a key and return its value, or the default."""
        self.modified = self.modified or key in self
        return super().pop(key, *default)

    def popitem(self) -> tuple[str, Any]:
        """Remove and return the last item."""
        item = super().popitem()
        self.modified = True
        return item

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Return the value of a key, after setting it to the default if it was missing."""
        self.modified = self.modified or key not in self
        return super().setdefault(key, default)

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Set several keys."""
        self.modified = True
        super().update(*args, **kwargs)


class NullSession(Session):
    """The session of an application that has no secret key: empty to read, and an error to write."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ContextError(
            "the session cannot be written: no secret key is set; set secret_key in the configuration file,"
            f" FERRULE_SECRET_KEY in the environment or app.config['SECRET_KEY'] to what this prints: {KEY_RECIPE}"
        )


for _writer in ("__setitem__", "__delitem__", "__ior__", "clear", "pop", "popitem", "setdefault", "update"):
    setattr(NullSession, _writer, NullSession._refuse)


class SessionInterface:
    """How an application opens and saves sessions. Implement :meth:`open_session` and :meth:`save_session`.

    Requests that carry the same session are answered at the same time; a store decides itself what it locks.

    Attributes:
        null_session_class: What stands in for a session that could not be opened.
        pickle_based: Sessions are stored by pickle; for extensions that look.
        eager: Open the session when the request begins, not when it is first used. For a store that has to see every
            request.
    """

    null_session_class: type[NullSession] = NullSession
    pickle_based: bool = False
    eager: bool = False

    def open_session(self, app: App, request: Request) -> SessionMixin | None:
        """Return the session that a request belongs to.

        Called when the session is first used, or, by an eager interface, when the request begins.

        Args:
            app: The application.
            request: The request. Its URL may not be matched yet.

        Returns:
            The session, a new one if the request brought none; ``None`` if there can be none, so that
            :meth:`make_null_session` is asked.
        """
        raise NotImplementedError(f"{type(self).__name__} does not implement open_session")  # for subclasses to write

    def save_session(self, app: App, session: SessionMixin, response: Response) -> None:
        """Save a session and put its cookie into the response.

        Called after all else that may change the response, and only if the session was opened and is no null session.

        Args:
            app: The application.
            session: What :meth:`open_session` returned.
            response: The response, complete but for the cookie.
        """
        raise NotImplementedError(f"{type(self).__name__} does not implement save_session")  # for subclasses to write

    def make_null_session(self, app: App) -> NullSession:
        """Return what stands in for a session that could not be opened."""
        return self.null_session_class()

    def is_null_session(self, obj: object) -> bool:
        """Tell whether an object only stands in for a session, and is thus not saved."""
        return isinstance(obj, self.null_session_class)

    def renew(self, session: SessionMixin) -> None:
        """Give a session a new identity; called when someone logs in or gains rights, against session fixation.

        What the session holds stays: clear it before, if what a stranger may have put into it must not stay.

        A session that lives in its cookie has no identity on the server to replace. This puts a random value into it,
        so that whatever is bound to the session tells the new one from the old. It cannot take the old cookie back,
        which opens what the session was before the login until it expires. A store on the server overrides this: it
        issues a new id and forgets the old one.

        Args:
            session: The session, changed in place.
        """
        session[IDENTITY_KEY] = secrets.token_urlsafe(16)
        session.modified = True

    def get_cookie_name(self, app: App) -> str:
        """Return ``SESSION_COOKIE_NAME``."""
        return cast(str, app.config["SESSION_COOKIE_NAME"])

    def get_cookie_domain(self, app: App) -> str | None:
        """Return ``SESSION_COOKIE_DOMAIN``; without it the cookie goes to the host that set it, and to no other."""
        return cast("str | None", app.config["SESSION_COOKIE_DOMAIN"])

    def get_cookie_path(self, app: App) -> str:
        """Return ``SESSION_COOKIE_PATH``, or else ``APPLICATION_ROOT``."""
        return cast(str, app.config["SESSION_COOKIE_PATH"] or app.config["APPLICATION_ROOT"])

    def get_cookie_httponly(self, app: App) -> bool:
        """Return ``SESSION_COOKIE_HTTPONLY``."""
        return cast(bool, app.config["SESSION_COOKIE_HTTPONLY"])

    def get_cookie_secure(self, app: App) -> bool:
        """Return ``SESSION_COOKIE_SECURE``; where it is ``None``, true outside of development and testing.

        There it is true as well where browsers would refuse the cookie without it; see :meth:`demands_of_secure`.
        """
        secure = app.config["SESSION_COOKIE_SECURE"]
        if secure is None:
            return app.config["ENV"] not in _INSECURE_ENVIRONMENTS or bool(self.demands_of_secure(app))
        return cast(bool, secure)

    def demands_of_secure(self, app: App) -> list[str]:
        """Return why browsers refuse the cookie unless it is ``Secure``; empty if they do not (RFC 6265bis; CHIPS)."""
        name = self.get_cookie_name(app)
        reasons = {
            f"its name begins with {name.partition('-')[0]}-": name.lower().startswith(_SECURE_PREFIXES),
            "SESSION_COOKIE_SAMESITE is 'None'": self.get_cookie_samesite(app) == "None",
            "SESSION_COOKIE_PARTITIONED is on": self.get_cookie_partitioned(app),
        }
        return [reason for reason, holds in reasons.items() if holds]

    def get_cookie_samesite(self, app: App) -> str | None:
        """Return ``SESSION_COOKIE_SAMESITE``."""
        return cast("str | None", app.config["SESSION_COOKIE_SAMESITE"])

    def get_cookie_partitioned(self, app: App) -> bool:
        """Return ``SESSION_COOKIE_PARTITIONED``."""
        return cast(bool, app.config["SESSION_COOKIE_PARTITIONED"])

    def get_lifetime(self, app: App) -> timedelta:
        """Return ``PERMANENT_SESSION_LIFETIME``; a number in it means seconds."""
        lifetime = app.config["PERMANENT_SESSION_LIFETIME"]
        return lifetime if isinstance(lifetime, timedelta) else timedelta(seconds=lifetime)

    def get_expiration_time(self, app: App, session: SessionMixin) -> datetime | None:
        """Return when the cookie of a permanent session expires, ``None`` for one that ends with the browser."""
        return datetime.now(UTC) + self.get_lifetime(app) if session.permanent else None

    def should_set_cookie(self, app: App, session: SessionMixin) -> bool:
        """Tell whether the cookie must be sent: after a change, and with each response that refreshes a permanent one.

        A permanent session is refreshed each time that it is opened, unless ``SESSION_REFRESH_EACH_REQUEST`` is off.
        """
        return session.modified or (session.permanent and bool(app.config["SESSION_REFRESH_EACH_REQUEST"]))
