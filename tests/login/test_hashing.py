"""Hashes of passwords: Argon2id, Werkzeug's formats, and the same work for everybody."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, Literal

import argon2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug import security
from werkzeug.security import generate_password_hash

from ferrule_login import PasswordTooLongError
from ferrule_login.hashing import OWASP_MINIMA, Hasher, hasher_with, mistakes_in
from ferrule_login.settings import LoginSettings

SCRYPT = "scrypt:256:8:1"
PBKDF2 = "pbkdf2:sha256:10"
PASSWORD = "correct horse"


def cheap(**changes: Any) -> Hasher:
    return Hasher(**{"time_cost": 1, "memory_cost": 8, "parallelism": 1, "longest": 1024, **changes})


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The parameters of each hash that is calculated while a password is checked."""
    done: list[str] = []
    verify, check = argon2.PasswordHasher.verify, security.check_password_hash

    def counted(self: argon2.PasswordHasher, hash: str | bytes, password: str | bytes) -> Literal[True]:
        done.append(str(hash).rpartition("$")[0].rpartition("$")[0])
        return verify(self, hash, password)

    def counted_legacy(pwhash: str, password: str) -> bool:
        done.append(pwhash.partition("$")[0])
        return check(pwhash, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    monkeypatch.setattr(security, "check_password_hash", counted_legacy)
    return done


def test_a_password_fits_what_was_made_of_it_and_nothing_else() -> None:
    hasher = cheap()
    stored = hasher.hash(PASSWORD)
    assert hasher.verify(stored, PASSWORD)
    assert not hasher.verify(stored, PASSWORD + " ")
    assert not hasher.verify(stored, "")
    assert stored != hasher.hash(PASSWORD)


@given(st.text(max_size=64))
@settings(max_examples=30)
def test_every_text_is_a_password(password: str) -> None:
    hasher = cheap()
    assert hasher.verify(hasher.hash(password), password)
    assert not hasher.verify(hasher.hash(password), password + "x")


def test_by_default_it_is_argon2id_with_the_least_that_owasp_recommends() -> None:
    defaults = LoginSettings()
    assert (defaults.argon2_memory_cost, defaults.argon2_time_cost) in OWASP_MINIMA
    stored = cheap(memory_cost=defaults.argon2_memory_cost, time_cost=defaults.argon2_time_cost).hash(PASSWORD)
    found = argon2.extract_parameters(stored)
    assert (found.type, found.memory_cost, found.time_cost, found.parallelism) == (argon2.Type.ID, 19_456, 2, 1)
    assert (found.salt_len, found.hash_len) == (16, 32)


@pytest.mark.parametrize("stored", [None, ""])
@pytest.mark.parametrize("password", ["", PASSWORD])
def test_nothing_fits_a_user_who_is_not_there_or_has_no_password(stored: str | None, password: str) -> None:
    assert not cheap().verify(stored, password)


@pytest.mark.parametrize(
    "stored",
    [
        None,
        "",
        "!",
        "plain text",
        "$argon2id$broken",
        "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$",
        "$2b$12$" + "x" * 53,
        "é",
    ],
)
def test_a_user_who_is_not_there_costs_the_work_of_a_wrong_password(stored: str | None, work: list[str]) -> None:
    hasher = cheap()
    assert not hasher.verify(hasher.hash(PASSWORD), "wrong")
    known = work.copy()
    work.clear()
    assert not hasher.verify(stored, "wrong")
    assert work[-1:] == known


@pytest.mark.parametrize("method", [SCRYPT, PBKDF2])
def test_hashes_of_werkzeug_are_read_and_outdated(method: str) -> None:
    stored, hasher = generate_password_hash(PASSWORD, method), cheap()
    assert hasher.verify(stored, PASSWORD)
    assert not hasher.verify(stored, "wrong")
    assert hasher.is_outdated(stored)


@pytest.mark.parametrize(
    "stored", ["scrypt:", "scrypt:256:8:1$salt", "scrypt:a:b:c$salt$00", "pbkdf2:none:1$s$00", "pbkdf2:sha256:0$s$00"]
)
def test_a_broken_hash_of_werkzeug_fits_nothing(stored: str) -> None:
    assert not cheap().verify(stored, PASSWORD)


def test_while_users_are_migrated_every_check_costs_the_same(work: list[str]) -> None:
    hasher = cheap(legacy=SCRYPT)
    migrated, waiting = hasher.hash(PASSWORD), generate_password_hash(PASSWORD, SCRYPT)
    seen = []
    for stored in (migrated, waiting, None, ""):
        for password in (PASSWORD, "wrong"):
            assert hasher.verify(stored, password) == (password == PASSWORD and bool(stored))
            seen.append(work.copy())
            work.clear()
    assert seen == [["$argon2id$v=19$m=8,t=1,p=1", SCRYPT]] * 8


def test_a_password_has_one_spelling() -> None:
    """NIST SP 800-63B-4, section 3.1.1.2: one keyboard composes é, another does not."""
    hasher = cheap()
    assert hasher.verify(hasher.hash("caf\u00e9"), "cafe\u0301")
    assert hasher.verify(hasher.hash("\ufb01ne"), "fine")


def test_a_password_that_is_too_long_is_refused_and_not_cut() -> None:
    hasher = cheap(longest=64)
    assert hasher.verify(hasher.hash("x" * 64), "x" * 64)
    with pytest.raises(PasswordTooLongError, match=r"65 characters has more than 64 bytes; .*password_max_bytes"):
        hasher.hash("x" * 65)
    with pytest.raises(PasswordTooLongError, match="33 characters"):
        hasher.hash("é" * 33)
    assert not hasher.verify(hasher.hash("x" * 64), "x" * 65)
    assert not hasher.verify(generate_password_hash("x" * 65, SCRYPT), "x" * 65)
    assert not hasher.verify(hasher.hash(""), "x" * 65)


def test_a_password_that_is_too_long_costs_the_same_whoever_it_is_for(work: list[str]) -> None:
    hasher = cheap(longest=64)
    stored = hasher.hash(PASSWORD)
    for each in (stored, None):
        hasher.verify(each, "x" * 1_000_000)
    assert work[0] == work[1]


def test_the_bound_holds_for_what_was_sent() -> None:
    """Normalised, one sign becomes eighteen letters, and to find that out would take the time that the bound saves."""
    hasher = cheap(longest=64)
    longest = "\ufdfa" * 21
    assert hasher.verify(hasher.hash(longest), longest)


def test_half_of_a_surrogate_pair_is_a_character_like_another() -> None:
    hasher = cheap()
    assert hasher.verify(hasher.hash("\ud800"), "\ud800")
    assert not hasher.verify(generate_password_hash("x", SCRYPT), "\ud800")


@pytest.mark.parametrize("change", [{"time_cost": 2}, {"memory_cost": 16}, {"parallelism": 2, "memory_cost": 16}])
def test_a_hash_of_other_parameters_is_outdated_and_fits(change: dict[str, int]) -> None:
    stored = cheap().hash(PASSWORD)
    assert not cheap().is_outdated(stored)
    assert cheap(**change).is_outdated(stored)
    assert cheap(**change).verify(stored, PASSWORD)


def test_hashes_of_the_other_kinds_of_argon2_are_outdated() -> None:
    stored = argon2.PasswordHasher(1, 8, 1, type=argon2.Type.I).hash(PASSWORD)
    assert cheap().verify(stored, PASSWORD)
    assert cheap().is_outdated(stored)
    assert cheap().is_outdated("é")


def test_one_set_of_parameters_has_one_hasher() -> None:
    costs: dict[str, Any] = {"time_cost": 1, "memory_cost": 8, "parallelism": 1, "longest": 64, "legacy": ""}
    assert hasher_with(**costs) is hasher_with(**costs)
    assert hasher_with(**costs) is not hasher_with(**costs | {"time_cost": 2})
    assert "decoy" not in repr(hasher_with(**costs))


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        ({"time_cost": 0}, ("argon2_time_cost", "at least one pass is needed")),
        ({"parallelism": 0}, ("argon2_parallelism", "at least one lane is needed")),
        ({"memory_cost": 7}, ("argon2_memory_cost", "Argon2 needs at least 8 KiB for this parallelism")),
        ({"longest": 63}, ("password_max_bytes", "passwords of 64 characters must be allowed (NIST SP 800-63B-4)")),
        ({"legacy": "bcrypt"}, ("legacy_hashes", "no method of Werkzeug's; write what its hashes begin with, such as")),
    ],
)
def test_parameters_that_cannot_work_are_mistakes(change: dict[str, Any], mistake: tuple[str, str]) -> None:
    ((name, text),) = mistakes_in(cheap(**change))
    assert name == mistake[0]
    assert text.startswith(mistake[1])
    assert not list(mistakes_in(cheap(legacy=SCRYPT)))


def test_argon2_is_loaded_when_the_first_password_is_hashed() -> None:
    program = (
        "import sys, ferrule_login, ferrule_login.hashing as hashing\n"
        "hasher = hashing.hasher_with(time_cost=1, memory_cost=8, parallelism=1, longest=64, legacy='')\n"
        "assert 'argon2' not in sys.modules\n"
        "hasher.hash('x')\n"
        "assert 'argon2' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
