"""Several processes that share their metrics through a folder, each one for real."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Final

import pytest

from ferrule import App, ConfigError

COMMAND: Final = [sys.executable, "-c", "from ferrule.cli.main import main; main()"]
SHOP: Final = """
import os, time
from prometheus_client import Counter
from ferrule import App
from ferrule_metrics import Metrics

app = App(__name__)
orders = Counter("orders", "Orders placed.", registry=app.extension(Metrics).registry(app))

@app.get("/")
def index():
    orders.inc()
    return str(os.getpid())

@app.get("/slow")
def slow():
    open("slow", "w").close()
    time.sleep(60)
    return "done"
"""
CONFIGURATION: Final = """
application = "shop:app"
extensions = ["metrics"]
secret_key = "long and random, for a test"
"""

SERIES: Final = re.compile(r"^(\w+(?:{.*?})?) (\S+)$", re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(SHOP)
    (tmp_path / "ferrule.toml").write_text(CONFIGURATION)
    (tmp_path / "metrics").mkdir()
    return tmp_path


def environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FERRULE_")}
    return {**kept, "PYTHONPATH": str(folder), "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics")}


class Server:
    """A running `ferrule serve`."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port = port
        self.process = process

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as response:
            text: str = response.read().decode()
        return text

    def metrics(self) -> dict[str, float]:
        return {name: float(number) for name, number in SERIES.findall(self.get("/metrics"))}

    def workers(self, count: int) -> set[str]:
        """Ask until so many processes have answered, and return them."""
        seen: set[str] = set()

        def are_seen() -> bool:
            seen.add(self.get("/"))
            return len(seen) >= count

        eventually(are_seen)
        return seen


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [*COMMAND, "serve", "--workers", "2", "--port", str(port), "--graceful-timeout", "1"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment(folder), stdout=log, stderr=log)
    try:
        eventually(lambda: accepts(port))
        yield Server(port, process)
    finally:
        process.terminate()
        process.wait(60)


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in 60 seconds"
        time.sleep(0.02)


def test_each_worker_answers_for_all_of_them(folder: Path) -> None:
    with serving(folder) as server:
        workers = server.workers(2)
        asked = server.metrics()["orders_total"]
        more = [server.get("/") for _ in range(10)]
        for _ in range(4):  # whichever worker is asked
            found = server.metrics()
            assert found["orders_total"] == asked + 10
            assert found['http_requests_total{method="GET",rule="/",status="200"}'] == asked + 10
            assert found['http_request_duration_seconds_count{method="GET",rule="/"}'] == asked + 10
            assert found["http_requests_in_progress"] == 0
        assert {*more} <= workers
    files = {file.name for file in (folder / "metrics").iterdir()}
    assert files >= {f"{kind}_{pid}.db" for kind in ("counter", "histogram") for pid in workers}


def test_a_worker_that_was_killed_is_out_of_what_is_in_progress_and_its_counts_stay(folder: Path) -> None:
    with serving(folder) as server:
        workers = server.workers(2)
        before = server.metrics()["orders_total"]
        with socket.create_connection(("127.0.0.1", server.port)) as waiting:
            waiting.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            eventually((folder / "slow").exists)
            assert server.metrics()["http_requests_in_progress"] == 1
            for worker in workers:
                os.kill(int(worker), signal.SIGKILL)
        assert server.workers(1).isdisjoint(workers)
        eventually(lambda: server.metrics()["http_requests_in_progress"] == 0)  # when the server has noticed
        assert server.metrics()["orders_total"] > before
        left = {file.name for file in (folder / "metrics").iterdir()}
        assert not left & {f"gauge_livesum_{worker}.db" for worker in workers}


def run(folder: Path, code: str) -> str:
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_two_applications_of_a_process_are_told_apart_in_the_files(folder: Path) -> None:
    code = """
        from ferrule import App
        first, second = (App("shop", config_file=None, extensions=["metrics"], env="testing") for _ in range(2))
        for _ in range(3):
            first.test_client().get("/one")
        second.test_client().get("/two")
        for app in first, second:
            print([line for line in app.test_client().get("/metrics").text.splitlines() if "requests_total{" in line])
    """
    counted = '[\'http_requests_total{{method="GET",rule="unmatched",status="404"}} {}\']\n'
    assert run(folder, dedent(code)) == counted.format("3.0") + counted.format("1.0")


def test_metrics_of_somebody_else_in_the_folder_are_not_told(folder: Path) -> None:
    code = """
        from prometheus_client import Counter
        from ferrule import App
        Counter("theirs", "Of a library, in the registry of the process.").inc()
        app = App("shop", config_file=None, extensions=["metrics"], env="testing")
        print("theirs" in app.test_client().get("/metrics").text)
    """
    assert run(folder, dedent(code)) == "False\n"


def test_a_process_with_the_number_of_a_killed_one_begins_with_nothing_in_progress(folder: Path) -> None:
    code = """
        import os, sys
        from ferrule import App
        app = App("shop", config_file=None, extensions=["metrics"], env="testing")
        again = "again" in sys.argv
        @app.get("/")
        def index():
            if not again:  # in the middle of a request, another program in the same process
                os.execv(sys.executable, [sys.executable, "program.py", "again"])
            return app.test_client().get("/metrics").text
        text = app.test_client().get("/").text
        print([line for line in text.splitlines() if line.startswith("http_requests_in_progress")])
    """
    (folder / "program.py").write_text(dedent(code))
    assert run(folder, "exec(open('program.py').read())") == "['http_requests_in_progress 1.0']\n"


def test_a_command_leaves_no_file(folder: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "check"], cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=60, check=True
    )
    assert "no findings" in done.stdout
    # The counter of the application's own has no labels, and is there at once; the extension adds nothing.
    assert [file.name for file in (folder / "metrics").iterdir() if not file.name.startswith("counter_")] == []


@pytest.mark.parametrize("path", ["", "/nowhere", __file__])
def test_a_folder_that_cannot_be_written_to_stops_the_start(folder: Path, path: str) -> None:
    code = f"""
        import os
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = {path!r}
        from ferrule import App, ConfigError
        try:
            App("shop", config_file=None, extensions=["metrics"]).initialise()
        except ConfigError as error:
            print(error)
    """
    assert f"PROMETHEUS_MULTIPROC_DIR={path!r}: no folder" in run(folder, dedent(code))


def test_a_variable_that_comes_after_the_import_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    app = App("shop", config_file=None, extensions=["metrics"])
    with pytest.raises(ConfigError, match="changed after prometheus_client had been imported"):
        app.initialise()
