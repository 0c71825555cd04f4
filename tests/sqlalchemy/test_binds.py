"""Several databases: configured, routed to, created, and told when they are not there."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import UnboundExecutionError
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from ferrule import App, ConfigError, FerruleError
from ferrule_sqlalchemy import Model, SQLAlchemy, SQLAlchemySettings, TransactionError, UnboundBindError, db
from ferrule_sqlalchemy.metadatas import METADATAS
from ferrule_sqlalchemy.rollbacks import rolled_back

MakeApp = Callable[..., App]
BOTH = {"archive": "sqlite:///archive.db", "log": {"url": "sqlite:///log.db"}}


class Reader(Model):
    __tablename__ = "bound_reader"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40))


class Archived(Model):
    __abstract__ = True
    __bind_key__ = "archive"


class Letter(Archived):
    __tablename__ = "bound_letter"
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "letter"}  # noqa: RUF012  # how SQLAlchemy spells it

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    text: Mapped[str] = mapped_column(sa.String(40))


class Postcard(Letter):
    """Stands in the table of letters."""

    __mapper_args__ = {"polymorphic_identity": "postcard"}  # noqa: RUF012  # how SQLAlchemy spells it

    picture: Mapped[str | None] = mapped_column(sa.String(40))


class Parcel(Letter):
    """Has a table of its own beside that of letters."""

    __tablename__ = "bound_parcel"
    __mapper_args__ = {"polymorphic_identity": "parcel"}  # noqa: RUF012  # how SQLAlchemy spells it

    id: Mapped[int] = mapped_column(sa.ForeignKey(Letter.id), primary_key=True)
    weight: Mapped[int]


entries = sa.Table(
    "bound_entry",
    db.metadatas["log"],
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("text", sa.String(40)),
)


BINDS = ("archive", "log")


@pytest.fixture
def app(make_app: MakeApp) -> App:
    """An application with three files and the tables in them."""
    app = make_app("sqlite:///library.db", binds=BOTH)
    with app.app_context():
        db.create_all()
    return app


def tables(app: App, key: str | None) -> set[str]:
    found = sa.inspect(db.engine_of(app, key)).get_table_names()
    return {name for name in found if name.startswith("bound_")}


def test_binds_make_engines_by_their_names(make_app: MakeApp) -> None:
    app = make_app("sqlite:///library.db", binds=BOTH)
    engines = db.engines_of(app)
    assert list(engines) == [None, "archive", "log"]
    assert [Path(str(engine.url.database)).name for engine in engines.values()] == [
        "library.db",
        "archive.db",
        "log.db",
    ]
    with app.app_context():
        assert db.engines is engines
        assert db.engine is db.get_engine() is engines[None]
        assert db.get_engine("log") is db.engine_of(app, "log") is engines["log"]


def test_options_of_a_bind_are_put_over_the_constructors_and_not_over_the_default_binds() -> None:
    """As in Flask-SQLAlchemy: what ``engine_options`` of the configuration says is for ``database_uri``."""
    database = SQLAlchemy(engine_options={"pool_size": 3, "logging_name": "all"})
    app = App(
        "library",
        config_file=None,
        extensions=[database],
        config={
            "SQLALCHEMY_DATABASE_URI": "sqlite:///a.db",
            "SQLALCHEMY_ENGINE_OPTIONS": {"logging_name": "main"},
            "SQLALCHEMY_ECHO": False,
            "SQLALCHEMY_BINDS": {
                "plain": "sqlite:///b.db",
                "own": {"url": "sqlite:///c.db", "logging_name": "own", "echo": True},
                "nested": {"database_uri": "sqlite:///d.db", "engine_options": {"pool_size": 4}},
            },
        },
    )
    engines = database.engines_of(app)
    assert [engine.logging_name for engine in engines.values()] == ["main", "all", "own", "all"]
    assert [engine.pool.size() for engine in engines.values()] == [3, 3, 3, 4]  # type: ignore[attr-defined]  # QueuePool
    assert [engine.echo for engine in engines.values()] == [False, False, True, False]


def test_a_bind_has_pragmas_of_its_own_over_those_of_all(make_app: MakeApp) -> None:
    bind = {"url": "sqlite:///log.db", "sqlite_pragmas": {"synchronous": "OFF"}}
    app = make_app("sqlite:///library.db", binds={"log": bind}, sqlite_pragmas={"busy_timeout": 10})

    def pragmas(key: str | None) -> list[Any]:
        with db.engine_of(app, key).connect() as connection:
            return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("busy_timeout", "synchronous")]

    assert (pragmas(None), pragmas("log")) == ([10, 2], [10, 0])


def test_a_file_and_the_environment_say_binds_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "ferrule.toml"
    file.write_text(
        'extensions = ["sqlalchemy"]\n[sqlalchemy]\ndatabase_uri = "sqlite://"\n'
        '[sqlalchemy.binds]\nlog = "sqlite://"\n[sqlalchemy.binds.archive]\nurl = "sqlite://"\n'
    )
    assert list(db.engines_of(App("library", config_file=file))) == [None, "log", "archive"]
    monkeypatch.setenv("FERRULE_SQLALCHEMY_BINDS", json.dumps({"other": "sqlite://"}))
    assert list(db.engines_of(App("library", config_file=file))) == [None, "other"]
    monkeypatch.setenv("FERRULE_SQLALCHEMY_BINDS", json.dumps({"other": "nothing://"}))
    with pytest.raises(ConfigError, match=r"environment FERRULE_SQLALCHEMY_BINDS binds.other='nothing://': SQLAlchemy"):
        db.engines_of(App("library", config_file=file))
    monkeypatch.delenv("FERRULE_SQLALCHEMY_BINDS")
    file.write_text(file.read_text().replace('url = "sqlite://"', 'database_uri = "nothing://"'))
    with pytest.raises(
        ConfigError, match=re.escape(f"{file} [sqlalchemy] binds.archive.database_uri='nothing://': SQL")
    ):
        db.engines_of(App("library", config_file=file))


def test_each_model_and_table_is_created_in_its_database_and_dropped_from_it(app: App) -> None:
    found = [tables(app, key) for key in (None, "archive", "log")]
    assert found == [{"bound_reader"}, {"bound_letter", "bound_parcel"}, {"bound_entry"}]
    with app.app_context():
        db.drop_all("archive")
        assert [len(tables(app, key)) for key in (None, "archive", "log")] == [1, 0, 1]
        db.drop_all([None, "log"])
        assert [len(tables(app, key)) for key in (None, "archive", "log")] == [0, 0, 0]
        db.create_all(None)
        db.create_all(bind_key=["archive"])
        assert [len(tables(app, key)) for key in (None, "archive", "log")] == [1, 2, 0]


@pytest.mark.parametrize("server", ["postgresql", "mariadb"])
def test_dropping_what_the_session_holds_is_an_error_instead_of_waiting_for_ever(
    make_app: MakeApp, request: pytest.FixtureRequest, server: str
) -> None:
    app = make_app(binds={"archive": request.getfixturevalue(f"{server}_url"), "log": "sqlite://"})
    with app.app_context():
        db.create_all("archive")
        assert db.session.scalars(sa.select(Letter)).all() == []
        with pytest.raises(TransactionError, match=r"drop_all.* write db\.session\.commit\(\) or"):
            db.drop_all(["log", "archive"])
        db.session.rollback()
        db.drop_all("archive")
        assert tables(app, "archive") == set()
        assert db.session.scalar(sa.select(1)) == 1
        db.drop_all("archive")  # the session is connected elsewhere


def test_what_shares_the_connection_of_a_test_can_drop_tables(make_app: MakeApp, postgresql_url: str) -> None:
    app = make_app(binds={"archive": postgresql_url})
    with rolled_back([db.engine_of(app, "archive")]), app.app_context():
        db.create_all("archive")
        assert db.session.scalars(sa.select(Letter)).all() == []
        db.drop_all("archive")
        assert tables(app, "archive") == set()


def test_reflect_loads_the_tables_of_a_database_into_its_metadata(app: App) -> None:
    with db.engine_of(app, "log").begin() as connection:
        connection.exec_driver_sql("CREATE TABLE bound_old (id INTEGER PRIMARY KEY)")
    with app.app_context():
        db.reflect("archive")
        assert "bound_old" not in db.metadatas["log"].tables
        db.reflect()
    assert list(db.metadatas["log"].tables["bound_old"].c.keys()) == ["id"]
    assert "bound_old" not in db.metadata.tables
    db.metadatas["log"].remove(db.metadatas["log"].tables["bound_old"])


def test_metadatas_know_their_bind_and_share_the_naming_convention() -> None:
    assert db.metadatas[None] is db.metadata is Model.metadata
    assert Letter.metadata is Postcard.metadata is db.metadatas["archive"]
    assert {key: metadata.info["bind_key"] for key, metadata in db.metadatas.items()} == {key: key for key in METADATAS}
    assert entries.primary_key.name == "pk_bound_entry"


STATEMENTS: list[tuple[Any, str | None]] = [
    (sa.select(Reader), None),
    (sa.select(Letter), "archive"),
    (sa.select(Letter.text), "archive"),
    (sa.select(sa.func.count()).select_from(Letter), "archive"),
    (sa.select(aliased(Letter)), "archive"),
    (sa.select(Postcard), "archive"),
    (sa.select(Parcel), "archive"),
    (sa.select(Parcel.weight), "archive"),
    (sa.select(sa.select(Letter.id).subquery()), "archive"),
    (sa.select(sa.select(Letter.id).cte().c.id), "archive"),
    (sa.select(sa.select(Letter.id).union_all(sa.select(Postcard.id)).subquery()), "archive"),
    (sa.select(entries.c.id).union_all(sa.select(entries.c.id)), "log"),
    (sa.select(sa.literal(1)).where(sa.exists(sa.select(Letter.id))), "archive"),
    (sa.insert(Letter).values(text="x", kind="letter"), "archive"),
    (sa.update(Letter).values(text="x"), "archive"),
    (sa.delete(Letter), "archive"),
    (sa.select(entries), "log"),
    (sa.select(entries.c.text), "log"),
    (sa.select(entries.alias()), "log"),
    (sa.select(sa.func.max(entries.c.id)), "log"),
    (entries.insert().values(text="x"), "log"),
    (entries.update().values(text="x"), "log"),
    (entries.delete(), "log"),
    (sa.text("SELECT 1"), None),
    (sa.select(1), None),
]


@pytest.mark.parametrize(("statement", "key"), STATEMENTS, ids=range(len(STATEMENTS)))
def test_a_statement_goes_to_the_database_of_its_model_or_table(app: App, statement: Any, key: str | None) -> None:
    seen: list[sa.Engine] = []
    with app.app_context():
        for engine in db.engines.values():
            sa.event.listen(engine, "before_cursor_execute", lambda conn, *_: seen.append(conn.engine))
        db.session.execute(statement)
        assert set(seen) == {db.engines[key]}


def test_objects_of_several_databases_are_committed_and_read_together(app: App) -> None:
    with app.app_context():
        objects = [Reader(name="Ada"), Letter(text="a"), Postcard(text="b", picture="sea"), Parcel(text="c", weight=3)]
        db.session.add_all(objects)
        db.session.execute(entries.insert().values(text="lent"))
        db.session.commit()
    with app.app_context():
        letters = db.session.scalars(sa.select(Letter).order_by(Letter.text)).all()
        assert [type(letter) for letter in letters] == [Letter, Postcard, Parcel]
        assert db.get_or_404(Letter, letters[2].id) is letters[2]
        assert db.session.scalars(sa.select(Reader)).one().name == "Ada"
        assert db.paginate(sa.select(Letter)).total == 3


def test_a_rollback_is_one_of_all_databases_and_all_connections_come_back(app: App) -> None:
    with app.app_context():
        db.session.add_all([Reader(name="Ada"), Letter(text="a")])
        db.session.flush()
    with app.app_context():
        assert [db.session.scalar(sa.select(sa.func.count()).select_from(each)) for each in (Reader, Letter)] == [0, 0]
    assert [engine.pool.checkedout() for engine in db.engines_of(app).values()] == [0] * 3  # type: ignore[attr-defined]  # QueuePool


def test_a_statement_can_be_sent_elsewhere(app: App) -> None:
    question = sa.text("SELECT count(*) FROM bound_entry")
    with app.app_context():
        assert db.session.scalar(question, bind_arguments={"bind": db.engines["log"]}) == 0
        union = sa.select(Letter.id).union_all(sa.select(Parcel.id))  # SQLAlchemy tells no model of it
        assert db.session.scalars(union, bind_arguments={"mapper": Letter}).all() == []
        assert db.session.connection(bind_arguments={"mapper": Letter}).engine is db.engines["archive"]
        assert db.session.get_bind(Letter) is db.session.get_bind(clause=Letter.__table__) is db.engines["archive"]


def test_real_servers_stand_beside_each_other(make_app: MakeApp, postgresql_url: str, mariadb_url: str) -> None:
    app = make_app("sqlite:///library.db", binds={"archive": postgresql_url, "log": {"url": mariadb_url}})
    with app.app_context():
        try:
            db.create_all()
            db.session.add_all([Reader(name="Ada"), Postcard(text="a")])
            db.session.execute(entries.insert().values(text="lent"))
            db.session.commit()
            assert db.session.scalars(sa.select(Letter)).one().text == "a"
            assert db.session.scalar(sa.select(entries.c.text)) == "lent"
            connections = [db.session.connection({"mapper": Letter}), db.session.connection({"clause": entries})]
            assert [connection.dialect.name for connection in connections] == ["postgresql", "mariadb"]
        finally:
            db.session.close()
            db.drop_all()


def test_a_bind_that_a_model_needs_and_nobody_configured_is_told_with_the_model_and_its_line(make_app: MakeApp) -> None:
    app = make_app("sqlite://", binds={"log": "sqlite://"})
    line = next(
        number for number, text in enumerate(Path(__file__).read_text().splitlines(), 1) if "class Letter" in text
    )
    message = rf"model Letter \({re.escape(__file__)}:{line}\).*: bind 'archive' is not configured in 'library', which"
    with app.app_context():
        with pytest.raises(UnboundBindError, match=rf"{message} has the default one, 'log'; add `archive = \"…\"` to"):
            db.session.scalars(sa.select(Letter))
        db.session.add(Letter(text="a"))
        with pytest.raises(UnboundExecutionError, match=message):
            db.session.commit()
        db.session.rollback()
        with pytest.raises(UnboundBindError, match=message):
            db.create_all()
        assert tables(app, "log") == set()
        with pytest.raises(UnboundBindError, match="bind 'nowhere' is not configured"):
            db.create_all("nowhere")
        with pytest.raises(UnboundBindError, match="bind 'nowhere' is not configured"):
            db.get_engine("nowhere")


def test_a_table_without_a_bind_is_told_by_its_name(make_app: MakeApp) -> None:
    with make_app().app_context(), pytest.raises(UnboundBindError, match="table 'bound_entry': bind 'log' is not"):
        db.session.execute(sa.select(entries))


def test_binds_are_enough_if_nothing_needs_the_default_one(tmp_path: Path) -> None:
    binds = {"archive": f"sqlite:///{tmp_path}/a.db"}
    app = App("library", config_file=None, extensions=["sqlalchemy"], config={"SQLALCHEMY_BINDS": binds})
    with app.app_context():
        db.create_all("archive")
        assert db.session.scalars(sa.select(Letter)).all() == []
        with pytest.raises(
            UnboundBindError, match=r"the default bind is not configured.*has 'archive'; set \[sqlalchemy"
        ):
            db.session.scalar(sa.text("SELECT 1"))
        with pytest.raises(UnboundBindError, match="model Reader"):
            db.session.scalars(sa.select(Reader))
        with pytest.raises(UnboundBindError, match="the default bind is not configured"):
            _ = db.engine
    app.shutdown()


@pytest.mark.parametrize(
    ("bind", "message"),
    [
        ({}, "binds.log: expected one of url and database_uri, found neither"),
        (
            {"url": "sqlite://", "database_uri": "sqlite://"},
            "binds.log: expected one of url and database_uri, found both",
        ),
        ({"url": 3}, "binds.log: url: expected a text"),
        ({"url": "sqlite://", "sqlite_pragmas": {"a b": 1}}, "binds.log: sqlite_pragmas 'a b': no name of a pragma"),
        ({"url": "sqlite://", "sqlite_pragmas": 3}, "binds.log: sqlite_pragmas: expected a table"),
        ({"url": "sqlite://", "engine_options": 3}, "binds.log: engine_options: expected a table"),
        (3, "SQLALCHEMY_BINDS"),
    ],
)
def test_a_bind_that_is_none_is_an_error_of_the_configuration(make_app: MakeApp, bind: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        make_app(binds={"log": bind}).initialise()


def test_mistakes_in_several_databases_are_told_at_once_with_their_places_and_no_password(make_app: MakeApp) -> None:
    binds = {
        "a": "nothing://ada:pa55@host/x",
        "b": {"url": "postgresql+pg8000://ada:pa55@host/x"},
        "c": {"url": "sqlite:///c.db", "pool_szie": 3},
        "d": "sqlite://",
    }
    app = make_app("ada:pa55@host", binds=binds)
    with pytest.raises(ConfigError) as caught:
        db.engines_of(app)
    first, *lines = str(caught.value).splitlines()
    assert first == "4 mistakes in the databases"
    begins = [
        "App(config=…) SQLALCHEMY_DATABASE_URI='ada:…': it is no",
        "App(config=…) SQLALCHEMY_BINDS.a='nothing://ada:***@host/x': SQLAlchemy knows no",
        "App(config=…) SQLALCHEMY_BINDS.b.url='postgresql+pg8000://ada:***@host/x': its driver",
        "App(config=…) SQLALCHEMY_BINDS.c: Invalid argument(s) 'pool_szie'",
    ]
    assert [line.strip()[: len(begin)] for line, begin in zip(lines, begins, strict=True)] == begins
    assert "pa55" not in str(caught.value)


@pytest.mark.parametrize("uri", ["mysql+pymysql://ada:pa55@host/x", "postgresql+psycopg://ada@host/x?password=pa55"])
def test_no_password_is_shown_of_engines_settings_and_configuration(make_app: MakeApp, uri: str) -> None:
    app = make_app("sqlite://", binds={"log": {"url": uri, "connect_args": {"password": "pa55"}}})
    engine = db.engine_of(app, "log")
    settings = app.config.settings(SQLAlchemySettings)
    shown = [repr(engine), str(engine), repr(engine.url), str(settings), repr(app.config), str(app.config.rows())]
    assert [text for text in shown if "pa55" in text] == []
    assert engine.url.password == "pa55"


def test_a_server_that_is_not_there_is_told_with_the_bind_and_no_password(make_app: MakeApp) -> None:
    app = make_app("sqlite://", binds={"archive": "postgresql+psycopg://ada:pa55@127.0.0.1:1/x"})
    with app.app_context(), pytest.raises(sa.exc.OperationalError) as caught:
        db.session.scalars(sa.select(Letter))
    note = "bind 'archive' (App(config=…) SQLALCHEMY_BINDS.archive='postgresql+psycopg://ada:***@127.0.0.1:1/x') gave"
    assert any(note in each for each in caught.value.__notes__)
    assert "pa55" not in str(caught.value)


def test_an_error_of_a_statement_says_nothing_of_connections(app: App) -> None:
    with app.app_context(), pytest.raises(sa.exc.OperationalError) as caught:
        db.session.execute(sa.text("nonsense"))
    assert not hasattr(caught.value, "__notes__")


def test_shutdown_closes_the_connections_of_each(app: App) -> None:
    with app.app_context():
        db.session.add_all([Reader(name="Ada"), Letter(text="a")])
        db.session.commit()
    pools = [db.engine_of(app, key).pool for key in (None, "archive")]
    assert all(pool.checkedin() for pool in pools)  # type: ignore[attr-defined]  # QueuePool
    app.shutdown()
    assert [pool.checkedin() for pool in pools] == [0, 0]  # type: ignore[attr-defined]  # QueuePool


def test_a_shutdown_that_fails_for_one_goes_on_with_the_others(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        db.session.execute(sa.select(Reader))

    def fail() -> None:
        raise ZeroDivisionError

    engines = db.engines_of(app)
    with monkeypatch.context() as patched:
        patched.setattr(engines["log"], "dispose", fail)
        with pytest.raises(BaseExceptionGroup):
            app.shutdown()
    assert engines[None].pool.checkedin() == 0  # type: ignore[attr-defined]  # QueuePool


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")  # the child does nothing but count
def test_a_forked_process_has_connections_of_its_own_to_each(
    make_app: MakeApp, postgresql_url: str, mariadb_url: str
) -> None:
    app = make_app(postgresql_url, binds={"archive": mariadb_url})
    for engine in db.engines_of(app).values():
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
    child = os.fork()
    if not child:
        os._exit(sum(engine.pool.checkedin() for engine in db.engines_of(app).values()))  # type: ignore[attr-defined]  # QueuePool
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert [engine.pool.checkedin() for engine in db.engines_of(app).values()] == [1, 1]  # type: ignore[attr-defined]  # QueuePool


def test_a_connection_that_the_server_closed_is_replaced_unseen(make_app: MakeApp, postgresql_url: str) -> None:
    app = make_app(postgresql_url)
    engine = db.engine_of(app)
    with engine.connect() as connection:
        process = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    other = sa.create_engine(postgresql_url)
    with other.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_terminate_backend({process})")
    other.dispose()
    with app.app_context():
        assert db.session.scalar(sa.text("SELECT pg_backend_pid()")) != process


def test_connections_are_not_looked_at_first_where_that_is_switched_off_or_they_are_files(make_app: MakeApp) -> None:
    plain, without = "postgresql+psycopg://host/x", {"url": "postgresql+psycopg://host/x", "pool_pre_ping": False}
    app = make_app(
        "sqlite:///a.db", binds={"plain": plain, "without": without, "none": without | {"poolclass": "NullPool"}}
    )
    assert [engine.pool._pre_ping for engine in db.engines_of(app).values()] == [False, True, False, False]


def test_a_pool_of_ones_own_is_used_as_it_is(make_app: MakeApp) -> None:
    pool = sa.NullPool(lambda: None)  # type: ignore[arg-type]  # it never connects
    app = make_app("postgresql+psycopg://host/x", engine_options={"pool": pool})
    assert db.engine_of(app).pool is pool


def test_a_child_of_a_model_cannot_be_in_another_database() -> None:
    with pytest.raises(
        FerruleError, match=r"Stamp: its __bind_key__ is 'log', and that of Letter.* 'archive'; the rows of"
    ):

        class Stamp(Letter):
            __bind_key__ = "log"


def test_a_session_of_sqlalchemys_own_is_what_db_session_is(app: App) -> None:
    with app.app_context():
        assert isinstance(db.session, Session)
