"""A response that begins before it is complete keeps its context until it is."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from werkzeug.test import create_environ

from ferrule import App, ContextError, g, has_app_context, jsonify, make_response, request, stream_with_context


def make_app(log: list[str]) -> App:
    app = App(__name__, config_file=None)
    app.teardown_request(lambda error: log.append(f"teardown {type(error).__name__}"))

    @app.get("/<what>")
    @stream_with_context
    def stream(what: str) -> Iterator[str]:
        g.what = what
        for number in range(3):
            log.append(f"step {number}")
            if what == "fails" and number == 1:
                raise RuntimeError("half way")
            yield f"{request.path}{number} {g.what};"

    return app


def test_the_context_lives_until_the_stream_ends() -> None:
    log: list[str] = []
    client = make_app(log).test_client()
    assert client.get("/a").text == "/a0 a;/a1 a;/a2 a;"
    assert log == ["step 0", "step 1", "step 2", "teardown NoneType"]
    assert not has_app_context()


def test_a_stream_may_be_run_by_another_thread_while_other_requests_are_answered() -> None:
    log: list[str] = []
    app = make_app(log)
    first = iter(app(create_environ("/first"), lambda status, headers, exc_info=None: lambda data: None))
    assert not has_app_context()
    assert next(first) == b"/first0 first;"
    assert app.test_client().get("/second").text.startswith("/second0 second;")
    rest: list[bytes] = []
    thread = threading.Thread(target=lambda: rest.extend(first))
    thread.start()
    thread.join()
    assert rest == [b"/first1 first;", b"/first2 first;"]
    assert log.count("teardown NoneType") == 2


def test_a_stream_that_is_closed_early_is_torn_down() -> None:
    log: list[str] = []
    chunks = make_app(log)(create_environ("/a"), lambda status, headers, exc_info=None: lambda data: None)
    assert next(iter(chunks)) == b"/a0 a;"
    chunks.close()  # type: ignore[attr-defined]  # PEP 3333: a server calls it where there is one
    assert log == ["step 0", "teardown NoneType"]


def test_a_stream_that_fails_tells_the_teardown() -> None:
    log: list[str] = []
    with pytest.raises(RuntimeError, match="half way"):
        _ = make_app(log).test_client().get("/fails").text
    assert log[-1] == "teardown RuntimeError"


def test_a_head_request_runs_nothing_and_is_torn_down() -> None:
    log: list[str] = []
    assert make_app(log).test_client().head("/a").data == b""
    assert log == ["teardown NoneType"]


def test_there_is_nothing_to_keep_outside_of_a_context() -> None:
    with pytest.raises(ContextError):
        stream_with_context(iter("abc"))


def test_responses_are_made_of_values() -> None:
    app = App(__name__, config_file=None)
    with app.test_request_context("/"):
        assert (make_response().status_code, make_response().data) == (200, b"")
        assert make_response("text", 201).status_code == 201
        response = make_response({"a": 1}, 202, {"X-A": "b"})
        assert (response.json, response.status_code, response.headers["X-A"]) == ({"a": 1}, 202, "b")
        assert jsonify(1, 2).json == [1, 2]
        assert jsonify(a=1).json == {"a": 1}
        with pytest.raises(TypeError):
            jsonify(1, a=2)
