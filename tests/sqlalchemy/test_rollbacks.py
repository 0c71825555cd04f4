"""Tests that are rolled back: whatever commits, nothing stays, and none of it is lost before the end."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.orm import Mapped, mapped_column

from ferrule import App, request
from ferrule_sqlalchemy import Model, db
from ferrule_sqlalchemy.rollbacks import RollbackError, rolled_back

MakeApp = Callable[..., App]
MakeTables = Callable[..., None]


class Entry(Model):
    __tablename__ = "rollback_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40), unique=True)


@pytest.fixture
def app(make_app: MakeApp, make_tables: MakeTables, database_uri: str) -> App:
    """An application that adds an entry at each POST, on each database in turn."""
    app = make_app(database_uri)
    make_tables(app, Entry)

    @app.post("/")
    def add() -> str:
        db.session.add(Entry(name=request.form["name"]))
        db.session.commit()
        return "added"

    @app.get("/")
    def names() -> list[str]:
        return list(db.session.scalars(sa.select(Entry.name).order_by(Entry.id)))

    return app


def names(app: App) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(sa.select(Entry.name).order_by(Entry.id)))


def add(app: App, name: str) -> None:
    with app.app_context():
        db.session.add(Entry(name=name))
        db.session.commit()


def add_twice(app: App, name: str) -> None:
    add(app, name)
    add(app, name)


def test_whatever_commits_nothing_stays(app: App) -> None:
    add(app, "before")
    client = app.test_client()
    with rolled_back([db.engine_of(app)]):
        add(app, "one")
        assert client.post("/", data={"name": "two"}).text == "added"
        with db.engine_of(app).begin() as connection:
            connection.execute(sa.insert(Entry).values(name="three"))
        assert client.get("/").json == names(app) == ["before", "one", "two", "three"]
    assert names(app) == ["before"]


def test_it_can_be_done_again_and_again(app: App) -> None:
    for _ in range(3):
        with rolled_back([db.engine_of(app)]):
            add(app, "same")
        assert names(app) == []


def test_it_is_undone_if_the_test_fails_too(app: App) -> None:
    with pytest.raises(IntegrityError), rolled_back([db.engine_of(app)]):
        add_twice(app, "one")
    assert names(app) == []
    add(app, "real")
    assert names(app) == ["real"]


def test_what_is_not_committed_is_lost_as_ever(app: App) -> None:
    with rolled_back([db.engine_of(app)]):
        add(app, "kept")
        with app.app_context():
            db.session.add(Entry(name="left"))
            db.session.flush()
        with app.app_context():
            db.session.add(Entry(name="rolled back"))
            db.session.flush()
            db.session.rollback()
            db.session.add(Entry(name="after"))
            db.session.commit()
        assert names(app) == ["kept", "after"]


def test_a_refused_statement_spoils_only_its_own_transaction(app: App) -> None:
    with rolled_back([db.engine_of(app)]):
        add(app, "one")
        with pytest.raises(IntegrityError):
            add(app, "one")
        with app.app_context(), pytest.raises((OperationalError, ProgrammingError)):
            db.session.execute(sa.text("SELECT * FROM nowhere"))
        add(app, "two")
        assert names(app) == ["one", "two"]


def test_a_session_that_only_read_takes_nothing_of_others_with_it(app: App) -> None:
    with rolled_back([db.engine_of(app)]):
        with app.app_context():
            assert db.session.scalars(sa.select(Entry)).all() == []
            app.test_client().post("/", data={"name": "posted meanwhile"})
        assert names(app) == ["posted meanwhile"]


def test_sessions_may_end_in_any_order_if_both_commit(app: App) -> None:
    outer, inner = app.app_context(), app.app_context()
    with rolled_back([db.engine_of(app)]):
        with outer:
            session = db.session
            session.add(Entry(name="outer"))
            session.flush()
            with inner:
                db.session.add(Entry(name="inner"))
                db.session.flush()
                session.commit()
                db.session.commit()
        assert names(app) == ["outer", "inner"]
    assert names(app) == []


def test_what_was_undone_with_an_earlier_one_cannot_go_on_unnoticed(app: App) -> None:
    with rolled_back([db.engine_of(app)]):
        with app.app_context():
            session = db.session
            session.add(Entry(name="outer"))
            session.flush()
            with app.app_context():
                db.session.add(Entry(name="inner"))
                db.session.flush()
                session.rollback()
                with pytest.raises(RollbackError, match="in the reverse order"):
                    db.session.execute(sa.insert(Entry).values(name="more"))
                with pytest.raises(RollbackError, match="in the reverse order"):
                    db.session.commit()
        assert names(app) == []


@pytest.mark.parametrize("end", ["ROLLBACK", "COMMIT"])
def test_a_transaction_that_was_ended_by_hand_is_told(app: App, end: str) -> None:
    with rolled_back([db.engine_of(app)]), app.app_context():
        db.session.execute(sa.text("SELECT 1"))
        db.session.execute(sa.text(end))
        with pytest.raises(RollbackError, match="the transaction of the test is over"):
            db.session.commit()


def test_savepoints_of_the_code_under_test_are_its_own(app: App) -> None:
    with rolled_back([db.engine_of(app)]):
        with app.app_context():
            db.session.add(Entry(name="one"))
            db.session.flush()
            with pytest.raises(IntegrityError), db.session.begin_nested():
                db.session.execute(sa.insert(Entry).values(name="one"))
            with db.session.begin_nested():
                db.session.add(Entry(name="two"))
            db.session.commit()
        assert names(app) == ["one", "two"]


def test_threads_share_the_transaction(app: App) -> None:
    with rolled_back([db.engine_of(app)]):
        add(app, "main")
        together = threading.Barrier(4)
        seen: list[list[str]] = []

        def work(number: int) -> None:
            together.wait()
            for turn in range(5):
                add(app, f"{number}.{turn}")
            seen.append(names(app))

        threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(names(app)) == 21
        assert [found[0] for found in seen] == ["main"] * 4
    assert names(app) == []


def test_another_isolation_level_is_that_of_the_test_and_autocommit_is_refused(app: App) -> None:
    with rolled_back([db.engine_of(app)]), db.engine_of(app).connect() as connection:
        connection.execution_options(isolation_level="SERIALIZABLE").execute(sa.insert(Entry).values(name="one"))
        connection.rollback()
        with pytest.raises(RollbackError, match="AUTOCOMMIT"):
            connection.execution_options(isolation_level="AUTOCOMMIT")


def test_the_pool_may_be_disposed_of(app: App) -> None:
    engine = db.engine_of(app)
    pool = engine.pool
    with rolled_back([engine]):
        add(app, "one")
        app.shutdown()
        assert names(app) == ["one"]
    assert engine.pool is pool
    assert "do_commit" not in vars(engine.dialect)
    assert names(app) == []


def test_several_engines_are_rolled_back_and_those_of_one_database_together(
    make_app: MakeApp, make_tables: MakeTables, pooled_uri: str, tmp_path: Path
) -> None:
    first, second, third = make_app(pooled_uri), make_app(pooled_uri), make_app(f"sqlite:///{tmp_path}/other.db")
    for app in (first, third):
        make_tables(app, Entry)
    with rolled_back(map(db.engine_of, (first, second, third))):
        add(first, "first")
        add(second, "second")
        add(third, "third")
        assert names(first) == names(second) == ["first", "second"]
        assert names(third) == ["third"]
    assert [*names(first), *names(second), *names(third)] == []


def test_databases_in_memory_are_each_their_own(make_app: MakeApp, make_tables: MakeTables) -> None:
    first, second = make_app(), make_app()
    for app in (first, second):
        make_tables(app, Entry)
    with rolled_back([db.engine_of(first), db.engine_of(second)]):
        add(first, "first")
        assert names(second) == []
        add(second, "second")
    assert names(first) == names(second) == []


def test_statements_that_end_every_transaction_are_told(
    make_app: MakeApp, make_tables: MakeTables, mariadb_url: str
) -> None:
    app = make_app(mariadb_url)
    make_tables(app, Entry)
    with rolled_back([db.engine_of(app)]), app.app_context():
        db.session.execute(sa.text("ALTER TABLE rollback_entry COMMENT 'x'"))
        with pytest.raises(RollbackError, match="all that create or alter a table; do that before the test"):
            db.session.commit()


def test_a_transaction_that_is_open_already_is_refused(make_app: MakeApp, make_tables: MakeTables) -> None:
    app = make_app()
    make_tables(app, Entry)
    with app.app_context():
        db.session.add(Entry(name="one"))
        db.session.flush()
        with pytest.raises(RollbackError, match="in a transaction already"), rolled_back([db.engine_of(app)]):
            pass


def test_a_bind_that_cannot_be_reached_is_named(make_app: MakeApp) -> None:
    app = make_app(binds={"archive": "postgresql+psycopg://postgres:hush@127.0.0.1:1/archive"})
    with pytest.raises(sa.exc.OperationalError) as caught, rolled_back(db.engines_of(app).values()):
        pass
    (note,) = caught.value.__notes__
    assert "bind 'archive'" in note
    assert "hush" not in note
