"""The least that an ASGI server does, for an application that waits for nothing: no event loop is needed then."""

from collections.abc import Coroutine, MutableMapping
from itertools import repeat
from typing import Any

from .server import REQUEST_HEADERS, WrongAnswerError
from .works import Work

Message = MutableMapping[str, Any]


class AsgiServer:
    """Sends one request to one ASGI application, as often as asked; what `benchmarks.server.Server` is for WSGI.

    Args:
        app: The application.
        work: Says what the request is, and what the status of the answer.
    """

    def __init__(self, app: Any, work: Work) -> None:
        self.app = app
        self.work = work
        self.scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": work.method,
            "scheme": "http",
            "path": work.path,
            "raw_path": work.path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [
                (name.removeprefix("HTTP_").replace("_", "-").lower().encode(), value.encode())
                for name, value in REQUEST_HEADERS.items()
            ],
            "client": ("127.0.0.1", 40000),
            "server": ("127.0.0.1", 80),
            "state": {},
        }
        self.code = 0
        self.headers: list[tuple[str, str]] = []
        self.blocks: list[bytes] = []

    @property
    def status(self) -> str:
        return str(self.code)

    async def receive(self) -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.code = message["status"]
            self.headers = message["headers"]
        else:
            self.blocks.append(message["body"])

    def call(self) -> None:
        self.blocks = []
        finish(self.app(self.scope.copy(), self.receive, self.send))

    def read(self) -> bytes:
        """Send the request once and return the whole body."""
        self.call()
        self.headers = [(name.decode(), value.decode()) for name, value in self.headers]  # type: ignore[attr-defined]  # ASGI's are bytes
        return b"".join(self.blocks)

    def send_many(self, times: int) -> None:
        """Send the request `times` times; this loop is what is timed."""
        call, expected = self.call, self.work.status
        for _ in repeat(None, times):
            call()
            if self.code != expected:
                raise WrongAnswerError(f"{self.work.title}: found status {self.code}, expected {expected}")


def finish(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine that never has to wait."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise WrongAnswerError("the application waits for something, which needs an event loop")
