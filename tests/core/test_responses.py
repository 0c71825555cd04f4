"""HTTP exceptions as responses: a page for browsers, a problem document (RFC 9457) for who prefers JSON."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

import pytest
from markupsafe import Markup
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, HTTPException, MethodNotAllowed, TooManyRequests, Unauthorized

from ferrule import App, Response, abort, make_response
from ferrule.dispatch import answer_error

JSON = {"Accept": "application/json"}
PROBLEM = "application/problem+json"
PAGE = "text/html; charset=utf-8"


class OutOfCredit(Forbidden):
    description = "The balance does not suffice."
    problem: ClassVar = {"type": "https://shop.example/problems/out-of-credit", "balance": 30}


class Teapot(HTTPException):
    code = 418

    def get_body(self, environ: Any = None, scope: Any = None) -> str:
        return "<p>short and stout</p>"


def refusing(error: Any, **config: Any) -> App:
    app = App("refusing", config_file=None, config=config)

    @app.get("/")
    def view() -> None:
        raise error

    return app


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, PAGE),
        ("*/*", PAGE),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", PAGE),
        ("application/json", PROBLEM),
        ("application/problem+json", PROBLEM),
        ("application/json, text/plain, */*", PROBLEM),
        ("application/json, text/plain, */*;q=0.9", PROBLEM),
        ("application/*", PROBLEM),
        ("text/html, application/json", PAGE),
        ("text/html;q=0.5, application/json;q=0.6", PROBLEM),
        ("text/html;q=0, */*", PROBLEM),
        ("application/json;q=0, application/problem+json;q=0, */*", PAGE),
        ("image/png", PAGE),
        ("nonsense,,;q=x", PAGE),
    ],
)
def test_the_accept_header_decides(accept: str | None, content_type: str) -> None:
    response = refusing(Forbidden()).test_client().get("/", headers={} if accept is None else {"Accept": accept})
    assert (response.status_code, response.content_type) == (403, content_type)
    assert response.headers["Vary"] == "Accept"


def test_a_problem_document_says_what_the_page_says() -> None:
    app = refusing(Forbidden("Ask <Ada>."))
    assert app.test_client().get("/", headers=JSON).json == {
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "detail": "Ask <Ada>.",
    }
    assert "Ask &lt;Ada&gt;." in app.test_client().get("/").text


def test_abort_takes_what_flask_takes() -> None:
    app = App("aborting", config_file=None)
    app.add_url_rule("/text", "text", lambda: abort(404, description="No such note."))
    app.add_url_rule("/markup", "markup", lambda: abort(404, Markup("No <em>such</em> note.")))
    app.add_url_rule("/response", "response", lambda: abort(Response("as it is", 404)))
    client = app.test_client()
    assert (client.get("/text", headers=JSON).json or {})["detail"] == "No such note."
    assert (client.get("/markup", headers=JSON).json or {})["detail"] == "No <em>such</em> note."
    response = client.get("/response", headers=JSON)
    assert (response.status_code, response.text, response.content_type) == (404, "as it is", PAGE)
    assert "Vary" not in response.headers


@pytest.mark.parametrize(
    ("error", "header", "value"),
    [
        (MethodNotAllowed(["GET", "PUT"]), "Allow", "GET, PUT"),
        (Unauthorized(www_authenticate=WWWAuthenticate("basic", {"realm": "a"})), "WWW-Authenticate", "Basic realm=a"),
        (TooManyRequests(retry_after=30), "Retry-After", "30"),
    ],
)  # fmt: skip
def test_headers_of_the_exception_are_kept(error: HTTPException, header: str, value: str) -> None:
    response = refusing(error).test_client().get("/", headers=JSON)
    assert (response.content_type, response.headers[header].replace('"', "")) == (PROBLEM, value)


def test_what_the_router_refuses_is_a_problem_too() -> None:
    client = refusing(Forbidden()).test_client()
    response = client.delete("/", headers=JSON)
    assert (response.status_code, response.content_type) == (405, PROBLEM)
    assert {"GET", "HEAD", "OPTIONS"} == set(response.allow)
    assert (client.get("/nowhere", headers=JSON).json or {})["status"] == 404


def test_an_exception_may_have_members_of_its_own() -> None:
    """Such an exception was made for programs: one that says nothing of what it prefers is answered in JSON."""
    client = refusing(OutOfCredit()).test_client()
    assert client.get("/").json == {
        "type": "https://shop.example/problems/out-of-credit",
        "title": "Forbidden",
        "status": 403,
        "detail": "The balance does not suffice.",
        "balance": 30,
    }
    assert client.get("/", headers={"Accept": "text/html,*/*;q=0.8"}).content_type == PAGE


def test_an_exception_with_a_body_of_its_own_keeps_it() -> None:
    response = refusing(Teapot()).test_client().get("/", headers=JSON)
    assert (response.status_code, response.text, response.content_type) == (418, "<p>short and stout</p>", PAGE)


def test_an_unhandled_error_tells_nothing_of_itself() -> None:
    app = refusing(RuntimeError("the password is sesame"))
    response = app.test_client().get("/", headers=JSON)
    assert response.content_type == PROBLEM
    assert response.status_code == 500
    assert "sesame" not in response.text
    assert (response.json or {})["title"] == "Internal Server Error"


def test_a_handler_may_return_the_exception_that_it_was_given() -> None:
    app = refusing(Forbidden())
    app.register_error_handler(HTTPException, lambda error: error)
    assert app.test_client().get("/", headers=JSON).content_type == PROBLEM


def test_a_head_request_gets_the_headers_of_the_document() -> None:
    response = refusing(Forbidden()).test_client().head("/", headers=JSON)
    assert (response.content_type, response.data) == (PROBLEM, b"")
    assert int(response.headers["Content-Length"]) > 0


def test_the_documents_class_and_json_are_the_applications() -> None:
    class Own(Response):
        pass

    app = refusing(Forbidden())
    app.response_class = Own
    with app.test_request_context(headers=JSON) as context:
        response = app.make_response(answer_error(context, Forbidden()))
    assert type(response) is Own


def test_set_cookie_warns_of_what_is_too_large() -> None:
    app = App("cookies", config_file=None, config={"MAX_COOKIE_SIZE": 100})
    with app.app_context():
        assert make_response("").max_cookie_size == 100
        with pytest.warns(UserWarning, match="too large"):
            make_response("").set_cookie("name", "x" * 100)
        app.config["MAX_COOKIE_SIZE"] = 0
        with warnings.catch_warnings():
            make_response("").set_cookie("name", "x" * 10_000)
    assert Response().max_cookie_size == 4093
