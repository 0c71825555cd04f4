"""Passwords: hashed with Argon2, by an extension of the application's own."""

from typing import Literal

import pytest
from argon2 import PasswordHasher, extract_parameters

from ferrule import App
from notes import create_app
from notes.passwords import Passwords, PasswordSettings, Strongbox


class CountingHasher(PasswordHasher):
    """Counts how often Argon2 is at work on a password that somebody typed."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified: list[str] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.verified.append(str(hash))
        return super().verify(hash, password)


def test_a_password_opens_what_was_made_of_it_and_nothing_else() -> None:
    box = Strongbox(CountingHasher())
    stored = box.hash("correct horse")
    assert box.opens(stored, "correct horse")
    assert not box.opens(stored, "correct horse ")
    assert not box.opens(stored, "")


def test_nothing_opens_a_user_who_is_not_there() -> None:
    box = Strongbox(CountingHasher())
    assert not box.opens(None, "")
    assert not box.opens(None, "correct horse")


def test_an_unknown_user_costs_the_same_work_as_a_known_one() -> None:
    hasher = CountingHasher()
    box = Strongbox(hasher)
    stored = box.hash("correct horse")
    box.opens(stored, "wrong")
    box.opens(None, "wrong")
    known, unknown = (extract_parameters(used) for used in hasher.verified)
    assert known == unknown


def test_a_hash_of_other_parameters_is_outdated() -> None:
    box = Strongbox(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    assert not box.is_outdated(box.hash("correct horse"))
    assert box.is_outdated(Strongbox(CountingHasher()).hash("correct horse"))


@pytest.mark.parametrize("stored", ["", "plain text", "$argon2id$broken", "$2b$12$" + "x" * 53])
def test_what_is_no_hash_opens_to_nobody(stored: str) -> None:
    assert not Strongbox(CountingHasher()).opens(stored, "correct horse")


def test_the_configuration_sets_the_parameters(app: App) -> None:
    assert app.config.settings(PasswordSettings) == PasswordSettings(time_cost=1, memory_cost=8, parallelism=1)
    with app.app_context():
        parameters = extract_parameters(app.extension(Passwords).strongbox.hash("correct horse"))
    assert (parameters.time_cost, parameters.memory_cost, parameters.parallelism) == (1, 8, 1)


def test_without_a_configuration_they_are_those_of_rfc_9106() -> None:
    app = create_app(env="development")
    assert app.config.settings(PasswordSettings) == PasswordSettings(time_cost=3, memory_cost=65_536, parallelism=4)
