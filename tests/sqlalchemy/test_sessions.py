"""The session: one for each context, closed with it, its connection returned whatever raises."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, Session, mapped_column

from ferrule import App, Context, ContextError, Extension, ExtensionError, current_app, hookimpl
from ferrule_sqlalchemy import Model, db

MakeApp = Callable[..., App]
MakeTables = Callable[..., None]

ONE_CONNECTION = {"pool_size": 1, "max_overflow": 0, "pool_timeout": 2}


class Loan(Model):
    __tablename__ = "session_loan"

    id: Mapped[int] = mapped_column(primary_key=True)
    reader: Mapped[str] = mapped_column(sa.String(40))


def readers(app: App) -> list[str]:
    """Return what is committed."""
    with app.app_context():
        return list(db.session.scalars(sa.select(Loan.reader).order_by(Loan.id)))


def lent(app: App) -> int:
    """Return how many connections are checked out."""
    pool = db.engine_of(app).pool
    assert isinstance(pool, sa.QueuePool)
    return pool.checkedout()


def test_the_session_is_the_same_within_a_context(make_app: MakeApp) -> None:
    with make_app().app_context():
        assert isinstance(db.session, Session)
        assert db.session is db.session


def test_each_context_has_its_own_session(make_app: MakeApp) -> None:
    app = make_app()
    with app.app_context():
        outer = db.session
        with app.app_context():
            assert db.session is not outer
        assert db.session is outer


def test_a_context_that_is_pushed_twice_keeps_its_session(make_app: MakeApp, make_tables: MakeTables) -> None:
    app = make_app()
    make_tables(app, Loan)
    with app.app_context() as context:
        db.session.add(Loan(reader="Ada"))
        with context:
            assert len(db.session.new) == 1
        assert len(db.session.new) == 1


def test_a_context_that_is_pushed_again_has_a_new_session(make_app: MakeApp) -> None:
    context = make_app().app_context()
    with context:
        first = db.session
    with context:
        assert db.session is not first


def test_threads_share_no_session(make_app: MakeApp) -> None:
    app = make_app()
    together = threading.Barrier(4)

    def find(_: int) -> Session:
        with app.app_context():
            session = db.session
            together.wait()
            assert db.session is session
            return session

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(find, range(4)))) == 4


def test_asyncio_tasks_share_no_session(make_app: MakeApp) -> None:
    app = make_app()

    async def find() -> Session:
        with app.app_context():
            session = db.session
            await asyncio.sleep(0)
            assert db.session is session
            return session

    async def main() -> list[Session]:
        return [*await asyncio.gather(find(), find(), find())]

    assert len(set(asyncio.run(main()))) == 3


def test_outside_of_a_context_the_error_says_what_to_do() -> None:
    with pytest.raises(ContextError, match=r"write `with app\.app_context\(\):`"):
        _ = db.session
    with pytest.raises(RuntimeError, match="outside of application context"):
        _ = db.engine


def test_where_the_extension_is_not_enabled_the_error_says_how_to_enable_it() -> None:
    app = App("library", config_file=None, extensions=[])
    with (
        app.app_context(),
        pytest.raises(ExtensionError, match=r"'sqlalchemy' is not enabled in 'library'; add it to `extensions`"),
    ):
        _ = db.session


def test_a_context_without_queries_connects_to_nothing(make_app: MakeApp) -> None:
    app = make_app("sqlite:///library.db")
    connections: list[Any] = []
    event.listen(db.engine_of(app), "connect", lambda *args: connections.append(args))
    app.get("/")(lambda: "no database")
    assert app.test_client().get("/").text == "no database"
    with app.app_context():
        assert list(db.session.new) == []
    assert connections == []


def test_what_is_committed_stays_and_all_else_is_rolled_back(
    make_app: MakeApp, make_tables: MakeTables, pooled_uri: str
) -> None:
    app = make_app(pooled_uri)
    make_tables(app, Loan)

    @app.post("/<reader>")
    def lend(reader: str) -> str:
        db.session.add(Loan(reader=reader))
        db.session.commit()
        db.session.add(Loan(reader=f"not {reader}"))
        db.session.flush()
        return "lent"

    client = app.test_client()
    assert [client.post(f"/{reader}").text for reader in ("Ada", "Bob")] == ["lent", "lent"]
    assert readers(app) == ["Ada", "Bob"]
    assert lent(app) == 0


def test_an_error_in_a_view_returns_the_only_connection(
    make_app: MakeApp, make_tables: MakeTables, pooled_uri: str
) -> None:
    app = make_app(pooled_uri, engine_options=ONE_CONNECTION)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    make_tables(app, Loan)

    @app.get("/")
    def fail() -> str:
        db.session.add(Loan(reader="Ada"))
        db.session.flush()
        raise ZeroDivisionError

    client = app.test_client()
    assert [client.get("/").status_code for _ in range(3)] == [500, 500, 500]
    assert lent(app) == 0
    assert readers(app) == []


def test_a_statement_that_the_database_refuses_harms_no_later_request(
    make_app: MakeApp, make_tables: MakeTables, pooled_uri: str
) -> None:
    app = make_app(pooled_uri, engine_options=ONE_CONNECTION)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    make_tables(app, Loan)

    @app.post("/<int:number>")
    def lend(number: int) -> str:
        db.session.add(Loan(id=number, reader="Ada"))
        db.session.commit()
        return "lent"

    client = app.test_client()
    assert [client.post(f"/{number}").status_code for number in (1, 1, 2)] == [200, 500, 200]
    assert lent(app) == 0


def test_a_failing_teardown_beside_it_returns_the_only_connection(make_app: MakeApp, pooled_uri: str) -> None:
    app = make_app(pooled_uri, engine_options=ONE_CONNECTION)

    @app.teardown_appcontext
    def fail(exc: BaseException | None) -> None:
        raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises(BaseExceptionGroup, match="torn down"), app.app_context():
            db.session.scalar(sa.select(1))
    assert lent(app) == 0


class Auditor(Extension):
    """Uses the session when the session's own extension has had its turn: it was enabled before it."""

    name = "auditor"

    @hookimpl
    def teardown_appcontext(self, ctx: Context, exc: BaseException | None) -> None:
        db.session.scalar(sa.select(1))


def test_a_session_that_a_teardown_is_the_first_to_use_is_closed(make_app: MakeApp, pooled_uri: str) -> None:
    app = make_app(pooled_uri, extensions=[Auditor(), "sqlalchemy"], engine_options=ONE_CONNECTION)
    app.get("/")(lambda: "audited")
    client = app.test_client()
    assert [client.get("/").text for _ in range(3)] == ["audited"] * 3
    assert lent(app) == 0


@pytest.mark.parametrize("moment", ["rollback", "after_transaction_end", "persistent_to_detached"])
def test_a_close_that_fails_returns_the_only_connection(
    make_app: MakeApp, make_tables: MakeTables, pooled_uri: str, moment: str
) -> None:
    app = make_app(pooled_uri, engine_options=ONE_CONNECTION)
    make_tables(app, Loan)

    def lend_and_fail() -> None:
        with app.app_context():
            loan = Loan(reader="Ada")
            db.session.add(loan)
            db.session.flush()
            event.listen(db.engine if moment == "rollback" else db.session, moment, fail)

    with pytest.raises(BaseExceptionGroup) as caught:
        lend_and_fail()
    if moment == "rollback":
        event.remove(db.engine_of(app), moment, fail)
    assert caught.group_contains(ZeroDivisionError)
    assert lent(app) == 0
    assert readers(app) == []


def fail(*_: object) -> None:
    raise ZeroDivisionError


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_pool_that_cannot_reset_the_only_connection_makes_another(
    make_app: MakeApp, make_tables: MakeTables, pooled_uri: str
) -> None:
    app = make_app(pooled_uri, engine_options=ONE_CONNECTION)
    make_tables(app, Loan)
    event.listen(db.engine_of(app), "reset", fail)
    for _ in range(3):
        with app.app_context():
            db.session.add(Loan(reader="Ada"))
            db.session.commit()
    event.remove(db.engine_of(app), "reset", fail)
    assert lent(app) == 0
    assert readers(app) == ["Ada"] * 3


def test_a_rollback_that_fails_when_the_view_closes_the_session_returns_the_connection(
    make_app: MakeApp, make_tables: MakeTables, pooled_uri: str
) -> None:
    app = make_app(pooled_uri, engine_options=ONE_CONNECTION)
    make_tables(app, Loan)
    with app.app_context():
        db.session.add(Loan(reader="Ada"))
        db.session.flush()
        event.listen(db.engine, "rollback", fail)
        with pytest.raises(ZeroDivisionError):
            db.session.close()
        event.remove(db.engine, "rollback", fail)
        assert lent(app) == 0
        assert db.session.scalars(sa.select(Loan)).all() == []


def test_two_applications_have_two_databases(make_app: MakeApp, make_tables: MakeTables) -> None:
    first, second = make_app(), make_app()
    make_tables(first, Loan)
    make_tables(second, Loan)
    with first.app_context():
        db.session.add(Loan(reader="Ada"))
        db.session.commit()
        with second.app_context():
            assert current_app == second
            assert db.session.scalars(sa.select(Loan)).all() == []
    assert readers(first) == ["Ada"]
