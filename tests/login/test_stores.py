"""Stores: what login has to remember, in the process and in each database, shared by all who come at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any, Final

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from ferrule import App
from ferrule_login import Login, StoreError, UserMixin
from ferrule_login.stores import AttemptStore, Level, Limit, Stores, TokenStore, stores_of
from ferrule_login.stores.levels import EMPTY, after_failure, after_success, wait_of
from ferrule_login.stores.memory import MemoryAttempts, MemoryTokens
from ferrule_login.stores.sqlalchemy import TABLES, DatabaseAttempts, DatabaseTokens, transactions
from ferrule_login.stores.sqlalchemy.tables import ATTEMPTS, SPENT_TOKENS
from ferrule_sqlalchemy import Model, db
from ferrule_sqlalchemy.metadatas import METADATAS
from ferrule_sqlalchemy.rollbacks import rolled_back

NOW: Final = 1_800_000_000.0
ONE: Final = Limit(free=5, forget=3600, first_delay=1, max_delay=60)
MANY: Final = Limit(free=20, forget=60, first_delay=1, max_delay=60)
A, B, C = ("0" * 31 + letter for letter in "abc")


def make_app(uri: str | None, folder: Path) -> App:
    config = {} if uri is None else {"SQLALCHEMY_DATABASE_URI": uri}
    extensions = ["login"] if uri is None else ["sqlalchemy", "login"]
    app = App("site", config_file=None, env="testing", extensions=extensions, config=config, instance_path=str(folder))
    app.extension(Login).user_loader(lambda _: UserMixin())
    app.initialise()
    return app


@contextmanager
def database(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[sa.Engine]:
    """Make the tables in a database."""
    uri = "sqlite:///site.db" if kind == "file" else request.getfixturevalue(f"{kind}_url")
    app = make_app(uri, folder)
    engine = db.engine_of(app)
    db.metadata.create_all(engine, TABLES)
    try:
        yield engine
    finally:
        db.metadata.drop_all(engine, TABLES)
        app.shutdown()


@pytest.fixture(params=["file", "postgresql", "mariadb"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """The engine of each database in turn."""
    with database(request.param, request, tmp_path) as engine:
        yield engine


@pytest.fixture(params=["memory", "file", "postgresql", "mariadb"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    """The stores of each kind in turn."""
    if request.param == "memory":
        yield Stores(attempts=MemoryAttempts(), tokens=MemoryTokens(), are_shared=False)
        return
    with database(request.param, request, tmp_path) as engine:
        yield Stores(attempts=DatabaseAttempts(engine), tokens=DatabaseTokens(engine), are_shared=True)


@pytest.fixture
def attempts(stores: Stores) -> AttemptStore:
    """The store of attempts."""
    return stores.attempts


@pytest.fixture
def tokens(stores: Stores) -> TokenStore:
    """The store of tokens."""
    return stores.tokens


def all_at_once(work: Callable[[int], Any], count: int = 12) -> list[Any]:
    """Do something in several threads at the same time."""
    barrier = Barrier(count, timeout=30)

    def begin(number: int) -> Any:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


# how failures add up


def test_some_failures_are_free_and_each_further_one_doubles_the_wait() -> None:
    level, waits, now = EMPTY, [], NOW
    for _ in range(13):
        level = after_failure(level, ONE, now)
        waits.append(wait_of(level, now))
        now += waits[-1]
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_failures_are_forgotten_one_by_one() -> None:
    level = EMPTY
    for _ in range(5):
        level = after_failure(level, ONE, NOW)
    assert wait_of(after_failure(level, ONE, NOW), NOW) == 2
    assert wait_of(after_failure(level, ONE, NOW + 3600), NOW + 3600) == 1
    assert wait_of(after_failure(level, ONE, NOW + 7200), NOW + 7200) == 0
    much_later = NOW + 9 * 3600
    assert after_failure(level, ONE, much_later).forgotten_at == after_failure(EMPTY, ONE, much_later).forgotten_at


@given(
    st.integers(1, 100),
    st.floats(0.001, 1e6),
    st.floats(0.001, 1e5),
    st.lists(st.floats(0, 1e6), max_size=60),
)
def test_whoever_keeps_to_the_waits_never_waits_longer_than_the_longest(
    free: int, forget: float, first: float, pauses: list[float]
) -> None:
    limit = Limit(free=free, forget=forget, first_delay=first, max_delay=max(first, 3600))
    level, now = EMPTY, NOW
    for number, pause in enumerate(pauses):
        level = after_failure(level, limit, now)
        assert wait_of(level, now) <= limit.max_delay + 1e-3
        assert number + 1 >= free or not wait_of(level, now)
        now += max(pause, wait_of(level, now))


@given(st.integers(1, 40), st.lists(st.floats(0, 1e5), min_size=1, max_size=40))
def test_a_success_takes_its_own_failure_back_and_no_other(free: int, pauses: list[float]) -> None:
    limit = Limit(free=free, forget=3600, first_delay=1, max_delay=3600)
    level, now = EMPTY, NOW
    for pause in pauses:
        level = after_failure(level, limit, now)
        now += max(pause, wait_of(level, now))
    back = after_success(after_failure(level, limit, now), limit, now)
    assert max(back.forgotten_at, now) == pytest.approx(max(level.forgotten_at, now))
    assert wait_of(back, now) == 0


# attempts


def test_failures_are_counted_in_every_bucket_or_in_none(attempts: AttemptStore) -> None:
    for _ in range(5):
        assert attempts.charge({A: ONE, B: MANY}, NOW) == 0
    assert attempts.charge({A: ONE, B: MANY}, NOW) == 1
    assert attempts.charge({A: ONE, C: ONE}, NOW + 0.5) == 0.5
    for _ in range(4):
        assert attempts.charge({C: ONE}, NOW) == 0  # the refused one is in no bucket
    assert [attempts.charge({B: MANY}, NOW) for _ in range(16)] == [0] * 15 + [1]


def test_who_asks_too_early_waits_no_longer_for_it(attempts: AttemptStore) -> None:
    for _ in range(5):
        attempts.charge({A: ONE}, NOW)
    assert {attempts.charge({A: ONE}, NOW + 0.25) for _ in range(20)} == {0.75}
    assert attempts.charge({A: ONE}, NOW + 1) == 0
    assert attempts.charge({A: ONE}, NOW + 1) == 2


def test_a_success_empties_some_buckets_and_is_taken_back_in_others(attempts: AttemptStore) -> None:
    for _ in range(5):
        attempts.charge({A: ONE, B: ONE}, NOW)
    attempts.settle([A], {B: ONE}, NOW)
    assert [attempts.charge({A: ONE}, NOW) for _ in range(6)] == [0, 0, 0, 0, 0, 1]
    assert [attempts.charge({B: ONE}, NOW) for _ in range(2)] == [0, 1]


def test_a_success_in_buckets_that_are_not_there_any_more_changes_nothing(attempts: AttemptStore) -> None:
    attempts.settle([A], {B: ONE}, NOW)
    attempts.settle([], {}, NOW)
    assert attempts.charge({A: ONE, B: ONE}, NOW) == 0


def test_of_many_attempts_at_the_same_time_no_more_get_through_than_one_after_the_other(attempts: AttemptStore) -> None:
    waits = all_at_once(lambda _: attempts.charge({A: ONE, B: MANY, C: MANY}, NOW))
    assert sorted(waits) == [0] * 5 + [1] * 7


def test_attempts_in_each_others_buckets_get_through_whatever_their_order(attempts: AttemptStore) -> None:
    """Each transaction locks several rows; two that lock them in other orders would wait for each other."""
    orders = [{A: MANY, B: MANY}, {B: MANY, A: MANY}, {C: MANY, A: MANY}, {B: MANY, C: MANY}]

    def work(number: int) -> float:
        order = orders[number % 4]
        wait = attempts.charge(order, NOW)
        attempts.settle([next(iter(order))], dict.fromkeys(list(order)[1:], MANY), NOW)
        return wait

    assert all_at_once(work) == [0] * 12


# tokens


def test_a_token_is_spent_once(tokens: TokenStore) -> None:
    assert not tokens.is_spent(A)
    assert tokens.spend(A, NOW + 60, NOW)
    assert tokens.is_spent(A)
    assert not tokens.spend(A, NOW + 60, NOW)
    assert tokens.spend(B, NOW + 60, NOW)


def test_of_many_who_spend_a_token_at_the_same_time_one_does(tokens: TokenStore) -> None:
    assert sorted(all_at_once(lambda _: tokens.spend(A, NOW + 60, NOW))) == [False] * 11 + [True]


# how much is kept


def test_a_store_in_memory_forgets_what_means_nothing_any_more_first() -> None:
    attempts, tokens = MemoryAttempts(most=100), MemoryTokens(most=100)
    for number in range(1000):
        attempts.charge({f"{number}": ONE}, NOW + number)
        tokens.spend(f"{number}", NOW + number + 50, NOW + number)
        assert len(attempts) <= 100
        assert len(tokens) <= 100
    assert tokens.is_spent("999")
    assert tokens.is_spent("960")
    assert not tokens.is_spent("850")


def test_an_attacker_who_fills_a_store_in_memory_drives_the_worst_offender_out_last() -> None:
    attempts = MemoryAttempts(most=100)
    for _ in range(5):
        attempts.charge({"guessed": ONE}, NOW)
    for number in range(1000):
        attempts.charge({f"{number}": ONE}, NOW)
    assert attempts.charge({"guessed": ONE}, NOW) == 1


def test_tables_shrink_by_themselves(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "_PURGES", 2)
    attempts, tokens = DatabaseAttempts(engine), DatabaseTokens(engine)
    for number in range(60):
        later = NOW + number * 36_000
        attempts.charge({f"{number}": ONE}, later)
        tokens.spend(f"{number}", later + 60, later)
    with engine.connect() as connection:
        for table in (ATTEMPTS, SPENT_TOKENS):
            assert len(connection.execute(sa.select(table)).all()) < 30


def test_what_still_means_something_is_kept(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "_PURGES", 1)
    attempts, tokens = DatabaseAttempts(engine), DatabaseTokens(engine)
    long = Limit(free=1, forget=1, first_delay=100, max_delay=100)
    attempts.charge({A: long}, NOW)
    tokens.spend(A, NOW + 60, NOW)
    attempts.charge({B: ONE}, NOW + 50)
    tokens.spend(B, NOW + 60, NOW + 59)
    assert attempts.charge({A: long}, NOW + 50) == 50
    assert tokens.is_spent(A)


# beside the application


class Letter(Model):
    __tablename__ = "login_test_letters"
    id: sa.orm.Mapped[int] = sa.orm.mapped_column(primary_key=True)


@pytest.mark.parametrize("engine", ["postgresql", "mariadb"], indirect=True)  # SQLite has one writer at a time
def test_the_session_of_the_application_is_neither_committed_nor_rolled_back(tmp_path: Path, engine: sa.Engine) -> None:
    app = make_app(engine.url.render_as_string(hide_password=False), tmp_path / "app")
    letters = [METADATAS[None].tables["login_test_letters"]]
    db.metadata.create_all(engine, letters)
    try:
        with app.app_context():
            db.session.add(Letter(id=1))
            db.session.flush()
            stores = stores_of(app)
            stores.attempts.charge({A: ONE, B: ONE}, NOW)
            stores.attempts.settle([A], {B: ONE}, NOW)
            stores.tokens.spend(A, NOW, NOW)
            stores.tokens.spend(A, NOW, NOW)
            assert db.session.get(Letter, 1) is not None
            db.session.rollback()
            assert db.session.get(Letter, 1) is None
            assert not stores.tokens.spend(A, NOW, NOW)
    finally:
        app.shutdown()
        db.metadata.drop_all(engine, letters)


def test_in_sqlite_a_store_says_what_keeps_it_from_writing(tmp_path: Path) -> None:
    app = make_app("sqlite:///site.db", tmp_path)
    app.config["SQLALCHEMY_SQLITE_PRAGMAS"] = {"busy_timeout": 50}
    with app.app_context():
        db.metadata.create_all(db.engine, [*TABLES, METADATAS[None].tables["login_test_letters"]])
        db.session.add(Letter(id=1))
        db.session.flush()
        with pytest.raises(StoreError, match=r"database is locked; SQLite has one writer at a time: .*commit"):
            stores_of(app).attempts.charge({A: ONE}, NOW)
        db.session.commit()
        assert stores_of(app).attempts.charge({A: ONE}, NOW) == 0
    app.shutdown()


def test_tables_that_are_not_there_are_told_with_the_cure(engine: sa.Engine) -> None:
    db.metadata.drop_all(engine, TABLES)
    with pytest.raises(StoreError, match=r"login_attempts.*`ferrule db upgrade`.*create_all"):
        DatabaseAttempts(engine).charge({A: ONE}, NOW)
    with pytest.raises(StoreError, match=r"login_spent_tokens.*`ferrule db upgrade`.*create_all"):
        DatabaseTokens(engine).spend(A, NOW, NOW)


def test_another_error_of_the_database_stays_what_it_is(engine: sa.Engine) -> None:
    with pytest.raises(sa.exc.DBAPIError):
        transactions.run(engine, lambda connection: connection.execute(sa.text("SELECT nothing FROM nowhere")))


def test_what_a_test_rolls_back_is_rolled_back_here_too(engine: sa.Engine) -> None:
    attempts, tokens = DatabaseAttempts(engine), DatabaseTokens(engine)
    with rolled_back([engine]):
        for _ in range(5):
            attempts.charge({A: ONE}, NOW)
        assert attempts.charge({A: ONE}, NOW) == 1
        assert tokens.spend(A, NOW, NOW)
        assert not tokens.spend(A, NOW, NOW)
    assert attempts.charge({A: ONE}, NOW) == 0
    assert tokens.spend(A, NOW, NOW)


# which store


@pytest.mark.parametrize(
    ("uri", "kind", "shared"),
    [(None, MemoryAttempts, False), ("sqlite://", MemoryAttempts, False), ("sqlite:///x.db", DatabaseAttempts, True)],
)
def test_the_database_is_the_store_if_other_processes_can_reach_it(
    tmp_path: Path, uri: str | None, kind: type, shared: bool
) -> None:
    app = make_app(uri, tmp_path)
    stores = stores_of(app)
    assert (type(stores.attempts), stores.are_shared) == (kind, shared)
    assert stores_of(app) is stores
    app.shutdown()


def test_two_applications_have_each_their_own(tmp_path: Path) -> None:
    one, other = make_app(None, tmp_path), make_app(None, tmp_path)
    for _ in range(5):
        stores_of(one).attempts.charge({A: ONE}, NOW)
    assert stores_of(other).attempts.charge({A: ONE}, NOW) == 0


def test_a_level_is_two_points_in_time() -> None:
    assert after_failure(EMPTY, ONE, NOW) == Level(NOW + 3600, 0)
    assert after_failure(Level(NOW + 4 * 3600, 0), ONE, NOW) == Level(NOW + 5 * 3600, NOW + 1)


def test_a_failure_that_is_free_keeps_out_nobody_whose_clock_is_behind(attempts: AttemptStore) -> None:
    for earlier in range(5):
        assert attempts.charge({A: ONE}, NOW - earlier) == 0
