"""What is compressed, what is not, and what the headers say of it."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.wrappers import Response as WerkzeugResponse

from ferrule import App, ConfigError, Response, g, request, send_file, session, stream_with_context
from ferrule_compress.bodies import compress
from ferrule_compress.encoders import encoded

MakeApp = Callable[..., App]
Decode = Callable[[str | None, bytes], bytes]
TEXT = "some text. " * 500
ACCEPT = {"Accept-Encoding": "gzip"}


class OwnResponse(Response):
    default_mimetype = "text/plain"


KINDS: dict[str, Callable[[bytes], Any]] = {
    "bytes": lambda body: body,
    "response": lambda body: Response(body, headers={"X-Own": "1"}),
    "list": lambda body: Response([body[:10], body[10:]]),
    "texts": lambda body: Response([body.decode("latin-1")], mimetype="text/plain"),
    "own class": OwnResponse,
    "werkzeug": lambda body: WerkzeugResponse(body, mimetype="text/css"),
    "generator": lambda body: (body[start : start + 100] for start in range(0, len(body), 100)),
    "iterator": lambda body: Response(iter([b"", body, b""])),
    "wsgi": lambda body: lambda environ, start: (start("200 OK", [("Content-Type", "text/html")]), [body])[1],
    "file": lambda body: send_file(io.BytesIO(body), "text/plain"),
    "error": lambda body: (body, 500),
}
HEADERS = [None, "", "gzip", "br", "zstd", "gzip, br;q=0.5", "identity", "*", "identity;q=0", "*;q=0, br", "deflate"]


@given(
    body=st.one_of(st.binary(max_size=50), st.binary(max_size=10).map(lambda part: part * 300)),
    kind=st.sampled_from(list(KINDS)),
    header=st.sampled_from(HEADERS),
)
def test_any_body_comes_back_for_any_client_and_head_tells_the_same(
    decode: Decode, body: bytes, kind: str, header: str | None
) -> None:
    app = App("shop", config_file=None, env="testing", extensions=["compress"])
    app.get("/")(lambda: KINDS[kind](body))
    expected = body.decode("latin-1").encode() if kind == "texts" else body
    client = app.test_client()
    headers = {} if header is None else {"Accept-Encoding": header}
    response = client.get("/", headers=headers)
    encoding = response.headers.get("Content-Encoding")
    assert decode(encoding, response.data) == expected
    assert encoding is None or encoding in (header or "") or header == "*"
    assert int(response.headers.get("Content-Length", len(response.data))) == len(response.data)
    head = client.head("/", headers=headers)
    assert (head.status_code, head.data) == (response.status_code, b"")
    told = {name: value for name, value in response.headers if name not in ("Content-Length", "Date")}
    assert {name: value for name, value in head.headers if name not in ("Content-Length", "Date")} == told
    assert head.headers.get("Content-Length") in (None, response.headers.get("Content-Length"))


def test_who_takes_it_and_who_does_not_get_headers_that_caches_understand(make_app: MakeApp) -> None:
    app = make_app()
    app.get("/")(lambda: TEXT)
    packed = app.test_client().get("/", headers=ACCEPT)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert packed.headers["Content-Length"] == str(len(packed.data))
    assert len(packed.data) < len(TEXT) / 10
    plain = app.test_client().get("/")
    assert plain.headers["Vary"] == "Accept-Encoding"
    assert plain.headers["Content-Length"] == str(len(TEXT))
    assert "Content-Encoding" not in plain.headers


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (204, {}),
        (205, {}),
        (200, {"Content-Encoding": "br"}),
        (200, {"Content-Encoding": "identity"}),
        (200, {"Cache-Control": "public, No-Transform"}),
        (200, {"Content-Digest": "sha-256=:x:"}),
        (200, {"X-Sendfile": "/srv/file"}),
        (200, {"Content-Type": "image/png"}),
        (200, {"Content-Type": "text/event-stream"}),
        (200, {"Content-Type": "application/octet-stream"}),
        (206, {"Content-Range": "bytes 0-5499/9000"}),
        (416, {"Content-Range": "bytes */9000"}),
        (304, {}),
    ],
    ids=str,
)
def test_what_is_sent_as_it_is(make_app: MakeApp, status: int, headers: dict[str, str]) -> None:
    app = make_app()
    app.get("/")(lambda: (TEXT, status, headers))
    response = app.test_client().get("/", headers=ACCEPT)
    assert response.headers.get("Content-Encoding") == headers.get("Content-Encoding")
    assert response.data == (b"" if status in (204, 304) else TEXT.encode())


@pytest.mark.parametrize(
    "media",
    ["text/css", "TEXT/HTML; charset=utf-8", "application/problem+json", "application/json", "image/svg+xml"],
)
def test_types_that_shrink_are_compressed(make_app: MakeApp, media: str) -> None:
    app = make_app()
    app.get("/")(lambda: Response(TEXT, content_type=media))
    assert app.test_client().get("/", headers=ACCEPT).headers["Content-Encoding"] == "gzip"


def test_the_settings_are_followed_also_when_they_change(make_app: MakeApp) -> None:
    app = make_app(types=["text/plain"], minimum_size=10, encodings=["br"])
    app.get("/<int:size>")(lambda size: Response("x" * size, mimetype="text/plain"))

    def encoding(size: int) -> str | None:
        return (
            app.test_client().get(f"/{size}", headers={"Accept-Encoding": "gzip, br"}).headers.get("Content-Encoding")
        )

    assert [encoding(size) for size in (9, 10)] == [None, "br"]
    app.config["COMPRESS_MINIMUM_SIZE"] = 11
    assert [encoding(size) for size in (10, 11)] == [None, "br"]
    app.config["COMPRESS_TYPES"] = ["text/html"]
    assert encoding(11) is None


def test_a_level_that_there_is_not_is_refused(make_app: MakeApp) -> None:
    for name, level in (("gzip_level", 10), ("br_level", 12), ("zstd_level", 20), ("encodings", ["deflate"])):
        with pytest.raises(ConfigError, match=f"COMPRESS_{name.upper()}"):
            make_app(**{name: level})


def test_who_refuses_the_plain_body_gets_small_ones_compressed(make_app: MakeApp) -> None:
    app = make_app()
    app.get("/")(lambda: "small")
    response = app.test_client().get("/", headers={"Accept-Encoding": "gzip, identity;q=0"})
    assert response.headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize(
    ("vary", "expected"),
    [("Cookie", "Cookie, Accept-Encoding"), ("accept-encoding", "accept-encoding"), ("*", "*")],
)
def test_what_a_response_varies_by_already_stays(make_app: MakeApp, vary: str, expected: str) -> None:
    app = make_app()
    app.get("/")(lambda: (TEXT, {"Vary": vary}))
    assert app.test_client().get("/").headers["Vary"] == expected


def test_small_bodies_stay_as_they_are_whether_their_length_is_told_or_not(make_app: MakeApp) -> None:
    app = make_app()
    app.add_url_rule("/text", "text", lambda: "x" * 1023)
    app.add_url_rule("/list", "list", lambda: Response(["x" * 1000, "x" * 23]))
    for path in ("/text", "/list"):
        assert "Content-Encoding" not in app.test_client().get(path, headers=ACCEPT).headers


def test_head_compresses_nothing_to_know_a_length(make_app: MakeApp) -> None:
    app = make_app()
    app.get("/")(lambda: TEXT)
    head = app.test_client().head("/", headers=ACCEPT)
    assert head.headers["Content-Encoding"] == "gzip"
    assert "Content-Length" not in head.headers


def test_a_file_is_not_flushed_block_by_block(make_app: MakeApp) -> None:
    body = TEXT.encode() * 20
    app = make_app()
    app.add_url_rule("/file", "file", lambda: send_file(io.BytesIO(body), "text/plain"))
    app.add_url_rule("/blocks", "blocks", lambda: (body[start : start + 8192] for start in range(0, len(body), 8192)))
    sizes = [len(app.test_client().get(path, headers=ACCEPT).data) for path in ("/file", "/blocks")]
    assert sizes[0] == len(encoded(body, "gzip", 4)) < sizes[1]


def test_a_compressed_file_is_a_stream_for_whoever_looks_at_it_next() -> None:
    response = Response(iter([b"x"]), direct_passthrough=True)
    compress(response, "gzip", 4, 0, is_head=False)
    assert not response.direct_passthrough


def test_a_session_is_saved_into_a_compressed_response(make_app: MakeApp) -> None:
    app = make_app()

    @app.get("/")
    def page() -> str:
        session["seen"] = True
        return TEXT

    response = app.test_client().get("/", headers=ACCEPT)
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["Vary"] == "Accept-Encoding, Cookie"
    assert "Set-Cookie" in response.headers


def test_a_stream_reaches_the_client_block_by_block(make_app: MakeApp) -> None:
    app = make_app()
    sent: list[str] = []

    @app.get("/")
    def stream() -> Iterator[str]:
        for number in range(3):
            sent.append(f"block {number}\n")
            yield sent[-1]

    decoder = zlib.decompressobj(31)
    response = app.test_client().get("/", headers=ACCEPT)
    blocks = response.iter_encoded()
    for number in range(3):
        assert len(sent) <= number + 1
        assert decoder.decompress(next(blocks)).decode() == sent[number]
    decoder.decompress(b"".join(blocks))
    assert decoder.eof


def test_a_stream_holds_its_context_and_its_end_is_told(make_app: MakeApp, decode: Decode) -> None:
    app = make_app()
    told: list[str] = []
    app.teardown_request(lambda error: told.append("torn down"))

    @app.get("/")
    @stream_with_context
    def stream() -> Iterator[str]:
        g.what = request.args["what"]
        try:
            for _ in range(1000):
                yield g.what
        finally:
            told.append("closed")

    for what in ("abc", "def"):
        response = app.test_client().get("/", query_string={"what": what}, headers=ACCEPT)
        assert decode("gzip", response.data) == what.encode() * 1000
    told.clear()
    response = app.test_client().get("/?what=x", headers=ACCEPT, buffered=False)
    next(response.iter_encoded())
    assert told == []
    response.close()
    assert told == ["closed", "torn down"]


def test_a_stream_that_breaks_ends_without_an_end(make_app: MakeApp, decode: Decode) -> None:
    """The client sees that something is missing."""
    app = make_app()

    @app.get("/")
    def stream() -> Iterator[str]:
        yield "begun"
        raise ValueError("broken")

    response = app.test_client().get("/", headers=ACCEPT)
    with pytest.raises(ValueError, match="broken"):
        list(response.iter_encoded())


def test_head_of_a_stream_starts_nothing_and_closes_it(make_app: MakeApp) -> None:
    app = make_app()
    told: list[str] = []

    class Blocks:
        def __iter__(self) -> Iterator[bytes]:
            told.append("started")
            yield b""

        def close(self) -> None:
            told.append("closed")

    app.get("/")(lambda: Response(Blocks()))
    response = app.test_client().head("/", headers=ACCEPT)
    response.close()
    assert response.headers["Content-Encoding"] == "gzip"
    assert told == ["closed"]


def test_files_are_compressed_up_to_a_size(make_app: MakeApp, tmp_path: Path, decode: Decode) -> None:
    (tmp_path / "static").mkdir()
    for name in ("page.css", "page.png"):
        (tmp_path / "static" / name).write_text(TEXT)
    for maximum, encoding in ((len(TEXT), "gzip"), (len(TEXT) - 1, None), (0, None)):
        app = make_app(maximum_file_size=maximum)
        app.get("/page")(lambda: TEXT)
        client = app.test_client()
        with client.get("/static/page.css", headers=ACCEPT) as response:
            assert response.headers.get("Content-Encoding") == encoding
            assert decode(encoding, response.data) == TEXT.encode()
        with client.get("/static/page.png", headers=ACCEPT) as response:
            assert "Content-Encoding" not in response.headers
        assert client.get("/page", headers=ACCEPT).headers["Content-Encoding"] == "gzip"


def test_a_file_that_the_server_in_front_sends_is_left_to_it(make_app: MakeApp, tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(TEXT)
    app = make_app()
    app.config["USE_X_SENDFILE"] = True
    app.get("/")(lambda: send_file("page.txt"))
    response = app.test_client().get("/", headers=ACCEPT)
    assert "X-Sendfile" in response.headers
    assert "Content-Encoding" not in response.headers


def test_a_file_is_closed_when_the_client_goes(make_app: MakeApp) -> None:
    app = make_app()
    file = io.BytesIO(TEXT.encode())
    app.get("/")(lambda: send_file(file, "text/plain"))
    app.test_client().get("/", headers=ACCEPT).close()
    assert file.closed
