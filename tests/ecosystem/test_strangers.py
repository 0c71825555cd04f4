"""A sample of what `make strangers` times: a refusal takes one time for all; and it would be seen if it did not."""

import pytest

from benchmarks.strangers import difference, make_app, refusals
from ferrule_login.hashing import Hasher

HASH = {"LOGIN_ARGON2_TIME_COST": 1, "LOGIN_ARGON2_MEMORY_COST": 8192}
"""Some milliseconds, which is much to the rest of a request and little to a test."""


def test_the_time_of_a_refusal_tells_nobody_who_has_an_account() -> None:
    taken = refusals(make_app(HASH), 240)
    allowed = min(taken["user"]) / 2
    assert difference(taken["user"], taken["stranger"]) < allowed
    assert difference(taken["user without a password"], taken["stranger"]) < allowed


def test_a_login_that_hashes_for_users_only_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    verify = Hasher.verify
    monkeypatch.setattr(
        Hasher, "verify", lambda self, stored, password: bool(stored) and verify(self, stored, password)
    )
    taken = refusals(make_app(HASH), 120)
    assert difference(taken["user"], taken["stranger"]) > min(taken["user"]) / 2
