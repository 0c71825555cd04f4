"""The production server, in processes of its own, as an operator starts it, reloads it and ends it."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from werkzeug.serving import make_ssl_devcert

pytest.importorskip(
    "gunicorn", reason="`ferrule serve` needs gunicorn, which the extra ferrule[serve] brings; Unix only"
)

CORE: Final = str(Path(__file__).parents[2] / "core" / "src")
COMMAND: Final = [sys.executable, "-c", "from ferrule.cli.main import main; main()"]
SHOP: Final = """
import os, time
from ferrule import App, Extension, hookimpl, request

def note(what):
    with open("events", "a") as file:
        print(os.getpid(), what, file=file)

class Pool(Extension):
    name = "pool"
    @hookimpl
    def app_init(self, app):
        note("init")
    @hookimpl
    def app_shutdown(self, app):
        note("shutdown")

app = App(__name__)

@app.get("/")
def index():
    return f"one {app.config['ENV']} {app.debug} {request.remote_addr} {request.scheme}"

@app.get("/slow")
def slow():
    note("slow")
    time.sleep(1)
    return "slow"

note("loaded")
"""
CONFIGURATION: Final = (
    'application = "shop:app"\nextensions = ["shop:Pool"]\nsecret_key = "long and random, for a test"\n'
)


def environment(**variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FERRULE_")}
    return {**kept, "PYTHONPATH": CORE, "PYTHONUNBUFFERED": "1", **variables}


def serve(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `ferrule serve` where it is to end by itself."""
    command = [*COMMAND, "serve", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment(**variables), capture_output=True, text=True, timeout=90, check=False
    )


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(SHOP)
    (tmp_path / "ferrule.toml").write_text(CONFIGURATION)
    return tmp_path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Server:
    """A running `ferrule serve`."""

    folder: Path
    process: subprocess.Popen[str]
    port: int
    lines: list[str] = field(default_factory=list)

    def get(self, path: str = "/", **headers: str) -> str:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=60) as response:
            text: str = response.read().decode()
        return text

    def raw(self, data: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(data)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        self.signal(signal.SIGTERM)
        return self.process.wait(60)

    @property
    def log(self) -> str:
        return (self.folder / "err").read_text()

    @property
    def access_log(self) -> list[str]:
        return (self.folder / "out").read_text().splitlines()

    def events(self) -> Counter[tuple[str, str]]:
        lines = (self.folder / "events").read_text().splitlines()
        return Counter((pid, what) for pid, what in map(str.split, lines) if what != "loaded")

    def has_loaded(self, times: int) -> bool:
        """Tell whether the rehearsal and the workers have loaded the application."""
        events = self.folder / "events"
        return events.exists() and events.read_text().count("loaded") >= times


@contextmanager
def serving(folder: Path, *arguments: str, workers: int = 1, **variables: str) -> Iterator[Server]:
    port = free_port()
    command = [*COMMAND, "serve", "--port", str(port), "--workers", str(workers), *arguments]
    (folder / "events").unlink(missing_ok=True)
    with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(**variables), stdout=out, stderr=err, text=True, start_new_session=True
        )
    server = Server(folder, process, port)
    try:
        eventually(lambda: server.has_loaded(1 + workers))  # the rehearsal, too
        yield server
    finally:
        if process.poll() is None:
            server.end()


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in 60 seconds"
        time.sleep(0.02)


def test_it_serves_in_production_and_shuts_each_worker_down_once(shop: Path) -> None:
    with serving(shop, workers=2) as server:
        assert server.get() == "one production False 127.0.0.1 http"
        assert server.end() == 0
    assert "Environment: production" in server.log
    events = server.events()
    assert set(events.values()) == {1}
    initialised = {pid for pid, what in events if what == "init"}
    assert len(initialised) == 3  # the rehearsal and two workers
    assert initialised == {pid for pid, what in events if what == "shutdown"}


def test_the_environment_can_still_be_another(shop: Path) -> None:
    with serving(shop, FERRULE_ENV="staging") as server:
        assert server.get().startswith("one staging")


def test_options_can_be_variables_of_the_environment(shop: Path) -> None:
    with serving(shop, FERRULE_SERVE_ACCESS_LOG="off") as server:
        server.get()
        server.end()
    assert server.access_log == []


def test_requests_in_flight_finish_when_it_is_told_to_end(shop: Path) -> None:
    answers: list[str] = []
    with serving(shop) as server:
        client = threading.Thread(target=lambda: answers.append(server.get("/slow")))
        client.start()
        eventually(lambda: "slow" in (shop / "events").read_text())
        assert server.end() == 0
        client.join()
    assert answers == ["slow"]
    assert (shop / "events").read_text().splitlines()[-1].endswith("shutdown")


def test_a_reload_brings_new_code_and_configuration_and_loses_no_request(shop: Path) -> None:
    answers: Counter[str] = Counter()
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            answers[server.get().partition(" 127")[0]] += 1

    with serving(shop, workers=2) as server:
        server.get()
        clients = [threading.Thread(target=ask) for _ in range(3)]
        for client in clients:
            client.start()
        (shop / "shop.py").write_text(SHOP.replace('f"one ', 'f"second '))
        (shop / "ferrule.toml").write_text(CONFIGURATION + "debug = true\n")
        server.signal(signal.SIGHUP)
        eventually(lambda: answers["second production True"] > 5)
        stop.set()
        for client in clients:
            client.join()
    assert set(answers) == {"one production False", "second production True"}
    assert "DEBUG is on" in server.log


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("shop.py", "raise ValueError('half written')", "ValueError: half written"),
        ("ferrule.toml", CONFIGURATION + "debugg = true\n", "did you mean 'debug'?"),
    ],
)
def test_a_new_version_that_cannot_start_leaves_the_old_one_serving(
    shop: Path, file: str, text: str, reason: str
) -> None:
    with serving(shop) as server:
        (shop / file).write_text(text)
        server.signal(signal.SIGHUP)
        eventually(lambda: "The new version cannot start" in server.log)
        assert server.get().startswith("one")
    assert reason in server.log


def test_a_worker_is_renewed_after_so_many_requests_and_shut_down_before(shop: Path) -> None:
    with serving(shop, "--max-requests", "3") as server:
        for _ in range(7):
            assert server.get().startswith("one")
        eventually(lambda: sum(what == "shutdown" for _, what in server.events()) >= 3)
        server.end()
    assert set(server.events().values()) == {1}


def test_a_worker_that_was_killed_is_replaced(shop: Path) -> None:
    with serving(shop) as server:
        server.get()
        (worker,) = (pid for pid, what in server.events() if (pid, "shutdown") not in server.events())
        os.kill(int(worker), signal.SIGKILL)
        eventually(lambda: server.log.count("Booting worker") == 2)
        assert server.get().startswith("one")


def test_the_access_log_is_a_line_a_request_that_nothing_breaks_out_of(shop: Path) -> None:
    with serving(shop) as server:
        server.get("/?q=1")
        server.raw(b'GET /"x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
        server.end()
    first, second = server.access_log
    time_taken = first.rpartition(" ")[2]
    assert ' 127.0.0.1 "GET /?q=1 HTTP/1.1" 200 35 ' in first
    assert (time_taken[-2:], float(time_taken[:-2]) < 1000) == ("ms", True)
    assert r' "GET /\"x HTTP/1.1" 404 ' in second


def test_the_access_log_can_be_json(shop: Path) -> None:
    with serving(shop, "--access-log", "json") as server:
        server.get("/?q=1")
        server.end()
    (entry,) = map(json.loads, server.access_log)
    assert entry["request"] == "GET /?q=1 HTTP/1.1"
    assert (entry["remote"], entry["status"], entry["bytes"]) == ("127.0.0.1", 200, 35)
    assert entry["agent"].startswith("Python-urllib")


def test_headers_of_proxies_are_believed_by_configuration_only(shop: Path) -> None:
    """By itself gunicorn believes ``X-Forwarded-Proto`` of a client on this machine."""
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
    with serving(shop) as server:
        assert server.get(**headers).endswith("127.0.0.1 http")
    with serving(shop, FERRULE_PROXY_FIX='{"x_for": 1, "x_proto": 1}') as server:
        assert server.get(**headers).endswith("203.0.113.7 https")
        server.end()
    assert " 203.0.113.7 " in server.access_log[0]


def test_it_listens_on_a_unix_socket_for_its_owner_and_group(shop: Path) -> None:
    with serving(shop, "--socket", "s") as server:
        eventually((shop / "s").exists)
        assert (shop / "s").stat().st_mode & 0o777 == 0o660
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(shop / "s"))
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n")
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        server.end()
    assert answer.endswith(b"one production False  http")


def test_it_speaks_https_with_a_certificate(shop: Path) -> None:
    cert, key = make_ssl_devcert(str(shop / "tls"), host="127.0.0.1")
    with serving(shop, "--cert", cert, "--key", key) as server:
        context = ssl.create_default_context(cafile=cert)
        context.check_hostname = False  # Werkzeug's certificate names the host as no browser would accept
        with urllib.request.urlopen(f"https://127.0.0.1:{server.port}/", context=context, timeout=60) as response:
            assert response.read().decode().endswith("127.0.0.1 https")


def test_what_is_not_safe_in_production_is_said_at_the_start(shop: Path) -> None:
    (shop / "ferrule.toml").write_text('application = "shop:app"\ndebug = true\n')
    with serving(shop, workers=2) as server:
        server.end()
    assert server.log.count("DEBUG is on") == 1
    assert server.log.count("SECRET_KEY is not set") == 1


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("ferrule.toml", CONFIGURATION + "debugg = true\n", "did you mean 'debug'?"),
        ("ferrule.toml", 'application = "shop:nothing"\n', "has no 'nothing'"),
        ("shop.py", "import no_such_module\n", "No module named 'no_such_module'"),
        ("shop.py", SHOP + "app.add_url_rule('/late', 'late')\n", "which has no view function"),
    ],
    ids=["configuration", "name", "import", "freeze"],
)
def test_an_application_that_cannot_start_is_one_text_and_no_loop(
    shop: Path, file: str, text: str, reason: str
) -> None:
    (shop / file).write_text(text)
    done = serve(shop, "--port", str(free_port()), "--workers", "2")
    assert done.returncode == 1
    assert done.stderr.count(reason) == 1
    assert "Starting gunicorn" not in done.stderr


def test_a_port_in_use_is_one_clear_line(shop: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = serve(shop, "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "address already in use" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (["--socket", "nowhere/s"], 1, "is no folder that this user can write to"),
        (["--cert", "ferrule.toml"], 1, "not a certificate and its key"),
        (["--key", "ferrule.toml"], 2, "of no use without --cert"),
        (["--threads", "0"], 2, "not in the range"),
    ],
    ids=lambda value: "" if not isinstance(value, list) else " ".join(value),
)
def test_an_option_that_cannot_be_meant_is_one_clear_text(
    shop: Path, arguments: list[str], status: int, text: str
) -> None:
    done = serve(shop, *arguments)
    assert (done.returncode, text in done.stderr, "Traceback" in done.stderr) == (status, True, False)


def test_without_gunicorn_it_says_how_to_get_it(shop: Path) -> None:
    (shop / "gunicorn.py").write_text("raise ImportError('hidden for a test')\n")
    command = [sys.executable, "-c", "import sys; sys.path.insert(0, '.'); from ferrule.cli.main import main; main()"]
    done = subprocess.run(
        [*command, "serve"], cwd=shop, env=environment(), capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 1
    assert "pip install 'ferrule[serve]'" in done.stderr
