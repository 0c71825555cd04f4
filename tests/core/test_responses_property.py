"""The short way of a response against Werkzeug's own, header for header."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import create_environ
from werkzeug.wrappers import Response as WerkzeugResponse

from ferrule import Response


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

bodies = st.one_of(st.text(max_size=20), st.binary(max_size=20), st.none(), st.lists(st.text(max_size=5), max_size=3))
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
    [None, {}, {"X-A": "1"}, [("Content-Type", "a/b"), ("X-A", "2")]],
)

changes: dict[str, Change] = {
    "nothing": lambda response: None,
    "reads a header": lambda response: response.headers.get("Content-Type"),
    "reads the status": lambda response: response.status_code,
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
    bodies,
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
    body: Any,
    status: Any,
    given_headers: Any,
    mimetype: str | None,
    content_type: str | None,
    passthrough: bool,
    steps: list[str],
    method: str,
) -> None:
    ours, theirs = (
        outcome(lambda kind=kind: kind(body, status, given_headers, mimetype, content_type, passthrough), steps, method)  # type: ignore[misc]  # a lambda's default
        for kind in kinds
    )
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


def test_a_header_cannot_be_injected_through_the_content_type() -> None:
    for media_type in ("text/html\r\nX-Evil: 1", "text/html\nX-Evil: 1", "text/html\r"):
        result = outcome(lambda media_type=media_type: Response("x", content_type=media_type), [], "GET")  # type: ignore[misc]  # a lambda's default
        assert isinstance(result, str), result
        assert result.startswith("ValueError")
