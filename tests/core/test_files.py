"""Files as responses: whole, in part, not at all, and never from elsewhere."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.http import parse_date
from werkzeug.test import create_environ, run_wsgi_app
from werkzeug.utils import send_file as werkzeug_send_file
from werkzeug.wrappers import Response as WerkzeugResponse

from ferrule import App, Response, SetupError, send_file, send_from_directory, url_for


def make_app(folder: Path, **config: Any) -> App:
    (folder / "static").mkdir()
    (folder / "static" / "a.txt").write_text("0123456789")
    return App(__name__, config_file=None, root_path=str(folder), config={"SECRET_KEY": "k" * 32, **config})


def test_a_static_file_is_sent_to_be_asked_for_again(tmp_path: Path) -> None:
    response = make_app(tmp_path).test_client().get("/static/a.txt", buffered=True)
    assert (response.status_code, response.text, response.mimetype) == (200, "0123456789", "text/plain")
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.headers["ETag"]
    assert response.headers["Last-Modified"]


def test_what_the_client_has_is_not_sent_again(tmp_path: Path) -> None:
    client = make_app(tmp_path).test_client()
    first = client.get("/static/a.txt", buffered=True)
    for header, told in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
        again = client.get("/static/a.txt", headers={header: first.headers[told]}, buffered=True)
        assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    ("wanted", "status", "body", "content_range"),
    [
        ("bytes=2-3", 206, b"23", "bytes 2-3/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=8-", 206, b"89", "bytes 8-9/10"),
        ("bytes=20-", 416, None, "bytes */10"),
        ("bytes=0-1,3-4", 416, None, "bytes */10"),
    ],
)
def test_a_part_is_sent(tmp_path: Path, wanted: str, status: int, body: bytes | None, content_range: str) -> None:
    response = make_app(tmp_path).test_client().get("/static/a.txt", headers={"Range": wanted}, buffered=True)
    assert response.status_code == status
    assert response.headers["Content-Range"] == content_range
    if body is not None:
        assert response.data == body


def test_head_is_answered_with_the_length_alone(tmp_path: Path) -> None:
    response = make_app(tmp_path).test_client().head("/static/a.txt", buffered=True)
    assert (response.data, response.headers["Content-Length"]) == (b"", "10")


@pytest.mark.parametrize(
    "path", ["/static/", "/static/none", "/static/../a.txt", "/static/%2e%2e/a.txt", "/static/a%00"]
)
def test_what_is_no_file_of_the_folder_is_not_found(tmp_path: Path, path: str) -> None:
    app = make_app(tmp_path)
    (tmp_path / "a.txt").write_text("secret")
    assert app.test_client().get(path).status_code == 404


@pytest.mark.parametrize("age", [60, timedelta(minutes=1)])
def test_files_are_kept_as_long_as_configured(tmp_path: Path, age: Any) -> None:
    response = make_app(tmp_path, SEND_FILE_MAX_AGE_DEFAULT=age).test_client().get("/static/a.txt", buffered=True)
    assert response.cache_control.max_age == 60


def test_an_application_may_say_for_each_file_how_long_it_is_kept(tmp_path: Path) -> None:
    class Keeping(App):
        def get_send_file_max_age(self, filename: str | None) -> int | None:
            return 77 if filename == "a.txt" else 5

    make_app(tmp_path)
    app = Keeping(__name__, config_file=None, root_path=str(tmp_path))
    app.get("/sent", endpoint="sent")(lambda: send_file("static/a.txt"))
    app.get("/given", endpoint="given")(lambda: send_from_directory("static", "a.txt", max_age=1))
    client = app.test_client()
    ages = [client.get(path, buffered=True).cache_control.max_age for path in ("/static/a.txt", "/sent", "/given")]
    assert ages == [77, 5, 1]


@pytest.mark.parametrize(("given", "expected"), [("", ""), ("/", ""), ("/assets", "/assets"), ("/assets/", "/assets")])
def test_the_path_of_the_static_files_may_be_set(tmp_path: Path, given: str, expected: str) -> None:
    make_app(tmp_path)
    app = App(__name__, given, config_file=None, root_path=str(tmp_path))
    app.get("/url", endpoint="url")(lambda: url_for("static", filename="a.txt"))
    client = app.test_client()
    assert client.get("/url").text == f"{expected}/a.txt"
    assert client.get(f"{expected}/a.txt", buffered=True).text == "0123456789"


def test_an_application_without_a_static_folder_has_no_such_route(tmp_path: Path) -> None:
    app = App(__name__, static_folder=None, config_file=None)
    app.finalize()
    assert list(app.url_map.iter_rules()) == []
    with pytest.raises(SetupError, match=r"send_static_file\('a.txt'\): '.*' has no static folder"):
        app.send_static_file("a.txt")
    own = make_app(tmp_path)
    own.get("/own/<filename>", endpoint="static")(lambda filename: f"own {filename}")
    assert own.test_client().get("/own/x").text == "own x"
    assert own.test_client().get("/static/a.txt").status_code == 404


def test_a_file_is_sent_from_the_application_s_folder_or_from_memory(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    app.get("/path", endpoint="path")(lambda: send_file("static/a.txt", as_attachment=True, download_name="ü.txt"))
    app.get("/memory", endpoint="memory")(lambda: send_file(io.BytesIO(b"bytes"), mimetype="image/png", max_age=9))
    seen: list[type] = []

    @app.after_request
    def look(response: Any) -> Any:
        seen.append(type(response))
        return response

    client = app.test_client()
    assert "filename*=UTF-8''%C3%BC.txt" in client.get("/path", buffered=True).headers["Content-Disposition"]
    response = client.get("/memory", buffered=True)
    assert (response.data, response.mimetype, response.cache_control.max_age) == (b"bytes", "image/png", 9)
    assert seen == [Response, Response]


def test_the_server_can_be_asked_to_send_the_file(tmp_path: Path) -> None:
    response = make_app(tmp_path, USE_X_SENDFILE=True).test_client().get("/static/a.txt", buffered=True)
    assert response.headers["X-Sendfile"] == str(tmp_path / "static" / "a.txt")
    assert response.data == b""


@pytest.mark.parametrize("name", ["a.txt", "ü ß.html", 'quo"te.css', "a.tar.gz", "untyped", "a.x.SVG"])
@pytest.mark.parametrize("age", [None, 0, 60, -1])
@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {}),
        ("HEAD", {}),
        ("POST", {}),
        ("GET", {"Range": "bytes=1-2"}),
        ("GET", {"If-None-Match": "*"}),
        ("GET", {"If-Match": '"other"'}),
        ("GET", {"If-Modified-Since": "Sat, 01 Jan 2050 00:00:00 GMT"}),
        ("GET", {"If-Range": '"x"', "Range": "bytes=1-2"}),
    ],
)
def test_a_file_is_sent_as_werkzeug_sends_it(
    tmp_path: Path, name: str, age: int | None, method: str, headers: dict[str, str]
) -> None:
    app = make_app(tmp_path, SEND_FILE_MAX_AGE_DEFAULT=age)
    (tmp_path / name).write_bytes(b"0123456789" * 2000)
    for _ in range(2):  # the second time, the headers are known
        with app.test_request_context(method=method, headers=headers) as context:
            environ = context.request.environ
            ours = answered(send_file(name), environ)
            theirs = answered(werkzeug_send_file(tmp_path / name, environ, max_age=age), environ)
        assert ours == theirs


def answered(response: WerkzeugResponse, environ: dict[str, Any]) -> tuple[bytes, str, list[tuple[str, str]]]:
    blocks, status, headers = run_wsgi_app(response, environ, buffered=True)
    timeless = [(name, value) for name, value in headers if name not in ("Date", "Expires")]
    assert all(parse_date(headers[name]) for name in ("Date", "Expires") if name in headers)
    return b"".join(blocks), status, [*timeless, ("dates", str([name for name, _ in headers]))]


def test_a_file_that_changed_has_other_headers(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    first = app.test_client().get("/static/a.txt", buffered=True)
    (tmp_path / "static" / "a.txt").write_text("changed, and longer")
    second = app.test_client().get("/static/a.txt", buffered=True)
    assert (second.text, second.content_length) == ("changed, and longer", 19)
    assert second.headers["ETag"] != first.headers["ETag"]


def test_a_file_is_closed_when_it_was_sent_and_can_be_read_in_an_after_function(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    with app.test_request_context():
        whole, read = send_file("static/a.txt"), send_file("static/a.txt")
    assert list(vars(whole)) == ["_plain"]
    source = vars(whole)["_plain"][0].file
    _, _, headers = run_wsgi_app(whole, create_environ(), buffered=True)
    assert source.closed
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    read.direct_passthrough = False
    assert read.get_data() == b"0123456789"
    read.close()
