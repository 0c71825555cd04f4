"""Passwords as an application meets them: hashed and checked as its configuration says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import argon2
import pytest
from werkzeug.security import generate_password_hash

from ferrule import App, ContextError, ExtensionError
from ferrule_login import Login, UserMixin, check_password, hash_password, needs_rehash

PASSWORD = "correct horse"
CHEAP = {"LOGIN_ARGON2_TIME_COST": 1, "LOGIN_ARGON2_MEMORY_COST": 8}


@dataclass(eq=False)
class User(UserMixin):
    id: str
    password_hash: str | None = None


def make_app(**config: Any) -> App:
    app = App("site", config_file=None, env="testing", extensions=["login"], config=CHEAP | config)
    app.extension(Login).user_loader(lambda _: None)
    return app


def test_a_password_is_checked_against_a_user() -> None:
    with make_app().app_context():
        ada = User("ada", hash_password(PASSWORD))
        assert check_password(ada, PASSWORD)
        assert not check_password(ada, "wrong")


@pytest.mark.parametrize("user", [None, User("ada"), User("ada", "")])
def test_nobody_has_a_password(user: User | None) -> None:
    with make_app().app_context():
        assert not check_password(user, "")
        assert not check_password(user, PASSWORD)


def test_the_configuration_sets_the_parameters_and_tells_old_hashes() -> None:
    app = make_app(LOGIN_ARGON2_TIME_COST=2, LOGIN_ARGON2_MEMORY_COST=32, LOGIN_ARGON2_PARALLELISM=2)
    with app.app_context():
        stored = hash_password(PASSWORD)
        found = argon2.extract_parameters(stored)
        assert (found.time_cost, found.memory_cost, found.parallelism) == (2, 32, 2)
        assert not needs_rehash(stored)
    with make_app().app_context():
        assert needs_rehash(stored)
        assert needs_rehash(generate_password_hash(PASSWORD, "pbkdf2:sha256:1"))


def test_the_configuration_may_change_while_the_application_runs() -> None:
    app = make_app()
    with app.app_context():
        stored = hash_password(PASSWORD)
        app.config["LOGIN_ARGON2_TIME_COST"] = 2
        assert needs_rehash(stored)


def test_all_mistakes_in_the_parameters_are_told_at_the_start() -> None:
    app = make_app(
        LOGIN_ARGON2_TIME_COST=0, LOGIN_LEGACY_HASHES="md5", LOGIN_THROTTLE_FORGET=0, LOGIN_THROTTLE_ACCOUNT=0
    )
    with pytest.raises(ExtensionError) as caught:
        app.finalize()
    told = str(caught.value)
    assert "argon2_time_cost=0: at least one pass is needed" in told
    assert "legacy_hashes='md5': no method of Werkzeug's; write what its hashes begin with" in told
    assert "throttle_forget=0.0: more than 0 is needed" in told
    assert "throttle_account=0: more than 0 is needed" in told


def test_a_password_is_hashed_for_an_application() -> None:
    with pytest.raises(ContextError):
        hash_password(PASSWORD)


def findings(**config: Any) -> dict[str, str]:
    app = make_app(**config)
    app.finalize()
    return {check.id: check.message for check in app.hooks.check_app(app, True) if check.id.startswith("login.")}


@pytest.mark.parametrize(("memory", "passes"), [(19_456, 2), (12_288, 3), (47_104, 1), (65_536, 4)])
def test_the_check_is_content_with_what_owasp_recommends(memory: int, passes: int) -> None:
    found = findings(LOGIN_ARGON2_MEMORY_COST=memory, LOGIN_ARGON2_TIME_COST=passes)
    assert list(found) == ["login.addresses", "login.memory_store"]


@pytest.mark.parametrize(("memory", "passes"), [(19_455, 2), (19_456, 1), (7_168, 4), (1_024, 30)])
def test_the_check_finds_cheap_hashes(memory: int, passes: int) -> None:
    found = findings(LOGIN_ARGON2_MEMORY_COST=memory, LOGIN_ARGON2_TIME_COST=passes)
    assert f"{memory} KiB and {passes} passes" in found["login.cheap_passwords"]


def test_the_check_reminds_of_the_proxy_unless_it_is_configured() -> None:
    assert "behind a proxy all have the proxy's" in findings()["login.addresses"]
    assert "login.addresses" not in findings(PROXY_FIX={"x_for": 1})
    assert "login.addresses" in findings(PROXY_FIX={"x_proto": 1})
    assert "login.addresses" not in findings(LOGIN_THROTTLE=False)


def test_the_check_finds_that_nothing_slows_guesses_down_and_nothing_is_shared() -> None:
    found = findings(LOGIN_THROTTLE=False)
    assert "may be guessed without a wait" in found["login.no_throttling"]
    assert "in each worker process by itself" in found["login.memory_store"]
