"""``ferrule run --trace``: each call of a hook is printed, request by request."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any

import click
import pytest

from ferrule import App, Context, Extension, Response, hookimpl
from ferrule.cli.trace import trace


class Outer(Extension):
    name = "outer"

    @hookimpl
    def app_init(self, app: App) -> None:
        app.jinja_options = {"trim_blocks": True}

    @hookimpl(wrapper=True)
    def handle_request(self, ctx: Context) -> Generator[None, Response, Response]:
        return (yield)

    @hookimpl
    def before_request(self, ctx: Context) -> None:
        ctx.app.hooks.message_flashed(ctx, "text", "category")

    @hookimpl
    def teardown_request(self, ctx: Context) -> None:
        pass


class Inner(Extension):
    name = "inner"

    @hookimpl
    def message_flashed(self, message: str) -> None:
        pass

    @hookimpl
    def after_request(self, response: Response) -> None:
        pass


def make_app(**config: Any) -> App:
    app = App("traced", config_file=None, extensions=[Outer, Inner], config={"TESTING": True, **config})
    app.add_url_rule("/here", "here", lambda: "hello")
    app.add_url_rule("/broken", "broken", lambda: 1 / 0)
    return app


def printed(text: str) -> list[str]:
    return [re.sub(r"[\d.]+ ms", "# ms", line) for line in text.splitlines()]


def test_a_block_for_each_request_has_every_call_in_order_with_its_time(capsys: pytest.CaptureFixture[str]) -> None:
    app = make_app()
    trace(app)
    app.finalize()
    start = printed(capsys.readouterr().err)
    assert any(re.fullmatch(r"\[trace\] +# ms  app_init  outer", line) for line in start)
    app.test_client().get("/here")
    head, *calls = printed(capsys.readouterr().err)
    assert head == "[trace] GET /here → 200 OK in # ms"
    told = [re.sub(r"^ *# ms  ", "", call) for call in calls if call.endswith(("outer", "inner"))]
    assert told == [
        "handle_request  outer",
        "before_request  outer",
        "  message_flashed  inner",
        "after_request  inner",
        "teardown_request  outer",
    ]


def test_a_request_that_raises_is_traced_too(capsys: pytest.CaptureFixture[str]) -> None:
    app = make_app()
    trace(app)
    with pytest.raises(ZeroDivisionError):
        app.test_client().get("/broken")
    text = "\n".join(printed(capsys.readouterr().err))
    assert "[trace] GET /broken\n" in text
    assert "teardown_request  outer" in text


def test_the_browser_is_told_the_times_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    app = make_app(DEBUG=True)
    trace(app)
    timing = app.test_client().get("/here").headers["Server-Timing"]
    assert 'outer;desc="hooks"' in timing
    assert "before_request  outer" in capsys.readouterr().err


def test_a_finalized_application_cannot_be_traced_and_says_so() -> None:
    app = make_app()
    app.finalize()
    with pytest.raises(click.UsageError, match="--trace comes too late: 'traced' is finalized"):
        trace(app)


def test_without_a_trace_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    make_app().test_client().get("/here")
    assert capsys.readouterr().err == ""


def test_a_path_can_neither_begin_a_line_nor_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    app = make_app()
    trace(app)
    app.test_client().get("/%1b%5b31m%0a%5btrace%5d%20forged")
    error = capsys.readouterr().err
    assert r"[trace] GET /\x1b[31m [trace] forged → 404" in error
    assert "\x1b" not in error


def test_an_extension_may_have_the_name_of_the_trace_itself(capsys: pytest.CaptureFixture[str]) -> None:
    class Trace(Inner):
        name = "trace"

    app = App("traced", config_file=None, extensions=[Trace], config={"TESTING": True})
    app.add_url_rule("/here", "here", lambda: "hello")
    trace(app)
    assert app.test_client().get("/here").text == "hello"
    assert "after_request  trace" in capsys.readouterr().err
