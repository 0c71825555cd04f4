"""A site with a login by name and password, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from werkzeug.wrappers import Response

from ferrule import App, Context, Extension, hookimpl, request
from ferrule.testing import FerruleClient
from ferrule_login import Login, UserMixin, authenticate, current_user, hash_password, login_user

__all__ = ["PASSWORD", "Site", "User", "log_in", "make_site"]

PASSWORD: Final = "correct horse"
CONFIG: Final = {
    "SECRET_KEY": "a key for tests, and for nothing else",
    "LOGIN_ARGON2_TIME_COST": 1,
    "LOGIN_ARGON2_MEMORY_COST": 8,
}


@dataclass(eq=False)
class User(UserMixin):
    id: str
    password_hash: str | None = None


class Witness(Extension):
    """Keeps what it is told of logins."""

    name = "witness"

    def __init__(self) -> None:
        self.seen: list[tuple[str, str | None, str | None]] = []

    @hookimpl(optionalhook=True)
    def login_refused(self, ctx: Context, user: Any, reason: str, account: str | None) -> None:
        self.seen.append((reason, account, user and user.id))


@dataclass
class Site:
    """An application with one user, and what it has seen."""

    app: App
    users: dict[str, User]
    witness: Witness
    saved: list[str]

    def client(self, address: str = "192.0.2.1") -> FerruleClient:
        """A browser that has never been here."""
        client = self.app.test_client()
        client.environ_base["REMOTE_ADDR"] = address
        return client


def log_in(client: FerruleClient, name: str = "ada", password: str = PASSWORD) -> int:
    return client.post("/login", data={"name": name, "password": password}).status_code


def make_site(*, saves: bool = True, extensions: Sequence[str] = ("login",), **config: Any) -> Site:
    witness = Witness()
    app = App("site", config_file=None, env="testing", extensions=[*extensions, witness], config=CONFIG | config)
    users, saved = {"ada": User("ada")}, []
    login = app.extension(Login)
    login.user_loader(users.get)
    if saves:
        login.user_saver(lambda user: saved.append(user.password_hash))

    @app.post("/login")
    def log_in() -> tuple[str, int] | Response | str:
        user = authenticate(request.form["name"], request.form["password"], users.get)
        if user is None:
            return "no", 422
        login_user(user)
        return "yes"

    @app.get("/who")
    def who() -> str:
        return str(current_user.get_id())

    with app.app_context():
        users["ada"].password_hash = hash_password(PASSWORD)
    return Site(app, users, witness, saved)
