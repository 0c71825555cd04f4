"""What broken and hostile requests get: never a 500, nothing from outside of the static folder, no header of theirs."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.test import create_environ

from ferrule import App, redirect, request, send_from_directory


def make_app() -> App:
    app = App(__name__, static_folder=None, config_file=None, config={"SECRET_KEY": "k" * 32})

    @app.route("/", methods=["GET", "POST", "PUT"])
    @app.route("/<path:rest>", methods=["GET", "POST", "PUT"])
    def everything(rest: str = "") -> dict[str, Any]:
        """Look at all of a request that there is."""
        return {
            "seen": [
                str(part)
                for part in (
                    rest,
                    request.args,
                    request.cookies,
                    request.form,
                    request.files,
                    request.get_json(silent=True),
                    request.headers,
                    request.accept_languages,
                    request.accept_mimetypes,
                    request.authorization,
                    request.range,
                    request.if_modified_since,
                    request.cache_control,
                    request.content_length,
                    request.mimetype_params,
                    request.user_agent,
                    request.access_route,
                    request.host,
                    request.url,
                    request.get_data(),
                )
            ]
        }

    @app.get("/number/<int:number>")
    def number(number: int) -> str:
        return str(number)

    @app.get("/to")
    def to() -> Any:
        return redirect(request.args.get("where", "/"))

    return app


def call(app: App, environ: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        started.append((status, headers))

    chunks = app(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        getattr(chunks, "close", lambda: None)()
    status, headers = started[0]
    return int(status[:3]), headers, body


APP = make_app()
latin = st.text(st.characters(max_codepoint=255), max_size=40)
header_names = st.sampled_from(
    [
        "HTTP_ACCEPT",
        "HTTP_ACCEPT_LANGUAGE",
        "HTTP_AUTHORIZATION",
        "HTTP_CACHE_CONTROL",
        "HTTP_CONNECTION",
        "HTTP_COOKIE",
        "HTTP_HOST",
        "HTTP_IF_MODIFIED_SINCE",
        "HTTP_ORIGIN",
        "HTTP_RANGE",
        "HTTP_SEC_FETCH_SITE",
        "HTTP_TRANSFER_ENCODING",
        "HTTP_UPGRADE",
        "HTTP_USER_AGENT",
        "HTTP_X_FORWARDED_FOR",
        "CONTENT_LENGTH",
        "CONTENT_TYPE",
    ]
)
values = st.one_of(
    latin,
    st.sampled_from(
        [
            "-1",
            "9" * 30,
            "1e3",
            "+5",
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=x",
            'multipart/form-data; boundary="x; \x00"',
            "application/x-www-form-urlencoded; charset=nonsense",
            "application/json; charset=utf-16",
            "websocket",
            "upgrade",
            "chunked",
            "[::1",
            "a:b:c",
            "host:99999",
            "xn--a",
            "xn--\xff.com:80",
            "bytes=9-1,-,0-",
            "Basic ////",
            "Basic \xff",
            "Digest x",
            "session=",
            "session=a.b.c; session=\xff",
        ]
    ),
)


@given(
    st.sampled_from(["GET", "HEAD", "POST", "PUT", "OPTIONS", "PURGE", "get", "", "\xff"]),
    st.one_of(
        latin,
        latin.map("/".__add__),
        st.sampled_from(["/number/" + "9" * 5000, "//", "/number/²", "/\x00", "/file/\x00"]),
    ),
    latin,
    st.dictionaries(header_names, values, max_size=5),
    st.binary(max_size=60),
)
@settings(max_examples=600, deadline=None)
@example("GET", "/number/" + "1" * 4301, "", {}, b"")
@example(
    "POST",
    "/",
    "",
    {"CONTENT_TYPE": "multipart/form-data; boundary=x", "CONTENT_LENGTH": "4"},
    b"--x\r\nContent-Disposition: form-data",
)
@example("POST", "/", "", {"CONTENT_LENGTH": "-1"}, b"x")
@example("GET", "/", "%ff=%00&%zz", {"HTTP_HOST": ""}, b"")
@example("GET", "/", "", {"HTTP_HOST": "xn--a"}, b"")
@example("GET", "/", "", {"HTTP_HOST": "0:65536"}, b"")
def test_no_request_is_answered_with_a_server_error(
    method: str, path: str, query: str, headers: dict[str, str], body: bytes
) -> None:
    environ = create_environ("/", method="GET")
    environ.update(
        {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "wsgi.input": io.BytesIO(body), **headers}
    )
    status, answered, _ = call(APP, environ)
    assert 200 <= status < 500, (status, path)
    assert not any("\r" in value or "\n" in value for _, value in answered)


@pytest.mark.parametrize(
    "path",
    [
        "/static/../secret.txt",
        "/static/%2e%2e/secret.txt",
        "/static/..%2fsecret.txt",
        "/static/./../secret.txt",
        "/static//etc/passwd",
        "/static/\\..\\secret.txt",
        "/static/sub/../../secret.txt",
        "/static/\x00",
        "/static/ok.txt\x00.html",
        "/static/" + "a" * 5000,
        "/static/link/secret.txt/..",
        "/static/",
        "/static/sub",
        "/file/../secret.txt",
        "/file//etc/passwd",
    ],
)
def test_nothing_outside_of_the_static_folder_is_read(path: str, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    static = tmp_path / "static"
    (static / "sub").mkdir(parents=True)
    (static / "ok.txt").write_text("fine")
    app = App(__name__, static_folder=static, config_file=None)
    app.get("/file/<path:name>", endpoint="file")(lambda name: send_from_directory(static, name))
    environ = create_environ("/")
    for raw in (path, path.replace("%2e", ".").replace("%2f", "/")):
        environ["PATH_INFO"] = raw
        status, _, body = call(app, dict(environ))
        assert status in (308, 404), (status, raw)
        assert b"secret" not in body.replace(b"secret.txt", b"")
    environ["PATH_INFO"] = "/static/ok.txt"
    assert call(app, environ)[::2] == (200, b"fine")


@pytest.mark.parametrize(
    "target", ["/a\r\nX-Evil: 1", "/a%0d%0aX-Evil:%201", "/a\nSet-Cookie: a=b", "http://x/\r\n\r\nbody"]
)
def test_a_redirect_cannot_carry_a_header(target: str) -> None:
    response = APP.test_client().get("/to", query_string={"where": target})
    assert response.status_code == 303
    assert "X-Evil" not in response.headers
    assert "Set-Cookie" not in response.headers
    assert "\n" not in response.headers["Location"]


@pytest.mark.parametrize(
    ("length", "status"), [("-1", 200), ("nonsense", 200), ("99999999999999999999", 413), (str(17 * 2**20), 413)]
)
def test_a_content_length_that_cannot_be_meant_is_refused_or_ignored(length: str, status: int) -> None:
    environ = create_environ("/", method="POST", data=b"abc", content_type="text/plain")
    environ["CONTENT_LENGTH"] = length
    assert call(APP, environ)[0] == status


@pytest.mark.parametrize("host", ["[:81]:99", "a b", "x" * 70 + "\xe9", "[::1"])
def test_a_host_that_is_none_is_redirected_nowhere(host: str) -> None:
    app = App(__name__, config_file=None)
    app.get("/folder/", endpoint="folder")(str)
    environ = create_environ("/folder")
    environ["HTTP_HOST"] = host
    status, headers, _ = call(app, environ)
    assert status == 400
    assert "Location" not in dict(headers)


ABSURD_DATE = "99999999999999999999"
OF_A_DATE = ["Date", "If-Modified-Since", "If-Range", "If-Unmodified-Since"]


@pytest.mark.parametrize("header", OF_A_DATE)
@pytest.mark.parametrize("more", [{}, {"Range": "bytes=0-1"}], ids=["whole", "range"])
def test_an_absurd_date_is_ignored(header: str, more: dict[str, str], tmp_path: Path) -> None:
    """RFC 9110, section 13.1.3; Python raises OverflowError for it, from which Werkzeug makes a 500."""
    (tmp_path / "a.txt").write_text("text")
    app = App(__name__, static_folder=str(tmp_path), static_url_path="/static", config_file=None)
    seen: list[Any] = []

    @app.get("/")
    def view() -> str:
        seen.extend((request.date, request.if_modified_since, request.if_range.date, request.if_unmodified_since))
        return "text"

    client = app.test_client()
    with client.get("/static/a.txt", headers={header: ABSURD_DATE, **more}) as response:
        assert response.status_code == (206 if more and header != "If-Range" else 200)
    assert client.get("/", headers={header: ABSURD_DATE}).text == "text"
    assert seen == [None] * 4
