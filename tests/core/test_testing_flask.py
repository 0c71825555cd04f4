"""The test client, its builder and its runner beside Flask's: one scenario on both, and the same is seen."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import click
import flask
import flask.testing
import pytest

import ferrule
import ferrule.testing

Scenario = Callable[[Any, Any], Any]


def make_app(framework: Any) -> Any:
    app = ferrule.App("shop", config_file=None) if framework is ferrule else flask.Flask("shop")
    app.config.update(SECRET_KEY="k" * 32, TESTING=True)
    request = framework.request

    @app.route("/echo", methods=["GET", "POST", "PUT", "PATCH"])
    def echo() -> dict[str, Any]:
        return {
            "method": request.method,
            "args": request.args.to_dict(flat=False),
            "form": request.form.to_dict(flat=False),
            "files": {name: (file.filename, file.read().decode()) for name, file in request.files.items()},
            "json": request.get_json(silent=True),
            "type": request.mimetype,
            "url": request.url,
            "header": request.headers.get("X-A"),
        }

    @app.post("/login")
    def login() -> Any:
        framework.session["user"] = request.form["user"]
        return framework.redirect("/there", 302)

    app.get("/there", endpoint="there")(lambda: framework.redirect("/me", 302))
    app.get("/me", endpoint="me")(lambda: str(framework.session.get("user")))
    app.get("/broken", endpoint="broken")(lambda: 1 / 0)

    @app.cli.command("greet")
    @click.argument("name", default="nobody")
    def greet(name: str) -> None:
        framework.g.count = framework.g.get("count", 0) + 1
        click.echo(f"{name} of {framework.current_app.name}, {framework.g.count}")

    return app


def builder(framework: Any) -> Any:
    return ferrule.testing.EnvironBuilder if framework is ferrule else flask.testing.EnvironBuilder


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/echo?x=1&x=2", {}),
        ("/echo", {"query_string": {"q": "a b", "z": [1, 2]}}),
        ("/echo", {"method": "POST", "data": {"a": "b", "l": ["1", "2"]}}),
        ("/echo", {"method": "POST", "json": {"k": [1, None]}}),
        ("/echo", {"method": "PUT", "data": "raw", "content_type": "text/plain", "headers": {"X-A": "1"}}),
        ("/echo", {"method": "PATCH"}),
        ("http://example.com:81/echo", {}),
        ("/echo", {"base_url": "https://sub.example.com/mounted/"}),
        ("/echo", {"subdomain": "s", "url_scheme": "https"}),
    ],
    ids=str,
)
def test_a_request_is_made_as_flasks_client_makes_it(path: str, options: dict[str, Any]) -> None:
    seen = [make_app(framework).test_client().open(path, **options).json for framework in (ferrule, flask)]
    assert seen[0] == seen[1]
    assert seen[0]["method"] == options.get("method", "GET")


def uploads(framework: Any, app: Any) -> Any:
    return app.test_client().post("/echo", data={"a": "b", "f": (io.BytesIO(b"hi"), "f.txt")}).json


def follows_redirects(framework: Any, app: Any) -> Any:
    response = app.test_client().post("/login", data={"user": "bo"}, follow_redirects=True)
    hops = [(hop.status_code, hop.location) for hop in response.history]
    return response.status_code, response.text, response.request.path, hops


def keeps_the_context(framework: Any, app: Any) -> Any:
    with app.test_client() as client:
        client.post("/login", data={"user": "bo"}, follow_redirects=True)
        inside = framework.request.path, framework.session["user"], framework.has_request_context()
    return inside, framework.has_request_context()


def keeps_the_contexts_of_two_clients(framework: Any, app: Any) -> Any:
    with app.test_client() as first, app.test_client() as second:
        first.get("/me")
        second.get("/echo")
        return framework.request.path


def prepares_a_session(framework: Any, app: Any) -> Any:
    client = app.test_client()
    with client.session_transaction() as session:
        session["user"] = "al"
    text = client.get("/me").text
    with client.session_transaction() as session:
        return text, dict(session), client.get_cookie("session") is not None


def has_no_cookies(framework: Any, app: Any) -> Any:
    with app.test_client(use_cookies=False) as client:
        client.post("/login", data={"user": "z"})
        return client.get("/me").text


def raises_what_a_view_raises(framework: Any, app: Any) -> Any:
    with pytest.raises(ZeroDivisionError) as caught:
        app.test_client().get("/broken")
    return str(caught.value)


def makes_a_request_context(framework: Any, app: Any) -> Any:
    with app.test_request_context("/user/2/edit?x=1", method="POST", data={"name": ""}):
        return framework.request.path, framework.request.args["x"], framework.request.form["name"]


def builds_environments(framework: Any, app: Any) -> Any:
    made = builder(framework)(app, "/echo", method="POST", json={"a": 1})
    answer = app.test_client().open(made).json
    again = app.test_client().open(made.get_request()).json
    environ = made.get_environ()
    made.close()
    return answer, again, environ["PATH_INFO"], environ["HTTP_HOST"], environ["wsgi.url_scheme"]


def refuses_a_base_url_with_a_subdomain(framework: Any, app: Any) -> Any:
    with pytest.raises(AssertionError):
        builder(framework)(app, "/", base_url="http://example.com", subdomain="s")
    return "refused"


def runs_commands(framework: Any, app: Any) -> Any:
    runner = app.test_cli_runner()
    by_name = runner.invoke(args=["greet", "you"]).output
    with app.app_context():
        within = [runner.invoke(app.cli.get_command(None, "greet")).output for _ in range(2)]
    return by_name, within, runner.invoke(args=["greeet"]).exit_code


@pytest.mark.parametrize(
    "scenario",
    [
        uploads,
        follows_redirects,
        keeps_the_context,
        keeps_the_contexts_of_two_clients,
        prepares_a_session,
        has_no_cookies,
        raises_what_a_view_raises,
        makes_a_request_context,
        builds_environments,
        refuses_a_base_url_with_a_subdomain,
        runs_commands,
    ],
    ids=lambda scenario: scenario.__name__,
)
def test_a_scenario_of_flasks_documentation_goes_as_with_flask(scenario: Scenario) -> None:
    ours, theirs = (scenario(framework, make_app(framework)) for framework in (ferrule, flask))
    assert ours == theirs
