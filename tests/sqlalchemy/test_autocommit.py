"""``[sqlalchemy] autocommit = true``: a request that went well commits before its response is sent."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.exceptions import InternalServerError

from ferrule import App, Response, abort, redirect, stream_with_context
from ferrule_sqlalchemy import Model, db

MakeApp = Callable[..., App]
MakeTables = Callable[..., None]


class Order(Model):
    __tablename__ = "autocommit_order"

    id: Mapped[int] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(sa.String(40), unique=True)


class SoldOutError(Exception):
    """A mistake that the application answers by itself."""


def order(item: str) -> None:
    db.session.add(Order(item=item))


def items(app: App) -> list[str]:
    """Return what is committed."""
    with app.app_context():
        return list(db.session.scalars(sa.select(Order.item).order_by(Order.id)))


@pytest.fixture
def app(make_app: MakeApp, make_tables: MakeTables, pooled_uri: str) -> App:
    """An application that commits by itself, with one connection at a time."""
    app = make_app(pooled_uri, autocommit=True, engine_options={"pool_size": 1, "max_overflow": 0, "pool_timeout": 0.1})
    app.config["PROPAGATE_EXCEPTIONS"] = False
    make_tables(app, Order)
    return app


@pytest.mark.parametrize("status", [200, 201, 303, 304, 399])
def test_a_status_below_400_commits(app: App, status: int) -> None:
    @app.post("/")
    def buy() -> tuple[str, int]:
        order("tea")
        return "", status

    assert app.test_client().post("/").status_code == status
    assert items(app) == ["tea"]


@pytest.mark.parametrize("status", [400, 404, 422, 500, 503])
def test_a_status_of_an_error_rolls_back(app: App, status: int) -> None:
    @app.post("/")
    def buy() -> tuple[str, int]:
        order("tea")
        db.session.flush()
        return "", status

    assert app.test_client().post("/").status_code == status
    assert items(app) == []


def test_an_async_view_commits_too(app: App) -> None:
    @app.post("/<item>")
    async def buy(item: str) -> str:
        order(item)
        if item == "error":
            raise ZeroDivisionError
        return item

    client = app.test_client()
    assert [client.post(f"/{item}").status_code for item in ("tea", "error", "milk")] == [200, 500, 200]
    assert items(app) == ["tea", "milk"]


def test_an_exception_rolls_back_whatever_it_is_answered_with(app: App) -> None:
    app.errorhandler(SoldOutError)(lambda error: redirect("/"))

    @app.post("/<how>")
    def buy(how: str) -> str:
        order("tea")
        if how == "redirect":
            abort(redirect("/"))
        raise {"sold-out": SoldOutError, "error": ZeroDivisionError}[how]

    client = app.test_client()
    assert [client.post(f"/{how}").status_code for how in ("redirect", "sold-out", "error")] == [303, 303, 500]
    assert items(app) == []


def test_what_a_handler_of_an_error_writes_is_its_own_to_commit(app: App) -> None:
    @app.errorhandler(SoldOutError)
    def sold_out(error: SoldOutError) -> str:
        order("refund")
        db.session.commit()
        order("lost")
        return "sorry"

    @app.post("/")
    def buy() -> str:
        order("tea")
        db.session.flush()
        raise SoldOutError

    assert app.test_client().post("/").text == "sorry"
    assert items(app) == ["refund"]


def test_a_commit_that_fails_is_a_500_with_the_page_of_the_application(app: App) -> None:
    @app.errorhandler(500)
    def fail(error: InternalServerError) -> tuple[str, int]:
        count = db.session.scalar(sa.select(sa.func.count()).select_from(Order))
        return f"{type(error.original_exception).__name__}, {count} orders", 500

    @app.post("/<item>")
    def buy(item: str) -> str:
        order(item)
        return "bought"

    client = app.test_client()
    answers = [client.post(f"/{item}") for item in ("tea", "tea", "milk")]
    assert [answer.status_code for answer in answers] == [200, 500, 200]
    assert answers[1].text == "IntegrityError, 1 orders"
    assert items(app) == ["tea", "milk"]


def test_what_after_request_functions_write_is_committed_and_their_errors_roll_back(app: App) -> None:
    @app.after_request
    def audit(response: Response) -> Response:
        order("audit")
        if response.status_code == 299:
            raise ZeroDivisionError
        return response

    @app.post("/<int:status>")
    def buy(status: int) -> tuple[str, int]:
        order(f"tea {status}")
        return "", status

    client = app.test_client()
    assert [client.post(f"/{status}").status_code for status in (299, 200)] == [500, 200]
    assert items(app) == ["tea 200", "audit"]


def test_a_stream_begins_after_the_commit_and_commits_what_it_writes_itself(app: App) -> None:
    @app.post("/")
    def buy() -> Iterator[str]:
        order("view")

        def rows() -> Iterator[str]:
            with db.transaction():
                order("stream")
                yield "a"
            order("lost")
            db.session.flush()
            yield "b"

        return stream_with_context(rows())

    assert app.test_client().post("/").text == "ab"
    assert items(app) == ["view", "stream"]


def test_a_view_may_commit_by_itself_and_may_be_a_transaction(app: App) -> None:
    @app.post("/own")
    def own() -> tuple[str, int]:
        order("own")
        db.session.commit()
        order("lost")
        return "", 409

    @app.post("/transactional")
    @db.transactional
    def transactional() -> tuple[str, int]:
        order("transactional")
        return "", 409

    client = app.test_client()
    assert [client.post(path).status_code for path in ("/own", "/transactional")] == [409, 409]
    assert items(app) == ["own", "transactional"]


def test_an_exhausted_pool_at_the_commit_is_a_503(app: App) -> None:
    @app.post("/")
    def buy() -> str:
        order("tea")
        return "bought"

    client = app.test_client()
    with db.engine_of(app).connect():
        answer = client.post("/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert client.post("/").status_code == 200
    assert items(app) == ["tea"]


def test_a_request_that_uses_no_session_opens_none(app: App) -> None:
    sessions: list[object] = []
    app.get("/")(lambda: "no database")
    event.listen(db.engine_of(app), "begin", sessions.append)
    assert app.test_client().get("/").text == "no database"
    assert sessions == []


def test_it_is_off_unless_asked_for(make_app: MakeApp, make_tables: MakeTables) -> None:
    app = make_app("sqlite:///library.db")
    make_tables(app, Order)

    @app.post("/")
    def buy() -> str:
        order("tea")
        return "bought"

    assert app.test_client().post("/").status_code == 200
    assert items(app) == []


def test_a_context_without_a_request_commits_by_itself_only(app: App) -> None:
    with app.app_context():
        order("tea")
        db.session.flush()
    assert items(app) == []
