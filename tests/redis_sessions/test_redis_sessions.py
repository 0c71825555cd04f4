"""The example of a store on the server, against a real Redis."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from redis import Redis

from ferrule import App, session

MakeApp = Callable[..., App]


@pytest.fixture
def prefix(redis_url: str) -> Iterator[str]:
    """What the keys of one test begin with; they are deleted afterwards."""
    prefix = f"test:{uuid4()}:"
    yield prefix
    with Redis.from_url(redis_url) as redis:
        for key in redis.scan_iter(f"{prefix}*"):
            redis.delete(key)


@pytest.fixture
def make_app(redis_url: str, prefix: str) -> Iterator[MakeApp]:
    made: list[App] = []

    def make(**config: Any) -> App:
        config = {"REDIS_SESSIONS_URL": redis_url, "REDIS_SESSIONS_PREFIX": prefix, **config}
        app = App("shop", config_file=None, env="testing", extensions=["redis_sessions"], config=config)
        add_views(app)
        made.append(app)
        return app

    yield make
    for app in made:
        app.shutdown()


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url, decode_responses=True) as redis:
        yield redis


def add_views(app: App) -> None:
    @app.post("/set/<key>/<value>")
    def put(key: str, value: str) -> str:
        session[key] = value
        return "set"

    @app.post("/login")
    def login() -> str:
        app.session_interface.renew(session)
        return "welcome"

    @app.post("/logout")
    def logout() -> str:
        session.clear()
        return "bye"

    app.add_url_rule("/", "show", lambda: dict(session))
    app.add_url_rule("/page", "page", lambda: "page")


def id_of(client: Any) -> str:
    return str(client.get_cookie("session").value)


def test_a_session_lasts_from_request_to_request_and_the_cookie_says_nothing(
    make_app: MakeApp, redis: Redis, prefix: str
) -> None:
    app = make_app()
    ann, bob = app.test_client(), app.test_client()
    ann.post("/set/user/ann")
    bob.post("/set/user/bob")
    assert (ann.get("/").json, bob.get("/").json) == ({"user": "ann"}, {"user": "bob"})
    assert len(id_of(ann)) == 43  # 256 bits
    keys = list(redis.scan_iter(f"{prefix}*"))
    assert len(keys) == 2
    assert not [key for key in keys if id_of(ann) in key or id_of(bob) in key]


def test_an_id_that_the_server_does_not_know_is_not_taken_over(make_app: MakeApp) -> None:
    """Session fixation: whoever plants a cookie must not learn the id of the session that grows from it."""
    client = make_app().test_client()
    client.set_cookie("session", "planted")
    client.post("/set/user/ann")
    assert id_of(client) != "planted"
    assert client.get("/").json == {"user": "ann"}


def test_a_login_moves_the_session_to_another_id(make_app: MakeApp) -> None:
    app = make_app()
    client, thief = app.test_client(), app.test_client()
    client.post("/set/cart/apple")
    before = id_of(client)
    client.post("/login")
    assert id_of(client) != before
    assert (client.get("/").json or {})["cart"] == "apple"
    thief.set_cookie("session", before)
    assert thief.get("/").json == {}


def test_a_logout_makes_every_copy_of_the_cookie_worthless(make_app: MakeApp, redis: Redis, prefix: str) -> None:
    app = make_app()
    client, thief = app.test_client(), app.test_client()
    client.post("/set/user/ann")
    thief.set_cookie("session", id_of(client))
    answer = client.post("/logout")
    assert answer.headers["Set-Cookie"].startswith("session=;")
    assert thief.get("/").json == {}
    assert list(redis.scan_iter(f"{prefix}*")) == []


def test_a_session_expires_on_the_server(make_app: MakeApp) -> None:
    client = make_app(PERMANENT_SESSION_LIFETIME=timedelta(seconds=1)).test_client()
    client.post("/set/user/ann")
    assert client.get("/").json == {"user": "ann"}
    time.sleep(1.2)
    assert client.get("/").json == {}


def test_a_look_at_a_permanent_session_starts_its_lifetime_anew(make_app: MakeApp, redis: Redis, prefix: str) -> None:
    client = make_app().test_client()
    with client.session_transaction() as opened:
        opened.update(user="ann")
        opened.permanent = True
    (key,) = redis.scan_iter(f"{prefix}*")
    redis.expire(key, 100)
    client.get("/page")
    assert redis.ttl(key) <= 100
    client.get("/")
    assert redis.ttl(key) > 1000


def test_a_request_that_only_looked_undoes_nobody_s_change(make_app: MakeApp) -> None:
    app = make_app()
    client = app.test_client()
    with client.session_transaction() as opened:
        opened.permanent = True
    slow = app.test_request_context(headers={"Cookie": f"session={id_of(client)}"})
    with slow:
        assert "user" not in session
        client.post("/set/user/ann")
        app.session_interface.save_session(app, slow.session, app.response_class())
    assert (client.get("/").json or {})["user"] == "ann"


def test_a_change_that_ends_after_a_logout_revives_nothing(make_app: MakeApp, redis: Redis, prefix: str) -> None:
    app = make_app()
    client = app.test_client()
    client.post("/set/user/ann")
    slow = app.test_request_context(headers={"Cookie": f"session={id_of(client)}"})
    with slow:
        session["late"] = True
        client.post("/logout")
        app.session_interface.save_session(app, slow.session, app.response_class())
    assert list(redis.scan_iter(f"{prefix}*")) == []


def test_the_response_varies_by_the_cookie(make_app: MakeApp) -> None:
    client = make_app().test_client()
    assert client.get("/").headers["Vary"] == "Cookie"
    assert "Vary" not in client.get("/page").headers


def test_without_the_server_only_what_needs_a_session_fails(
    make_app: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(REDIS_SESSIONS_URL=f"redis://127.0.0.1:{unused_port()}/0")
    client = app.test_client()
    client.set_cookie("session", "x" * 43)
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "The session store does not answer" in caplog.text
    assert client.get("/page").status_code == 200
    new = app.test_client().post("/set/user/ann")  # it has no cookie: the server is first needed to save
    assert new.status_code == 500


def test_a_server_that_hangs_is_waited_for_as_long_as_the_settings_say(make_app: MakeApp) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        port = hanging.getsockname()[1]
        app = make_app(REDIS_SESSIONS_URL=f"redis://127.0.0.1:{port}/0", REDIS_SESSIONS_TIMEOUT=0.2)
        client = app.test_client()
        client.set_cookie("session", "x" * 43)
        start = time.monotonic()
        assert client.get("/").status_code == 503
        assert time.monotonic() - start < 2


def test_the_check_tells_whether_the_server_is_there(make_app: MakeApp) -> None:
    there, away = make_app(), make_app(REDIS_SESSIONS_URL=f"redis://127.0.0.1:{unused_port()}/0")
    found = []
    for app in (there, away):
        app.initialise()
        found.append([check.id for check in app.hooks.check_app(app, False) if "redis" in check.id])
    assert found == [[], ["redis_sessions.unreachable"]]


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
