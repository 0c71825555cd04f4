"""One application, unchanged, under the servers that people run it on: real requests over a real connection."""

from __future__ import annotations

import http.client
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

IN_CI: Final = os.environ.get("CI") == "true"
BIN: Final = Path(sys.executable).parent

APPLICATION: Final = """
import time
from ferrule import App, Extension, g, hookimpl, request, session, stream_with_context

def note(what):
    with open("events", "a") as file:
        print(what, file=file)

class Pool(Extension):
    name = "pool"
    @hookimpl
    def app_shutdown(self, app):
        note("app_shutdown")

app = App(__name__, extensions=[Pool], config={"SECRET_KEY": "long and random, for a test"}, env="testing")
app.config["TESTING"] = False

@app.teardown_request
def torn_down(error):
    if request.path in ("/stream", "/held"):
        note(f"{request.path} torn down")

@app.get("/")
def page():
    return "<h1>page</h1>"

@app.get("/json")
def document():
    return {"path": request.full_path, "multiprocess": request.is_multiprocess}

@app.post("/form")
def form():
    return {"name": request.form["name"], "file": request.files["file"].read().decode() if request.files else None}

@app.post("/read")
def read():
    return str(len(request.get_data()))

@app.get("/stream")
def stream():
    def pieces():
        for number in range(3):
            note(f"/stream piece {number}")
            yield f"{number}," * 1000
    return pieces()

@app.get("/held")
def held():
    g.told = "held"
    @stream_with_context
    def pieces():
        yield request.args["what"] + " "
        note("/held piece")
        yield g.told
    return pieces()

@app.get("/count")
def count():
    session["count"] = session.get("count", 0) + 1
    return str(session["count"])

@app.get("/broken")
def broken():
    raise ValueError("what broke")
"""

WSGIREF: Final = """
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIServer, make_server
from wsgiref.validate import validator
from shop import app

class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

make_server("127.0.0.1", int(sys.argv[1]), validator(app), Server).serve_forever()
"""

GUNICORN: Final = ["gunicorn", "--no-control-socket", "--bind", "127.0.0.1:{port}", "shop:app"]
END: Final = """
def worker_exit(server, worker):
    if getattr(worker, "wsgi", None) is not None:
        worker.wsgi.shutdown()
"""
UWSGI: Final = (
    "uwsgi --http-socket 127.0.0.1:{port} --master --need-app --module shop:app --die-on-term --enable-threads"
)

SERVERS: Final[dict[str, list[str]]] = {
    "ferrule-serve": ["ferrule", "--app", "shop:app", "serve", "--port", "{port}", "--workers", "1"],
    "gunicorn-sync": [*GUNICORN[:-1], "--worker-class", "sync", GUNICORN[-1]],
    "gunicorn-gthread": [*GUNICORN[:-1], "--worker-class", "gthread", "--config", "end.py", GUNICORN[-1]],
    "gunicorn-preload": [*GUNICORN[:-1], "--preload", "--threads", "4", GUNICORN[-1]],
    "uwsgi": UWSGI.split(),
    "uwsgi-threads": [*UWSGI.split(), "--threads", "4", "--lazy-apps", "--wsgi-disable-file-wrapper"],
    "waitress": ["waitress-serve", "--listen", "127.0.0.1:{port}", "shop:app"],
    "granian": ["granian", "--interface", "wsgi", "--port", "{port}", "--no-ws", "shop:app"],
    "wsgiref-validated": [sys.executable, "-W", "error", "validated.py", "{port}"],
}
MODULES: Final = {"ferrule": "gunicorn", "uwsgi": "pyuwsgi", "waitress-serve": "waitress"}
SHUTDOWNS: Final = {
    "ferrule-serve": {2},  # its rehearsal, too
    "gunicorn-sync": {1},
    "gunicorn-gthread": {1},
    "gunicorn-preload": {1},
    "uwsgi": {0, 1},  # it leaves Python's exit functions out where it takes the worker to be busy
    "uwsgi-threads": {0, 1},
}
"""How often ``app_shutdown`` runs when the server is told to end; the page about servers has the others' reasons."""

NOT_CHUNKED: Final = {"uwsgi", "uwsgi-threads", "wsgiref-validated"}
"""Those that hand a chunked body on as it came, without saying where it ends; it then counts as empty."""


class Client:
    """Requests over connections of their own, with a jar for cookies."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookie = ""

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        if self.cookie:
            headers["Cookie"] = self.cookie
        chunked = not isinstance(body, bytes | None)
        connection.request(method, path, body, headers, encode_chunked=chunked)
        with connection.getresponse() as response:
            answered = {name.lower(): value for name, value in response.getheaders()}
            self.cookie = answered.get("set-cookie", self.cookie).partition(";")[0]
            content = response.read()
        connection.close()
        return response.status, answered, content

    def get(self, path: str, **headers: str) -> bytes:
        status, _, content = self.ask("GET", path, **headers)
        assert status == 200, content
        return content


@pytest.mark.parametrize("name", SERVERS)
def test_an_application_behaves_alike_under(name: str, tmp_path: Path) -> None:
    need(SERVERS[name][0])
    (tmp_path / "shop.py").write_text(APPLICATION)
    (tmp_path / "validated.py").write_text(WSGIREF)
    (tmp_path / "end.py").write_text(END)
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "digits.txt").write_text("0123456789" * 10_000)
    (tmp_path / "events").touch()
    with running(SERVERS[name], tmp_path) as client:
        check_pages(client)
        check_bodies(client)
        if name not in NOT_CHUNKED:
            assert client.ask("POST", "/read", iter([b"ab", b"cde"]), **{"Transfer-Encoding": "chunked"})[2] == b"5"
        check_static_files(client)
        check_streams(client, tmp_path / "events")
        assert [client.get("/count") for _ in range(3)] == [b"1", b"2", b"3"]
    shutdowns = (tmp_path / "events").read_text().count("app_shutdown")
    assert shutdowns in SHUTDOWNS.get(name, {0})


def check_pages(client: Client) -> None:
    status, headers, content = client.ask("GET", "/")
    assert (status, headers["content-type"], content) == (200, "text/html; charset=utf-8", b"<h1>page</h1>")
    status, headers, content = client.ask("HEAD", "/")
    assert (status, headers["content-length"], content) == (200, "13", b"")
    assert json.loads(client.get("/json?q=a%20b"))["path"] == "/json?q=a%20b"
    assert client.ask("GET", "/nowhere")[0] == 404
    status, headers, _ = client.ask("POST", "/")
    assert (status, set(headers["allow"].split(", "))) == (405, {"GET", "HEAD", "OPTIONS"})
    status, _, content = client.ask("GET", "/broken")
    assert (status, b"what broke" in content) == (500, False)
    assert client.get("/") == b"<h1>page</h1>"


def check_bodies(client: Client) -> None:
    form = "application/x-www-form-urlencoded"
    content = client.ask("POST", "/form", b"name=caf%C3%A9", **{"Content-Type": form})[2]
    assert json.loads(content) == {"name": "caf\xe9", "file": None}
    multipart = (
        b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nyou\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="f.txt"\r\n\r\ncontent\r\n--b--\r\n'
    )
    content = client.ask("POST", "/form", multipart, **{"Content-Type": "multipart/form-data; boundary=b"})[2]
    assert json.loads(content) == {"name": "you", "file": "content"}
    assert client.ask("POST", "/read", b"x" * 300_000)[2] == b"300000"
    assert client.ask("POST", "/read", b"")[2] == b"0"


def check_static_files(client: Client) -> None:
    status, headers, content = client.ask("GET", "/static/digits.txt")
    assert (status, len(content), headers["content-length"]) == (200, 100_000, "100000")
    status, headers, content = client.ask("GET", "/static/digits.txt", Range="bytes=5-9")
    assert (status, headers["content-range"], content) == (206, "bytes 5-9/100000", b"56789")
    etag = client.ask("GET", "/static/digits.txt")[1]["etag"]
    assert client.ask("GET", "/static/digits.txt", **{"If-None-Match": etag})[0] == 304


def check_streams(client: Client, events: Path) -> None:
    """A context goes before the body is sent, unless the stream holds it; then it goes when the stream ends."""
    assert client.get("/stream") == b"0," * 1000 + b"1," * 1000 + b"2," * 1000
    assert client.get("/held?what=it") == b"it held"
    deadline = time.monotonic() + 60
    while "/held torn down" not in events.read_text():
        assert time.monotonic() < deadline, "the held context was never torn down"
        time.sleep(0.02)
    lines = [line for line in events.read_text().splitlines() if line.startswith("/")]
    assert lines == [
        "/stream torn down",
        *(f"/stream piece {number}" for number in range(3)),
        "/held piece",
        "/held torn down",
    ]


@contextmanager
def running(command: list[str], folder: Path) -> Iterator[Client]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = BIN / command[0] if (BIN / command[0]).exists() else command[0]
    environ = {**os.environ, "PYTHONPATH": str(folder), "FERRULE_ENV": "production"}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [str(program), *(part.format(port=port) for part in command[1:])],
            cwd=folder,
            env=environ,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_for(port, process, folder / "log")
        yield Client(port)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(60)
            raise


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        else:
            return


def need(program: str) -> None:
    """Skip aloud where a server is not installed; fail where everything has to run."""
    module = MODULES.get(program, program)
    if program == sys.executable or importlib.util.find_spec(module) is not None:
        return
    reason = f"{module} is not installed; it is among the requirements for development, though not on every system"
    if IN_CI:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
