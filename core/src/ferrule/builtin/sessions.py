"""Sessions by a cookie, and the built-in extension that keeps each of them in an encrypted one."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from werkzeug.http import dump_cookie
from werkzeug.wrappers import Response

from ..checks import Check
from ..extensions import Extension
from ..hooks import hookimpl
from ..requests import Request, cookie_of
from ..responses import vary_by
from ..sessions import Session, SessionInterface, SessionMixin

if TYPE_CHECKING:
    from ..app import App

__all__ = ["CookieSessionInterface", "EncryptedCookieSessionInterface", "Sessions"]

_LOGGER: Final = logging.getLogger(__name__)
_NAMED_KEYS: Final = 3
_TOO_BIG: Final = (
    "the session cookie %r has %d bytes; browsers may drop one of more than %d (MAX_COOKIE_SIZE) and go on with the"
    " session as it was before. %s; keep ids in it instead, or sessions on the server"
)


class CookieSessionInterface(SessionInterface):
    """Keeps sessions by one cookie: what it says is a subclass' matter, when it is sent or deleted this class'.

    A subclass implements :meth:`load` and :meth:`store`; one that keeps sessions elsewhere, and in the cookie their
    ids alone, :meth:`discard` and :meth:`renew` besides.

    Attributes:
        session_class: What a session is made of.
    """

    session_class: type[Session] = Session

    def load(self, app: App, token: str) -> Mapping[str, Any] | None:
        """Return what the session of a cookie holds.

        Args:
            app: The application.
            token: The value of the cookie: any text that somebody sent, and not empty.

        Returns:
            The keys and values; ``None`` for a cookie that is too old, altered, or none of ours. The session is then
            new and empty.
        """
        raise NotImplementedError(f"{type(self).__name__} does not implement load")  # for subclasses to write

    def store(self, app: App, session: SessionMixin) -> str:
        """Keep a session that is not empty, and return the value of its cookie.

        Args:
            app: The application.
            session: The session. Unless it is ``modified``, its cookie is only sent for its lifetime to start anew.
        """
        raise NotImplementedError(f"{type(self).__name__} does not implement store")  # for subclasses to write

    def discard(self, app: App, session: SessionMixin) -> None:
        """Forget a session that was emptied. There is nothing to forget of one that lives in its cookie."""

    def open_session(self, app: App, request: Request) -> SessionMixin | None:
        """Return the session of the request's cookie, a new one if there is none to read."""
        token = cookie_of(request, self.get_cookie_name(app))
        stored = self.load(app, token) if token else None
        session = self.session_class(stored or ())
        session.new = stored is None
        return session

    def save_session(self, app: App, session: SessionMixin, response: Response) -> None:
        """Put the cookie into the response as far as it must change, and ``Vary: Cookie`` if anyone looked at it."""
        if self._update_cookie(app, session, response) or session.accessed:
            vary_by(response, "Cookie")

    def _update_cookie(self, app: App, session: SessionMixin, response: Response) -> bool:
        """Send or delete the cookie if need be, and tell whether it was."""
        if not session:
            if session.modified:
                self.discard(app, session)
                self._delete_cookie(app, response)
            return session.modified
        if not self.should_set_cookie(app, session):
            return False
        self._send_cookie(app, session, response)
        return True

    def _delete_cookie(self, app: App, response: Response) -> None:
        response.delete_cookie(self.get_cookie_name(app), **self._attributes(app))

    def _send_cookie(self, app: App, session: SessionMixin, response: Response) -> None:
        expires = self.get_expiration_time(app, session)
        name, attributes = _name_and_attributes(
            self.get_cookie_name(app), expires=expires and expires.replace(microsecond=0), **self._attributes(app)
        )
        cookie = f"{name}={self.store(app, session)}{attributes}"
        if (limit := app.config["MAX_COOKIE_SIZE"]) and len(cookie) > limit:
            # It is sent all the same: some clients do take it, and to withhold it would be certain to lose the session.
            _LOGGER.warning(_TOO_BIG, name, len(cookie), limit, _biggest_keys(session))
        response.headers.add("Set-Cookie", cookie)

    def _attributes(self, app: App) -> dict[str, Any]:
        return {
            "path": self.get_cookie_path(app),
            "domain": self.get_cookie_domain(app),
            "secure": self.get_cookie_secure(app),
            "httponly": self.get_cookie_httponly(app),
            "samesite": self.get_cookie_samesite(app),
            "partitioned": self.get_cookie_partitioned(app),
        }


class EncryptedCookieSessionInterface(CookieSessionInterface):
    """Keeps the whole session in its cookie, encrypted and authenticated: visitors can neither read nor change it.

    A cookie that was altered or cut, is older than ``PERMANENT_SESSION_LIFETIME``, or was made with a key that is no
    longer in use, is an empty session. What a cookie cannot be is taken back: until it expires it opens the session
    that it was made of, for whoever kept a copy, also after a logout. Where that matters, keep sessions on the server.

    Attributes:
        salt: The purpose that the key is derived for.
    """

    salt: str = "ferrule.session"

    def open_session(self, app: App, request: Request) -> SessionMixin | None:
        """Return the session of the request's cookie, a new one if there is none to read, ``None`` without a key."""
        return super().open_session(app, request) if app.keyring else None

    def load(self, app: App, token: str) -> Mapping[str, Any] | None:
        """Return what a cookie was made of, ``None`` if it is too old or was altered."""
        lifetime = int(self.get_lifetime(app).total_seconds())
        data = app.keyring.encrypter(self.salt).decrypt(token, max_age=lifetime)
        return None if data is None else _codec().loads(data)

    def store(self, app: App, session: SessionMixin) -> str:
        """Return the encrypted session.

        Raises:
            TypeError: It holds what cannot be stored; the text names each place.
            ValueError: It is bigger than any server would let back in.
        """
        data = _codec().dumps(session)
        try:
            return app.keyring.encrypter(self.salt).encrypt(data)
        except ValueError as error:
            raise ValueError(f"the session cannot be kept in a cookie: {error}. {_biggest_keys(session)}") from error


class Sessions(Extension):
    """Sessions in encrypted cookies, unless the application or another extension brings something else."""

    name = "sessions"
    description = "Keeps each session in an encrypted cookie."

    @hookimpl
    def session_interface(self, app: App) -> SessionInterface:
        """Return the default interface."""
        return EncryptedCookieSessionInterface()

    @hookimpl
    def check_app(self, app: App, deploy: bool) -> Iterator[Check]:
        """Yield what makes browsers refuse the session cookie, so that nobody stays logged in."""
        interface = app.session_interface
        name = interface.get_cookie_name(app)
        path, domain = interface.get_cookie_path(app), interface.get_cookie_domain(app)
        if (demands := interface.demands_of_secure(app)) and not interface.get_cookie_secure(app):
            found = f"SESSION_COOKIE_SECURE is off, and {' and '.join(demands)}"
            hint = "leave SESSION_COOKIE_SECURE unset: it is then on where the cookie needs it"
            yield Check("sessions.cookie_not_secure", "error", f"browsers refuse the cookie {name!r}: {found}", hint)
        if name.lower().startswith("__host-") and (path != "/" or domain):
            found = f"with this prefix its path must be '/' and is {path!r}, its domain unset and is {domain!r}"
            hint = "set SESSION_COOKIE_PATH to '/' and SESSION_COOKIE_DOMAIN to none, or take the prefix '__Secure-'"
            yield Check("sessions.cookie_prefix", "error", f"browsers refuse the cookie {name!r}: {found}", hint)


# PERF: Werkzeug writes the attributes in 4.5 µs. They change once a second, and for a permanent session only.
@lru_cache(maxsize=32)
def _name_and_attributes(name: str, **attributes: Any) -> tuple[str, str]:
    """Return what stands in a ``Set-Cookie`` header before and after the value, as Werkzeug writes it."""
    written, _, rest = dump_cookie(name, **attributes).partition("=")
    return written, rest


def _biggest_keys(session: Mapping[str, Any]) -> str:
    sizes = {key: len(repr(value)) for key, value in session.items()}
    biggest = sorted(sizes, key=sizes.__getitem__, reverse=True)[:_NAMED_KEYS]
    return "Its biggest keys: " + ", ".join(f"{key!r:.60} with about {sizes[key]} bytes" for key in biggest)


@cache
def _codec() -> ModuleType:
    from . import session_codec  # PERF: all that it can store is slow to import, and many applications open no session

    return session_codec
