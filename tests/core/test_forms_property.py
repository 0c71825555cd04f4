"""Query strings and forms: what was sent is what is read, and what was broken is a 4xx or is read as far as it goes."""

from __future__ import annotations

import io
from contextlib import closing, suppress
from typing import Any
from urllib.parse import parse_qsl, urlencode

from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.test import create_environ, encode_multipart

from ferrule import App, Request

APP = App(__name__, config_file=None, config={"MAX_FORM_PARTS": 50})

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
names = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\'), min_size=1, max_size=8)
pairs = st.lists(st.tuples(texts, texts), max_size=8)


def request_of(body: bytes = b"", content_type: str = "", query: str = "") -> Request:
    environ = create_environ("/", method="POST")
    environ |= {"QUERY_STRING": query, "CONTENT_TYPE": content_type}
    environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    with APP.request_context(environ) as context:
        return context.request


def flat(values: MultiDict[Any, Any]) -> list[tuple[str, str]]:
    return list(values.items(multi=True))


def by_name(values: list[tuple[str, str]]) -> dict[str, list[str]]:
    return {name: [value for other, value in values if other == name] for name, _ in values}


@given(pairs)
def test_a_query_is_read_as_it_was_written(values: list[tuple[str, str]]) -> None:
    assert by_name(flat(request_of(query=urlencode(values)).args)) == by_name(values)


@given(st.text(st.characters(max_codepoint=255), max_size=60))
@example("a=1&b=%ff&=&%zz&a=2&c;d=3")
def test_a_broken_query_is_read_as_the_standard_library_reads_it(query: str) -> None:
    read = flat(request_of(query=query).args)
    text = "".join(char if char.isascii() else f"%{ord(char):02X}" for char in query)
    known = parse_qsl(text, keep_blank_values=True, errors="replace")
    assert len(read) == len(known)
    for pair, as_known in zip(by_name(read).items(), by_name(known).items(), strict=False):
        assert pair == as_known or "\ufffd" in str(as_known)  # bytes that are no UTF-8 stay percent-encoded with us


@given(pairs)
def test_an_encoded_form_is_read_as_it_was_written(values: list[tuple[str, str]]) -> None:
    request = request_of(urlencode(values).encode(), "application/x-www-form-urlencoded")
    assert by_name(flat(request.form)) == by_name(values)


@given(st.dictionaries(names, texts, max_size=5), st.dictionaries(names, st.binary(max_size=40), max_size=5))
def test_a_multipart_form_is_read_as_it_was_written(fields: dict[str, str], files: dict[str, bytes]) -> None:
    sent: MultiDict[str, Any] = MultiDict(fields)
    for name, content in files.items():
        sent.add(name, FileStorage(io.BytesIO(content), filename="file.bin"))
    boundary, body = encode_multipart(sent)
    with closing(request_of(body, f'multipart/form-data; boundary="{boundary}"')) as request:
        assert dict(request.form) == fields
        assert {name: file.read() for name, file in request.files.items()} == files


@given(
    st.lists(
        st.sampled_from([
            b"--b", b"--", b"\r\n", b"\n", b"\r\n\r\n", b'Content-Disposition: form-data; name="a"', b"; filename=x",
            b"; filename*=utf-8''%ff",
            b"Content-Type: text/plain; charset=utf-16", b"Content-Transfer-Encoding: base64",
            b"value", b"\xff\x00", b": ", b'"', b"--b--",
        ])
        | st.binary(max_size=8),
        max_size=20,
    ).map(b"".join)
)  # fmt: skip
def test_a_broken_multipart_form_is_a_client_s_mistake_or_is_read_as_far_as_it_goes(body: bytes) -> None:
    request = request_of(body, "multipart/form-data; boundary=b")
    with closing(request), suppress(BadRequest, RequestEntityTooLarge):
        assert all(isinstance(value, str) for value in request.form.values())
        assert all(isinstance(file, FileStorage) for file in request.files.values())


@given(st.binary(max_size=80))
def test_any_bytes_are_a_form(body: bytes) -> None:
    request = request_of(body, "application/x-www-form-urlencoded")
    assert all(isinstance(text, str) for pair in flat(request.form) for text in pair)
