"""The application object: what it is made of, how it is declared, frozen, and what its views may return."""

from __future__ import annotations

import gc
import sys
import threading
from collections import namedtuple
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
import pytest
from werkzeug.exceptions import Conflict, HTTPException
from werkzeug.routing import Rule
from werkzeug.test import create_environ, run_wsgi_app
from werkzeug.wrappers import Response as WerkzeugResponse

from ferrule import App, Blueprint, Extension, ExtensionError, Request, Response, SetupError, abort, hookimpl, request


def make_app(**config: Any) -> App:
    return App(__name__, config_file=None, config={"SECRET_KEY": "k" * 32, **config})


@dataclass
class Point:
    x: int
    y: int


class Pair(msgspec.Struct):
    a: int
    b: str


Named = namedtuple("Named", ["body", "status"])  # noqa: PYI024  # a tuple that is not exactly a tuple is the point


def wsgi_callable(environ: Any, start_response: Any) -> list[bytes]:
    start_response("202 Accepted", [("Content-Type", "text/plain"), ("X-From", "wsgi")])
    return [b"wsgi"]


def text_pieces() -> Iterator[str]:
    yield "a"
    yield "ü"


def byte_pieces() -> Iterator[bytes]:
    yield b"a"
    yield b"b"


# what it is


def test_the_name_is_that_of_the_module() -> None:
    assert make_app().name == make_app().import_name == __name__
    assert repr(make_app()) == f"<App {__name__!r}>"


def test_a_script_has_the_name_of_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    app = App("__main__", config_file=None)
    monkeypatch.setattr(sys.modules["__main__"], "__file__", "/srv/shop.py", raising=False)
    assert app.name == "shop"
    monkeypatch.delattr(sys.modules["__main__"], "__file__")
    assert app.name == "__main__"


def test_folders_are_found_beside_the_module() -> None:
    app = make_app()
    here = Path(__file__).parent
    assert Path(app.root_path) == here
    assert app.static_folder == str(here / "static")
    assert app.static_url_path == "/static"


def test_a_package_has_its_instance_folder_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "foldered_package"
    package.mkdir()
    (package / "__init__.py").touch()
    (tmp_path / "foldered_module.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert App("foldered_package", config_file=None).root_path == str(package)
    assert App("foldered_package", config_file=None).instance_path == str(tmp_path / "instance")
    assert App("foldered_module", config_file=None).instance_path == str(tmp_path / "instance")


def test_an_installed_package_has_its_instance_folder_below_the_prefix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site-packages"
    site.mkdir()
    (site / "installed_module.py").touch()
    monkeypatch.syspath_prepend(site)
    app = App("installed_module", config_file=None)
    assert app.instance_path == str(tmp_path / "var" / "installed_module-instance")


def test_a_relative_instance_path_is_refused() -> None:
    with pytest.raises(ValueError, match="absolute"):
        App(__name__, config_file=None, instance_path="instance")


def test_files_of_the_application_and_of_the_instance_are_opened(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("ü", encoding="utf-8")
    app = App(__name__, config_file=None, root_path=str(tmp_path), instance_path=str(tmp_path))
    with app.open_resource("text.txt") as file:
        assert file.read() == "ü".encode()
    with app.open_resource("text.txt", "r", "utf-8") as file:
        assert file.read() == "ü"
    with app.open_resource("text.txt", encoding="utf-8") as file:  # no matter in binary mode, as in Flask
        assert file.read() == "ü".encode()
    with app.open_instance_resource("new.txt", "w") as file:
        file.write("x")
    assert (tmp_path / "new.txt").read_text() == "x"
    with pytest.raises(ValueError, match="for reading"):
        app.open_resource("text.txt", "w")


@pytest.mark.parametrize("attribute", ["debug", "testing", "secret_key"])
def test_an_attribute_of_the_configuration_is_the_configuration(attribute: str) -> None:
    app = make_app()
    setattr(app, attribute, "x")
    assert app.config[attribute.upper()] == "x"
    app.config[attribute.upper()] = None
    assert getattr(app, attribute) is None


def test_the_lifetime_of_sessions_is_an_attribute_too() -> None:
    app = make_app()
    app.permanent_session_lifetime = timedelta(hours=1)
    assert app.config["PERMANENT_SESSION_LIFETIME"] == timedelta(hours=1)
    app.permanent_session_lifetime = 60
    assert app.permanent_session_lifetime == timedelta(minutes=1)


def test_a_new_secret_key_makes_new_keys() -> None:
    app = make_app()
    before = app.keyring
    assert app.keyring is before
    app.secret_key = "another" * 8
    assert app.keyring is not before


@pytest.mark.parametrize(("host_matching", "static_host"), [(True, None), (False, "static.example.com")])
def test_a_static_host_and_host_matching_come_together(host_matching: bool, static_host: str | None) -> None:
    with pytest.raises(SetupError, match="static_host"):
        App(__name__, config_file=None, host_matching=host_matching, static_host=static_host)
    App(__name__, config_file=None, host_matching=True, static_folder=None)


# routes


def test_each_method_has_a_decorator() -> None:
    app = make_app()
    for method in ("get", "post", "put", "patch", "delete"):
        getattr(app, method)(f"/{method}", endpoint=method)(lambda: request.method)
    client = app.test_client()
    for method in ("get", "post", "put", "patch", "delete"):
        assert client.open(f"/{method}", method=method.upper()).text == method.upper()
        assert client.open(f"/{method}", method="PROPFIND").status_code == 405
    with pytest.raises(TypeError, match=r"use route\(\)"):
        app.get("/", methods=["POST"])


def test_a_decorated_view_stays_itself_and_names_the_endpoint() -> None:
    app = make_app()

    def view() -> str:
        return "fine"

    assert app.route("/")(view) is view
    assert app.view_functions["view"] is view
    assert [rule.endpoint for rule in app.url_map.iter_rules()] == ["view"]


def test_get_takes_head_and_answers_it_without_a_body() -> None:
    app = make_app()
    app.get("/", endpoint="index")(lambda: "hello")
    response = app.test_client().head("/")
    assert (response.status_code, response.data, response.headers["Content-Length"]) == (200, b"", "5")


def test_methods_of_a_rule_are_not_a_string() -> None:
    app = make_app()
    with pytest.raises(TypeError, match=r"\['POST'\]"):
        app.add_url_rule("/", "index", lambda: "", methods="POST")


def test_attributes_of_a_view_speak_for_it() -> None:
    def view() -> str:
        return request.method

    view.methods = ["post"]  # type: ignore[attr-defined]  # what class-based views set on their function
    view.required_methods = {"PUT"}  # type: ignore[attr-defined]  # likewise
    view.provide_automatic_options = False  # type: ignore[attr-defined]  # likewise
    app = make_app()
    app.add_url_rule("/", view_func=view)
    assert next(app.url_map.iter_rules()).methods == {"POST", "PUT"}


@pytest.mark.parametrize(
    ("options", "config", "status"),
    [
        ({}, {}, 200),
        ({"provide_automatic_options": False}, {}, 405),
        ({}, {"PROVIDE_AUTOMATIC_OPTIONS": False}, 405),
        ({"provide_automatic_options": True}, {"PROVIDE_AUTOMATIC_OPTIONS": False}, 200),
    ],
    ids=["default", "off for the rule", "off for all", "on for the rule"],
)
def test_options_are_answered_unless_said_otherwise(
    options: dict[str, Any], config: dict[str, Any], status: int
) -> None:
    app = make_app(**config)
    app.add_url_rule("/", "index", lambda: "", **options)
    assert app.test_client().options("/").status_code == status


def test_a_view_may_answer_options_itself() -> None:
    app = make_app()
    app.add_url_rule("/", "index", lambda: request.method, methods=["GET", "OPTIONS"])
    assert app.test_client().options("/").text == "OPTIONS"


def test_defaults_of_a_rule_reach_the_view() -> None:
    app = make_app()
    app.add_url_rule("/pages/", "pages", lambda page: f"page {page}", defaults={"page": 1})
    app.add_url_rule("/pages/<int:page>", "pages")
    client = app.test_client()
    assert client.get("/pages/").text == "page 1"
    assert client.get("/pages/2").text == "page 2"
    assert client.get("/pages/1").location == "http://localhost/pages/"


def test_a_view_is_registered_apart_from_its_rule() -> None:
    app = make_app()
    app.add_url_rule("/", endpoint="index")
    app.endpoint("index")(lambda: "apart")
    assert app.test_client().get("/").text == "apart"


def test_a_rule_needs_a_name() -> None:
    with pytest.raises(SetupError, match="endpoint or a view function"):
        make_app().add_url_rule("/")


def test_an_endpoint_that_is_taken_names_both_places() -> None:
    app = make_app()

    @app.get("/one")
    def view() -> str:
        return "one"

    def other() -> str:
        return "other"

    with pytest.raises(SetupError) as caught:
        app.add_url_rule("/two", "view", other)
    text = str(caught.value)
    assert f"{__file__}:{view.__code__.co_firstlineno}" in text
    assert f"{__file__}:{other.__code__.co_firstlineno}" in text
    assert isinstance(caught.value, AssertionError)
    assert app.view_functions["view"] is view
    app.add_url_rule("/again", "view", view)


def test_a_rule_without_a_view_is_found_at_the_freeze() -> None:
    app = make_app()
    app.add_url_rule("/one", endpoint="one")
    app.add_url_rule("/two", endpoint="two")
    with pytest.raises(SetupError, match=r"(?s)2 mistakes.*'one'.*'two'"):
        app.finalize()


def test_a_rule_without_a_view_still_makes_a_context_for_tests() -> None:
    app = make_app()
    app.add_url_rule("/one", endpoint="one")
    with app.test_request_context("/one"):
        assert request.endpoint == "one"


def test_the_registries_are_the_truth() -> None:
    """A rule and a view put into the public registries by hand are served as declared ones are."""
    app = make_app()
    app.url_map.add(Rule("/by-hand", endpoint="by_hand"))
    app.view_functions["by_hand"] = lambda: "by hand"
    app.before_request_funcs.setdefault(None, []).append(lambda: request.environ.__setitem__("seen", "yes"))
    app.after_request_funcs.setdefault(None, []).append(_note_seen)
    response = app.test_client().get("/by-hand")
    assert (response.text, response.headers["X-Seen"]) == ("by hand", "yes")


def _note_seen(response: Response) -> Response:
    response.headers["X-Seen"] = request.environ["seen"]
    return response


# the freeze


@pytest.mark.parametrize(
    "declare",
    [
        lambda app: app.add_url_rule("/", "late", lambda: ""),
        lambda app: app.get("/")(lambda: ""),
        lambda app: app.endpoint("late")(lambda: ""),
        lambda app: app.before_request(lambda: None),
        lambda app: app.after_request(lambda response: response),
        lambda app: app.teardown_request(lambda error: None),
        lambda app: app.teardown_appcontext(lambda error: None),
        lambda app: app.context_processor(dict),
        lambda app: app.url_value_preprocessor(lambda endpoint, values: None),
        lambda app: app.url_defaults(lambda endpoint, values: None),
        lambda app: app.errorhandler(404)(lambda error: ""),
        lambda app: app.template_filter("late")(str),
        lambda app: app.shell_context_processor(dict),
        lambda app: app.register_blueprint(Blueprint("late", __name__)),
    ],
    ids=[
        "add_url_rule",
        "get",
        "endpoint",
        "before_request",
        "after_request",
        "teardown_request",
        "teardown_appcontext",
        "context_processor",
        "url_value_preprocessor",
        "url_defaults",
        "errorhandler",
        "template_filter",
        "shell_context_processor",
        "register_blueprint",
    ],
)
def test_what_comes_after_the_first_request_is_refused_with_its_place(declare: Callable[[App], object]) -> None:
    app = make_app()
    app.test_client().get("/")
    with pytest.raises(SetupError, match="too late") as caught:
        declare(app)
    assert f"{__file__}:{declare.__code__.co_firstlineno}" in str(caught.value)


class Slow(Extension):
    name = "slow"

    def __init__(self) -> None:
        self.calls: list[str] = []

    @hookimpl
    def app_init(self) -> None:
        self.calls.append("init")
        threading.Event().wait(0.05)

    @hookimpl
    def app_ready(self) -> None:
        self.calls.append("ready")
        threading.Event().wait(0.05)


def test_first_requests_at_once_are_all_answered_and_compile_once() -> None:
    slow = Slow()
    app = App(__name__, config_file=None, extensions=[slow])
    app.get("/", endpoint="index")(lambda: "fine")
    start = threading.Barrier(4)
    answers: list[tuple[str, bytes]] = []

    def ask() -> None:
        start.wait()
        pieces, status, _ = run_wsgi_app(app, create_environ("/"))
        answers.append((status, b"".join(pieces)))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert answers == [("200 OK", b"fine")] * 4
    assert slow.calls == ["init", "ready"]


def test_a_context_initialises_and_does_not_finalize() -> None:
    slow = Slow()
    app = App(__name__, config_file=None, extensions=[slow])
    with app.app_context():
        assert slow.calls == ["init"]
    app.get("/", endpoint="still_open")(lambda: "")
    app.finalize()
    app.finalize()
    assert slow.calls == ["init", "ready"]


def test_an_extension_may_use_a_context_while_it_is_initialised() -> None:
    class Seeding(Extension):
        name = "seeding"

        @hookimpl
        def app_init(self, app: App) -> None:
            with app.app_context(), app.test_request_context("/"):
                app.config["SEEDED"] = request.path

    app = App(__name__, config_file=None, extensions=[Seeding()])
    app.finalize()
    assert app.config["SEEDED"] == "/"


def test_an_extension_that_asks_for_a_request_before_all_are_ready_is_told() -> None:
    class Hasty(Extension):
        name = "hasty"

        @hookimpl
        def app_ready(self, app: App) -> None:
            app.test_client().get("/")

    app = App(__name__, config_file=None, extensions=[Hasty()])
    with pytest.raises(SetupError, match="by an app_ready hook"):
        app.finalize()


def test_an_application_that_failed_to_start_says_why_each_time() -> None:
    class Declaring(Extension):
        name = "declaring"

        @hookimpl
        def app_init(self, app: App) -> None:
            app.add_url_rule("/declared", "declared", lambda: "")

    class Broken(Extension):
        name = "broken"

        @hookimpl
        def app_init(self) -> None:
            raise ValueError("it is broken")

    app = App(__name__, config_file=None, extensions=[Declaring(), Broken()])
    for _ in range(2):
        with pytest.raises(ExtensionError, match=r"'broken'.*it is broken"):
            app.finalize()


# what views return


@pytest.mark.parametrize(
    ("value", "status", "content_type", "body"),
    [
        ("text ü", 200, "text/html; charset=utf-8", "text ü".encode()),
        (b"bytes", 200, "text/html; charset=utf-8", b"bytes"),
        (bytearray(b"array"), 200, "text/html; charset=utf-8", b"array"),
        ({"a": 1}, 200, "application/json", b'{"a":1}'),
        ([1, 2], 200, "application/json", b"[1,2]"),
        (Point(1, 2), 200, "application/json", b'{"x":1,"y":2}'),
        (Pair(1, "b"), 200, "application/json", b'{"a":1,"b":"b"}'),
        (("x", 201), 201, "text/html; charset=utf-8", b"x"),
        (("x", HTTPStatus.CREATED), 201, "text/html; charset=utf-8", b"x"),
        (("x", "299 Odd"), 299, "text/html; charset=utf-8", b"x"),
        (("x", {"Content-Type": "text/plain"}), 200, "text/plain", b"x"),
        (("x", 404, {"Content-Type": "text/plain"}), 404, "text/plain", b"x"),
        (({"a": 1}, 201), 201, "application/json", b'{"a":1}'),
        ((Point(1, 2), 201, {"X-A": "b"}), 201, "application/json", b'{"x":1,"y":2}'),
        (Named("named", 202), 202, "text/html; charset=utf-8", b"named"),
        ((Response("x", 400), 201), 201, "text/html; charset=utf-8", b"x"),
        (Response("own", 203), 203, "text/html; charset=utf-8", b"own"),
        (WerkzeugResponse("other", 203), 203, "text/plain; charset=utf-8", b"other"),
        (wsgi_callable, 202, "text/plain", b"wsgi"),
        (Conflict("both"), 409, "text/html; charset=utf-8", None),
        ((Conflict("both"), 400), 400, "text/html; charset=utf-8", None),
    ],
)
def test_a_return_value_becomes_a_response(value: Any, status: int, content_type: str, body: bytes | None) -> None:
    app = make_app()
    app.get("/", endpoint="index")(lambda: value)
    response = app.test_client().get("/")
    assert (response.status_code, response.content_type) == (status, content_type)
    if body is None:
        assert b"<p>both</p>" in response.data
    else:
        assert response.data == body


@pytest.mark.parametrize(("pieces", "body"), [(text_pieces, "aü".encode()), (byte_pieces, b"ab")])
def test_a_generator_is_sent_piece_by_piece(pieces: Callable[[], Any], body: bytes) -> None:
    app = make_app()
    app.get("/", endpoint="index")(pieces)
    response = app.test_client().get("/")
    assert response.data == body
    assert "Content-Length" not in response.headers


def test_headers_of_one_name_in_a_list_all_stay() -> None:
    app = make_app()
    app.get("/", endpoint="index")(lambda: ("x", [("X-A", "1"), ("X-A", "2")]))
    assert app.test_client().get("/").headers.getlist("X-A") == ["1", "2"]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, "None, perhaps for want of a return statement"),
        (42, "a int"),
        ({1, 2}, "a set"),
        ((None, 200), "None"),
        (("x", 200, {}, 1), "a tuple of 4"),
        (("x",), "a tuple of 1"),
        ((("x", 200), 201), "a tuple"),
    ],
)
def test_what_is_no_response_is_told_with_the_view(value: Any, found: str, caplog: pytest.LogCaptureFixture) -> None:
    app = make_app()
    app.get("/", endpoint="the_endpoint")(lambda: value)
    assert app.test_client().get("/").status_code == 500
    assert f"TypeError: the view of 'the_endpoint': {found}" in caplog.text


def test_a_response_is_made_outside_of_a_request_too() -> None:
    app = make_app()
    assert app.make_response(("x", 201)).status_code == 201
    with pytest.raises(TypeError, match="None"):
        app.make_response(None)


class OwnRequest(Request):
    @property
    def greeting(self) -> str:
        return f"hello {self.path}"


class OwnResponse(Response):
    default_mimetype = "application/xml"


class OwnApp(App):
    request_class = OwnRequest
    response_class = OwnResponse


@pytest.mark.parametrize(
    "value",
    ["<a/>", b"<a/>", Response("<a/>"), WerkzeugResponse("<a/>"), ("<a/>", 200)],
    ids=["text", "bytes", "ours", "Werkzeug's", "tuple"],
)
def test_classes_of_ones_own_are_used(value: Any) -> None:
    app = OwnApp(__name__, config_file=None)
    seen: list[Any] = []

    @app.get("/path")
    def view() -> Any:
        seen.append(request.greeting)  # type: ignore[attr-defined]  # the proxy is declared as a Request
        return value

    @app.after_request
    def look(response: Any) -> Any:
        seen.append(type(response))
        return response

    response = app.test_client().get("/path")
    assert response.data == b"<a/>"
    assert seen == ["hello /path", OwnResponse]


def test_an_untouched_plain_response_survives_a_change_of_class_and_a_copy() -> None:
    import copy
    import pickle

    plain = Response("body", 201)
    for twin in (copy.copy(plain), copy.deepcopy(plain), pickle.loads(pickle.dumps(plain))):
        assert (twin.get_data(), twin.status, twin.mimetype) == (b"body", "201 CREATED", "text/html")
    other = OwnResponse.force_type(plain)
    assert type(other) is OwnResponse
    assert (other.status_code, other.get_data(), other.headers["Content-Type"]) == (
        201,
        b"body",
        "text/html; charset=utf-8",
    )


def test_werkzeugs_response_becomes_ours_with_all_that_it_has() -> None:
    theirs = WerkzeugResponse("x", 404, {"X-A": "1"}, content_type="text/plain")
    ours = Response.force_type(theirs)
    assert isinstance(ours, Response)
    assert (ours.status_code, ours.headers["X-A"], ours.get_data()) == (404, "1", b"x")


# errors


def test_an_aborting_response_is_the_answer_whatever_handlers_there_are() -> None:
    app = make_app()
    app.register_error_handler(HTTPException, lambda error: "handler")
    app.register_error_handler(Exception, lambda error: "handler")
    app.get("/", endpoint="index")(lambda: abort(Response("mine", 418)))
    response = app.test_client().get("/")
    assert (response.status_code, response.text) == (418, "mine")


@pytest.mark.parametrize(
    ("config", "status"),
    [
        ({}, 400),
        ({"TRAP_BAD_REQUEST_ERRORS": True}, 500),
        ({"TRAP_HTTP_EXCEPTIONS": True}, 500),
        ({"TRAP_BAD_REQUEST_ERRORS": False, "DEBUG": True}, 400),
    ],
    ids=["neither", "bad requests", "all", "switched off in debug"],
)
def test_a_missing_key_can_be_trapped(config: dict[str, Any], status: int) -> None:
    app = make_app(**config)
    app.get("/", endpoint="index")(lambda: request.args["missing"])
    response = app.test_client().get("/")
    assert response.status_code == status
    assert ("missing" in response.text) == ("DEBUG" in config)


def test_a_missing_key_is_raised_in_debug() -> None:
    app = make_app(DEBUG=True)
    app.get("/", endpoint="index")(lambda: request.args["missing"])
    with pytest.raises(KeyError, match="missing"):
        app.test_client().get("/")


def test_a_trapped_exception_still_has_its_handlers() -> None:
    app = make_app(TRAP_HTTP_EXCEPTIONS=True)
    app.register_error_handler(404, lambda error: ("handled", 404))
    assert app.test_client().get("/").text == "handled"


@pytest.mark.parametrize(
    ("wanted", "kind"),
    [(999, ValueError), (200, ValueError), (int, ValueError), (BaseException, ValueError), ("404", TypeError)],
)
def test_a_handler_is_for_a_code_or_a_class_of_exceptions(wanted: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        make_app().register_error_handler(wanted, str)
    with pytest.raises(TypeError, match="neither a class"):
        make_app().register_error_handler(KeyError(), str)  # type: ignore[arg-type]  # the mistake under test


def test_a_redirect_that_would_lose_the_body_is_told_in_debug() -> None:
    app = make_app(DEBUG=True)
    app.url_map.add(Rule("/old", endpoint="old", redirect_to="/new", methods=["POST"]))
    app.post("/new", endpoint="new")(lambda: "new")
    assert app.test_client().post("/old").status_code in (308, 500)


# memory


@pytest.mark.parametrize("path", ["/", "/json/3", "/handled", "/abort", "/nowhere", "/broken"])
def test_requests_leave_nothing_for_the_garbage_collector(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Contexts and requests are freed with the last reference to them, also after an error."""
    app = make_app()
    app.get("/", endpoint="index")(lambda: "fine")
    app.get("/json/<int:number>", endpoint="json")(lambda number: {"number": number, "path": request.path})
    app.get("/handled", endpoint="handled")(lambda: request.environ["missing"])
    app.get("/abort", endpoint="abort")(lambda: abort(403))
    app.get("/broken", endpoint="broken")(lambda: 1 / 0)
    app.register_error_handler(KeyError, lambda error: ("handled", 400))
    monkeypatch.setattr(app.logger, "disabled", True)
    environ = create_environ(path)

    def ask() -> None:
        b"".join(app(dict(environ), lambda *args: lambda data: None))

    try:
        for _ in range(3):
            ask()
        gc.collect()
        gc.disable()
        before = sum(type(each).__name__ in ("Context", "Request") for each in gc.get_objects())
        for _ in range(20):
            ask()
        after = sum(type(each).__name__ in ("Context", "Request") for each in gc.get_objects())
    finally:
        gc.enable()
        app.logger.disabled = False
    assert after == before
