"""The test client: a browser without a server."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import EnvironBuilder

from ferrule import App, Response, SetupError, g, has_app_context, redirect, request, session
from ferrule.testing import FerruleClient


def make_app(**config: Any) -> App:
    app = App(__name__, config_file=None, config={"SECRET_KEY": "k" * 32, **config})
    app.get("/session", endpoint="session")(lambda: str(session.get("x")))
    app.get("/go", endpoint="go")(lambda: redirect("/there"))

    @app.route("/there", methods=["GET", "POST"])
    def there() -> dict[str, Any]:
        g.x = 1
        return {"method": request.method, "args": request.args.to_dict(), "json": request.get_json(silent=True)}

    return app


def test_a_session_can_be_prepared_and_looked_at() -> None:
    client = make_app().test_client()
    with client.session_transaction() as prepared:
        prepared["x"] = "prepared"
    assert client.get("/session").text == "prepared"
    with client.session_transaction() as seen:
        assert seen["x"] == "prepared"
        del seen["x"]
    assert client.get("/session").text == "None"


def test_a_session_needs_cookies_and_a_key() -> None:
    with (
        pytest.raises(SetupError, match="use_cookies"),
        make_app().test_client(use_cookies=False).session_transaction(),
    ):
        pass
    with pytest.raises(SetupError, match="secret key"), make_app(SECRET_KEY=None).test_client().session_transaction():
        pass


def test_a_with_block_keeps_the_context_of_the_last_request() -> None:
    app = make_app()
    with app.test_client() as client:
        client.get("/there?a=1")
        assert (request.args["a"], g.x) == ("1", 1)
        response = client.get("/go", follow_redirects=True)
        assert (request.path, g.x, len(response.history)) == ("/there", 1, 1)
        client.get("/session")
        assert request.path == "/session"
        assert "x" not in session
    assert not has_app_context()
    client.get("/there")
    assert not has_app_context()


def test_a_request_that_raised_is_not_the_last_one_for_ever() -> None:
    app = make_app(TESTING=True)
    app.get("/broken", endpoint="broken")(lambda: 1 / 0)
    with app.test_client() as client:
        with pytest.raises(ZeroDivisionError):
            client.get("/broken")
        client.get("/there")
        assert request.path == "/there"
    assert not has_app_context()


def test_a_client_is_entered_once_at_a_time() -> None:
    client = make_app().test_client()
    with client, pytest.raises(RuntimeError, match="twice"), client:
        pass


def test_json_goes_and_comes() -> None:
    response = make_app().test_client().post("/there", json={"a": [1]})
    assert response.json == {"method": "POST", "args": {}, "json": {"a": [1]}}


def test_redirects_are_followed_when_asked_for() -> None:
    client = make_app().test_client()
    assert client.get("/go").status_code == 303
    followed = client.get("/go", follow_redirects=True)
    assert (followed.status_code, followed.request.path) == (200, "/there")


def test_a_request_may_be_given_in_other_forms() -> None:
    client = make_app().test_client()
    builder = EnvironBuilder("/there", query_string={"a": "b"})
    expected = {"method": "GET", "args": {"a": "b"}, "json": None}
    assert client.open(builder).json == expected
    assert client.open(builder.get_environ()).json == expected
    assert client.open(builder.get_request()).json == expected
    assert client.get("http://localhost/there?a=b").json == expected
    builder.close()


def test_cookies_are_kept_sent_and_deleted() -> None:
    app = make_app()

    @app.get("/set")
    def set_cookie() -> Response:
        response = Response("")
        response.set_cookie("colour", "red")
        return response

    app.get("/read", endpoint="read")(lambda: request.cookies.get("colour", "none"))
    client = app.test_client()
    client.get("/set")
    assert client.get("/read").text == "red"
    assert app.test_client().get("/read").text == "none"
    client.delete_cookie("colour")
    assert client.get("/read").text == "none"
    client.set_cookie("colour", "blue")
    assert client.get("/read").text == "blue"


def test_each_request_has_the_base_environment() -> None:
    app = make_app()
    app.get("/who", endpoint="who")(lambda: f"{request.remote_addr} {request.user_agent}")
    client = app.test_client()
    assert client.get("/who").text == "127.0.0.1 ferrule-test-client"
    client.environ_base["REMOTE_ADDR"] = "10.0.0.1"
    assert client.get("/who", environ_base={"HTTP_USER_AGENT": "mine"}).text == "10.0.0.1 mine"


def test_the_class_of_the_client_may_be_ones_own() -> None:
    class Own(FerruleClient):
        pass

    app = make_app()
    app.test_client_class = Own
    assert type(app.test_client()) is Own
