"""A million requests of mixed kinds through the WSGI entry, in one process: does memory stay flat?"""

import argparse
import gc
import io
import itertools
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple
from wsgiref.types import WSGIApplication, WSGIEnvironment

from ferrule import App, abort, redirect, render_template_string, request, session, stream_with_context

SAMPLES: Final = 20
LIMIT_MIB: Final = 2.0
"""How much the second half may add to the memory. A leak of three bytes a request would add more in a million."""

TEMPLATE: Final = "<ul>{% for item in items %}<li>{{ item }}</li>{% endfor %}</ul>"
MULTIPART: Final = (
    b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nyou\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n' + b"x" * 2000 + b"\r\n--b--\r\n"
)


class Kind(NamedTuple):
    """One kind of request.

    Attributes:
        name: What it exercises.
        status: What is to be answered.
        path: Where it goes; ``#`` stands for a number that is another each time.
        method: How.
        body: What it sends.
        headers: What it says of that, and more.
    """

    name: str
    status: int
    path: str
    method: str = "GET"
    body: bytes = b""
    headers: Sequence[tuple[str, str]] = ()


KINDS: Final = (
    Kind("static text", 200, "/"),
    Kind("JSON, an integer in the path", 200, "/items/#"),
    Kind("query string", 200, "/query?a=#&b=%20x"),
    Kind("template", 200, "/template"),
    Kind("session, written", 200, "/session"),
    Kind("session, broken cookie", 200, "/session", headers=[("HTTP_COOKIE", "session=e30.broken.#")]),
    Kind("static file", 200, "/static/file.txt"),
    Kind("static file, a range", 206, "/static/file.txt", headers=[("HTTP_RANGE", "bytes=5-9")]),
    Kind("form", 200, "/form", "POST", b"name=you&n=#", [("CONTENT_TYPE", "application/x-www-form-urlencoded")]),
    Kind("multipart form", 200, "/form", "POST", MULTIPART, [("CONTENT_TYPE", "multipart/form-data; boundary=b")]),
    Kind("JSON body", 200, "/json", "POST", b'{"n": [1, 2, #]}', [("CONTENT_TYPE", "application/json")]),
    Kind("JSON body, broken", 400, "/json", "POST", b'{"n": #', [("CONTENT_TYPE", "application/json")]),
    Kind("stream", 200, "/stream"),
    Kind("stream, left by the client", 200, "/stream?leave"),
    Kind("stream with context", 200, "/held"),
    Kind("redirect", 303, "/redirect"),
    Kind("redirect, a missing slash", 308, "/folder"),
    Kind("404, another path each time", 404, "/nowhere/#"),
    Kind("405", 405, "/", "DELETE"),
    Kind("OPTIONS", 200, "/", "OPTIONS"),
    Kind("HEAD", 200, "/", "HEAD"),
    Kind("abort", 403, "/forbidden"),
    Kind("error, handled", 418, "/handled"),
    Kind("error, not handled", 500, "/broken"),
    Kind("another site's form", 403, "/form", "POST", b"n=1", [("HTTP_ORIGIN", "https://evil.example")]),
    Kind("method that nobody knows", 405, "/", "BREW#"),
)


@dataclass
class Found:
    """What a run found.

    Attributes:
        requests: How many requests were sent.
        seconds: How long they took.
        memory: Resident memory in MiB, after each part of the run.
        answers: How many of each kind were answered as expected.
        wrong: Answers that were not: kind, found and expected status.
    """

    requests: int = 0
    seconds: float = 0.0
    memory: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    wrong: Counter[tuple[str, int, int]] = field(default_factory=Counter)

    @property
    def growth(self) -> float:
        """The MiB that the second half of the run added: the medians of its last and its first samples compared."""
        late = self.memory[len(self.memory) // 2 :]
        third = max(1, len(late) // 3)
        return sorted(late[-third:])[third // 2] - sorted(late[:third])[third // 2]


def soak(app: WSGIApplication, requests: int, kinds: Sequence[Kind] = KINDS) -> Found:
    """Send requests of all kinds in turn, and look at the memory after each twentieth part."""
    found = Found()
    started = time.perf_counter()
    numbered = enumerate(itertools.islice(itertools.cycle(kinds), requests), 1)
    marks = {requests * part // SAMPLES for part in range(1, SAMPLES + 1)}
    for number, kind in numbered:
        status = send(app, kind, str(number))
        if status == kind.status:
            found.answers[kind.name] += 1
        else:
            found.wrong[kind.name, status, kind.status] += 1
        if number in marks:
            gc.collect()
            found.memory.append(resident_mib())
    found.requests, found.seconds = requests, time.perf_counter() - started
    return found


def kinds_for(app: App) -> Sequence[Kind]:
    """Return all kinds, with one whose session cookie the application itself has made."""
    cookie = app.test_client().get("/session").headers["Set-Cookie"].partition(";")[0]
    return [*KINDS, Kind("session, read and written", 200, "/session", headers=[("HTTP_COOKIE", cookie)])]


def send(app: WSGIApplication, kind: Kind, number: str) -> int:
    """Send one request as a server would, and return the status of the answer."""
    statuses: list[str] = []

    def start_response(status: str, headers: object, exc_info: object = None, /) -> Callable[[bytes], object]:
        statuses.append(status)
        return lambda _: None

    body = app(environ_of(kind, number), start_response)
    try:
        for _ in body:
            if "leave" in kind.path:
                break
    finally:
        if hasattr(body, "close"):
            body.close()
    return int(statuses[-1].partition(" ")[0])


def environ_of(kind: Kind, number: str) -> WSGIEnvironment:
    path, _, query = kind.path.replace("#", number).partition("?")
    body = kind.body.replace(b"#", number.encode())
    return {
        "REQUEST_METHOD": kind.method.replace("#", number),
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "example.com",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "example.com",
        "HTTP_USER_AGENT": f"soak/{number}",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **{name: value.replace("#", number) for name, value in kind.headers},
    }


def resident_mib() -> float:
    """Return the resident memory of this process, in MiB (Linux only)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def make_app(folder: Path) -> App:
    """Make an application that can answer all kinds; the static file is written into the folder."""
    (folder / "file.txt").write_text("0123456789" * 1000, encoding="utf-8")
    app = App(
        "soaked",
        config_file=None,
        config={"SECRET_KEY": "long and random, and only soaked"},
        static_folder=folder,
        static_url_path="/static",
    )
    for rule, view in VIEWS.items():
        methods = ["POST"] if rule in ("/form", "/json") else ["GET"]
        app.add_url_rule(rule, view.__name__, view, methods=methods)
    app.register_error_handler(LookupError, lambda error: (str(error), 418))
    return app


def show_template() -> str:
    return render_template_string(TEMPLATE, items=range(10))


def count_in_session() -> str:
    session["count"] = session.get("count", 0) + 1
    return str(session["count"])


def read_form() -> dict[str, Any]:
    return {"fields": len(request.form), "files": len(request.files)}


def read_json() -> Any:
    return request.get_json()


def stream_pieces() -> Iterator[str]:
    return (str(number) * 100 for number in range(20))


def stream_held() -> Iterator[str]:
    return stream_with_context(piece + request.path for piece in "abc")


def handled() -> str:
    raise LookupError("handled")


def broken() -> str:
    raise ValueError("broken")


def show_text() -> str:
    return "Hello, World!"


def show_item(id: int) -> dict[str, int]:
    return {"id": id}


def show_query() -> dict[str, str]:
    return dict(request.args)


def show_folder() -> str:
    return "folder"


def lead_on() -> Any:
    return redirect("/")


def forbid() -> Any:
    abort(403)


VIEWS: Final[dict[str, Callable[..., Any]]] = {
    "/": show_text,
    "/items/<int:id>": show_item,
    "/query": show_query,
    "/template": show_template,
    "/session": count_in_session,
    "/form": read_form,
    "/json": read_json,
    "/stream": stream_pieces,
    "/held": stream_held,
    "/redirect": lead_on,
    "/folder/": show_folder,
    "/forbidden": forbid,
    "/handled": handled,
    "/broken": broken,
}


def report(found: Found) -> str:
    """Return the run as a table, with what was wrong."""
    lines = [f"{found.requests} requests in {found.seconds:.0f} s, {found.requests / found.seconds:.0f} a second"]
    lines += [f"{'requests':>10} {'resident MiB':>13}"]
    lines += [
        f"{found.requests * (part + 1) // len(found.memory):>10} {mib:>13.1f}" for part, mib in enumerate(found.memory)
    ]
    lines += [f"{count:>10} {name}" for name, count in found.answers.items()]
    lines += [
        f"WRONG: {count} of {name!r}: {status} instead of {wanted}"
        for (name, status, wanted), count in found.wrong.items()
    ]
    lines += [f"the second half added {found.growth:+.2f} MiB; at most {LIMIT_MIB} are allowed"]
    return "\n".join(lines)


def main() -> int:
    """Soak as the command line asks, and return the exit status."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000, help="how many; a million unless given")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        app = make_app(Path(folder))
        found = soak(app, options.requests, kinds_for(app))
    print(report(found))
    return 1 if found.wrong or found.growth > LIMIT_MIB else 0


if __name__ == "__main__":
    sys.exit(main())
