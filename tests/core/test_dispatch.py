"""The way of a request: the order of its steps, and what becomes of errors in each of them."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Generator
from typing import Any, cast

import pytest
from werkzeug.exceptions import BadRequestKeyError, Forbidden, HTTPException, NotFound
from werkzeug.test import create_environ, run_wsgi_app

from ferrule import App, Blueprint, Context, Extension, Response, after_this_request, hookimpl, request, session
from ferrule.context import current_context


def make_app(*extensions: Extension, **config: Any) -> App:
    return App(__name__, config_file=None, extensions=extensions, config={"SECRET_KEY": "k" * 32, **config})


class Recording(Extension):
    """Notes each call of a hook, and raises where it is told to."""

    def __init__(self, name: str, log: list[str], raises: str = "") -> None:
        self.name = name  # type: ignore[misc]  # several of one class, for the test
        self.log = log
        self.raises = raises

    def note(self, hook: str) -> None:
        self.log.append(f"{self.name}.{hook}")
        if hook == self.raises:
            raise RuntimeError(f"{self.name}.{hook}")

    @hookimpl
    def context_pushed(self) -> None:
        self.note("context_pushed")

    @hookimpl
    def before_request(self) -> None:
        self.note("before_request")

    @hookimpl
    def after_request(self, response: Response) -> None:
        self.note("after_request")

    @hookimpl
    def request_finished(self) -> None:
        self.note("request_finished")

    @hookimpl
    def teardown_request(self) -> None:
        self.note("teardown_request")

    @hookimpl
    def teardown_appcontext(self) -> None:
        self.note("teardown_appcontext")

    @hookimpl
    def context_popped(self) -> None:
        self.note("context_popped")


def test_steps_run_in_the_documented_order() -> None:
    log: list[str] = []
    app = make_app(Recording("a", log), Recording("b", log))
    inner, outer = Blueprint("inner", __name__), Blueprint("outer", __name__)

    def note(what: str) -> Callable[[], None]:
        return lambda: log.append(what)

    def note_response(what: str) -> Callable[[Any], Any]:
        def noted(response: Any) -> Any:
            log.append(what)
            return response

        return noted

    def note_teardown(what: str) -> Callable[[Any], None]:
        return lambda error: log.append(what)

    for scope, name in ((app, "app"), (outer, "outer"), (inner, "inner")):
        scope.before_request(note(f"{name} before"))
        scope.after_request(note_response(f"{name} after"))
        scope.teardown_request(note_teardown(f"{name} teardown"))
    app.teardown_appcontext(note_teardown("app teardown_appcontext"))

    @inner.get("/")
    def view() -> str:
        after_this_request(note_response("after this"))
        log.append("view")
        return ""

    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    app.test_client().get("/")
    assert log == [
        "a.context_pushed",
        "b.context_pushed",
        "a.before_request",
        "b.before_request",
        "app before",
        "outer before",
        "inner before",
        "view",
        "after this",
        "inner after",
        "outer after",
        "app after",
        "b.after_request",
        "a.after_request",
        "a.request_finished",
        "b.request_finished",
        "inner teardown",
        "outer teardown",
        "app teardown",
        "b.teardown_request",
        "a.teardown_request",
        "app teardown_appcontext",
        "b.teardown_appcontext",
        "a.teardown_appcontext",
        "b.context_popped",
        "a.context_popped",
    ]


@pytest.mark.parametrize("where", ["before_request", "view", "after_request", "context_pushed", "request_finished"])
def test_an_error_anywhere_is_a_500_and_all_is_torn_down(where: str, caplog: pytest.LogCaptureFixture) -> None:
    log: list[str] = []
    app = make_app(Recording("a", log), Recording("b", log, raises=where))

    @app.get("/")
    def view() -> str:
        if where == "view":
            raise RuntimeError("view")
        return "fine"

    response = app.test_client().get("/")
    assert response.status_code == 500
    for name in ("a", "b"):
        for hook in ("teardown_request", "teardown_appcontext", "context_popped"):
            assert f"{name}.{hook}" in log
    record = next(record for record in caplog.records if record.levelno == logging.ERROR)
    text = logging.Formatter().format(record)
    assert "RuntimeError" in text
    if where != "view":
        assert f"raised in the hook '{where}' of <extension 'b'>" in text


@pytest.mark.parametrize("where", ["teardown_request", "teardown_appcontext", "context_popped"])
def test_a_failing_teardown_leaves_as_a_group_and_the_others_run(where: str) -> None:
    log: list[str] = []
    app = make_app(Recording("a", log), Recording("b", log, raises=where))
    app.get("/", endpoint="index")(lambda: "fine")

    def fail(error: BaseException | None) -> None:
        raise ValueError("mine")

    app.teardown_request(fail)
    with pytest.raises(BaseExceptionGroup) as caught:
        run_wsgi_app(app, create_environ("/"))
    assert sorted(map(str, caught.value.exceptions)) == [f"b.{where}", "mine"]
    hook_error = next(error for error in caught.value.exceptions if isinstance(error, RuntimeError))
    assert "<extension 'b'>" in hook_error.__notes__[0]
    for hook in ("teardown_request", "teardown_appcontext", "context_popped"):
        assert f"a.{hook}" in log


def test_teardown_is_told_of_the_error_that_nobody_handled() -> None:
    app = make_app()
    told: list[BaseException | None] = []
    app.teardown_request(told.append)
    app.get("/fine", endpoint="fine")(lambda: "fine")
    app.get("/handled", endpoint="handled")(lambda: {"key": 1}["handled"])
    app.get("/unhandled", endpoint="unhandled")(lambda: 1 / 0)
    app.register_error_handler(KeyError, lambda error: ("handled", 400))
    client = app.test_client()
    assert [client.get(path).status_code for path in ("/fine", "/handled", "/unhandled")] == [200, 400, 500]
    assert [type(error) for error in told] == [type(None), type(None), ZeroDivisionError]


def test_a_before_hook_can_answer_and_the_rest_of_the_search_is_skipped() -> None:
    class Closed(Extension):
        name = "closed"

        @hookimpl
        def before_request(self, ctx: Context) -> Any:
            return ("closed", 503) if ctx.request.path != "/open" else None

    app = make_app(Closed())
    called: list[str] = []
    app.before_request(lambda: called.append("before"))
    app.get("/open", endpoint="open")(lambda: "open")
    client = app.test_client()
    assert client.get("/any").status_code == 503
    assert called == []
    assert client.get("/open").data == b"open"
    assert called == ["before"]


def test_before_functions_see_requests_that_match_nothing() -> None:
    app = make_app()
    seen: list[tuple[str | None, int | None]] = []

    def look() -> None:
        reason = request.routing_exception
        seen.append((request.endpoint, reason.code if reason else None))

    app.before_request(look)
    app.get("/there", endpoint="there")(lambda: "there")
    client = app.test_client()
    client.get("/nowhere")
    client.post("/there")
    client.get("/there")
    assert seen[:2] == [(None, 404), (None, 405)]
    assert seen[2][1] is None


def test_a_wrapper_goes_around_the_whole_answer() -> None:
    log: list[str] = []

    class Wrapping(Extension):
        def __init__(self, name: str) -> None:
            self.name = name  # type: ignore[misc]  # two of one class, for the test

        @hookimpl(wrapper=True)
        def handle_request(self, ctx: Context) -> Generator[None, Response, Response]:
            log.append(f"{self.name} in {ctx.request.path}")
            response = yield
            log.append(f"{self.name} out {response.status_code}")
            response.headers[f"X-{self.name}"] = "yes"
            return response

    app = make_app(Wrapping("outer"), Wrapping("inner"))
    app.get("/", endpoint="index")(lambda: "fine")
    response = app.test_client().get("/")
    assert log == ["outer in /", "inner in /", "inner out 200", "outer out 200"]
    assert {"X-outer", "X-inner"} <= set(response.headers.keys())


def test_a_wrapper_of_a_before_hook_sees_what_it_returned() -> None:
    class Answering(Extension):
        name = "answering"

        @hookimpl
        def before_request(self) -> str:
            return "answer"

    class Around(Extension):
        name = "around"

        @hookimpl(wrapper=True)
        def before_request(self, ctx: Context) -> Generator[None, Any, Any]:
            return f"around {(yield)}"

    app = make_app(Answering(), Around())
    assert app.test_client().get("/").data == b"around answer"


def test_an_error_goes_to_handlers_then_to_hooks() -> None:
    class Handling(Extension):
        name = "handling"

        @hookimpl
        def handle_exception(self, exc: Exception) -> Any:
            return (f"hook: {exc}", 418) if isinstance(exc, (LookupError, NotFound)) else None

    app = make_app(Handling())
    app.register_error_handler(KeyError, lambda error: ("handler", 400))
    app.get("/key", endpoint="key")(lambda: {"key": 1}["x"])
    app.get("/index", endpoint="index")(lambda: [1][int("1")])
    app.get("/zero", endpoint="zero")(lambda: 1 / 0)
    client = app.test_client()
    assert client.get("/key").data == b"handler"
    assert client.get("/index").status_code == 418
    assert client.get("/nowhere").status_code == 418
    assert client.get("/zero").status_code == 500


def test_handlers_are_found_by_code_before_class_and_blueprint_before_application() -> None:
    app = make_app()
    blueprint = Blueprint("b", __name__)
    blueprint.get("/b/403", endpoint="b_403")(lambda: (_ for _ in ()).throw(Forbidden()))
    blueprint.get("/b/404", endpoint="b_404")(lambda: (_ for _ in ()).throw(NotFound()))
    app.get("/403", endpoint="403")(lambda: (_ for _ in ()).throw(Forbidden()))
    blueprint.register_error_handler(403, lambda error: "blueprint 403")
    blueprint.register_error_handler(HTTPException, lambda error: "blueprint any")
    app.register_error_handler(404, lambda error: "app 404")
    app.register_error_handler(HTTPException, lambda error: "app any")
    app.register_blueprint(blueprint)
    client = app.test_client()
    assert client.get("/b/403").data == b"blueprint 403"
    assert client.get("/b/404").data == b"app 404"
    assert client.get("/403").data == b"app any"
    assert client.get("/nowhere").data == b"app 404"


def test_a_handler_of_500_is_given_the_original_error() -> None:
    app = make_app()
    originals: list[Any] = []

    @app.errorhandler(500)
    def server_error(error: Any) -> tuple[str, int]:
        originals.append(error.original_exception)
        return "sorry", 500

    app.get("/", endpoint="index")(lambda: 1 / 0)
    response = app.test_client().get("/")
    assert (response.status_code, response.data) == (500, b"sorry")
    assert isinstance(originals[0], ZeroDivisionError)


def test_errors_are_raised_in_tests_and_in_debug() -> None:
    for key in ("TESTING", "DEBUG", "PROPAGATE_EXCEPTIONS"):
        app = make_app(**{key: True})
        app.get("/", endpoint="index")(lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            app.test_client().get("/")


def test_middleware_replaces_wsgi_app() -> None:
    app = make_app()
    app.get("/", endpoint="index")(lambda: "fine")
    inner = app.wsgi_app

    def middleware(environ: Any, start_response: Any) -> Any:
        environ["PATH_INFO"] = "/"
        return inner(environ, start_response)

    app.wsgi_app = middleware  # type: ignore[method-assign]  # as documented by Flask
    assert app.test_client().get("/elsewhere").data == b"fine"


def test_what_a_view_returns_is_converted_by_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app()
    app.get("/", endpoint="index")(lambda: 42)
    monkeypatch.setattr(app, "make_response", lambda value: Response(str(value)))
    assert app.test_client().get("/").data == b"42"


def test_the_session_is_saved_after_every_hook_that_may_write_it() -> None:
    class Counting(Extension):
        name = "counting"

        @hookimpl
        def after_request(self, ctx: Context, response: Response) -> None:
            ctx.session["count"] = ctx.session.get("count", 0) + 1

    app = make_app(Counting())
    app.get("/", endpoint="index")(lambda: str(session.get("count")))
    client = app.test_client()
    assert [client.get("/").data for _ in range(3)] == [b"None", b"1", b"2"]


def test_a_session_that_is_not_opened_costs_no_header() -> None:
    app = make_app()
    app.get("/", endpoint="index")(lambda: "fine")
    response = app.test_client().get("/")
    assert "Set-Cookie" not in response.headers
    assert "Vary" not in response.headers


def test_an_unsafe_method_alone_pays_for_a_limited_hook() -> None:
    called: list[str] = []

    class Limited(Extension):
        name = "limited"

        @hookimpl(methods=["POST"])
        def before_request(self, ctx: Context) -> None:
            called.append(ctx.request.method)

    app = make_app(Limited())
    app.route("/", methods=["GET", "POST"])(lambda: "fine")
    client = app.test_client()
    client.get("/")
    client.post("/")
    assert called == ["POST"]


def test_trusted_hosts_are_checked_before_anything_else() -> None:
    app = make_app(TRUSTED_HOSTS=["example.com"])
    app.get("/", endpoint="index")(lambda: "fine")
    client = app.test_client()
    assert client.get("/", base_url="http://example.com").status_code == 200
    assert client.get("/", base_url="http://evil.com").status_code == 400


def test_options_are_answered_with_the_methods_of_the_path() -> None:
    app = make_app()
    app.get("/", endpoint="index")(lambda: "fine")
    app.post("/", endpoint="post")(lambda: "fine")
    response = app.test_client().options("/")
    assert set(response.allow) == {"GET", "HEAD", "OPTIONS", "POST"}
    assert response.data == b""


def test_an_unhandled_error_in_a_handler_is_a_500() -> None:
    app = make_app()
    app.register_error_handler(404, lambda error: 1 / 0)
    app.register_error_handler(500, lambda error: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        app.test_client().get("/nowhere")


def forgetful(response: Response) -> None:
    response.headers["X-Seen"] = "yes"


@pytest.mark.parametrize("where", ["after_request", "after_this_request"])
def test_a_function_that_forgets_to_return_the_response_is_named(where: str) -> None:
    app = App("dispatch", config_file=None, config={"TESTING": True})

    @app.get("/")
    def view() -> str:
        if where == "after_this_request":
            after_this_request(forgetful)
        return "x"

    if where == "after_request":
        app.after_request(cast(Any, forgetful))
    with pytest.raises(TypeError, match=r"forgetful \(.*test_dispatch\.py:\d+\) returned None"):
        app.test_client().get("/")


@pytest.mark.parametrize("trap", [None, False])
def test_in_debug_a_form_that_sends_the_name_of_a_file_is_explained(trap: bool | None) -> None:
    app = App("dispatch", config_file=None, config={"DEBUG": True, "TRAP_BAD_REQUEST_ERRORS": trap})
    app.add_url_rule("/", "view", lambda: request.files["picture"].filename, methods=["POST"])
    text = "enctype"
    if trap is None:
        with pytest.raises(BadRequestKeyError, match=text):
            app.test_client().post("/", data={"picture": "cat.png"})
    else:
        assert re.search(text, app.test_client().post("/", data={"picture": "cat.png"}).text)
    app.debug = False
    assert "enctype" not in app.test_client().post("/", data={"picture": "cat.png"}).text


@pytest.mark.parametrize("beside", [False, True], ids=["hooks alone", "beside functions"])
def test_hooks_do_the_same_alone_and_beside_functions(beside: bool) -> None:
    done: list[str] = []

    class Busy(Extension):
        name = "busy"

        @hookimpl
        def before_request(self, ctx: Context) -> str | None:
            done.append("before")
            if ctx.request.path == "/fail":
                raise ValueError("fails")
            return "early" if ctx.request.path == "/early" else None

        @hookimpl
        def after_request(self, ctx: Context, response: Response) -> Response | None:
            ctx.session["seen"] = True  # opened this late, it is saved
            done.append(response.get_data(as_text=True))
            if ctx.request.path == "/fail-after":
                raise ValueError("fails")
            return Response("replaced") if ctx.request.path == "/replace" else None

    app = make_app(Busy(), TESTING=True)
    app.add_url_rule("/<path>", view_func=lambda path: path)
    if beside:
        app.before_request(lambda: None)
        app.after_request(lambda response: response)
    client = app.test_client()
    answers = [client.get(f"/{path}") for path in ("view", "early", "replace")]
    assert [answer.text for answer in answers] == ["view", "early", "replaced"]
    assert done == ["before", "view", "before", "early", "before", "replace"]
    assert all("Set-Cookie" in answer.headers for answer in answers)
    for path, hook in {"/fail": "before_request", "/fail-after": "after_request"}.items():
        with pytest.raises(ValueError, match="fails") as caught:
            client.get(path)
        assert caught.value.__notes__ == [f"raised in the hook {hook!r} of <extension 'busy'>"]


def test_what_completes_a_response_comes_after_all_functions_and_hooks_and_before_the_session_is_saved() -> None:
    order: list[str] = []

    def complete(response: Response) -> None:
        order.append("complete")
        session["completed"] = True

    def noted(response: Response) -> Response:
        order.append("this request")
        return response

    def add_views(app: App) -> App:
        @app.get("/")
        def index() -> str:
            session["seen"] = True
            ctx = current_context()
            ctx.completing = [*ctx.completing, complete]
            if "after" in request.args:
                after_this_request(noted)
            return "index"

        return app

    client = add_views(make_app(Recording("last", order))).test_client()
    client.get("/")
    assert order[order.index("complete") - 1] == "last.after_request"
    with client.session_transaction() as opened:
        assert dict(opened) == {"seen": True, "completed": True}
    order.clear()
    plain = add_views(make_app())

    @plain.after_request
    def after(response: Response) -> Response:
        order.append("after")
        return response

    plain.test_client().get("/?after=1")
    assert order == ["this request", "after", "complete"]
