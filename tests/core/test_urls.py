"""URLs of endpoints; each expectation of the tables was read off Flask 3.1."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import BuildError
from werkzeug.wrappers import Response as WerkzeugResponse

from ferrule import App, Blueprint, ContextError, Response, abort, redirect, request, url_for


def make_app(**config: Any) -> App:
    return App(__name__, config_file=None, config={"SECRET_KEY": "k" * 32, **config})


def routed(**config: Any) -> App:
    app = make_app(**config)
    app.add_url_rule("/p/<int:i>", "p", lambda i: "")
    app.add_url_rule("/get", "by_method", lambda: "")
    app.add_url_rule("/post", "by_method", methods=["POST"])
    app.add_url_rule("/d/", "d", lambda page: "", defaults={"page": 1})
    app.add_url_rule("/d/<int:page>", "d")
    return app


@pytest.mark.parametrize(
    ("endpoint", "values", "expected"),
    [
        ("p", {"i": 3}, "/mount/p/3"),
        ("p", {"i": 3, "q": "a b&c", "z": [1, 2], "n": None}, "/mount/p/3?q=a+b%26c&z=1&z=2"),
        ("p", {"i": 3, "_anchor": "x y#é"}, "/mount/p/3#x%20y#%C3%A9"),
        ("p", {"i": 3, "_external": True}, "https://h.org:444/mount/p/3"),
        ("p", {"i": 3, "_scheme": "http"}, "http://h.org:444/mount/p/3"),
        ("p", {"i": 3, "_scheme": "", "_external": True}, "//h.org:444/mount/p/3"),
        ("by_method", {}, "/mount/get"),
        ("by_method", {"_method": "POST"}, "/mount/post"),
        ("d", {"page": 1}, "/mount/d/"),
        ("d", {"page": 2}, "/mount/d/2"),
        ("d", {}, "/mount/d/"),
        (".p", {"i": 1}, "/mount/p/1"),
        ("static", {"filename": "a b/ü.css"}, "/mount/static/a%20b/%C3%BC.css"),
    ],
)
def test_a_url_in_a_request(endpoint: str, values: dict[str, Any], expected: str) -> None:
    with routed().test_request_context("/", base_url="https://h.org:444/mount"):
        assert url_for(endpoint, **values) == expected


@pytest.mark.parametrize(
    ("endpoint", "values", "error"),
    [("nope", {}, BuildError), ("p", {}, BuildError), ("p", {"i": "x"}, ValueError)],
    ids=["endpoint", "missing value", "wrong value"],
)
def test_a_url_that_cannot_be_built(endpoint: str, values: dict[str, Any], error: type[Exception]) -> None:
    with routed().test_request_context(), pytest.raises(error):
        url_for(endpoint, **values)


def test_a_scheme_is_for_external_urls() -> None:
    with routed().test_request_context(), pytest.raises(ValueError, match="_external"):
        url_for("p", i=1, _scheme="https", _external=False)


def test_outside_of_a_request_urls_are_external_and_need_a_server_name() -> None:
    app = routed(SERVER_NAME="example.com:8080", APPLICATION_ROOT="/app", PREFERRED_URL_SCHEME="https")
    with app.app_context():
        assert url_for("p", i=1) == "https://example.com:8080/app/p/1"
        assert url_for("p", i=1, _external=False) == "/app/p/1"
    assert app.url_for("p", i=1) == "https://example.com:8080/app/p/1"
    with routed().app_context(), pytest.raises(ContextError, match="SERVER_NAME"):
        url_for("p", i=1)
    with pytest.raises(ContextError, match=r"with app\.app_context"):
        url_for("p", i=1)
    with pytest.raises(ContextError, match="SERVER_NAME"):
        routed().url_for("p", i=1)


def test_external_urls_name_the_configured_server_and_not_what_the_client_says() -> None:
    app = routed(SERVER_NAME="example.com")
    with app.test_request_context("/", base_url="http://evil.org"):
        assert url_for("p", i=1, _external=True) == "http://example.com/p/1"
        assert app.url_for("p", i=1) == "/p/1"


def test_subdomains_are_matched_and_built() -> None:
    app = App(__name__, config_file=None, subdomain_matching=True, config={"SERVER_NAME": "example.com"})
    app.add_url_rule("/", "www", lambda: url_for("user", user="ada"), subdomain="www")
    app.add_url_rule("/", "user", lambda user: f"{user} {url_for('.user', user=user)}", subdomain="<user>")
    client = app.test_client()
    assert client.get("/", base_url="http://www.example.com").text == "http://ada.example.com/"
    assert client.get("/", base_url="http://ada.example.com").text == "ada /"
    assert client.get("/", base_url="http://example.com").status_code == 404
    assert client.get("/", subdomain="www").text == "http://ada.example.com/"


def test_hosts_are_matched_and_built() -> None:
    app = App(__name__, config_file=None, host_matching=True, static_host="static.org")
    app.add_url_rule("/", "a", lambda: f"{url_for('b')} {url_for('static', filename='x')}", host="a.com")
    app.add_url_rule("/", "b", lambda: "b", host="b.com:81")
    client = app.test_client()
    assert client.get("/", base_url="http://a.com").text == "http://b.com:81/ http://static.org/static/x"
    assert client.get("/", base_url="http://b.com").status_code == 404


def test_a_relative_endpoint_is_of_the_current_blueprint() -> None:
    app, blueprint = make_app(), Blueprint("b", __name__, url_prefix="/b")
    blueprint.get("/v", endpoint="v")(lambda: url_for(".v"))
    app.register_blueprint(blueprint)
    assert app.test_client().get("/b/v").text == "/b/v"


def test_an_error_can_be_answered_with_a_url() -> None:
    """What a handler returns is taken as it is; the values tell it how the URL was asked for."""
    app = make_app()
    seen: list[dict[str, Any]] = []

    def unknown(error: Exception, endpoint: str, values: dict[str, Any]) -> Any:
        return None

    def other(error: Exception, endpoint: str, values: dict[str, Any]) -> str:
        raise BuildError("replaced", {}, None)

    def rescue(error: Exception, endpoint: str, values: dict[str, Any]) -> str:
        seen.append(values)
        return f"/rescued/{endpoint}"

    app.url_build_error_handlers += [unknown, other, rescue]
    with app.test_request_context():
        assert url_for("nope", x=1, _anchor="a") == "/rescued/nope"
        assert seen == [{"x": 1, "_anchor": "a", "_method": None, "_scheme": None, "_external": False}]
        app.url_build_error_handlers.remove(rescue)
        with pytest.raises(BuildError, match="replaced"):
            url_for("nope")


@pytest.mark.parametrize(
    ("location", "header"),
    [("/é x?a=b c", "/%C3%A9%20x?a=b%20c"), ("https://e.org/#f", "https://e.org/#f"), ("/a\r\nX: b", "/a%0D%0AX:%20b")],
)
def test_a_redirect_lets_the_client_follow_with_get(location: str, header: str) -> None:
    app = make_app()
    app.post("/", endpoint="index")(lambda: redirect(location))
    response = app.test_client().post("/")
    assert (response.status_code, response.location) == (303, header)


@pytest.mark.parametrize("location", ["//[", "http://[::1", "//a:b/", "http://localhost:99999/", f"//{'x' * 70}é/"])
def test_a_redirect_to_what_is_no_url_is_refused_where_a_handler_can_answer_it(location: str) -> None:
    app = App(__name__, config_file=None)
    app.get("/", endpoint="index")(lambda: redirect(location))
    app.errorhandler(ValueError)(lambda error: (str(error), 400))
    answer = app.test_client().get("/")
    assert (answer.status_code, answer.text[:9]) == (400, "redirect(")
    assert "this is no URL" in answer.text


def test_a_redirect_is_of_the_application_s_class_or_a_given_one() -> None:
    class Own(Response):
        pass

    app = make_app()
    app.response_class = Own
    with app.app_context():
        assert type(redirect("/")) is Own
        assert type(redirect("/", 301, WerkzeugResponse)) is WerkzeugResponse
    assert redirect("/", 308).status_code == 308


def test_abort_raises_what_the_code_means() -> None:
    with pytest.raises(NotFound, match="gone for good"):
        abort(404, "gone for good")
    with pytest.raises(HTTPException) as caught:
        abort(Response("mine", 418))
    assert caught.value.get_response().status_code == 418
    with pytest.raises(LookupError):
        abort(999)


def test_defaults_reach_every_url() -> None:
    app = make_app()

    @app.url_defaults
    def language(endpoint: str, values: dict[str, Any]) -> None:
        if app.url_map.is_endpoint_expecting(endpoint, "lang"):
            values.setdefault("lang", "de")

    app.add_url_rule("/<lang>/x", "x", lambda lang: url_for("x"))
    app.add_url_rule("/y", "y", lambda: f"{url_for('x')} {url_for('x', lang='en')} {url_for('y')} {request.path}")
    assert app.test_client().get("/y").text == "/de/x /en/x /y /y"


def test_what_an_application_overrides_of_its_urls_is_what_builds_them() -> None:
    class Versioned(App):
        def url_for(self, endpoint: str, **values: Any) -> str:
            return super().url_for(endpoint, v=1, **values)

        def inject_url_defaults(self, endpoint: str, values: dict[str, Any]) -> None:
            values["i"] = 3

    app = Versioned(__name__, config_file=None)
    app.add_url_rule("/p/<int:i>", "p", lambda i: "")
    with app.test_request_context():
        assert url_for("p") == app.url_for("p") == "/p/3?v=1"
        assert app.jinja_env.from_string("{{ url_for('p') }}").render() == "/p/3?v=1"
