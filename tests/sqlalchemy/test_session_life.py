"""How long a session lasts: through streams and errors, not beyond its context, and not where nobody uses it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, InvalidRequestError
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.exceptions import InternalServerError

from ferrule import App, Response, current_app, stream_with_context
from ferrule.context import current_context
from ferrule_sqlalchemy import Model, SQLAlchemy, db
from ferrule_sqlalchemy.sessions import ContextSession

MakeApp = Callable[..., App]
MakeTables = Callable[..., None]


class Visit(Model):
    __tablename__ = "life_visit"

    id: Mapped[int] = mapped_column(primary_key=True)


def count() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Visit)) or 0


def lent(app: App) -> int:
    """Return how many connections are checked out."""
    pool = db.engine_of(app).pool
    assert isinstance(pool, sa.QueuePool)
    return pool.checkedout()


@pytest.fixture
def app(make_app: MakeApp, make_tables: MakeTables, pooled_uri: str) -> App:
    """An application with one connection at a time, on each database that has more."""
    app = make_app(pooled_uri, engine_options={"pool_size": 1, "max_overflow": 0, "pool_timeout": 1})
    app.config["PROPAGATE_EXCEPTIONS"] = False
    make_tables(app, Visit)
    return app


def test_a_session_that_is_kept_after_its_context_refuses_to_connect(app: App) -> None:
    with app.app_context():
        kept = db.session
        assert count() == 0
    with pytest.raises(InvalidRequestError, match="permanently closed"):
        kept.scalar(sa.select(1))
    assert lent(app) == 0


@pytest.mark.parametrize("method", ["close", "reset"])
def test_a_session_that_is_closed_within_its_context_can_be_used_again(app: App, method: str) -> None:
    with app.app_context():
        db.session.add(Visit(id=1))
        assert count() == 1
        getattr(db.session, method)()
        assert lent(app) == 0
        assert count() == 0


def test_a_context_that_is_pushed_and_popped_by_hand_closes_its_session(app: App) -> None:
    outer, inner = app.app_context(), app.app_context()
    outer.push()
    assert count() == 0
    outer.pop()
    inner.push()
    db.session.add(Visit(id=1))
    assert count() == 1
    inner.pop(ZeroDivisionError())
    assert lent(app) == 0


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_ends_the_worker_returns_the_connection_first(app: App, error: type[BaseException]) -> None:
    @app.get("/")
    def view() -> str:
        db.session.add(Visit(id=1))
        db.session.flush()
        raise error

    with pytest.raises(error):
        app.test_client().get("/")
    assert lent(app) == 0
    with app.app_context():
        assert count() == 0


def test_a_stream_has_the_session_until_it_ends(app: App) -> None:
    @app.get("/")
    def view() -> Iterator[str]:
        session = db.session

        def rows() -> Iterator[str]:
            for _ in range(2):
                assert db.session is session
                yield str(count())

        return stream_with_context(rows())

    response = app.test_client().get("/", buffered=False)
    steps = iter(response.response)
    assert next(steps) == b"0"
    assert lent(app) == 1
    assert list(steps) == [b"0"]
    response.close()
    assert lent(app) == 0


@pytest.mark.parametrize("how", ["left", "failed"])
def test_a_stream_that_does_not_end_well_returns_the_connection(app: App, how: str) -> None:
    @app.get("/")
    @stream_with_context
    def view() -> Iterator[str]:
        db.session.add(Visit(id=1))
        yield str(count())
        raise ZeroDivisionError

    response = app.test_client().get("/", buffered=False)
    steps = iter(response.response)
    assert next(steps) == b"1"
    if how == "failed":
        with pytest.raises(ZeroDivisionError):
            next(steps)
    response.close()
    assert lent(app) == 0
    with app.app_context():
        assert count() == 0


@pytest.mark.parametrize("kind", [IntegrityError, 500], ids=["handler", "500"])
def test_the_page_of_an_error_can_use_the_session_that_the_error_broke(app: App, kind: type[Exception] | int) -> None:
    """SQLAlchemy refuses everything but a rollback after a flush that failed; the view cannot do that any more."""

    @app.errorhandler(kind)
    def answer(error: IntegrityError | InternalServerError) -> tuple[str, int]:
        before = count()
        db.session.add(Visit(id=5))
        return f"{before} visits, then {count()}", 409

    @app.post("/")
    def view() -> str:
        db.session.add(Visit(id=1))
        db.session.flush()
        db.session.execute(sa.insert(Visit).values(id=2))
        db.session.add_all([Visit(id=3), Visit(id=3)])
        db.session.flush()
        return "never"

    assert app.test_client().post("/").text == "0 visits, then 1"
    with app.app_context():
        assert count() == 0


def test_each_error_of_a_request_undoes_what_was_before_it(app: App) -> None:
    @app.errorhandler(ZeroDivisionError)
    def first(error: ZeroDivisionError) -> str:
        db.session.add(Visit(id=2))
        db.session.flush()
        raise KeyError

    @app.errorhandler(500)
    def second(error: InternalServerError) -> tuple[str, int]:
        db.session.add(Visit(id=3))
        db.session.commit()
        return f"{count()} visits", 500

    @app.post("/")
    def view() -> str:
        db.session.add(Visit(id=1))
        db.session.flush()
        raise ZeroDivisionError

    assert app.test_client().post("/").text == "1 visits"
    with app.app_context():
        assert db.session.scalars(sa.select(Visit.id)).all() == [3]


def test_a_handler_that_is_the_first_to_use_the_session_keeps_its_work(app: App) -> None:
    @app.errorhandler(ZeroDivisionError)
    def answer(error: ZeroDivisionError) -> str:
        db.session.add(Visit(id=1))
        return f"{count()} visits"

    @app.post("/")
    def view() -> str:
        raise ZeroDivisionError

    assert app.test_client().post("/").text == "1 visits"


def test_a_request_that_uses_no_session_has_neither_state_nor_teardown(make_app: MakeApp) -> None:
    app = make_app()
    seen: list[tuple[bool, int, bool]] = []

    @app.after_request
    def look(response: Response) -> Response:
        context = current_context()
        seen.append(("state" in vars(context), len(context._deferred), bool(context.plan.teardowns)))
        return response

    app.get("/without", endpoint="without")(lambda: "no database")
    app.get("/with")(lambda: str(db.session.scalar(sa.select(1))))
    client = app.test_client()
    assert [client.get(path).status_code for path in ("/without", "/with")] == [200, 200]
    assert seen == [(False, 0, False), (True, 1, False)]


def test_a_closed_session_is_no_longer_the_contexts(make_app: MakeApp) -> None:
    context = make_app().app_context()
    with context:
        assert isinstance(db.session, ContextSession)
        assert current_app.extension(SQLAlchemy) is db
    assert context.state == {}


FORK = """
import os, sys
import sqlalchemy as sa
from sqlalchemy.exc import PendingRollbackError
from ferrule import App
from ferrule_sqlalchemy import db

app = App("library", config_file=None, instance_path=sys.argv[2], extensions=["sqlalchemy"],
    config={"SQLALCHEMY_DATABASE_URI": sys.argv[1]})
with app.app_context():
    db.session.execute(sa.text("INSERT INTO life_visit (id) VALUES (1)"))
    child = os.fork()
    if not child:
        try:
            db.session.execute(sa.text("INSERT INTO life_visit (id) VALUES (2)"))
        except PendingRollbackError:
            print("not its own", flush=True)
        sys.exit()
    os.waitpid(child, 0)
    db.session.commit()
    print(db.session.scalar(sa.text("SELECT count(*) FROM life_visit")))
app.shutdown()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_leaves_the_transaction_of_its_parent_alone(app: App) -> None:
    url = db.engine_of(app).url.render_as_string(hide_password=False)
    db.engine_of(app).dispose()
    command = [sys.executable, "-W", "error", "-c", FORK, url, app.instance_path]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines() == ["not its own", "1"]
    assert result.stderr == ""
