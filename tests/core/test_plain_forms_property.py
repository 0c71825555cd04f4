"""The short way of a plain form against Werkzeug's own."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request as WerkzeugRequest

from ferrule import App, Request

PLAIN = "application/x-www-form-urlencoded"

pieces = st.sampled_from(
    [
        b"a",
        b"b",
        b"=",
        b"=",
        b"&",
        b"&",
        b"+",
        b"%",
        b"%20",
        b"%C3%A9",
        b"%ff",
        b"%zz",
        b"\xc3\xa9",
        b"\xff",
        b";",
        b"\n",
    ]
)
bodies = st.lists(pieces, max_size=12).map(b"".join) | st.binary(max_size=20)
content_types = st.sampled_from(
    [PLAIN] * 6 + ["", f"{PLAIN}; charset=utf-8", PLAIN.upper(), "text/plain", "multipart/form-data"]
)
changes: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        *[{}] * 5,
        {"CONTENT_LENGTH": "3"},
        {"CONTENT_LENGTH": "33"},
        {"CONTENT_LENGTH": ""},
        {"CONTENT_LENGTH": "-1"},
        {"CONTENT_LENGTH": "+2"},
        {"CONTENT_LENGTH": "²"},
        {"CONTENT_LENGTH": "٣"},
        {"CONTENT_LENGTH": " 2"},
        {"CONTENT_LENGTH": "9" * 5000},
        {"HTTP_TRANSFER_ENCODING": "chunked"},
        {"wsgi.input_terminated": True},
    ]
)
looks = st.lists(st.sampled_from(["form", "files", "data", "cached", "values", "stream"]), min_size=1, max_size=3)


class Trickle(io.RawIOBase):
    """Gives a byte at a time, as a socket may, and fails at the end if told so."""

    def __init__(self, body: bytes, *, fails: bool) -> None:
        self.rest = io.BytesIO(body)
        self.fails = fails

    def readinto(self, buffer: Any) -> int:
        found = self.rest.read(1)
        if self.fails and not found:
            raise OSError("reset")
        buffer[: len(found)] = found
        return len(found)


def look(request: WerkzeugRequest, what: str) -> Any:
    try:
        if what in ("form", "values", "files"):
            return list(getattr(request, what).items(multi=True))
        return request.get_data(cache=what == "cached") if what != "stream" else request.stream.read()
    except (HTTPException, OSError) as error:
        return type(error)


@settings(max_examples=300, deadline=None)
@given(
    bodies, content_types, changes, looks, st.sampled_from(["whole", "trickle", "fails"]), st.sampled_from([None, 5])
)
def test_a_form_is_what_werkzeug_reads(
    body: bytes, content_type: str, changed: dict[str, Any], looked: list[str], source: str, limit: int | None
) -> None:
    found = []
    for kind in (Request, WerkzeugRequest):
        stream = io.BytesIO(body) if source == "whole" else Trickle(body, fails=source == "fails")
        environ = {
            "REQUEST_METHOD": "POST",
            "QUERY_STRING": "q=1",
            "CONTENT_TYPE": content_type,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": stream,
            **changed,
        }
        request = kind(environ)
        request.max_content_length = limit
        found.append([look(request, what) for what in looked])
    assert found[0] == found[1]


@pytest.mark.parametrize(("limit", "expected"), [(None, "a b"), (3, 413), (5, "a b")])
def test_the_limit_of_the_application_holds_for_a_plain_form(limit: int | None, expected: str | int) -> None:
    app = App(__name__, config_file=None, config={"MAX_CONTENT_LENGTH": limit})
    with app.test_request_context("/", method="POST", data="x=a+b", content_type=PLAIN) as context:
        try:
            found: str | int | None = context.request.form["x"]
        except HTTPException as error:
            found = error.code
    assert found == expected


def test_the_short_way_is_taken() -> None:
    """So that the property above compares two ways, and not Werkzeug's with itself."""
    environ = {"CONTENT_TYPE": PLAIN, "CONTENT_LENGTH": "3", "wsgi.input": io.BytesIO(b"a=b&c=d")}
    request = Request(environ)
    assert request.form.to_dict() == {"a": "b"}
    assert type(request.stream) is io.BytesIO
