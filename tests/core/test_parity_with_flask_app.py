"""The application's methods as in Flask: the steps of a request one by one, and what a subclass may override."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.exceptions import HTTPException, NotFound, default_exceptions
from werkzeug.routing import Map, Rule

from ferrule import App, SetupError

Agree = Callable[..., None]
Results = Callable[[Callable[[Any], Any]], Any]


def with_steps(web: Any) -> Any:
    app = web.App("parity")
    app.config["TRAP"] = []

    @app.before_request
    def before() -> Any:
        web.g.steps = ["before"]
        return "stopped" if "stop" in web.request.args else None

    @app.after_request
    def after(response: Any) -> Any:
        response.headers["X-Trace"] = ",".join(web.g.get("steps", [])) + "+after"
        return response

    @app.get("/<int:number>")
    def view(number: int) -> Any:
        return f"{number}/{100 // number}"

    app.register_error_handler(ZeroDivisionError, lambda error: ("no", 422))
    app.register_error_handler(404, lambda error: ("nothing", 404))
    return app


def told(response: Any) -> Any:
    return response.status_code, response.get_data(as_text=True), response.headers.get("X-Trace")


@pytest.mark.parametrize("path", ["/5", "/0", "/none", "/5?stop=1"])
def test_a_request_is_answered_whole_outside_of_a_server(results: Results, path: str) -> None:
    def answered(web: Any) -> Any:
        app = with_steps(web)
        with app.test_request_context(path):
            return told(app.full_dispatch_request())

    assert results(answered)[2] == "before+after"


def test_the_steps_of_a_request_can_be_taken_one_by_one(results: Results) -> None:
    def steps(web: Any) -> Any:
        app = with_steps(web)
        with app.test_request_context("/4"):
            first = app.preprocess_request()
            value = app.dispatch_request()
            last = told(app.process_response(app.make_response(value)))
        with app.test_request_context("/4?stop=1"):
            return first, value, last, app.preprocess_request()

    assert results(steps) == (None, "4/25", (200, "4/25", "before+after"), "stopped")


@pytest.mark.parametrize("error", [ZeroDivisionError(), KeyError("x"), NotFound(), default_exceptions[409]()], ids=repr)
def test_errors_can_be_answered_by_hand(results: Results, error: Exception) -> None:
    def answered(web: Any) -> Any:
        app = with_steps(web)
        with app.test_request_context("/"):
            try:
                raising(error)
            except Exception as raised:
                return _shown(app.handle_user_exception(raised))

    def http_answered(web: Any) -> Any:
        app = with_steps(web)
        with app.test_request_context("/"):
            return _shown(app.handle_http_exception(error))

    assert results(answered) in (("no", 422), KeyError, ("nothing", 404), 409)
    if isinstance(error, HTTPException):
        assert results(http_answered) in (("nothing", 404), 409)


def raising(error: Exception) -> None:
    raise error


def _shown(value: Any) -> Any:
    return value.code if isinstance(value, HTTPException) else value


class PaymentError(HTTPException):
    code = 499
    description = "Pay first."


def test_the_table_of_abort_is_the_applications(agree: Agree) -> None:
    def build(web: Any) -> Any:
        app = web.App("parity")
        app.aborter.mapping[499] = PaymentError
        app.add_url_rule("/<int:code>", "view", lambda code: web.abort(code))  # noqa: PLW0108  # it is made later
        return app

    agree(build, {"GET /499": 499, "GET /404": 404, "GET /498": 500})


def test_a_subclass_overrides_what_flask_asks_it_for(agree: Agree) -> None:
    def build(web: Any) -> Any:
        class Own(web.AppClass):  # type: ignore[misc]  # either framework's
            def make_response(self, rv: Any) -> Any:
                return super().make_response(str(rv) if isinstance(rv, int) else rv)

            def handle_exception(self, e: Exception) -> Any:
                return self.make_response((f"handled {type(e).__name__}", 500))

            def redirect(self, location: str, code: int = 302) -> Any:
                return super().redirect(f"/prefix{location}", 307)

            def make_aborter(self) -> Any:
                aborter = super().make_aborter()
                aborter.mapping[499] = PaymentError
                return aborter

            def trap_http_exception(self, e: Exception) -> bool:
                return isinstance(e, default_exceptions[409])

            def make_default_options_response(self) -> Any:
                response = super().make_default_options_response()
                response.headers["X-Trace"] = "own"
                return response

            def handle_url_build_error(self, error: Any, endpoint: str, values: dict[str, Any]) -> str:
                return f"/built/{endpoint}"

            def get_send_file_max_age(self, filename: str | None) -> int:
                return 5

            def create_url_adapter(self, request: Any) -> Any:
                adapter = super().create_url_adapter(request)
                if adapter is not None:  # without a request and SERVER_NAME there is none
                    adapter.script_name = "/mounted/"
                return adapter

        app = Own("parity")
        app.add_url_rule("/int", "int", lambda: 5)
        app.add_url_rule("/fails", "fails", lambda: 1 // 0)
        app.add_url_rule("/redirect", "redirect", lambda: web.redirect("/x"))
        app.add_url_rule("/abort/<int:code>", "abort", lambda code: web.abort(code))  # noqa: PLW0108  # as above
        app.add_url_rule("/url", "url", lambda: web.url_for("int") + web.url_for("nothing"))
        app.add_url_rule("/age", "age", lambda: str(web.current_app.get_send_file_max_age("x")))
        return app

    agree(
        build,
        {
            "GET /int": "5",
            "GET /fails": "handled ZeroDivisionError",
            "GET /redirect": 307,
            "GET /abort/499": 499,
            "GET /abort/409": "handled Conflict",
            "OPTIONS /int": 200,
            "GET /url": "/mounted/int/built/nothing",
            "GET /age": "5",
        },
    )


def test_rules_and_maps_can_be_of_ones_own_classes(agree: Agree) -> None:
    class OwnRule(Rule):
        def __init__(self, string: str, *args: Any, **kwargs: Any) -> None:
            super().__init__(f"/v1{string}", *args, **kwargs)

    class OwnMap(Map):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.strict_slashes = False

    def build(web: Any) -> Any:
        class Own(web.AppClass):  # type: ignore[misc]  # either framework's
            url_rule_class = OwnRule
            url_map_class = OwnMap

        app = Own("parity")
        app.add_url_rule("/a/", "a", lambda: web.url_for("a"))
        app.add_url_rule("/b/<int:n>", "b", lambda n: str(n))  # noqa: PLW0108  # as above
        return app

    agree(build, {"GET /v1/a": (200, "/v1/a/"), "GET /a/": 404, "GET /v1/b/3": "3", "POST /v1/b/3": 405})


def test_a_method_that_would_never_be_called_is_refused_when_the_class_is_made() -> None:
    with pytest.raises(SetupError) as caught:

        class Own(App):
            def dispatch_request(self) -> Any:
                return "mine"

            def make_config(self) -> Any:
                """Flask would call it."""

    text = str(caught.value)
    assert "2 mistakes in the class" in text
    assert "dispatch_request is never called; write a hook" in text
    assert "make_config is never called; set config_class" in text


def test_a_method_set_on_an_application_in_vain_is_refused_at_the_freeze() -> None:
    app = App(__name__, config_file=None)
    vars(app)["handle_user_exception"] = print  # as an extension for Flask might
    with pytest.raises(SetupError, match=r"(?s)application '.*handle_user_exception is never called; register an"):
        app.finalize()
