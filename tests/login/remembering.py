"""A site that remembers its users, by cookies alone or with a store, and what browsers do there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from ferrule import App, Context, Extension, get_flashed_messages, hookimpl, request
from ferrule.testing import FerruleClient
from ferrule_login import (
    Login,
    UserMixin,
    UserProtocol,
    confirm_login,
    current_user,
    login_fresh,
    login_remembered,
    login_user,
    logout_user,
    sign_out_everywhere,
)
from ferrule_login.stores.sqlalchemy.tables import REMEMBERED
from ferrule_sqlalchemy import db

KEY = "a key for tests, and for nothing else"
COOKIE = "remember_token"


@dataclass(eq=False)
class User(UserMixin):
    id: str
    password_hash: str = "the digest of a password"
    session_epoch: int = 0
    is_active: bool = True


class Witness(Extension):
    """Writes down what login tells of remember cookies."""

    name = "witness"

    def __init__(self) -> None:
        self.seen: list[tuple[str, str | None]] = []

    @hookimpl(optionalhook=True)
    def login_user_remembered(self, ctx: Context, user: UserProtocol) -> None:
        self.seen.append(("remembered", user.get_id()))

    @hookimpl(optionalhook=True)
    def login_remember_replayed(self, ctx: Context, user: UserProtocol) -> None:
        self.seen.append(("replayed", user.get_id()))


@dataclass
class Site:
    """An application, its users, and what was told of them."""

    app: App
    users: dict[str, User] = field(default_factory=dict)
    witness: Witness = field(default_factory=Witness)

    def browser(self, name: str | None = None, **query: Any) -> FerruleClient:
        """Return a new browser, in which somebody has logged in to be remembered."""
        client = self.app.test_client()
        if name is not None:
            client.post(f"/login/{name}", query_string={"remember": "yes", **query})
        return client

    def rows(self) -> list[Any]:
        """Return what the store has."""
        with db.engine_of(self.app).connect() as connection:
            return [*connection.execute(REMEMBERED.select().order_by(REMEMBERED.c.created))]


def make_site(database_uri: str | None = None, **config: Any) -> Site:
    """Make a site; with a database, one that has a store."""
    witness = Witness()
    extensions: list[str | Extension] = ["login", witness] if database_uri is None else ["sqlalchemy", "login", witness]
    values: dict[str, Any] = {"SECRET_KEY": KEY, "LOGIN_VIEW": "log_in_page"}
    if database_uri is not None:
        values["SQLALCHEMY_DATABASE_URI"] = database_uri
    app = App("site", config_file=None, env=config.pop("env", "testing"), extensions=extensions, config=values | config)
    site = Site(app, {name: User(name) for name in ("ada", "bob")}, witness)
    login = app.extension(Login)
    login.user_loader(site.users.get)
    login.user_saver(lambda user: None)
    _add_views(site)
    if database_uri is not None:
        app.initialise()
        REMEMBERED.create(db.engine_of(app), checkfirst=True)
    return site


def _add_views(site: Site) -> None:
    app, users = site.app, site.users

    @app.get("/login")
    def log_in_page() -> str:
        return "Who are you?"

    @app.post("/login/<name>")
    def log_in(name: str) -> list[bool]:
        seconds = request.args.get("duration", type=float)
        duration = None if seconds is None else timedelta(seconds=seconds)
        return [login_user(users[name], remember="remember" in request.args, duration=duration)]

    @app.post("/logout")
    def log_out() -> list[bool]:
        return [logout_user()]

    @app.post("/password/<new>")
    def change_password(new: str) -> str:
        current_user.password_hash = new
        confirm_login()
        return "changed"

    @app.post("/everywhere")
    def everywhere() -> str:
        sign_out_everywhere(current_user)
        return "signed out"

    @app.get("/who")
    def who() -> dict[str, Any]:
        return {
            "who": current_user.get_id(),
            "fresh": login_fresh(),
            "remembered": login_remembered(),
            "told": get_flashed_messages(),
        }

    @app.get("/plain")
    def plain() -> str:
        return "plain"


def database_in(folder: Path) -> str:
    """Return the URI of a database in a file."""
    return f"sqlite:///{folder / 'site.db'}"


def cookie_of(client: FerruleClient) -> str | None:
    """Return the remember cookie that a browser has."""
    found = client.get_cookie(COOKIE)
    return None if found is None else found.value


def reopen(client: FerruleClient) -> FerruleClient:
    """Close a browser and open it again: what ends with it is gone, and the remember cookie is still there."""
    client.delete_cookie("session")
    return client


def bearer_of(site: Site, cookie: str) -> FerruleClient:
    """Return a browser that has a remember cookie and nothing else."""
    client = site.app.test_client()
    client.set_cookie(COOKIE, cookie)
    return client


def page(client: FerruleClient) -> dict[str, Any]:
    """Return what a page sees of the user of a browser, and of what was flashed."""
    return client.get("/who").get_json() or {}


def who(client: FerruleClient) -> Any:
    """Return the id of the user of a browser, as a page sees it."""
    return page(client)["who"]
