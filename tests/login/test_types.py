"""What type checkers see: most of these tests have passed once mypy has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, assert_type

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from werkzeug.wrappers import Response

from ferrule import App
from ferrule_login import (
    AnonymousUserMixin,
    Login,
    LoginSettings,
    UserMixin,
    UserProtocol,
    current_user,
    login_required,
    safe_next,
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
