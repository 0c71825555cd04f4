"""Bad days, with the real servers: they go away and come back, the pool is empty, a worker is killed, input is bad."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Mapped, mapped_column

from ferrule import App, Extension, hookimpl
from ferrule_sqlalchemy import Model, db

from .tcp_proxy import TCPProxy

MakeApp = Callable[..., App]
MakeTables = Callable[..., None]

SERVER: Final = {"pool_timeout": 2}


class Guest(Model):
    __tablename__ = "bad_day_guest"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(10))


@pytest.fixture(params=["postgresql", "mariadb"])
def server_url(request: pytest.FixtureRequest) -> str:
    """The URL of each server in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def app(make_app: MakeApp, make_tables: MakeTables, server_url: str) -> App:
    """An application on each server in turn; its errors are answered."""
    app = make_app(server_url, engine_options=SERVER)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    make_tables(app, Guest)
    return app


def guests(app: App) -> list[str]:
    """Return what is committed."""
    with app.app_context():
        return list(db.session.scalars(sa.select(Guest.name).order_by(Guest.id)))


def lent(app: App) -> int:
    """Return how many connections are checked out."""
    pool = db.engine_of(app).pool
    assert isinstance(pool, sa.QueuePool)
    return pool.checkedout()


def backends(url: str) -> list[int]:
    """Return the connections that the server has to the test's database, without the one that asks."""
    query = {
        "postgresql": "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'",  # the server's own workers come and go
        "mariadb": "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()",
    }
    return [*ask(url, query)]


def ask(url: str, queries: dict[str, str]) -> list[Any]:
    """Ask a server as somebody else, and return the first column."""
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        return [row[0] for row in connection.exec_driver_sql(queries[sa.make_url(url).get_backend_name()])]


def end_connections(url: str) -> None:
    """Have the server end all connections to the test's database."""
    kill = {"postgresql": "SELECT pg_terminate_backend(%s)", "mariadb": "KILL %s"}
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    for backend in backends(url):
        with engine.connect() as connection:
            connection.exec_driver_sql(kill[sa.make_url(url).get_backend_name()], (backend,))
    assert wait_until(lambda: backends(url) == [])


def wait_until(fulfilled: Callable[[], bool]) -> bool:
    """Wait for something, a minute at most."""
    end = time.monotonic() + 60
    while not fulfilled():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_connections_that_the_server_ended_meanwhile_harm_no_request(app: App, server_url: str) -> None:
    @app.post("/<name>")
    @db.transactional
    def greet(name: str) -> str:
        db.session.add(Guest(name=name))
        return name

    client = app.test_client()
    assert client.post("/ada").status_code == 200
    end_connections(server_url)
    assert client.post("/bob").status_code == 200
    assert guests(app) == ["ada", "bob"]


@pytest.mark.parametrize("moment", ["before a query", "at the flush", "at the commit", "at autocommit"])
def test_a_connection_that_is_lost_in_a_request_is_a_500_and_the_next_one_works(
    make_app: MakeApp, make_tables: MakeTables, server_url: str, moment: str
) -> None:
    app = make_app(server_url, engine_options=SERVER, autocommit=moment == "at autocommit")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.errorhandler(500)(lambda error: (f"{db.session.scalar(sa.select(sa.func.count(Guest.id)))} guests", 500))
    make_tables(app, Guest)

    @app.post("/<name>")
    def greet(name: str) -> str:
        db.session.add(Guest(name=name))
        if moment != "at the flush":
            db.session.flush()
        else:
            db.session.scalar(sa.select(1).with_for_update(), execution_options={"autoflush": False})
        if name == "lost":
            end_connections(server_url)
        if moment == "before a query":
            db.session.scalar(sa.select(1))
        if moment != "at autocommit":
            db.session.commit()
        return name

    client = app.test_client()
    answers = [client.post(f"/{name}") for name in ("ada", "lost", "bob")]
    assert [answer.status_code for answer in answers] == [200, 500, 200]
    assert answers[1].text == "1 guests"
    assert guests(app) == ["ada", "bob"]
    assert lent(app) == 0


def test_a_server_that_is_away_fails_requests_until_it_is_back(
    make_app: MakeApp, make_tables: MakeTables, server_url: str
) -> None:
    with TCPProxy(server_url) as proxy:
        app = make_app(proxy.url, engine_options=SERVER)
        app.config["PROPAGATE_EXCEPTIONS"] = False
        make_tables(make_app(server_url), Guest)

        @app.post("/<name>")
        @db.transactional
        def greet(name: str) -> str:
            db.session.add(Guest(name=name))
            db.session.flush()
            if name == "cut":
                proxy.cut()
            return name

        client = app.test_client()
        assert [client.post(f"/{name}").status_code for name in ("ada", "cut", "away", "away")] == [200, 500, 500, 500]
        assert lent(app) == 0
        proxy.restore()
        assert [client.post(f"/{name}").status_code for name in ("bob", "cy")] == [200, 200]
        assert guests(app) == ["ada", "bob", "cy"]


def test_an_exhausted_pool_is_a_503_that_names_its_settings_in_the_log_only(
    make_app: MakeApp, pooled_uri: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(pooled_uri, engine_options={"pool_size": 2, "max_overflow": 0, "pool_timeout": 0.1})
    app.get("/")(lambda: str(db.session.scalar(sa.select(1))))
    client = app.test_client()
    with db.engine_of(app).connect(), db.engine_of(app).connect(), caplog.at_level(logging.ERROR, "library"):
        answer = client.get("/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "pool" not in answer.text.lower()
    assert "limit of size 2 overflow 0" in caplog.text
    assert "pool_size, max_overflow and pool_timeout in engine_options of [sqlalchemy]" in caplog.text
    assert client.get("/").text == "1"


def test_an_exhausted_pool_has_the_page_that_the_application_gives_503(make_app: MakeApp) -> None:
    app = make_app("sqlite:///library.db", engine_options={"pool_size": 1, "max_overflow": 0, "pool_timeout": 0.1})
    app.get("/")(lambda: str(db.session.scalar(sa.select(1))))
    app.errorhandler(503)(lambda error: (f"come again in {error.retry_after} s", 503))
    with db.engine_of(app).connect():
        assert app.test_client().get("/").text == "come again in 5 s"


def test_a_handler_of_the_application_for_the_exhausted_pool_wins(make_app: MakeApp) -> None:
    app = make_app("sqlite:///library.db", engine_options={"pool_size": 1, "max_overflow": 0, "pool_timeout": 0.1})
    app.get("/")(lambda: str(db.session.scalar(sa.select(1))))
    app.errorhandler(PoolTimeout)(lambda error: ("busy", 429))
    with db.engine_of(app).connect():
        assert app.test_client().get("/").status_code == 429


def test_two_hundred_threads_on_a_pool_of_five_get_an_answer_each(make_app: MakeApp, pooled_uri: str) -> None:
    app = make_app(pooled_uri, engine_options={"pool_size": 5, "max_overflow": 0, "pool_timeout": 0.3})
    together = threading.Barrier(200)
    refused = threading.Event()

    @app.get("/")
    def hold() -> str:
        value = db.session.scalar(sa.select(1))
        refused.wait(60)  # how many come in time is then no matter of chance
        return str(value)

    def get(_: int) -> int:
        client = app.test_client()
        together.wait()
        status = client.get("/").status_code
        if status != 200:
            refused.set()
        return status

    app.finalize()
    with ThreadPoolExecutor(200) as threads:
        answers = list(threads.map(get, range(200)))
    assert set(answers) == {200, 503}
    assert answers.count(200) >= 5
    assert lent(app) == 0
    assert app.test_client().get("/").status_code == 200


WORKER: Final = """
import sys, time
import sqlalchemy as sa
from ferrule import App
from ferrule_sqlalchemy import db

app = App("library", config_file=None, instance_path=sys.argv[2], extensions=["sqlalchemy"],
    config={"SQLALCHEMY_DATABASE_URI": sys.argv[1]})
with app.app_context(), db.transaction():
    db.session.execute(sa.text("INSERT INTO bad_day_guest (id, name) VALUES (1, 'half')"))
    print("begun", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="this system has no SIGKILL")
def test_a_worker_that_is_killed_leaves_nothing_half_written_and_no_connection(
    make_app: MakeApp, make_tables: MakeTables, pooled_uri: str
) -> None:
    app = make_app(pooled_uri)
    make_tables(app, Guest)
    db.engine_of(app).dispose()
    command = [sys.executable, "-W", "error", "-c", WORKER, pooled_uri, app.instance_path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "begun\n"
        if not pooled_uri.startswith("sqlite"):
            assert wait_until(lambda: len(backends(pooled_uri)) == 1)  # the one that is closed may still be listed
        os.kill(worker.pid, signal.SIGKILL)
    if not pooled_uri.startswith("sqlite"):
        assert wait_until(lambda: backends(pooled_uri) == [])
    with app.app_context(), db.transaction():
        db.session.add(Guest(id=1, name="whole"))
    assert guests(app) == ["whole"]


BAD_INPUT: Final = [
    ("file", {"id": 1, "name": "twice"}),
    ("postgresql", {"id": 1, "name": "twice"}),
    ("mariadb", {"id": 1, "name": "twice"}),
    ("postgresql", {"id": 2, "name": "too long for it"}),
    ("mariadb", {"id": 2, "name": "too long for it"}),
    ("postgresql", {"id": 2, "name": "N\0L"}),
    ("postgresql", {"id": 2**40, "name": "a number"}),
    ("mariadb", {"id": 2**40, "name": "a number"}),
    ("file", {"id": 2**70, "name": "a number"}),
    ("file", {"id": 2, "name": None}),
    ("postgresql", {"id": 2, "name": "\udcff"}),
    ("mariadb", {"id": 2, "name": "\udcff"}),
    ("file", {"id": 2, "name": "\udcff"}),
]


@pytest.mark.parametrize(("kind", "values"), BAD_INPUT, ids=repr)
def test_input_that_the_database_refuses_rolls_back_and_harms_nothing_later(
    request: pytest.FixtureRequest, make_app: MakeApp, make_tables: MakeTables, kind: str, values: dict[str, Any]
) -> None:
    uri = "sqlite:///library.db" if kind == "file" else request.getfixturevalue(f"{kind}_url")
    app = make_app(uri, engine_options={"pool_size": 1, "max_overflow": 0, "pool_timeout": 2})
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.errorhandler(DBAPIError)(lambda error: (f"{db.session.scalar(sa.select(sa.func.count(Guest.id)))}", 409))
    app.errorhandler(UnicodeEncodeError)(lambda error: (f"{db.session.scalar(sa.select(1))}", 409))
    app.errorhandler(OverflowError)(lambda error: (f"{db.session.scalar(sa.select(1))}", 409))
    make_tables(app, Guest)

    @app.post("/<how>")
    def greet(how: str) -> str:
        db.session.add(Guest(id=len(how) + 100, name=how))
        if how == "bad":
            db.session.flush()
            db.session.add(Guest(**values))
        db.session.commit()
        return how

    with app.app_context():
        db.session.add(Guest(id=1, name="first"))
        db.session.commit()
        db.session.add(Guest(**values))
        with pytest.raises((DBAPIError, UnicodeEncodeError, OverflowError)):
            db.session.flush()
        db.session.rollback()
        assert db.session.scalar(sa.select(sa.func.count(Guest.id))) == 1
    client = app.test_client()
    answers = [client.post(f"/{how}") for how in ("bad", "good")]
    assert [(answer.status_code, answer.text) for answer in answers] == [(409, "1"), (200, "good")]
    assert guests(app) == ["first", "good"]
    assert lent(app) == 0


class Failing(Extension):
    name = "failing"

    @hookimpl
    def teardown_request(self) -> None:
        db.session.scalar(sa.text("SELECT no_such_column"))

    @hookimpl
    def teardown_appcontext(self) -> None:
        raise KeyboardInterrupt


def test_whatever_fails_in_teardown_the_connection_is_returned(
    make_app: MakeApp, make_tables: MakeTables, pooled_uri: str
) -> None:
    app = make_app(pooled_uri, extensions=["sqlalchemy", Failing()], engine_options={"pool_size": 1, "max_overflow": 0})
    make_tables(app, Guest)

    @app.get("/")
    def view() -> str:
        db.session.add(Guest(name="never"))
        db.session.flush()
        return ""

    client = app.test_client()
    for _ in range(2):
        with pytest.raises(BaseExceptionGroup) as caught:
            client.get("/")
        assert caught.group_contains(DBAPIError)
        assert caught.group_contains(KeyboardInterrupt)
        assert lent(app) == 0
