"""What type checkers see: most of these tests have passed once mypy has."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, assert_type

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from werkzeug.wrappers import Response

from ferrule import App, Request
from ferrule_login import (
    AnonymousUserMixin,
    Login,
    LoginManager,
    LoginSettings,
    UserMixin,
    UserProtocol,
    authenticate,
    current_user,
    fingerprint_of,
    load_current_user,
    login_fresh,
    login_required,
    login_user,
    make_next_param,
    safe_next,
    sign_out_everywhere,
    typed_current_user,
)


@dataclass(eq=False)
class User(UserMixin):
    id: int
    name: str


class Base(DeclarativeBase):
    pass


class Account(UserMixin, Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    active: Mapped[bool] = mapped_column(default=True)

    @property
    def is_active(self) -> bool:
        return self.active


def test_a_typed_current_user_has_the_type_of_the_users() -> None:
    user = typed_current_user(User)
    assert_type(user, User)
    assert_type(current_user, Any)


def test_the_extension_and_its_settings_are_found_with_their_types() -> None:
    app = App("site", config_file=None, env="testing", extensions=["login"])
    assert_type(app.extension(Login), Login)
    settings = app.config.settings(LoginSettings)
    assert_type(settings, LoginSettings)
    assert_type(settings.view, str | None)


def test_a_loader_keeps_its_type() -> None:
    @Login().user_loader
    def load(user_id: str) -> User | None:
        return None

    assert_type(load("7"), User | None)


def test_a_guarded_view_keeps_its_arguments() -> None:
    @login_required
    def show(number: int, *, page: int = 1) -> str:
        return f"{number} {page}"

    def ask() -> None:
        assert_type(show(7, page=2), str | Response)

    assert callable(ask)


def test_whoever_has_the_parts_is_a_user() -> None:
    users: list[UserProtocol] = [User(7, "Ada"), AnonymousUserMixin(), Account(id=7)]
    assert [user.get_id() for user in users] == ["7", None, "7"]


def test_a_safe_place_is_a_text() -> None:
    assert_type(safe_next(None, "/"), str)


async def load_later(user_id: str) -> User | None:
    return None


def test_loaders_and_handlers_keep_their_types_also_async_ones() -> None:
    login = LoginManager()
    assert_type(login, Login)
    later: Callable[[str], Coroutine[Any, Any, User | None]] = login.user_loader(load_later)
    assert later is load_later

    @login.request_loader
    def by_key(request: Request) -> User | None:
        return None

    @login.unauthorized_handler
    def answer() -> tuple[str, int]:
        return "no", 401

    @login.user_saver
    def save(user: User) -> None:
        """Save."""

    assert_type(answer(), tuple[str, int])
    assert callable(by_key)
    assert callable(save)


def test_attributes_have_the_types_of_their_settings() -> None:
    login = LoginManager()
    assert_type(login.login_view, str | None)
    assert_type(login.login_message_category, str)
    login.login_view = "accounts.login"
    login.blueprint_login_views["admin"] = None
    assert login.login_view == "accounts.login"


def test_what_views_call_has_types() -> None:
    def ask(user: User, app: App) -> None:
        assert_type(login_user(user, remember=True, duration=timedelta(days=1)), bool)
        assert_type(login_user(user, True, timedelta(days=1), False, True), bool)
        assert_type(login_fresh(), bool)
        assert_type(fingerprint_of(app, user), str)
        assert_type(make_next_param("/login", "/notes"), str)
        sign_out_everywhere(user)

    async def load() -> None:
        assert_type(await load_current_user(), UserProtocol)

    assert callable(ask)
    assert callable(load)


def test_who_is_authenticated_has_the_type_that_the_search_has() -> None:
    class Member(UserMixin):
        id: int = 1
        password_hash: str = ""

    def find(name: str) -> Member | None:
        return None

    async def find_slowly(name: str) -> Member | None:
        return None

    app = App("typed", config_file=None, env="testing", extensions=["login"])
    app.extension(Login).user_loader(lambda _: None)
    with app.app_context():
        assert_type(authenticate("ada", "x", find), Member | None)
        assert_type(authenticate("ada", "x", find_slowly), Member | None)
