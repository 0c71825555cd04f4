"""The same application on Flask and on Ferrule: the same requests have the same answers, but for what is documented."""

# Either framework may be behind `app`, so its decorators are of no type.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import contextlib
import io
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import flask
import pytest
from werkzeug.datastructures import Headers
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, InternalServerError, NotFound
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app
from werkzeug.wrappers import Response as WerkzeugResponse

import ferrule

Declare = Callable[[ModuleType, Any], None]


def make(framework: ModuleType, declare: Declare, **config: Any) -> Any:
    folder = str(Path(__file__).parent)
    app: Any
    if framework is flask:
        app = flask.Flask("same", root_path=folder)
        app.config.update({"MAX_CONTENT_LENGTH": 16 * 1024 * 1024, **config})
    else:
        app = ferrule.App("same", root_path=folder, config_file=None, config=config, env="production")
    declare(framework, app)
    return app


def both(declare: Declare, **config: Any) -> tuple[Any, Any]:
    return make(flask, declare, **config), make(ferrule, declare, **config)


def answer_of(app: Any, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
    """Return what an application answers, as far as it is to be the same; an error that leaves it by its name."""
    builder = EnvironBuilder(*args, **kwargs)
    try:
        response = TestResponse(*run_wsgi_app(app, builder.get_environ(), buffered=True), builder.get_request())
    except Exception as error:
        return (type(error).__mro__[-4].__name__ if isinstance(error, HTTPException) else type(error).__name__,)
    headers = {
        name: value
        for name, value in response.headers.items()
        if name not in ("Date", "Expires", "Server-Timing", "Vary")
    }
    if response.is_json and response.data:
        headers.pop("Content-Length", None)
        return response.status_code, headers, json.loads(response.data)
    if response.is_json:
        headers.pop("Content-Length", None)  # they are spaced in different ways
    return response.status_code, headers, response.data


def same(apps: tuple[Any, Any], *args: Any, **kwargs: Any) -> tuple[Any, ...]:
    theirs, ours = (answer_of(app, *args, **kwargs) for app in apps)
    assert ours == theirs
    return ours


# requests


def echo(framework: ModuleType, app: Any) -> None:
    request = framework.request

    def view(**values: Any) -> Any:
        return {
            "method": request.method,
            "endpoint": request.endpoint,
            "blueprint": request.blueprint,
            "blueprints": request.blueprints,
            "rule": request.url_rule.rule,
            "view_args": request.view_args,
            "args": request.args.to_dict(flat=False),
            "form": request.form.to_dict(flat=False),
            "values": request.values.to_dict(flat=False),
            "files": {
                name: [file.filename, file.mimetype, file.read().decode()] for name, file in request.files.items()
            },
            "cookies": request.cookies.to_dict(flat=False),
            "json": request.get_json(silent=True),
            "is_json": request.is_json,
            "mimetype": request.mimetype,
            "mimetype_params": request.mimetype_params,
            "content_length": request.content_length,
            "path": request.path,
            "full_path": request.full_path,
            "script_root": request.script_root,
            "url": request.url,
            "base_url": request.base_url,
            "root_url": request.root_url,
            "host_url": request.host_url,
            "host": request.host,
            "scheme": request.scheme,
            "is_secure": request.is_secure,
            "remote_addr": request.remote_addr,
            "access_route": list(request.access_route),
            "query": request.query_string.decode("latin1"),
            "accept": list(request.accept_mimetypes.values()),
            "languages": list(request.accept_languages.values()),
            "user_agent": request.user_agent.string,
            "referrer": request.referrer,
            "range": str(request.range),
            "if_match": str(request.if_match),
            "authorization": str(request.authorization),
            "multi": request.is_multithread,
            "limits": [request.max_content_length, request.max_form_memory_size, request.max_form_parts],
            "headers": sorted(request.headers.to_wsgi_list()),
        }

    app.add_url_rule("/", "view", view, methods=["GET", "POST", "PUT", "DELETE"])
    app.add_url_rule("/items/<int:id>/<path:rest>", "item", view, methods=["GET", "POST"])
    inner, outer = framework.Blueprint("inner", __name__), framework.Blueprint("outer", __name__, url_prefix="/outer")
    inner.add_url_rule("/<name>", "leaf", view)
    outer.register_blueprint(inner)
    app.register_blueprint(outer)


UPLOAD = (
    b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    b'--x\r\nContent-Disposition: form-data; name="f"; filename="t.txt"\r\nContent-Type: text/x\r\n\r\ntext\r\n--x--'
)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"query_string": "a=1&b=%C3%A4&a=2&&c"},
        {"path": "/items/7/a/b%20c", "query_string": "x=+"},
        {"path": "/outer/ä"},
        {"method": "POST", "data": {"a": ["1", "2"], "b": "ä"}, "query_string": "a=0"},
        {"method": "POST", "data": UPLOAD, "content_type": "multipart/form-data; boundary=x"},
        {"method": "POST", "json": {"a": [1, None]}},
        {"method": "POST", "data": b"{", "content_type": "application/json"},
        {"method": "POST", "data": b"[1]", "content_type": "application/x+json; charset=utf-8"},
        {"method": "PUT", "data": b"a=1", "content_type": "application/x-www-form-urlencoded"},
        {"method": "DELETE"},
        {"headers": {"Cookie": "a=1; b=2; a=3", "Accept": "text/html;q=0.5, */*", "Accept-Language": "de, en;q=0.1"}},
        {"headers": {"Authorization": "Basic YTpi", "Range": "bytes=0-1", "If-Match": '"a", W/"b"', "Referer": "/x"}},
        {"base_url": "https://example.org:444/mounted", "environ_base": {"REMOTE_ADDR": "10.0.0.1"}},
        {"headers": {"X-Forwarded-For": "1.2.3.4, 5.6.7.8", "User-Agent": "curl"}},
    ],
    ids=str,
)  # fmt: skip
def test_a_request_reads_the_same(arguments: dict[str, Any]) -> None:
    assert same(both(echo), **arguments)[0] == 200


def reading(framework: ModuleType, app: Any) -> None:
    request = framework.request

    @app.post("/json")
    def as_json() -> Any:
        return {"json": request.json}

    @app.post("/get_json")
    def get_json() -> Any:
        return {"json": request.get_json(force="force" in request.args, silent="silent" in request.args)}

    @app.post("/form")
    def form() -> Any:
        return request.form["missing"]

    @app.post("/files")
    def files() -> Any:
        return request.files["missing"].filename

    @app.post("/length")
    def length() -> Any:
        request.max_content_length = 5
        return str(len(request.data))

    @app.post("/memory")
    def memory() -> Any:
        request.max_form_memory_size = 5
        return str(len(request.form))

    @app.post("/parts")
    def parts() -> Any:
        request.max_form_parts = 1
        return str(len(request.form))

    @app.post("/any")
    def any_() -> Any:
        return str(len(request.form) + len(request.data))

    @app.get("/host")
    def host() -> Any:
        return request.host


FIELDS: dict[str, Any] = {"data": {"a": "x" * 10, "b": "y"}, "content_type": "multipart/form-data"}


@pytest.mark.parametrize(
    ("path", "arguments", "config", "status"),
    [
        ("/json", {"json": [1]}, {}, 200),
        ("/json", {"data": b"{", "content_type": "application/json"}, {}, 400),
        ("/json", {"data": b"{}"}, {}, 415),
        ("/get_json?force", {"data": b"{}"}, {}, 200),
        ("/get_json?silent", {"data": b"{}"}, {}, 200),
        ("/get_json?force", {"data": b""}, {}, 400),
        ("/form", {"data": {"a": "1"}}, {}, 400),
        ("/files", {"data": {"missing": "a.txt"}}, {}, 400),
        ("/length", {"data": b"12345"}, {}, 200),
        ("/length", {"data": b"123456"}, {}, 413),
        ("/memory", FIELDS, {}, 413),
        ("/parts", FIELDS, {}, 413),
        ("/any", FIELDS, {"MAX_FORM_PARTS": 1}, 413),
        ("/any", FIELDS, {"MAX_FORM_MEMORY_SIZE": 5}, 413),
        ("/any", FIELDS, {"MAX_CONTENT_LENGTH": 10}, 413),
        ("/any", {"data": b"x" * 11}, {"MAX_CONTENT_LENGTH": 10}, 413),
        ("/host", {"method": "GET"}, {"TRUSTED_HOSTS": ["localhost"]}, 200),
        ("/host", {"method": "GET"}, {"TRUSTED_HOSTS": [".example.org"]}, 400),
        ("/host", {"method": "GET", "base_url": "http://a.example.org"}, {"TRUSTED_HOSTS": [".example.org"]}, 200),
        ("/nowhere", {"method": "GET"}, {"TRUSTED_HOSTS": [".example.org"]}, 400),
        ("/host", {"method": "GET", "headers": {"Host": "a b"}}, {}, None),
    ],
)
def test_bad_bodies_and_limits_are_answered_the_same(
    path: str, arguments: dict[str, Any], config: dict[str, Any], status: int | None
) -> None:
    answer = same(both(reading, **config), path, **{"method": "POST", **arguments})
    assert status in (None, answer[0])


# responses


class OwnError(Exception):
    pass


def generator() -> Iterator[str]:
    yield "a"
    yield "b"


def wsgi(environ: Any, start_response: Any) -> list[bytes]:
    start_response("202 Accepted", [("X-From", environ["PATH_INFO"])])
    return [b"wsgi"]


VALUES: dict[str, Callable[[ModuleType], Any]] = {
    "str": lambda f: "ä",
    "bytes": lambda f: b"\xff",
    "bytearray": lambda f: bytearray(b"x"),
    "dict": lambda f: {"b": 1, "a": [None, True, 1.5, "x"]},
    "list": lambda f: [1, {"a": 2}],
    "generator": lambda f: generator(),
    "iterator": lambda f: iter(["x", "y"]),
    "response": lambda f: f.Response("x", 201, {"X-A": "1"}, mimetype="text/plain"),
    "werkzeug response": lambda f: WerkzeugResponse("x", 201),
    "wsgi": lambda f: wsgi,
    "exception": lambda f: NotFound("gone"),
    "status": lambda f: ("x", 201),
    "status text": lambda f: ("x", "299 Fine"),
    "headers": lambda f: ("x", {"X-A": "1", "Content-Type": "text/x"}),
    "header list": lambda f: ("x", [("X-A", "1"), ("X-A", "2")]),
    "headers object": lambda f: ("x", Headers({"X-A": "1"})),
    "all": lambda f: ({"a": 1}, 201, {"X-A": ["1", "2"]}),
    "response with status": lambda f: (f.Response("x", 201), 202, {"X-A": "1"}),
    "dict with type": lambda f: ({"a": 1}, {"Content-Type": "application/x+json"}),
    "wsgi with status": lambda f: (wsgi, 203),
    "empty": lambda f: ("", 204),
    "not modified": lambda f: ("x", 304),
    "none": lambda f: None,
    "none with status": lambda f: (None, 204),
    "number": lambda f: 1,
    "short tuple": lambda f: ("x",),
    "long tuple": lambda f: ("x", 200, {}, 1),
    "make_response": lambda f: f.make_response("x", 201, {"X-A": "1"}),
    "make_response of a tuple": lambda f: f.make_response(("x", 404)),
    "make_response of nothing": lambda f: f.make_response(),
    "jsonify": lambda f: f.jsonify(1, "a", None),
    "jsonify keywords": lambda f: f.jsonify(b=1, a=2),
    "jsonify one": lambda f: f.jsonify([1]),
    "jsonify nothing": lambda f: f.jsonify(),
    "redirect": lambda f: f.redirect("/x?a=ä", 307),
    "cookie": lambda f: _with_cookie(f.make_response("x")),
    "get_json": lambda f: f.make_response({"a": 1}).get_json(),
}


def _with_cookie(response: Any) -> Any:
    response.set_cookie(
        "a", "b c", max_age=5, path="/x", httponly=True, secure=True, samesite="Strict", partitioned=True
    )
    response.delete_cookie("old")
    response.set_etag("tag")
    response.cache_control.max_age = 60
    response.status_code = 203
    return response


@pytest.mark.parametrize("name", VALUES)
def test_a_return_value_makes_the_same_response(name: str) -> None:
    def declare(framework: ModuleType, app: Any) -> None:
        app.add_url_rule("/", "view", lambda: VALUES[name](framework))

    apps = both(declare)
    same(apps)
    same(apps, method="HEAD")


def test_after_this_request_and_streams_are_the_same() -> None:
    def declare(framework: ModuleType, app: Any) -> None:
        @app.get("/")
        def view() -> Any:
            @framework.after_this_request
            def note(response: Any) -> Any:
                response.headers["X-Note"] = framework.request.path
                return response

            @framework.stream_with_context
            def stream() -> Iterator[str]:
                yield framework.request.args["a"]
                yield framework.request.path

            return framework.Response(stream(), mimetype="text/plain")

        @app.after_request
        def after(response: Any) -> Any:
            response.headers["X-After"] = response.headers["X-Note"]
            return response

    assert same(both(declare), "/?a=1")[2] == b"1/"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Range": "bytes=0-3"},
        {"Range": "bytes=-3"},
        {"Range": "bytes=4-"},
        {"Range": "bytes=90-99"},
        {"Range": "bytes=0-1,3-4"},
        {"Range": "items=0-1"},
        {"If-None-Match": '"tag"'},
        {"If-None-Match": '"other"'},
        {"If-None-Match": "*"},
        {"If-Match": '"other"'},
        {"If-Modified-Since": "Thu, 01 Jan 1970 00:01:40 GMT"},
        {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"Range": "bytes=0-3", "If-Range": '"tag"'},
        {"Range": "bytes=0-3", "If-Range": '"other"'},
    ],
    ids=str,
)
def test_files_are_sent_the_same(headers: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "static/file.txt"
    file.parent.mkdir()
    file.write_text("0123456789")

    def declare(framework: ModuleType, app: Any) -> None:
        options: dict[str, Any] = {"etag": "tag", "last_modified": 100, "max_age": 60}
        app.static_folder = str(file.parent)
        if framework is flask:
            app.add_url_rule("/static/<path:filename>", "files", app.send_static_file)
        app.add_url_rule(
            "/memory", "memory", lambda: framework.send_file(io.BytesIO(b"0123456789"), "text/x", **options)
        )
        app.add_url_rule(
            "/directory/<path:name>", "d", lambda name: framework.send_from_directory(file.parent, name, **options)
        )
        app.add_url_rule("/path", "path", lambda: framework.send_file(file))
        app.add_url_rule(
            "/attachment",
            "attachment",
            lambda: framework.send_file(file, as_attachment=True, download_name="ä.txt", conditional=False, etag=False),
        )

    apps = both(declare)
    for path in ("/memory", "/directory/file.txt", "/path", "/attachment", "/static/file.txt"):
        same(apps, path, headers=headers)
        same(apps, path, headers=headers, method="HEAD")


@pytest.mark.parametrize("path", ["/missing", "/../secret", "/a/../../secret", "/%00", "/" + "a" * 5000, "/"])
def test_what_is_no_file_is_answered_the_same(path: str, tmp_path: Path) -> None:
    def declare(framework: ModuleType, app: Any) -> None:
        app.add_url_rule("/f/<path:name>", "f", lambda name: framework.send_from_directory(tmp_path, name))

    apps = both(declare)
    if "%00" in path or len(path) > 1000:  # a 500 of Flask's
        assert answer_of(apps[1], "/f" + path)[0] == 404
    else:
        assert same(apps, "/f" + path)[0] == 404


def test_classes_of_ones_own_are_used_the_same() -> None:
    def declare(framework: ModuleType, app: Any) -> None:
        class OwnRequest(framework.Request):  # type: ignore[name-defined, misc]  # either framework's
            max_form_parts = 1
            parameter_storage_class = dict

            def on_json_loading_failed(self, e: ValueError | None) -> Any:
                return "no JSON" if e is not None else "no type"

        class OwnResponse(framework.Response):  # type: ignore[name-defined, misc]  # either framework's
            default_mimetype = "text/x-own"
            default_status = 202

        app.request_class, app.response_class = OwnRequest, OwnResponse

        @app.post("/")
        def view() -> Any:
            return [framework.request.get_json(), type(framework.request.args).__name__]

        app.add_url_rule("/text", "text", lambda: "x")
        app.add_url_rule("/force", "force", lambda: WerkzeugResponse("x"))

    apps = both(declare)
    assert same(apps, method="POST", data=b"{", content_type="application/json")[2] == ["no JSON", "dict"]
    assert same(apps, method="POST", data=b"{")[2] == ["no type", "dict"]
    same(apps, "/text")
    same(apps, "/force")


# errors


def raising(framework: ModuleType, app: Any) -> None:
    blueprint = framework.Blueprint("bp", __name__, url_prefix="/bp")
    errors: dict[str, Callable[[], Any]] = {
        "own": lambda: _raise(OwnError("x")),
        "zero": lambda: 1 / 0,
        "lookup": lambda: VALUES["x"],
        "403": lambda: framework.abort(403),
        "404": lambda: framework.abort(404, "no such thing"),
        "500": lambda: framework.abort(500),
        "418": lambda: framework.abort(418),
        "key": lambda: framework.request.args["missing"],
        "response": lambda: framework.abort(framework.Response("own", 409)),
    }
    for name, view in errors.items():
        app.add_url_rule(f"/{name}", name, view)
        blueprint.add_url_rule(f"/{name}", f"in-{name}", view)
    app.blueprint_for_tests = blueprint


def _raise(error: Exception) -> Any:
    raise error


def _teller(name: str) -> Callable[[Any], Any]:
    def tell(error: Any) -> Any:
        original = getattr(error, "original_exception", None)
        return f"{name} {type(error).__name__} {type(original).__name__}", 299

    return tell


HANDLERS: dict[str, list[tuple[str, Any]]] = {
    "none": [],
    "code": [("app", 403), ("app", 404), ("app", 500)],
    "class and code": [("app", HTTPException), ("app", 404), ("app", Forbidden)],
    "generic": [("app", HTTPException), ("app", Exception)],
    "exception": [("app", Exception)],
    "bases": [("app", LookupError), ("app", ArithmeticError), ("app", KeyError)],
    "blueprint first": [("app", 404), ("bp", 404), ("bp", Exception), ("app", HTTPException)],
    "blueprint class, app code": [("bp", HTTPException), ("app", 403)],
    "internal": [("app", InternalServerError), ("app", BadRequest)],
    "blueprint internal": [("bp", 500), ("app", 500)],
    "app_errorhandler": [("bp-app", 404), ("bp-app", OwnError)],
}
PATHS = ["own", "zero", "lookup", "403", "404", "500", "418", "key", "response", "nowhere"]


@pytest.mark.parametrize("handlers", HANDLERS)
@pytest.mark.parametrize("prefix", ["/", "/bp/"])
def test_errors_go_to_the_same_handlers(handlers: str, prefix: str) -> None:
    def declare(framework: ModuleType, app: Any) -> None:
        raising(framework, app)
        for where, wanted in HANDLERS[handlers]:
            name = getattr(wanted, "__name__", wanted)
            if where == "bp-app":
                app.blueprint_for_tests.app_errorhandler(wanted)(_teller(f"{where} {name}"))
            else:
                owner = app if where == "app" else app.blueprint_for_tests
                owner.register_error_handler(wanted, _teller(f"{where} {name}"))
        app.register_blueprint(app.blueprint_for_tests)

    apps = both(declare)
    for path in PATHS:
        same(apps, prefix + path)


@pytest.mark.parametrize(
    "config",
    [
        {"TRAP_HTTP_EXCEPTIONS": True},
        {"TRAP_BAD_REQUEST_ERRORS": True},
        {"DEBUG": True},
        {"DEBUG": True, "TRAP_BAD_REQUEST_ERRORS": False},
        {"TESTING": True},
        {"PROPAGATE_EXCEPTIONS": True},
        {"PROPAGATE_EXCEPTIONS": False, "DEBUG": True},
        {"PROPAGATE_EXCEPTIONS": False, "TESTING": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("handled", [False, True])
def test_settings_let_the_same_errors_through(config: dict[str, Any], handled: bool) -> None:
    def declare(framework: ModuleType, app: Any) -> None:
        raising(framework, app)
        if handled:
            app.register_error_handler(BadRequest, _teller("bad"))
            app.register_error_handler(500, _teller("500"))

    apps = both(declare, **config)
    for path in PATHS:
        if path == "response" and "TRAP_HTTP_EXCEPTIONS" in config:
            continue  # a complete answer is no error here
        same(apps, f"/{path}")


# contexts


def told(use: Callable[[], Any]) -> str:
    """Return what something is, or which context it misses."""
    try:
        return repr(use())
    except RuntimeError as error:
        return next(
            (kind for kind in ("outside of application", "outside of request") if kind in str(error)), "refused"
        )


def is_refused(use: Callable[[], Any]) -> bool:
    """Tell whether something needs another context, in whichever words."""
    try:
        use()
    except RuntimeError:
        return True
    return False


PROXIES: dict[str, Callable[[ModuleType], Any]] = {
    "current_app": lambda f: f.current_app.name,
    "g": lambda f: f.g.get("x"),
    "request": lambda f: (f.request.path, f.request.endpoint, f.request.view_args),
    "session": lambda f: f.session.get("x"),
    "has": lambda f: (f.has_app_context(), f.has_request_context(), bool(f.request), bool(f.current_app), bool(f.g)),
    "after_this_request": lambda f: is_refused(lambda: f.after_this_request(print)),
    "url_for": lambda f: is_refused(lambda: f.url_for("view", id=1)),
    "copy": lambda f: is_refused(lambda: f.copy_current_request_context(print)),
}


def tell_all(framework: ModuleType) -> dict[str, str]:
    return {name: told(lambda use=use: use(framework)) for name, use in PROXIES.items()}  # type: ignore[misc]  # the default is a type


def declare_view(framework: ModuleType, app: Any) -> None:
    app.add_url_rule("/<int:id>", "view", str)
    app.secret_key = "secret"


@pytest.mark.parametrize("outside", [None, "app_context", "test_request_context"])
@pytest.mark.parametrize("inside", [None, "app_context", "test_request_context"])
def test_proxies_say_the_same_in_and_out_of_contexts(outside: str | None, inside: str | None) -> None:
    def use(framework: ModuleType) -> list[dict[str, str]]:
        app, other = (make(framework, declare_view, SERVER_NAME="localhost") for _ in range(2))
        seen = [tell_all(framework)]
        with contextlib.ExitStack() as stack:
            for kind, owner, arguments in ((outside, app, ["/1"]), (inside, other, ["/2?a=b"])):
                if kind is not None:
                    stack.enter_context(getattr(owner, kind)(*arguments[: kind == "test_request_context"]))
                    seen.append(tell_all(framework))
                    framework.g.x = kind
                    seen.append(tell_all(framework))
        return [*seen, tell_all(framework)]

    ours, theirs = use(ferrule), use(flask)
    if (outside, inside) == ("test_request_context", "app_context"):  # an application context hides the request
        assert ours[3]["request"] == "outside of request"
        ours, theirs = ours[:3], theirs[:3]
    assert ours == theirs


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((), {}),
        (("/1?a=b",), {"method": "POST", "data": {"x": "y"}}),
        (("/1",), {"json": {"a": 1}, "headers": {"X-A": "b"}}),
        (("/1",), {"base_url": "https://example.org/base"}),
        (("/nowhere",), {}),
        (("/1",), {"method": "DELETE"}),
    ],
)
def test_a_test_request_is_the_same(args: Any, kwargs: Any) -> None:
    def use(framework: ModuleType) -> tuple[Any, ...]:
        app = make(framework, declare_view)
        with app.test_request_context(*args, **kwargs):
            request = framework.request
            return (
                request.url,
                request.method,
                request.form.to_dict(),
                request.args.to_dict(),
                request.get_json(silent=True),
                request.headers.get("X-A"),
                request.endpoint,
                request.view_args,
                type(request.routing_exception).__name__,
            )

    assert use(ferrule) == use(flask)


def test_a_copied_context_is_the_same() -> None:
    def use(framework: ModuleType) -> list[str]:
        app = make(framework, declare_view)
        seen: list[str] = []
        with app.test_request_context("/1?a=b"):
            framework.session["x"] = "y"

            @framework.copy_current_request_context
            def work() -> None:
                seen.extend([framework.request.args["a"], framework.session["x"], framework.current_app.name])

            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
        return seen

    assert use(ferrule) == use(flask) == ["b", "y", "same"]
