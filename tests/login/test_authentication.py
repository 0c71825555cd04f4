"""A name and a password: checked, counted, hashed anew."""

from __future__ import annotations

import asyncio
from pathlib import Path

import argon2
import pytest
import sqlalchemy as sa
from werkzeug.security import generate_password_hash

from ferrule import request
from ferrule_login import TooManyAttemptsError, authenticate, login_user
from ferrule_login.stores.memory import MemoryAttempts
from ferrule_login.stores.sqlalchemy import TABLES
from ferrule_sqlalchemy import db

from .sites import PASSWORD, User, log_in, make_site


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that attempts see; it stands still unless a test changes it."""
    now = [1_800_000_000.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    return now


def test_who_knows_the_password_is_logged_in() -> None:
    site = make_site()
    client = site.client()
    assert log_in(client) == 200
    assert client.get("/who").text == "ada"


@pytest.mark.parametrize(("name", "password"), [("ada", "wrong"), ("ada", ""), ("bob", PASSWORD), ("", "")])
def test_who_does_not_is_refused_and_extensions_are_told(name: str, password: str) -> None:
    site = make_site()
    client = site.client()
    assert log_in(client, name, password) == 422
    assert client.get("/who").text == "None"
    assert site.witness.seen == [("credentials", name, "ada" if name == "ada" else None)]


def test_a_hash_of_other_parameters_is_made_anew_and_saved_once() -> None:
    site = make_site()
    site.app.config["LOGIN_ARGON2_TIME_COST"] = 2
    client = site.client()
    assert log_in(client, password="wrong") == 422
    assert site.saved == []
    assert log_in(client) == 200
    assert client.get("/who").text == "ada"
    assert site.saved == [site.users["ada"].password_hash]
    assert argon2.extract_parameters(site.saved[0]).time_cost == 2
    assert log_in(client) == 200
    assert len(site.saved) == 1


@pytest.mark.parametrize("method", ["scrypt:256:8:1", "pbkdf2:sha256:10"])
def test_a_hash_of_werkzeug_becomes_one_of_argon2_at_the_first_login(method: str) -> None:
    site = make_site()
    site.users["ada"].password_hash = generate_password_hash(PASSWORD, method)
    assert log_in(site.client()) == 200
    assert (site.users["ada"].password_hash or "").startswith("$argon2id$")
    assert log_in(site.client()) == 200


def test_where_nobody_saves_users_an_old_hash_stays_and_works() -> None:
    site = make_site(saves=False)
    old = site.users["ada"].password_hash = generate_password_hash(PASSWORD, "pbkdf2:sha256:10")
    client = site.client()
    assert log_in(client) == 200
    assert client.get("/who").text == "ada"
    assert site.users["ada"].password_hash == old


def test_an_attempt_that_comes_too_early_is_answered_429_and_checks_nothing(clock: list[float]) -> None:
    site = make_site()
    client = site.client()
    assert [log_in(client, password="wrong") for _ in range(6)] == [422] * 5 + [429]
    answer = client.post("/login", data={"name": "ada", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert "Try again in a second." in answer.text
    assert site.witness.seen[-1] == ("throttled", "ada", None)
    clock[0] += 1
    assert log_in(client) == 200


def test_the_wait_grows_and_retry_after_says_how_long_it_is(clock: list[float]) -> None:
    client, waits = make_site().client(), []
    for _ in range(20):
        log_in(client, password="wrong")
        answer = client.post("/login", data={"name": "ada", "password": "wrong"})
        waits.append(int(answer.headers.get("Retry-After", 0)))
        clock[0] += waits[-1]
    grown = [wait for wait in waits if wait]
    assert grown[:8] == [1, 2, 4, 8, 16, 32, 64, 128]
    assert max(grown) <= 3600


def test_a_success_forgets_the_failures_of_this_account_here(clock: list[float]) -> None:
    client = make_site().client()
    for _ in range(4):
        log_in(client, password="wrong")
    assert log_in(client) == 200
    assert [log_in(client, password="wrong") for _ in range(6)] == [422] * 5 + [429]


def test_an_error_handler_can_make_a_page_of_it(clock: list[float]) -> None:
    site = make_site()

    @site.app.errorhandler(429)
    def too_many(error: TooManyAttemptsError) -> tuple[str, int, dict[str, str]]:
        return f"Please wait {error.retry_after} s", 429, {"Retry-After": str(error.retry_after)}

    client = site.client()
    for _ in range(5):
        log_in(client, password="wrong")
    assert client.post("/login", data={"name": "ada", "password": "x"}).text == "Please wait 1 s"


def test_the_user_may_be_searched_for_by_a_coroutine() -> None:
    site = make_site()

    async def find(name: str) -> User | None:
        return site.users.get(name)

    with site.app.test_request_context():
        assert authenticate("ada", PASSWORD, find) is site.users["ada"]
        assert authenticate("bob", PASSWORD, find) is None


def test_a_view_that_is_a_coroutine_authenticates_in_a_thread() -> None:
    site = make_site()

    @site.app.post("/async")
    async def log_in_slowly() -> str:
        user = await asyncio.to_thread(authenticate, request.form["name"], request.form["password"], site.users.get)
        return "no" if user is None else f"yes {login_user(user)}"

    client = site.client()
    assert client.post("/async", data={"name": "ada", "password": "wrong"}).text == "no"
    assert client.post("/async", data={"name": "ada", "password": PASSWORD}).text == "yes True"
    assert client.get("/who").text == "ada"
    assert client.get_cookie("login_device") is not None


def test_the_view_may_go_on_writing_and_the_success_is_counted_when_it_is_done(tmp_path: Path) -> None:
    """SQLite has one writer at a time, and what the view has written is not committed when it returns."""
    uri = f"sqlite:///{tmp_path}/site.db"
    site = make_site(extensions=["sqlalchemy", "login"], SQLALCHEMY_DATABASE_URI=uri, LOGIN_THROTTLE_DELAY=600)
    site.app.config["SQLALCHEMY_SQLITE_PRAGMAS"] = {"busy_timeout": 50}

    @site.app.post("/write")
    def write() -> str:
        user = authenticate("ada", PASSWORD, site.users.get)
        db.session.execute(sa.text("CREATE TABLE written (id INTEGER)"))
        return str(user and user.id)

    db.metadata.create_all(db.engine_of(site.app), TABLES)
    client = site.client()
    for _ in range(4):
        assert log_in(client, password="wrong") == 422
    assert client.post("/write").text == "ada"
    client.delete_cookie("login_device")
    assert [log_in(client, password="wrong") for _ in range(6)] == [422] * 5 + [429]
    site.app.shutdown()


def test_a_success_that_cannot_be_taken_back_is_logged_and_the_login_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    site = make_site()
    monkeypatch.setattr(MemoryAttempts, "settle", fail)
    assert log_in(site.client()) == 200
    assert "could not be taken back" in caplog.text
    assert "the disk is full" in caplog.text


def test_throttling_can_be_switched_off() -> None:
    client = make_site(LOGIN_THROTTLE=False).client()
    assert {log_in(client, password="wrong") for _ in range(30)} == {422}
    assert log_in(client) == 200
    assert client.get_cookie("login_device") is None


def test_a_command_is_not_throttled(clock: list[float]) -> None:
    site = make_site()
    with site.app.app_context():
        for _ in range(10):
            assert authenticate("ada", "wrong", site.users.get) is None
        assert authenticate("ada", PASSWORD, site.users.get) is site.users["ada"]


def test_a_search_for_the_user_that_fails_counts_as_a_failure(clock: list[float]) -> None:
    site = make_site()

    def fail(_: str) -> User:
        raise LookupError

    with site.app.test_request_context():
        for _ in range(5):
            with pytest.raises(LookupError):
                authenticate("ada", PASSWORD, fail)
        with pytest.raises(TooManyAttemptsError):
            authenticate("ada", PASSWORD, site.users.get)
