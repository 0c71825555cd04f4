"""Fingerprints: what they depend on, what they do not tell, and which keys they are made with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from ferrule import App
from ferrule_login import UserMixin, fingerprint_of, is_fingerprint_of

KEY = "a key for tests, and for nothing else"
OLDER = "the key before that one"


@dataclass(eq=False)
class User(UserMixin):
    id: Any
    password_hash: str = "a hash"
    session_epoch: int | None = 0


def make_app(*keys: str) -> App:
    config = {"SECRET_KEY": keys[0], "SECRET_KEY_FALLBACKS": list(keys[1:])} if keys else {}
    return App("site", config_file=None, env="testing", extensions=["login"], config=config)


def test_a_fingerprint_is_of_the_user_and_of_the_key() -> None:
    found = fingerprint_of(make_app(KEY), User(7))
    assert found == fingerprint_of(make_app(KEY), User("7"))
    assert len(found) == 24
    others = [User(8), User(7, "another hash"), User(7, session_epoch=1), User(70, "", 0)]
    assert found not in {fingerprint_of(make_app(KEY), other) for other in others}
    assert found != fingerprint_of(make_app(OLDER), User(7))


def test_an_id_cannot_run_over_into_what_comes_after_it() -> None:
    class Told(UserMixin):
        def __init__(self, user_id: str, told: str) -> None:
            self.id, self.told = user_id, told

        def get_fingerprint(self) -> str:
            return self.told

    app = make_app(KEY)
    assert fingerprint_of(app, Told("1", "2:x")) != fingerprint_of(app, Told("12", ":x"))
    assert fingerprint_of(app, Told("1", "1:1")) != fingerprint_of(app, Told("11", ":1"))


def test_an_epoch_that_was_never_set_is_the_first() -> None:
    app = make_app(KEY)
    assert fingerprint_of(app, User(7, session_epoch=None)) == fingerprint_of(app, User(7, session_epoch=0))


def test_a_user_without_a_fingerprint_of_its_own_is_bound_by_the_id() -> None:
    class Plain:
        is_active = is_authenticated = True
        is_anonymous = False

        def get_id(self) -> str:
            return "7"

    assert len(fingerprint_of(make_app(KEY), Plain())) == 24


def test_a_fingerprint_of_an_older_key_is_known_until_the_key_is_taken_out() -> None:
    before = fingerprint_of(make_app(OLDER), User(7))
    assert is_fingerprint_of(make_app(KEY, OLDER), User(7), before)
    assert not is_fingerprint_of(make_app(KEY), User(7), before)


@pytest.mark.parametrize("claimed", [None, 7, b"", "", "é", "A" * 24, ["x"]], ids=repr)
def test_anything_else_is_no_fingerprint(claimed: object) -> None:
    assert not is_fingerprint_of(make_app(KEY), User(7), claimed)


def test_without_a_secret_key_there_is_a_fingerprint_for_sessions_that_a_server_keeps() -> None:
    app = make_app()
    assert is_fingerprint_of(app, User(7), fingerprint_of(app, User(7)))
    assert not is_fingerprint_of(app, User(7, "another hash"), fingerprint_of(app, User(7)))


def test_a_key_that_is_changed_in_code_makes_other_fingerprints_from_then_on() -> None:
    app = make_app(KEY)
    before = fingerprint_of(app, User(7))
    app.secret_key = OLDER
    assert fingerprint_of(app, User(7)) == fingerprint_of(make_app(OLDER), User(7)) != before
