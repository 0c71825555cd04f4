"""Requests a second under a real server: a bare WSGI function, Ferrule and Flask, asked by wrk in one run."""

import argparse
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

from . import machine
from .processes import ROOT
from .report import table
from .samples import Spread, ratio

TABLES: Final = ROOT / "docs" / "explanation" / "performance-load.inc"
BIN: Final = Path(sys.executable).parent
APPLICATION: Final = "benchmarks.load_apps:application"
THREADS: Final = "8"
CONNECTIONS: Final = 16

FRAMEWORKS: Final = {"bare": "bare WSGI function", "ferrule": "Ferrule", "flask": "Flask"}
WORKS: Final = {"/": "static route, text", "/items/7": "`<int:id>` route, JSON", "/page": "template page"}
SERVERS: Final = {
    "gunicorn": [
        *("gunicorn", "--worker-class", "gthread", "--workers", "1", "--threads", THREADS),
        *("--no-control-socket", "--log-level", "error", "--bind", "127.0.0.1:{port}", APPLICATION),
    ],
    "granian": [
        *("granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", THREADS),
        *("--no-ws", "--log-level", "error", "--host", "127.0.0.1", "--port", "{port}", APPLICATION),
    ],
}


class Sample(NamedTuple):
    """What one run of wrk found.

    Attributes:
        rate: Requests a second.
        micros: Processor time of the server's processes, in microseconds a request.
    """

    rate: float
    micros: float


Samples = dict[tuple[str, str, str], list[Sample]]
"""What was found by server, framework and work, one of each round."""


def main() -> int:
    """Run the comparison as the command line asks, and return the exit status."""
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="how often each is asked; 7 unless given")
    parser.add_argument("--seconds", type=int, default=2, help="for how long each time; 2 unless given")
    parser.add_argument("--write", action="store_true", help="replace the tables of the documentation")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        print("wrk is not on the PATH; on Debian install the package wrk", file=sys.stderr)
        return 1
    text = render(measure(options.rounds, options.seconds), options.rounds, options.seconds)
    print(text)
    if options.write:
        TABLES.write_text(text, encoding="utf-8")
    return 0


def measure(rounds: int, seconds: int) -> Samples:
    """Ask every application under every server, in another order each round."""
    samples: Samples = defaultdict(list)
    pairs = [(server, framework) for server in SERVERS for framework in FRAMEWORKS]
    for _ in range(rounds):
        for server, framework in random.sample(pairs, len(pairs)):
            with serving(server, framework) as (url, pid):
                for path in random.sample(list(WORKS), len(WORKS)):
                    verify(url + path)
                    samples[server, framework, path].append(ask(url + path, seconds, pid))
    return samples


@contextmanager
def serving(server: str, framework: str) -> Iterator[tuple[str, int]]:
    """Run a server of its own on a free port of this machine, and nowhere else."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program, *arguments = (part.format(port=port) for part in SERVERS[server])
    environ = {**os.environ, "LOAD_APPLICATION": framework}
    process = subprocess.Popen([BIN / program, *arguments], cwd=ROOT, env=environ)
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(30)


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def verify(url: str) -> None:
    """Look at one answer: a server that fails quickly would win."""
    with urllib.request.urlopen(url, timeout=10) as response:
        body = response.read()
    if not (body == b"Hello, World!" or b'"id"' in body or body.count(b"<li>") == 20):
        raise ValueError(f"{url}: not the expected answer: {body[:100]!r}")


def ask(url: str, seconds: int, pid: int) -> Sample:
    """Have wrk ask, after a second that does not count."""
    command = ["wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--timeout", "10s"]
    subprocess.run([*command, "--duration", "1s", url], capture_output=True, check=True, timeout=60)
    before = processor_seconds(pid)
    done = subprocess.run(
        [*command, "--duration", f"{seconds}s", url], capture_output=True, check=True, text=True, timeout=60
    )
    used = processor_seconds(pid) - before
    found = re.search(r"(\d+) requests in .*Requests/sec:\s+([\d.]+)", done.stdout, re.DOTALL)
    if found is None or "Non-2xx" in done.stdout:
        raise ValueError(f"{url}: {done.stdout}")
    return Sample(float(found[2]), used / int(found[1]) * 1e6)


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process and its children have used until now (Linux only)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(processor_seconds(int(child)) for child in children)


def render(samples: Samples, rounds: int, seconds: int) -> str:
    """Return the sections of the page."""
    sections = {
        "load machine": "\n".join(
            [
                f"- Run on {datetime.now(UTC):%Y-%m-%d}: {machine.processor()}; {machine.python()}.",
                f"- {', '.join(f'{name} {version(name)}' for name in ('gunicorn', 'granian', 'ferrule', 'flask'))}.",
                f"- One worker, {THREADS} threads, {CONNECTIONS} connections, {rounds} rounds of {seconds} seconds.",
                f"- Processes that wanted to run at the end, this run's own among them: {os.getloadavg()[0]:.0f}.",
            ]
        ),
        **{f"load {server}": server_table(samples, server) for server in SERVERS},
    }
    return "\n".join(f"<!-- {name} -->\n\n{text}\n\n<!-- end of {name} -->\n" for name, text in sections.items())


def server_table(samples: Samples, server: str) -> str:
    """Return the medians of a server's table, with the ratios that each round gave."""
    head = ["requests a second (µs of processor each)", *FRAMEWORKS.values(), "Ferrule's µs to Flask's", "to bare"]
    rows = []
    for path, title in WORKS.items():
        of = {framework: samples[server, framework, path] for framework in FRAMEWORKS}
        micros = {framework: [sample.micros for sample in of[framework]] for framework in FRAMEWORKS}
        rates = {framework: Spread.of([sample.rate for sample in of[framework]]).median for framework in FRAMEWORKS}
        cells = [f"{rates[name]:,.0f} ({Spread.of(micros[name]).median:.0f})" for name in FRAMEWORKS]
        ratios = [f"{ratio(micros['ferrule'], micros[other]).median:.2f}" for other in ("flask", "bare")]
        rows.append([title, *cells, *ratios])
    return table(head, rows)


if __name__ == "__main__":
    sys.exit(main())
