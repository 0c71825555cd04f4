"""Functions and blocks that are transactions."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import NoReturn, assert_type

import click
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from ferrule import App, ContextError, ExtensionError, SetupError, abort
from ferrule.views import MethodView
from ferrule_sqlalchemy import Model, TransactionError, db

MakeApp = Callable[..., App]
MakeTables = Callable[..., None]


class Transfer(Model):
    __tablename__ = "transaction_transfer"

    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str] = mapped_column(sa.String(40), unique=True)


def add(note: str) -> None:
    db.session.add(Transfer(note=note))
    db.session.flush()


def add_and_raise(note: str, error: type[BaseException] = ZeroDivisionError) -> NoReturn:
    add(note)
    raise error


def notes(app: App) -> list[str]:
    """Return what is committed."""
    with app.app_context():
        return list(db.session.scalars(sa.select(Transfer.note).order_by(Transfer.id)))


@pytest.fixture
def app(make_app: MakeApp, make_tables: MakeTables, database_uri: str) -> App:
    """An application on each database in turn."""
    app = make_app(database_uri)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    make_tables(app, Transfer)
    return app


def test_a_transactional_view_commits_at_its_end_and_rolls_back_where_it_raises(app: App) -> None:
    @app.post("/<note>")
    @db.transactional
    def transfer(note: str) -> str:
        add(note)
        if note == "abort":
            abort(409)
        if note == "error":
            raise ZeroDivisionError
        return "done"

    client = app.test_client()
    assert [client.post(f"/{note}").status_code for note in ("a", "abort", "error", "b")] == [200, 409, 500, 200]
    assert notes(app) == ["a", "b"]


def test_a_transactional_async_view_is_the_same(app: App) -> None:
    @app.post("/<note>")
    @db.transactional
    async def transfer(note: str) -> str:
        add(note)
        await asyncio.sleep(0)
        if note == "error":
            raise ZeroDivisionError
        return "done"

    client = app.test_client()
    assert [client.post(f"/{note}").status_code for note in ("a", "error", "b")] == [200, 500, 200]
    assert notes(app) == ["a", "b"]


def test_any_function_can_be_transactional_and_keeps_its_type_and_name(app: App) -> None:
    @db.transactional
    def double(number: int) -> int:
        """Double."""
        add(str(number))
        return 2 * number

    with app.app_context():
        assert_type(double(2), int)
        assert double(3) == 6
    assert (double.__name__, double.__doc__) == ("double", "Double.")
    assert notes(app) == ["2", "3"]


def test_a_transactional_function_outside_of_a_context_is_an_error() -> None:
    with pytest.raises(ContextError, match="outside of application context"):
        db.transactional(lambda: None)()


def test_a_block_commits_at_its_end_and_rolls_back_where_it_raises(app: App) -> None:
    with app.app_context():
        with db.transaction() as session:
            assert session is db.session
            add("a")
        with pytest.raises(ZeroDivisionError), db.transaction():
            add_and_raise("b")
        with db.transaction():
            add("c")
    assert notes(app) == ["a", "c"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_is_no_exception_rolls_back_too(app: App, error: type[BaseException]) -> None:
    with app.app_context():
        with pytest.raises(error), db.transaction():
            add_and_raise("a", error)
        db.session.commit()
    assert notes(app) == []


def test_a_transaction_in_another_is_part_of_it(app: App) -> None:
    @db.transactional
    def part() -> None:
        add("part")

    def whole() -> None:
        with db.transaction():
            part()
            assert db.session.in_transaction()
            raise ZeroDivisionError

    with app.app_context():
        with pytest.raises(ZeroDivisionError):
            whole()
        with db.transaction():
            part()
            with db.transaction():
                add("other")
    assert notes(app) == ["part", "other"]


def test_a_part_whose_error_is_caught_rolls_all_back_and_says_so(app: App) -> None:
    @db.transactional
    def part() -> None:
        add("half")
        raise ZeroDivisionError("no change")

    def whole() -> None:
        with db.transaction():
            add("whole")
            with pytest.raises(ZeroDivisionError):
                part()
            add("more")

    with app.app_context():
        with pytest.raises(TransactionError, match=r"part \(.*test_transactions\.py:\d+\) raised.*'no change'"):
            whole()
        with db.transaction():
            add("later")
    assert notes(app) == ["later"]


def test_a_part_with_a_savepoint_is_undone_by_itself(app: App) -> None:
    @db.transactional(savepoint=True)
    def part(note: str) -> None:
        add(note)
        add("taken")

    with app.app_context():
        with db.transaction():
            add("taken")
            with pytest.raises(IntegrityError):
                part("half")
            with db.transaction(savepoint=True):
                add("b")
        with pytest.raises(IntegrityError):  # alone it is a transaction like any other
            part("c")
    assert notes(app) == ["taken", "b"]


def test_an_error_caught_within_a_savepoint_undoes_the_savepoint_only(app: App) -> None:
    def careless_part() -> None:
        with db.transaction(savepoint=True), pytest.raises(ZeroDivisionError), db.transaction():
            add_and_raise("half")

    with app.app_context(), db.transaction():
        add("a")
        with pytest.raises(TransactionError, match="half of the work"):
            careless_part()
        add("b")
    assert notes(app) == ["a", "b"]


def test_a_commit_within_a_transaction_is_refused_with_the_cure(app: App) -> None:
    @db.transactional
    def careless() -> None:
        add("a")
        db.session.commit()

    with app.app_context():
        with pytest.raises(TransactionError, match=r"commit\(\) in .*careless.*write db\.session\.flush\(\)"):
            careless()
        add("b")
        db.session.commit()
    assert notes(app) == ["b"]


def test_a_commit_that_fails_is_raised_and_leaves_a_session_to_use(app: App) -> None:
    with app.app_context():
        for _ in range(2):
            with pytest.raises(IntegrityError), db.transaction():
                db.session.add_all([Transfer(note="same"), Transfer(note="same")])
        with db.transaction():
            add("a")
    assert notes(app) == ["a"]


def test_what_was_begun_before_belongs_to_the_transaction(app: App) -> None:
    with app.app_context():
        assert db.session.scalars(sa.select(Transfer)).all() == []
        add("before")
        with db.transaction():
            add("in")
    assert notes(app) == ["before", "in"]


def test_two_contexts_have_a_transaction_each(make_app: MakeApp, make_tables: MakeTables, postgresql_url: str) -> None:
    app = make_app(postgresql_url)
    make_tables(app, Transfer)

    def outer() -> None:
        with app.app_context(), db.transaction():
            add("outer")
            with app.app_context(), db.transaction():
                add("inner")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        outer()
    assert notes(app) == ["inner"]


def test_the_isolation_level_is_of_one_transaction(
    make_app: MakeApp, make_tables: MakeTables, postgresql_url: str
) -> None:
    app = make_app(postgresql_url, engine_options={"pool_size": 1, "max_overflow": 0})
    make_tables(app, Transfer)

    def level() -> str:
        return str(db.session.scalar(sa.text("SHOW transaction_isolation")))

    serializable = db.transactional(isolation_level="SERIALIZABLE")(level)
    with app.app_context():
        assert serializable() == "serializable"
        assert level() == "read committed"
        with pytest.raises(TransactionError, match="has begun a transaction already"):
            serializable()
        db.session.rollback()
        with db.transaction(isolation_level="SERIALIZABLE"), db.transaction():
            assert serializable() == "serializable"
        with (
            db.transaction(),
            pytest.raises(TransactionError, match=r"is part of a `with .*begun with 'the default'"),
        ):
            serializable()


def test_tasks_that_share_a_session_cannot_interleave_transactions(app: App) -> None:
    async def transfer(note: str, turns: int) -> None:
        with db.transaction():
            add(note)
            for _ in range(turns):
                await asyncio.sleep(0)

    @app.get("/")
    async def view() -> list[str]:
        results = await asyncio.gather(transfer("a", 1), transfer("b", 5), return_exceptions=True)
        return [type(result).__name__ for result in results]

    assert app.test_client().get("/").json == ["TransactionError", "TransactionError"]
    assert notes(app) == []


def test_a_generator_cannot_be_transactional() -> None:
    def rows() -> Iterator[str]:
        yield "a"

    async def later() -> AsyncIterator[str]:
        yield "a"

    for function in (rows, later):
        with pytest.raises(TypeError, match=r"a generator: it runs after the call.*with db\.transaction\(\):"):
            db.transactional(function)


def test_what_is_no_function_cannot_be_transactional() -> None:
    @click.command
    def fill() -> None:
        """Do nothing."""

    class View(MethodView):
        pass

    for made, kind in ((fill, "Command"), (View, "type")):
        with pytest.raises(TypeError, match=rf"a {kind}: .* next to the function"):
            db.transactional(made)


def test_a_view_whose_route_is_below_the_decorator_stops_the_start(make_app: MakeApp) -> None:
    app = make_app()

    @db.transactional
    @app.get("/lost")
    def lost() -> str:
        return ""

    @app.get("/kept")
    @db.transactional
    def kept() -> str:
        return ""

    @db.transactional
    @app.get("/lost-too")
    async def lost_too() -> str:
        return ""

    with pytest.raises((ExtensionError, SetupError), match=r"2 mistakes") as caught:
        app.finalize()
    text = str(caught.value)
    assert re.search(r"endpoint 'lost': .*lost \(.*test_transactions\.py:\d+\) has @db\.transactional above", text)
    assert "endpoint 'lost_too'" in text
    assert "'kept'" not in text
