"""Tokens for links in mails: valid once, for one user, one purpose and some time."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrule import App, ConfigError
from ferrule_login import Login, NotAUserError, UserMixin, make_token, read_token, use_token
from ferrule_login.stores.sqlalchemy import TABLES
from ferrule_sqlalchemy import db

KEY: Final = "a key for tests, and for nothing else"


@dataclass(eq=False)
class User(UserMixin):
    id: str
    password_hash: str = "the first"
    session_epoch: int = 0


def make_app(*users: User, extensions: tuple[str, ...] = ("login",), **config: Any) -> App:
    app = App("site", config_file=None, env="testing", extensions=extensions, config={"SECRET_KEY": KEY} | config)
    known = {user.id: user for user in users or (User("ada"), User("bob"))}
    app.extension(Login).user_loader(known.get)
    return app


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time; it stands still unless a test changes it."""
    now = [1_800_000_000.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    return now


def test_a_token_says_whose_it_is_and_what_was_put_into_it() -> None:
    ada = User("ada")
    with make_app(ada).app_context():
        token = make_token(ada, "address", data="ada@example.org")
        for read in (read_token, read_token, use_token):
            found = read(token, "address")
            assert found is not None
            assert (found.user, found.data) == (ada, "ada@example.org")


def test_a_token_needs_no_encoding_in_a_url_and_tells_nothing() -> None:
    with make_app(User("ada-lovelace")).app_context():
        token = make_token(User("ada-lovelace"), "reset", data="secret-data")
    assert quote(token, safe="") == token
    assert len(token) < 220
    raw = base64.urlsafe_b64decode(token + "==")
    assert b"ada-lovelace" not in raw
    assert b"secret-data" not in raw


def test_a_token_is_used_once() -> None:
    with make_app().app_context():
        token, other = make_token(User("ada"), "address"), make_token(User("ada"), "address")
        assert use_token(token, "address") is not None
        assert use_token(token, "address") is None
        assert read_token(token, "address") is None
        assert use_token(other, "address") is not None


def test_a_token_is_for_one_purpose() -> None:
    with make_app().app_context():
        token = make_token(User("ada"), "address")
        for purpose in ("reset", "", "Address", "address "):
            assert read_token(token, purpose) is None
            assert use_token(token, purpose) is None
        assert use_token(token, "address") is not None


def test_a_token_expires(clock: list[float]) -> None:
    with make_app().app_context():
        token, short = make_token(User("ada"), "a"), make_token(User("ada"), "a", lifetime=timedelta(seconds=10))
        clock[0] += 9.9
        assert read_token(short, "a") is not None
        clock[0] += 0.1
        assert read_token(short, "a") is None
        assert use_token(short, "a") is None
        clock[0] += 3589
        assert read_token(token, "a") is not None
        clock[0] += 1
        assert read_token(token, "a") is None


def test_the_configuration_says_how_long_a_token_is_valid(clock: list[float]) -> None:
    with make_app(LOGIN_TOKEN_LIFETIME=60).app_context():
        token = make_token(User("ada"), "a")
        clock[0] += 61
        assert read_token(token, "a") is None


@pytest.mark.parametrize(("attribute", "value"), [("password_hash", "the second"), ("session_epoch", 1)])
def test_a_token_ends_with_the_password_and_with_the_epoch(attribute: str, value: Any) -> None:
    ada = User("ada")
    with make_app(ada).app_context():
        token = make_token(ada, "reset")
        setattr(ada, attribute, value)
        assert read_token(token, "reset") is None
        assert use_token(token, "reset") is None


def test_a_token_of_a_user_who_is_no_more_is_none() -> None:
    with make_app(User("bob")).app_context():
        assert read_token(make_token(User("ada"), "a"), "a") is None


def test_the_key_can_be_rotated_and_one_that_is_taken_out_is_gone() -> None:
    with make_app().app_context():
        token = make_token(User("ada"), "a")
    with make_app(SECRET_KEY="the next key", SECRET_KEY_FALLBACKS=[KEY]).app_context():
        assert read_token(token, "a") is not None
        newer = make_token(User("ada"), "a")
    with make_app(SECRET_KEY="the next key").app_context():
        assert read_token(token, "a") is None
        assert read_token(newer, "a") is not None


def test_a_token_needs_a_secret_key_and_a_user() -> None:
    with make_app(SECRET_KEY=None).app_context(), pytest.raises(ConfigError, match="secret key is needed"):
        make_token(User("ada"), "a")
    with make_app().app_context(), pytest.raises(NotAUserError, match="make_token needs a user"):
        make_token(None, "a")  # type: ignore[arg-type]  # what a search that found nobody returned


def test_what_another_version_has_put_into_a_token_is_no_token() -> None:
    app = make_app()
    with app.app_context():
        for claims in ("", [], [b"", "ada"], {"user_id": "ada"}):
            token = app.keyring.encrypter("login token a").encrypt(msgspec.msgpack.encode(claims))
            assert read_token(token, "a") is None


@given(st.data())
def test_a_token_that_was_changed_is_none(data: st.DataObject) -> None:
    app = make_app()
    with app.app_context():
        token, other = make_token(User("ada"), "a", data="x"), make_token(User("bob"), "a", data="x")
        start = data.draw(st.integers(0, len(token) - 1))
        end = data.draw(st.integers(start, len(token)))
        middle = data.draw(st.text(max_size=6) | st.just(other[start:end]) | st.characters(codec="ascii"))
        changed = token[:start] + middle + token[end:]
        found = read_token(changed, "a")
        assert (found is None) == (changed not in (token, other))


@pytest.mark.parametrize("token", ["", "x", "é", "\0", "A" * 100_000, "."])
def test_what_is_no_token_is_none(token: str) -> None:
    with make_app().app_context():
        assert read_token(token, "a") is None
        assert use_token(token, "a") is None


@pytest.mark.parametrize("kind", ["file", "postgresql", "mariadb"])
def test_all_workers_know_which_tokens_were_used(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, clock: list[float]
) -> None:
    uri = f"sqlite:///{tmp_path}/site.db" if kind == "file" else request.getfixturevalue(f"{kind}_url")
    workers = [make_app(extensions=("sqlalchemy", "login"), SQLALCHEMY_DATABASE_URI=uri) for _ in range(2)]
    engine = db.engine_of(workers[0])
    with workers[0].app_context():
        db.metadata.create_all(engine, TABLES)
        token = make_token(User("ada"), "a")
        assert use_token(token, "a") is not None
    with workers[1].app_context():
        assert read_token(token, "a") is None
        assert use_token(token, "a") is None
    db.metadata.drop_all(engine, TABLES)
    for worker in workers:
        worker.shutdown()
