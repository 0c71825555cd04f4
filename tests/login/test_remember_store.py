"""Remembered browsers in a database: families that rotate, end and expire, on each database and from many threads."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from ferrule import App
from ferrule_login.stores.families import GRACE, Family, Verdict, digest_of
from ferrule_login.stores.sqlalchemy import DatabaseRemembered
from ferrule_login.stores.sqlalchemy.tables import REMEMBERED
from ferrule_sqlalchemy import db

NOW = 1_800_000_000


@pytest.fixture(params=["sqlite", "postgresql_url", "mariadb_url"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DatabaseRemembered]:
    """A store in a database that has the table."""
    kind = request.param
    uri = f"sqlite:///{tmp_path / 'site.db'}" if kind == "sqlite" else request.getfixturevalue(kind)
    config = {"SQLALCHEMY_DATABASE_URI": uri}
    app = App("site", config_file=None, env="testing", extensions=["sqlalchemy"], config=config)
    REMEMBERED.create(db.engine_of(app))
    yield DatabaseRemembered(db.engine_of(app))
    REMEMBERED.drop(db.engine_of(app))
    app.shutdown()


def family(selector: str = "first", user_id: str = "ada", *, digest: str = "one", **parts: Any) -> Family:
    told: dict[str, Any] = {
        "fingerprint": "print",
        "created": NOW,
        "used": NOW,
        "expires": NOW + 3600,
        "user_agent": "a browser",
    }
    return Family(selector=selector, user_id=user_id, digest=digest, **(told | parts))


def at_once(functions: list[Callable[[], Any]]) -> list[Any]:
    """Call functions in threads that begin together."""
    together = Barrier(len(functions), timeout=30)

    def call(function: Callable[[], Any]) -> Any:
        together.wait()
        return function()

    with ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(call, functions))


def test_the_newest_validator_is_current_and_another_ends_the_family(store: DatabaseRemembered) -> None:
    store.begin(family())
    assert store.check("first", "one", NOW) is Verdict.CURRENT
    assert store.check("first", "never", NOW) is Verdict.REPLAYED
    assert store.check("first", "one", NOW) is Verdict.ENDED
    assert store.check("another", "one", NOW) is Verdict.UNKNOWN


def test_a_replaced_validator_counts_for_a_moment_and_is_a_replay_after_it(store: DatabaseRemembered) -> None:
    store.begin(family())
    assert store.rotate("one", family(digest="two"), NOW)
    assert store.check("first", "two", NOW) is Verdict.CURRENT
    assert store.check("first", "one", NOW + GRACE) is Verdict.REPLACED
    assert store.check("first", "one", NOW + GRACE + 1) is Verdict.REPLAYED
    assert store.check("first", "two", NOW + GRACE + 1) is Verdict.ENDED


def test_a_validator_that_was_replaced_twice_is_a_replay_at_once(store: DatabaseRemembered) -> None:
    store.begin(family())
    assert store.rotate("one", family(digest="two"), NOW)
    assert store.rotate("two", family(digest="three"), NOW)
    assert store.check("first", "one", NOW) is Verdict.REPLAYED


def test_of_many_that_rotate_a_validator_at_once_one_does(store: DatabaseRemembered) -> None:
    store.begin(family())
    done = at_once([lambda n=n: store.rotate("one", family(digest=f"new {n}"), NOW) for n in range(5)])  # type: ignore[misc]  # mypy cannot infer the default
    assert sorted(done) == [False, False, False, False, True]
    assert store.check("first", f"new {done.index(True)}", NOW) is Verdict.CURRENT
    assert store.check("first", "one", NOW) is Verdict.REPLACED


def test_of_many_that_replay_at_once_one_tells(store: DatabaseRemembered) -> None:
    store.begin(family())
    verdicts = at_once([lambda: store.check("first", "old", NOW)] * 5)
    assert sorted(verdict.name for verdict in verdicts) == [*["ENDED"] * 4, "REPLAYED"]


def test_a_family_that_a_replay_ended_stays_known_as_that_and_is_nothing_else(store: DatabaseRemembered) -> None:
    store.begin(family())
    store.check("first", "old", NOW)
    assert not store.rotate("one", family(digest="two"), NOW)
    assert not store.extend("one", family(expires=NOW + 7200), NOW)
    assert store.of_user("ada", NOW) == []
    assert not store.end("first")
    assert store.check("first", "one", NOW) is Verdict.ENDED


def test_an_expired_family_is_unknown_and_cannot_be_made_to_last(store: DatabaseRemembered) -> None:
    store.begin(family())
    late = NOW + 3600
    assert store.check("first", "one", late) is Verdict.UNKNOWN
    assert store.check("first", "old", late) is Verdict.UNKNOWN
    assert not store.rotate("one", family(digest="two", expires=late + 60), late)
    assert not store.extend("one", family(expires=late + 60), late)
    assert store.of_user("ada", late) == []


def test_families_are_listed_by_user_the_last_used_first(store: DatabaseRemembered) -> None:
    for number, user_id in enumerate(["ada", "bob", "ada"]):
        store.begin(family(f"family {number}", user_id, used=NOW + number))
    assert store.of_user("ada", NOW) == [family("family 2", used=NOW + 2), family("family 0")]
    assert store.extend("one", family("family 0", expires=NOW + 7200, fingerprint="new"), NOW)
    assert store.of_user("ada", NOW)[1] == family("family 0", expires=NOW + 7200, fingerprint="new")


def test_families_end_one_by_one_or_all_of_a_user(store: DatabaseRemembered) -> None:
    for number, user_id in enumerate(["ada", "bob", "ada", "ada"]):
        store.begin(family(f"family {number}", user_id))
    assert store.end("family 0")
    assert not store.end("family 0")
    assert store.end_all("ada") == 2
    assert store.end_all("ada") == 0
    assert len(store.of_user("bob", NOW)) == 1


def test_a_login_tidies_up_what_has_expired_and_no_more(
    store: DatabaseRemembered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.randrange", lambda _: 0)
    for number in range(7):
        store.begin(family(f"old {number}", expires=NOW, created=NOW - 60))
    assert len(store.of_user("ada", NOW - 1)) == 7
    store.begin(family("kept"))
    assert [each.selector for each in store.of_user("ada", NOW - 1)] == ["kept"]


def test_many_log_in_while_others_end_and_tidy_up(store: DatabaseRemembered, monkeypatch: pytest.MonkeyPatch) -> None:
    """No deadlock, nothing lost: what is to stay stays."""
    monkeypatch.setattr("random.randrange", lambda _: 0)
    for number in range(30):
        store.begin(family(f"old {number}", expires=NOW, created=NOW - 60))

    def log_in(number: int) -> None:
        for turn in range(4):
            selector = f"new {number} {turn}"
            store.begin(family(selector, f"user {number}"))
            store.rotate("one", family(selector, digest="two"), NOW)
            if turn % 2:
                store.end(selector)

    at_once([lambda n=n: log_in(n) for n in range(5)])  # type: ignore[misc]  # as above
    assert all(len(store.of_user(f"user {number}", NOW)) == 2 for number in range(5))
    assert store.of_user("ada", NOW - 1) == []


def test_a_validator_is_kept_as_a_digest() -> None:
    assert digest_of("validator") == hashlib.sha256(b"validator").hexdigest()


def test_a_store_that_cannot_write_leaves_the_cookie_as_it_is(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    uri = f"sqlite:///{tmp_path / 'site.db'}"
    config = {"SQLALCHEMY_DATABASE_URI": uri, "SQLALCHEMY_SQLITE_PRAGMAS": {"busy_timeout": 200}}
    app = App("site", config_file=None, env="testing", extensions=["sqlalchemy"], config=config)
    REMEMBERED.create(db.engine_of(app))
    store = DatabaseRemembered(db.engine_of(app))
    store.begin(family())
    with db.engine_of(app).begin() as writing:
        writing.execute(REMEMBERED.insert(), vars(family("other")))
        assert not store.rotate("one", family(digest="two"), NOW)
    assert "could not be replaced" in caplog.text
    assert store.check("first", "one", NOW) is Verdict.CURRENT
    app.shutdown()
