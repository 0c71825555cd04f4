"""SQLite: references kept whole, transactions that are some, several contexts at once."""

import contextlib
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from ferrule import App, ConfigError
from ferrule_sqlalchemy import Model, db

MakeApp = Callable[..., App]
MakeTables = Callable[..., None]

FILE = "sqlite:///library.db"
both = pytest.mark.parametrize("uri", ["sqlite://", FILE])


class Shelf(Model):
    __tablename__ = "filed_shelf"

    id: Mapped[int] = mapped_column(primary_key=True)


class Book(Model):
    __tablename__ = "filed_book"

    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(sa.ForeignKey(Shelf.id))


def pragma(name: str) -> Any:
    return db.session.scalar(sa.text(f"PRAGMA {name}"))


def shelves(app: App) -> list[int]:
    """Return what is committed."""
    with app.app_context():
        return list(db.session.scalars(sa.select(Shelf.id).order_by(Shelf.id)))


@both
def test_a_reference_to_nothing_is_refused(make_app: MakeApp, make_tables: MakeTables, uri: str) -> None:
    app = make_app(uri)
    make_tables(app, Shelf, Book)
    with app.app_context():
        db.session.add(Book(shelf_id=7))
        with pytest.raises(IntegrityError, match="FOREIGN KEY"):
            db.session.commit()


def test_a_file_lets_readers_and_a_writer_work_at_once(make_app: MakeApp) -> None:
    with make_app(FILE).app_context():
        assert [pragma(name) for name in ("journal_mode", "foreign_keys", "busy_timeout")] == ["wal", 1, 5000]


def test_pragmas_are_changed_added_and_left_alone(make_app: MakeApp) -> None:
    pragmas = {"foreign_keys": False, "journal_mode": "", "busy_timeout": 10, "cache_size": -500, "synchronous": "OFF"}
    with make_app(FILE, sqlite_pragmas=pragmas).app_context():
        names = ["foreign_keys", "journal_mode", "busy_timeout", "cache_size", "synchronous"]
        assert [pragma(name) for name in names] == [0, "delete", 10, -500, 0]


def test_pragmas_that_are_none_are_refused_together(make_app: MakeApp) -> None:
    app = make_app(sqlite_pragmas={"cache_size": "1; DROP TABLE x", "no name": 1})
    with pytest.raises(ConfigError, match=r"cache_size='1; DROP TABLE x': expected a word.*'no name': no name"):
        app.initialise()


@both
def test_a_savepoint_is_part_of_the_transaction(make_app: MakeApp, make_tables: MakeTables, uri: str) -> None:
    app = make_app(uri)
    make_tables(app, Shelf)
    with app.app_context():
        with db.session.begin_nested():
            db.session.add(Shelf(id=1))
        db.session.rollback()
        db.session.add(Shelf(id=2))
        nested = db.session.begin_nested()
        db.session.add(Shelf(id=3))
        db.session.flush()
        nested.rollback()
        db.session.commit()
    assert shelves(app) == [2]


@both
@pytest.mark.parametrize("options", [{}, {"no_parameters": True}], ids=str)
def test_create_table_is_part_of_the_transaction(make_app: MakeApp, uri: str, options: dict[str, bool]) -> None:
    with make_app(uri).app_context():
        db.session.execute(sa.text("CREATE TABLE mistake (id INTEGER)"), execution_options=options)
        db.session.rollback()
        assert "mistake" not in sa.inspect(db.engine).get_table_names()


@pytest.mark.parametrize(
    "statement",
    [
        "WITH new (id) AS (VALUES (1)) INSERT INTO filed_shelf SELECT id FROM new",
        " \n insert into filed_shelf values (1)",
        "/* a comment */ INSERT INTO filed_shelf VALUES (1)",
        "REPLACE INTO filed_shelf VALUES (1)",
    ],
)
def test_whatever_writes_is_rolled_back(make_app: MakeApp, make_tables: MakeTables, statement: str) -> None:
    app = make_app(FILE)
    make_tables(app, Shelf)
    with app.app_context():
        db.session.execute(sa.text(statement))
        db.session.rollback()
    assert shelves(app) == []


@pytest.mark.parametrize(
    "statement",
    [
        sa.select(Shelf.id),
        sa.select(Shelf.id).union_all(sa.select(Shelf.id)),
        sa.select(sa.select(Shelf.id).cte("found").c.id),
        sa.text("  select 1"),
        sa.text("VALUES (1)"),
        sa.text("EXPLAIN SELECT 1"),
        sa.text("PRAGMA user_version"),
    ],
    ids=str,
)
def test_whatever_reads_waits_for_no_writer_and_hinders_none(
    make_app: MakeApp, make_tables: MakeTables, statement: sa.Executable
) -> None:
    app = make_app(FILE, sqlite_pragmas={"busy_timeout": 0})
    make_tables(app, Shelf)
    with app.app_context():
        db.session.execute(statement).all()
        with app.app_context():
            db.session.add(Shelf(id=1))
            db.session.commit()
            db.session.add(Shelf(id=2))
            db.session.flush()
            with app.app_context():
                db.session.execute(statement).all()


def test_in_autocommit_nothing_is_a_transaction(make_app: MakeApp, make_tables: MakeTables) -> None:
    app = make_app(FILE, engine_options={"isolation_level": "AUTOCOMMIT"})
    make_tables(app, Shelf)
    with app.app_context():
        db.session.add(Shelf(id=1))
        db.session.flush()
        db.session.execute(sa.text("VACUUM"))
        db.session.rollback()
    assert shelves(app) == [1]


def test_requests_that_read_and_then_write_wait_for_each_other(make_app: MakeApp, make_tables: MakeTables) -> None:
    app = make_app(FILE, sqlite_pragmas={"busy_timeout": 60_000})
    make_tables(app, Shelf)
    together = threading.Barrier(4)
    errors: list[Exception] = []

    def fill() -> None:
        together.wait()
        for _ in range(20):
            try:
                with app.app_context():
                    db.session.scalar(sa.select(sa.func.count()).select_from(Shelf))
                    db.session.add(Shelf())
                    db.session.commit()
            except OperationalError as error:
                errors.append(error)

    threads = [threading.Thread(target=fill) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(shelves(app)) == 80


def test_a_lock_that_is_not_given_in_time_is_an_error_of_sqlalchemy(make_app: MakeApp, make_tables: MakeTables) -> None:
    app = make_app(FILE, sqlite_pragmas={"busy_timeout": 1})
    make_tables(app, Shelf)
    with app.app_context():
        db.session.add(Shelf(id=1))
        db.session.flush()
        with app.app_context():
            db.session.add(Shelf(id=2))
            with pytest.raises(OperationalError, match="database is locked"):
                db.session.flush()
        db.session.commit()
    assert shelves(app) == [1]


def test_contexts_and_threads_share_a_database_in_memory(make_app: MakeApp, make_tables: MakeTables) -> None:
    app = make_app()
    make_tables(app, Shelf)

    def add() -> None:
        with app.app_context():
            db.session.add(Shelf(id=1))
            db.session.commit()

    with app.app_context():
        assert db.session.scalars(sa.select(Shelf)).all() == []
        thread = threading.Thread(target=add)
        thread.start()
        thread.join()
        assert len(db.session.scalars(sa.select(Shelf)).all()) == 1


@pytest.mark.parametrize("uri", ["sqlite://", "sqlite:///:memory:", "sqlite:///file::memory:?uri=true"])
def test_a_database_in_memory_makes_no_file(make_app: MakeApp, make_tables: MakeTables, uri: str) -> None:
    app = make_app(uri)
    make_tables(app, Shelf)
    assert shelves(app) == []
    assert not Path(app.instance_path).exists()


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("sqlite:///library.db", "library.db"),
        ("sqlite:///data/library.db", "data/library.db"),
        ("sqlite:///file:library.db?uri=true", "library.db"),
    ],
)
def test_a_relative_path_is_in_the_instance_folder(make_app: MakeApp, uri: str, path: str) -> None:
    app = make_app(uri)
    with app.app_context():
        db.session.execute(sa.text("CREATE TABLE shelf (id INTEGER)"))
    assert Path(app.instance_path, path).is_file()


def test_an_absolute_path_is_taken_as_it_is(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(f"sqlite:///{tmp_path}/library.db")
    with app.app_context():
        db.session.execute(sa.text("CREATE TABLE shelf (id INTEGER)"))
    assert Path(tmp_path, "library.db").is_file()
    assert not Path(app.instance_path).exists()


def test_a_database_that_may_only_be_read_is_read(make_app: MakeApp, tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "old.db")) as connection:
        connection.execute("CREATE TABLE shelf (id INTEGER)")
    with make_app(f"sqlite:///file:{tmp_path}/old.db?mode=ro&uri=true").app_context():
        assert db.session.scalar(sa.text("SELECT count(*) FROM shelf")) == 0
        assert (pragma("foreign_keys"), pragma("busy_timeout"), pragma("journal_mode")) == (1, 5000, "delete")
        with pytest.raises(OperationalError, match="readonly"):
            db.session.execute(sa.text("INSERT INTO shelf VALUES (1)"))


def test_a_file_that_cannot_be_opened_is_an_error(make_app: MakeApp, tmp_path: Path) -> None:
    with (
        make_app(f"sqlite:///file:{tmp_path}/none.db?mode=ro&uri=true").app_context(),
        pytest.raises(OperationalError, match="unable to open"),
    ):
        db.session.scalar(sa.text("SELECT 1"))
