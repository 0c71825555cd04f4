"""The short way of a response against Werkzeug's own, header for header."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Iterable, Iterator
from copy import deepcopy
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers
from werkzeug.exceptions import (
    HTTPException,
    MethodNotAllowed,
    RequestedRangeNotSatisfiable,
    TooManyRequests,
    default_exceptions,
)
from werkzeug.test import create_environ
from werkzeug.wrappers import Response as WerkzeugResponse

from ferrule import App, Response


class Authority(WerkzeugResponse):
    """Werkzeug's response with our class' defaults and nothing else."""

    default_mimetype = "text/html"
    autocorrect_location_header = False


class Subclass(Response):
    """A subclass, which may override anything and so never takes the short way."""


class ShortSubclass(Response):
    default_mimetype = "text/plain"


class LongSubclass(Authority):
    default_mimetype = "text/plain"


Answer = tuple[str, list[tuple[str, str]], bytes]
Change = Callable[[WerkzeugResponse], Any]


def numbers() -> Iterator[Any]:
    yield from ("one", b"two", "", "thr\xe9e")


make_bodies: st.SearchStrategy[Callable[[], Any]] = st.one_of(
    st.one_of(st.text(max_size=20), st.binary(max_size=20), st.none(), st.lists(st.text(max_size=5), max_size=3)).map(
        lambda body: lambda: body
    ),
    st.just(numbers),
    st.just(lambda: iter(["a", b"b"])),
)
statuses = st.one_of(
    st.none(),
    st.sampled_from([200, 201, 202, 203, 204, 205, 206, 207, 226, 299, 304, 404, 500, 599, 100, True]),
    st.sampled_from(["200 OK", "201", "418 short and stout", "ok"]),
)
media = st.one_of(
    st.none(),
    st.sampled_from(["", "text/plain", "text/plain; charset=latin-1", "application/json", "image/svg+xml", "tëxt/x"]),
)
headers: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        {},
        {"X-A": "1"},
        {"X-A": 1},
        {"X-A": ["1", "2"]},
        {"X-A": "é"},
        {"X-A": "a\r\nX-Evil: 1"},
        {"X-A\n": "1"},
        {"content-length": "77"},
        {"Location": "/ü"},
        {"x-a": "", "content-type": "text/csv"},
        [("Content-Type", "a/b"), ("X-A", "2")],
        [("Content-Type", "a/b"), ("CONTENT-TYPE", "c/d"), ("Set-Cookie", "a=b")],
        [("Allow", "GET"), ["X-A", "2"]],
        (("X-A", "2"),),
        Headers([("X-A", "3")]),
    ]
)

changes: dict[str, Change] = {
    "nothing": lambda response: None,
    "reads a header": lambda response: response.headers.get("Content-Type"),
    "reads the status": lambda response: response.status_code,
    "adds a length": lambda response: response.headers.add("Content-Length", "1"),
    "sets the length": lambda response: setattr(response, "content_length", 3),
    "deletes the length": lambda response: response.headers.pop("Content-Length", None),
    "moves": lambda response: response.headers.set("Location", "/ü"),
    "clears the headers": lambda response: response.headers.clear(),
    "assigns the headers": lambda response: setattr(response, "headers", Headers({"X-B": "1"})),
    "adds a header": lambda response: response.headers.add("X-Added", "yes"),
    "assigns a status": lambda response: setattr(response, "status_code", 404),
    "assigns a status text": lambda response: setattr(response, "status", "299 Fine"),
    "assigns the body": lambda response: setattr(response, "data", b"other"),
    "assigns the iterable": lambda response: setattr(response, "response", [b"a", b"b"]),
    "assigns the content type": lambda response: setattr(response, "content_type", "x/y"),
    "assigns the mimetype": lambda response: setattr(response, "mimetype", "text/csv"),
    "sets a cookie": lambda response: response.set_cookie("k", "v"),
    "passes through": lambda response: setattr(response, "direct_passthrough", True),
    "deletes the content type": lambda response: response.headers.pop("Content-Type", None),
    "adds an entity tag": lambda response: response.add_etag(),
    "closes something": lambda response: response.call_on_close(lambda: None),
    "caches": lambda response: setattr(response.cache_control, "max_age", 5),
    "reads the body": lambda response: response.get_data() if not response.direct_passthrough else None,
    "freezes": lambda response: response.freeze(),
    "notes something of its own": lambda response: setattr(response, "note", 1),
}


def answer(response: WerkzeugResponse, method: str) -> Answer:
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        started.append((status, headers))
        return lambda data: None

    chunks: Iterable[Any] = response(create_environ("/x", method=method), start_response)
    body = b"".join(chunk if isinstance(chunk, bytes) else chunk.encode() for chunk in chunks)
    return (*started[0], body)


def outcome(make: Callable[[], WerkzeugResponse], steps: list[str], method: str) -> Answer | str:
    try:
        response = make()
        for step in steps:
            changes[step](response)
        return answer(response, method)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


@given(
    st.sampled_from([(Response, Authority), (Subclass, Authority), (ShortSubclass, LongSubclass)]),
    make_bodies,
    statuses,
    headers,
    media,
    media,
    st.booleans(),
    st.lists(st.sampled_from(sorted(changes)), max_size=3),
    st.sampled_from(["GET", "HEAD", "POST"]),
)
def test_a_response_says_what_werkzeugs_says(
    kinds: tuple[type[Response], type[WerkzeugResponse]],
    make_body: Callable[[], Any],
    status: Any,
    given_headers: Any,
    mimetype: str | None,
    content_type: str | None,
    passthrough: bool,
    steps: list[str],
    method: str,
) -> None:
    def make(kind: type[WerkzeugResponse]) -> WerkzeugResponse:
        return kind(make_body(), status, deepcopy(given_headers), mimetype, content_type, passthrough)

    ours, theirs = (outcome(partial(make, kind), steps, method) for kind in kinds)
    assert ours == theirs


def test_a_plain_answer_takes_the_short_way() -> None:
    """So that the property above compares two ways, and not Werkzeug's with itself."""
    response = Response("hello", 201, content_type="text/plain")
    assert list(vars(response)) == ["_plain"]
    assert answer(response, "GET") == (
        "201 CREATED",
        [("Content-Type", "text/plain"), ("Content-Length", "5")],
        b"hello",
    )
    assert list(vars(response)) == ["_plain"]


@given(
    make_bodies,
    statuses,
    headers,
    st.booleans(),
    st.lists(st.sampled_from(sorted({*changes} - {"reads the body", "freezes"})), max_size=3),
)
def test_what_is_read_of_a_response_is_what_werkzeugs_has(
    make_body: Callable[[], Any], status: Any, given_headers: Any, passthrough: bool, steps: list[str]
) -> None:
    def read(kind: type[WerkzeugResponse]) -> tuple[str, int, bool] | str:
        try:
            response = kind(make_body(), status, deepcopy(given_headers), direct_passthrough=passthrough)
            for step in steps:
                changes[step](response)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return response.status, response.status_code, response.is_streamed

    assert read(Response) == read(Authority)


def test_reading_the_status_or_whether_it_is_a_stream_leaves_the_short_way() -> None:
    response, stream = Response("hello", 404), Response("part" for _ in range(2))
    assert (response.status, response.status_code, response.is_streamed) == ("404 NOT FOUND", 404, False)
    assert (stream.status, stream.status_code, stream.is_streamed) == ("200 OK", 200, True)
    assert list(vars(response)) == list(vars(stream)) == ["_plain"]


def test_a_header_cannot_be_injected_through_the_content_type() -> None:
    for media_type in ("text/html\r\nX-Evil: 1", "text/html\nX-Evil: 1", "text/html\r"):
        result = outcome(lambda media_type=media_type: Response("x", content_type=media_type), [], "GET")  # type: ignore[misc]  # a lambda's default
        assert isinstance(result, str), result
        assert result.startswith("ValueError")


def test_headers_alone_leave_the_rest_of_the_short_way() -> None:
    response = Response("hello", 404, {"X-A": "1"})
    response.headers.add("Set-Cookie", "a=b")
    assert answer(response, "GET") == (
        "404 NOT FOUND",
        [
            ("X-A", "1"),
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", "5"),
            ("Set-Cookie", "a=b"),
        ],
        b"hello",
    )
    assert sorted(vars(response)) == ["_plain", "headers"]


@pytest.mark.parametrize("begins", [True, False])
def test_a_stream_that_is_given_up_closes_its_generator(begins: bool) -> None:
    closed = []

    def blocks() -> Generator[str]:
        try:
            yield "ä"
            yield "never"
        finally:
            closed.append(True)

    generator = blocks()
    body = Response(generator)(create_environ("/"), lambda status, headers, exc_info=None: lambda data: None)
    if begins:
        assert next(iter(body)) == "ä".encode()
    body.close()  # type: ignore[attr-defined]  # as servers do
    assert inspect.getgeneratorstate(generator) == inspect.GEN_CLOSED
    assert closed == [True] * begins


error_kinds = [*default_exceptions.values(), HTTPException]


@given(st.sampled_from(error_kinds), st.none() | st.text(max_size=20), st.sampled_from(["GET", "HEAD"]))
def test_an_error_says_what_werkzeugs_says(kind: type[HTTPException], description: str | None, method: str) -> None:
    app = App(__name__, config_file=None)
    error = kind(description)
    with app.test_request_context("/x", method=method):
        ours = outcome(lambda: app.make_response(error), [], method)

    def make_theirs() -> WerkzeugResponse:
        response = Authority.force_type(error.get_response(create_environ("/x", method=method)))
        if error.code is not None:
            response.vary.add("Accept")
        return response

    theirs = outcome(make_theirs, [], method)
    assert sorted_headers(ours) == sorted_headers(theirs)


def sorted_headers(found: Answer | str) -> Answer | str:
    return found if isinstance(found, str) else (found[0], sorted(found[1]), found[2])


def test_an_error_with_headers_of_its_own_sends_them() -> None:
    app = App(__name__, config_file=None)
    errors = [
        (MethodNotAllowed(["GET", "PUT"]), ("Allow", "GET, PUT")),
        (TooManyRequests(retry_after=9), ("Retry-After", "9")),
        (RequestedRangeNotSatisfiable(7), ("Content-Range", "bytes */7")),
    ]
    for error, header in errors:
        with app.test_request_context("/"):
            response = app.make_response(error)
        assert list(vars(response)) == ["_plain"]
        assert header in answer(response, "GET")[1]
