"""The application's loaders: sessions, requests, coroutines, and all that a loader should not do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from ferrule import App, ContextError, Request
from ferrule_login import (
    AnonymousUserMixin,
    Login,
    NotAUserError,
    UserMixin,
    current_user,
    fresh_login_required,
    load_current_user,
    login_fresh,
    login_required,
    login_user,
)

KEY = "a key for tests, and for nothing else"
TOKEN = {"Authorization": "Bearer of-bob"}


class User(UserMixin):
    def __init__(self, user_id: str) -> None:
        self.id = user_id


def bearer(request: Request) -> User | None:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return User(token.removeprefix("of-")) if token.startswith("of-") else None


def hello() -> str:
    return "hello"


async def load_later(user_id: str) -> User:
    await asyncio.sleep(0)
    return User(user_id)


async def bearer_later(request: Request) -> User | None:
    await asyncio.sleep(0)
    return bearer(request)


def make_app(load: Callable[[str], Any] | None = User, **config: Any) -> App:
    app = App(
        "site",
        config_file=None,
        env="testing",
        extensions=["login"],
        config={"SECRET_KEY": KEY, "TESTING": True} | config,
    )
    if load is not None:
        app.extension(Login).user_loader(load)

    @app.get("/login")
    def log_in() -> list[bool]:
        return [login_user(User("ada"))]

    @app.get("/who")
    def who() -> list[Any]:
        return [current_user.get_id()]

    @app.get("/guarded")
    @login_required
    async def guarded() -> list[Any]:
        await asyncio.sleep(0)
        return [current_user.get_id()]

    return app


@pytest.mark.parametrize("load", [bearer, bearer_later])
def test_a_request_loader_finds_the_user_where_no_session_names_one(load: Any) -> None:
    app = make_app()
    app.extension(Login).request_loader(load)
    client = app.test_client()
    assert client.get("/who", headers=TOKEN).json == ["bob"]
    assert client.get("/who").json == [None]
    assert client.get("/guarded", headers=TOKEN).json == ["bob"]
    client.get("/login")
    assert client.get("/who", headers=TOKEN).json == ["ada"]


def test_a_request_loader_is_enough_and_needs_no_secret_key() -> None:
    app = make_app(None, SECRET_KEY=None)
    app.extension(Login).request_loader(bearer)
    assert app.test_client().get("/who", headers=TOKEN).json == ["bob"]
    assert app.test_client().get("/who").json == [None]


def test_who_comes_with_a_request_is_never_fresh() -> None:
    app = make_app(None)
    app.extension(Login).request_loader(bearer)
    app.add_url_rule("/fresh", "fresh", fresh_login_required(hello))
    app.add_url_rule("/is-fresh", "is_fresh", lambda: [login_fresh()])
    client = app.test_client()
    assert client.get("/fresh", headers=TOKEN).status_code == 401
    assert client.get("/is-fresh", headers=TOKEN).json == [False]


def test_a_request_loader_leaves_no_session() -> None:
    app = make_app(None)
    app.extension(Login).request_loader(bearer)
    answer = app.test_client().get("/who", headers=TOKEN)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Vary"] == "Cookie"


def test_an_async_loader_is_waited_for() -> None:
    client = make_app(load_later).test_client()
    client.get("/login")
    assert client.get("/who").json == ["ada"]
    assert client.get("/guarded").json == ["ada"]


@pytest.mark.parametrize("load", [User, load_later])
def test_an_async_view_without_a_guard_loads_its_user_first(load: Any) -> None:
    app = make_app(load)

    @app.get("/later")
    async def later() -> list[Any]:
        user = await load_current_user()
        return [user.get_id(), current_user.get_id(), await load_current_user() is user]

    client = app.test_client()
    assert client.get("/later").json == [None, None, True]
    client.get("/login")
    assert client.get("/later").json == ["ada", "ada", True]


def test_tasks_of_an_async_view_that_load_the_user_at_a_time_all_get_it() -> None:
    app = make_app(load_later)

    @app.get("/tasks")
    async def tasks() -> list[Any]:
        return [user.get_id() for user in await asyncio.gather(*(load_current_user() for _ in range(3)))]

    client = app.test_client()
    client.get("/login")
    assert client.get("/tasks").json == ["ada"] * 3


def test_an_async_view_that_looks_too_early_is_told_what_to_do() -> None:
    app = make_app(load_later)

    @app.get("/early")
    async def early() -> list[Any]:
        return [current_user.get_id()]

    client = app.test_client()
    client.get("/login")
    with pytest.raises(ContextError, match=r"`await load_current_user\(\)`"):
        client.get("/early")


class NoUser:
    """Has nothing of a user."""


@pytest.mark.parametrize(
    "found", [NoUser(), "ada", 7, {"id": "ada"}, UserMixin, object()], ids=lambda found: type(found).__name__
)
@pytest.mark.parametrize("kind", ["user", "request"])
def test_a_loader_that_returns_something_else_is_told_by_name_and_place(kind: str, found: Any) -> None:
    app = make_app(None)
    login = app.extension(Login)

    def load(wanted: Any) -> Any:
        return found

    (login.user_loader if kind == "user" else login.request_loader)(load)
    client = app.test_client()
    if kind == "user":
        client.get("/login")
    where = rf"the {kind} loader \S*load \(.*test_loaders.py:\d+\) returned a"
    with pytest.raises(NotAUserError, match=where):
        client.get("/who")


def test_a_loader_that_raises_ends_the_request_and_nobody_is_logged_out() -> None:
    broken = True

    def load(user_id: str) -> User:
        if broken:
            raise TimeoutError("the database is away")
        return User(user_id)

    app = make_app(load, TESTING=False)

    @app.errorhandler(500)
    def sorry(error: Exception) -> tuple[list[Any], int]:
        return [current_user.get_id(), isinstance(current_user, AnonymousUserMixin)], 500

    client = app.test_client()
    client.get("/login")
    answer = client.get("/who")
    assert (answer.status_code, answer.json) == (500, [None, True])
    broken = False
    assert client.get("/who").json == ["ada"]


def test_a_loader_that_returns_none_makes_a_nobody() -> None:
    client = make_app(lambda user_id: None).test_client()
    client.get("/login")
    assert client.get("/who").json == [None]
    with client.session_transaction() as left:
        assert dict(left) == {}


def test_a_loader_that_returns_somebody_else_logs_nobody_in() -> None:
    client = make_app(lambda user_id: User("bob")).test_client()
    client.get("/login")
    assert client.get("/who").json == [None]


def test_a_loader_that_asks_for_the_current_user_finds_nobody() -> None:
    asked: list[Any] = []

    def load(user_id: str) -> User:
        asked.append(current_user.get_id())
        return User(user_id)

    client = make_app(load).test_client()
    client.get("/login")
    assert client.get("/who").json == ["ada"]
    assert asked == [None]


def test_an_anonymous_user_of_the_applications_own() -> None:
    class Guest(AnonymousUserMixin):
        name = "a guest"

    app = make_app()
    app.extension(Login).anonymous_user = Guest
    app.add_url_rule("/name", "name", lambda: current_user.name)
    assert app.test_client().get("/name").text == "a guest"


def test_a_loader_that_raises_lets_nobody_in() -> None:
    def load(user_id: str) -> User:
        raise TimeoutError("the database is away")

    entered: list[str] = []
    app = make_app(load, TESTING=False)

    @app.get("/entered")
    @login_required
    def view() -> str:
        entered.append("somebody")
        return "entered"

    client = app.test_client()
    client.get("/login")
    assert client.get("/entered").status_code == 500
    assert entered == []
