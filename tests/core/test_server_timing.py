"""In debug, and only there, a browser is told how long the parts of an answer took."""

from __future__ import annotations

import re
import time
from collections.abc import Generator
from typing import Any

import pytest
from werkzeug.wrappers import Response

from ferrule import App, Context, Extension, hookimpl, render_template_string
from ferrule import Response as OwnResponse


class Slow(Extension):
    name = "slow"
    context_names = ("given",)

    @hookimpl
    def before_request(self, ctx: Context) -> None:
        time.sleep(0.002)

    @hookimpl
    def after_request(self, response: Response) -> None:
        time.sleep(0.002)

    @hookimpl
    def template_context(self) -> dict[str, Any]:
        time.sleep(0.002)
        return {"given": "by slow"}


class Around(Extension):
    name = "around"
    seen: list[str]

    @hookimpl(wrapper=True)
    def handle_request(self, ctx: Context) -> Generator[None, Response, Response]:
        time.sleep(0.002)
        try:
            response = yield
        except LookupError as error:
            return OwnResponse(type(error).__name__)
        time.sleep(0.002)
        return response


def make_app(**config: Any) -> App:
    app = App(__name__, config_file=None, config=config, extensions=[Slow, Around])

    @app.get("/")
    def view() -> str:
        time.sleep(0.003)
        return render_template_string("{{ given }}")

    @app.get("/fails")
    def fails() -> str:
        raise LookupError

    @app.get("/own")
    def own() -> OwnResponse:
        return OwnResponse("own", headers={"Server-Timing": "db;dur=5"})

    return app


def times(header: str) -> dict[str, float]:
    metric = r'([\w!#$%&\'*+.^`|~-]+)(?:;desc="hooks")?;dur=(\d+\.\d{3})'
    assert re.fullmatch(rf"{metric}(, {metric})*", header)
    return {name: float(spent) for name, spent in re.findall(metric, header)}


def test_in_debug_an_answer_tells_the_time_of_view_hooks_and_all() -> None:
    response = make_app(DEBUG=True).test_client().get("/")
    assert response.text == "by slow"
    spent = times(response.headers["Server-Timing"])
    assert set(spent) == {"total", "view", "slow", "around"}
    assert spent["slow"] >= 6
    assert spent["around"] >= 4
    assert spent["view"] >= 5  # with the template's hook in it
    assert spent["total"] >= spent["view"] + 8
    assert 'slow;desc="hooks";dur=' in response.headers["Server-Timing"]


def test_an_error_that_a_wrapper_answers_is_timed_too() -> None:
    response = make_app(DEBUG=True).test_client().get("/fails")
    assert response.text == "LookupError"
    assert {"total", "view", "around"} <= set(times(response.headers["Server-Timing"]))


def test_entries_of_the_view_stay() -> None:
    response = make_app(DEBUG=True).test_client().get("/own")
    assert response.headers.getlist("Server-Timing")[0] == "db;dur=5"


@pytest.mark.parametrize("config", [{}, {"TESTING": True}, {"DEBUG": True, "SERVER_TIMING": False}])
def test_without_debug_or_switched_off_nothing_is_told_and_nothing_is_timed(config: dict[str, Any]) -> None:
    app = make_app(**config)
    assert "Server-Timing" not in app.test_client().get("/").headers
    assert app.plugins.measure is None
    assert "server_timing" not in [candidate.name for candidate in app.plugins.builtins]


def test_debug_counts_at_the_freeze_and_what_is_switched_off_later_is_silent() -> None:
    app = make_app()
    app.debug = True
    client = app.test_client()
    assert "Server-Timing" in client.get("/").headers
    app.debug = False
    assert "Server-Timing" not in client.get("/").headers


def test_a_failing_hook_is_still_blamed_on_its_extension() -> None:
    class Broken(Extension):
        name = "broken"

        @hookimpl
        def before_request(self, ctx: Context) -> None:
            raise ValueError

    app = App(__name__, config_file=None, config={"DEBUG": True}, extensions=[Broken])
    app.add_url_rule("/", "view", lambda: "ok")
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # what matters is its note
        app.test_client().get("/")
    assert "raised in the hook 'before_request' of <extension 'broken'>" in caught.value.__notes__[0]
