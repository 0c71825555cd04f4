"""What an application declares to login: who finds and saves its users, and how it answers who is not let in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, Self, TypeVar

from ferrule import App, Extension

from .assigned import AssignedSettings, SettingAttribute
from .loaders import Called, RequestLoader, UserLoader, UserSaver
from .remembering.contract import Remembering
from .user_models import model_users
from .users import AnonymousUserMixin, UserProtocol

__all__ = ["Declared"]

L = TypeVar("L", bound=UserLoader)
Q = TypeVar("Q", bound=RequestLoader)
S = TypeVar("S", bound=UserSaver)
H = TypeVar("H", bound=Callable[[], Any])


class _Found(NamedTuple):
    """What finds and saves the users of a model."""

    model: type[Any] | None = None
    load: Called[UserLoader] | None = None
    save: Called[UserSaver] | None = None
    raise_epoch: Called[UserSaver] | None = None

    @classmethod
    def by(cls, app: App, name: str) -> Self:
        users = model_users(app, name)
        saver = "user saver"
        return cls(
            users.model, Called(users.load, "user loader"), Called(users.save, saver), Called(users.raise_epoch, saver)
        )


_NONE: Final = _Found()


class Declared(AssignedSettings, Extension):
    """The functions that an application gives to login, and the settings that it assigns.

    Attributes:
        anonymous_user: Makes who stands for nobody: a class, or a function.
        blueprint_login_views: The pages to log in at of blueprints, by their names; they win over ``blueprint_views``.
        localize_callback: Translates the messages, when they are flashed.
        remembering: What remembers users beyond the session.
    """

    name = "login"

    remembering: Remembering

    login_view: SettingAttribute[str | None] = SettingAttribute("view")
    login_message: SettingAttribute[Any] = SettingAttribute("message")
    login_message_category: SettingAttribute[str] = SettingAttribute("message_category")
    refresh_view: SettingAttribute[str | None] = SettingAttribute("refresh_view")
    needs_refresh_message: SettingAttribute[Any] = SettingAttribute("refresh_message")
    needs_refresh_message_category: SettingAttribute[str] = SettingAttribute("refresh_message_category")
    session_protection: SettingAttribute[str | None] = SettingAttribute("session_protection")

    def __init__(self) -> None:
        super().__init__()
        self.anonymous_user: Callable[[], UserProtocol] = AnonymousUserMixin
        self.blueprint_login_views: dict[str, str | None] = {}
        self.localize_callback: Callable[[Any], str] | None = None
        self._of_models: dict[str | None, _Found] = {}
        self._user_loader: Called[UserLoader] | None = None
        self._request_loader: Called[RequestLoader] | None = None
        self._user_saver: Called[UserSaver] | None = None
        self._unauthorized: Called[Callable[[], Any]] | None = None
        self._needs_refresh: Called[Callable[[], Any]] | None = None

    def user_loader(self, load: L) -> L:
        """Register the function that finds a user by id. A decorator; the last function wins.

        Args:
            load: Takes the id, as the user's ``get_id`` returned it, and returns the user; may be ``async``. It returns
                ``None`` where there is no such user any more: then the session is emptied, and nobody is logged in. An
                exception ends the request and leaves the session as it is; on the error page nobody is logged in.

        Raises:
            SetupError: It cannot be called.
        """
        self._user_loader = Called(load, "user loader")
        return load

    def request_loader(self, load: Q) -> Q:
        """Register the function that finds the user of a request without a session. A decorator; the last one wins.

        It is asked where neither session nor remember cookie name anybody, for clients that send a key, for instance.
        Nothing is kept: each request is asked for its own.

        Args:
            load: Takes the request and returns the user, or ``None``; may be ``async``.

        Raises:
            SetupError: It cannot be called.
        """
        self._request_loader = Called(load, "request loader")
        return load

    def user_saver(self, save: S) -> S:
        """Register the function that saves a user whom login has changed. A decorator; the last function wins.

        Login raises ``session_epoch``, and the application's users may stand anywhere. With ``user_model`` it needs no
        such function.

        Args:
            save: Takes the user, and saves it for good: commits, where there are transactions. May be ``async``.

        Raises:
            SetupError: It cannot be called.
        """
        self._user_saver = Called(save, "user saver")
        return save

    def unauthorized_handler(self, answer: H) -> H:
        """Register the function that answers who is not logged in and asks for a guarded view. A decorator.

        Args:
            answer: Takes nothing, and returns what a view may return; may be ``async``.

        Raises:
            SetupError: It cannot be called.
        """
        self._unauthorized = Called(answer, "unauthorized handler")
        return answer

    def needs_refresh_handler(self, answer: H) -> H:
        """Register the function that answers a user whose login is not fresh, where it must be. A decorator.

        Args:
            answer: Takes nothing, and returns what a view may return; may be ``async``.

        Raises:
            SetupError: It cannot be called.
        """
        self._needs_refresh = Called(answer, "needs-refresh handler")
        return answer

    def loader_in(self, app: App) -> Called[UserLoader] | None:
        """Return what finds users by id in an application.

        Raises:
            SetupError: It is to be ``user_model``, which cannot be.
        """
        return self._user_loader or self._of_model(app).load

    def waits_in(self, app: App) -> bool:
        """Tell whether a loader of an application is ``async``."""
        return any(load is not None and load.is_async for load in (self.loader_in(app), self._request_loader))

    def saver_in(self, app: App) -> Called[UserSaver] | None:
        """Return what saves users in an application.

        Raises:
            SetupError: It is to be ``user_model``, which cannot be.
        """
        return self._user_saver or self._of_model(app).save

    def epoch_raiser_in(self, app: App) -> Called[UserSaver] | None:
        """Return what raises the epoch of a user and saves it, where that need not be done here."""
        return None if self._user_saver else self._of_model(app).raise_epoch

    def user_model_in(self, app: App) -> type[Any] | None:
        """Return the model that ``user_model`` names, unless the application has a loader of its own."""
        return None if self._user_loader else self._of_model(app).model

    def _of_model(self, app: App) -> _Found:
        name = self.settings(app).user_model
        found = self._of_models.get(name)
        if found is None:
            found = self._of_models[name] = _NONE if name is None else _Found.by(app, name)
        return found

    @property
    def registered_request_loader(self) -> Called[RequestLoader] | None:
        """What finds users by requests."""
        return self._request_loader

    @property
    def registered_unauthorized_handler(self) -> Called[Callable[[], Any]] | None:
        """What answers who is not logged in."""
        return self._unauthorized

    @property
    def registered_needs_refresh_handler(self) -> Called[Callable[[], Any]] | None:
        """What answers whose login is not fresh."""
        return self._needs_refresh
