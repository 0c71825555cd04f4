"""Error pages: they say what happened, and stand when all else has fallen."""

from collections.abc import Callable

import pytest
from werkzeug.exceptions import TooManyRequests

from ferrule import App, Response, abort
from ferrule.testing import FerruleClient
from ferrule_sqlalchemy import db
from notes.identity import current_user

MakeApp = Callable[..., App]
Member = Callable[[str], FerruleClient]


def fail() -> None:
    raise RuntimeError("the secret of the view")


def drop_tables() -> None:
    for name in ("notes", "users"):
        db.session.connection().exec_driver_sql(f"DROP TABLE {name}")
    db.session.commit()


@pytest.mark.parametrize(
    ("code", "title"),
    [
        (400, "That could not be read"),
        (403, "Not from there"),
        (404, "Nothing at this address"),
        (405, "Not this way"),
        (413, "Too much at once"),
        (418, "I&#39;m a teapot"),
        (500, "Something broke"),
    ],
)
def test_an_error_has_a_page_of_its_own(app: App, code: int, title: str) -> None:
    app.add_url_rule("/wrong", view_func=lambda: abort(code), endpoint="wrong")
    answer = app.test_client().get("/wrong")
    assert (answer.status_code, answer.mimetype) == (code, "text/html")
    assert f"<h1>{title}</h1>" in answer.text
    assert '<a class="button" href="/">' in answer.text


def test_a_failing_view_tells_people_nothing_of_its_secrets(
    make_app: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(TESTING=False)
    app.add_url_rule("/fail", view_func=fail)
    answer = app.test_client().get("/fail")
    assert answer.status_code == 500
    assert "Something broke" in answer.text
    assert "secret" not in answer.text
    assert "the secret of the view" in caplog.text


def test_a_failing_view_of_the_api_is_a_problem_document(make_app: MakeApp) -> None:
    app = make_app(TESTING=False)
    app.add_url_rule("/api/fail", view_func=fail)
    answer = app.test_client().get("/api/fail")
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["/notes", "/broken"])
def test_the_page_of_a_failure_stands_without_the_database(make_app: MakeApp, path: str) -> None:
    """The first request finds no table with users; the second loses it when it has found its user already."""
    app = make_app(TESTING=False)

    @app.get("/broken")
    def broken() -> None:
        assert current_user.is_authenticated
        drop_tables()
        fail()

    client = app.test_client()
    password = "correct horse battery"
    client.post("/register", data={"name": "ada", "password": password, "repeated": password})
    if path == "/notes":
        with app.app_context():
            drop_tables()
    answer = client.get(path)
    assert answer.status_code == 500
    assert "Something broke" in answer.text


def test_headers_of_an_error_reach_the_client(app: App) -> None:
    @app.get("/slow")
    def slow() -> None:
        raise TooManyRequests(retry_after=30)

    answer = app.test_client().get("/slow")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")


def test_a_response_that_a_view_aborts_with_is_left_alone(app: App) -> None:
    app.add_url_rule("/ready", view_func=lambda: abort(Response("ready", 409)), endpoint="ready")
    answer = app.test_client().get("/ready")
    assert (answer.status_code, answer.text) == (409, "ready")


def test_a_text_that_is_too_large_gets_the_page_for_it(member: Member) -> None:
    answer = member("ada").post("/notes/new", data={"title": "x", "body": "y" * 1_100_000})
    assert answer.status_code == 413
    assert "Too much at once" in answer.text
