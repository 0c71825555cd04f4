"""The least that a WSGI server does: a fresh environ, the body read and closed."""

import io
import json
import sys
from collections.abc import Callable, Iterable
from itertools import repeat
from typing import Final
from wsgiref.types import WSGIApplication, WSGIEnvironment

from .works import Framework, Work

REQUEST_HEADERS: Final = {
    "HTTP_HOST": "example.com",
    "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "HTTP_ACCEPT": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "HTTP_ACCEPT_LANGUAGE": "en-US,en;q=0.5",
    "HTTP_ACCEPT_ENCODING": "gzip, deflate, br",
    "HTTP_CONNECTION": "keep-alive",
}


class WrongAnswerError(Exception):
    """An application did not do the work that it is measured for."""


def plain_environ(path: str) -> dict[str, object]:
    """Return the environ of a browser's GET, except its two streams (so that it can be written as source code)."""
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "example.com",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": "50000",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **REQUEST_HEADERS,
    }


def make_environ(path: str) -> WSGIEnvironment:
    """Return a complete environ, to be copied for each request."""
    return {**plain_environ(path), "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr}


class Server:
    """Sends one request to one application, as often as asked.

    Args:
        app: The application.
        environ: The request; each one sent gets a copy.
    """

    def __init__(self, app: WSGIApplication, environ: WSGIEnvironment) -> None:
        self.app = app
        self.environ = environ
        self.status = ""
        self.headers: list[tuple[str, str]] = []

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: object = None, /
    ) -> Callable[[bytes], object]:
        self.status = status
        self.headers = headers
        return refuse_write

    def send(self) -> bytes:
        """Send the request once and return the body."""
        return read(self.app(self.environ.copy(), self.start_response))

    def send_many(self, times: int) -> None:
        """Send the request `times` times; this loop is what is timed."""
        send = self.send
        for _ in repeat(None, times):
            send()
            if self.status != "200 OK":
                raise WrongAnswerError(f"{self.environ['PATH_INFO']}: found status {self.status!r}, expected '200 OK'")


def refuse_write(_: bytes, /) -> None:
    raise NotImplementedError("The benchmarked applications return their body; none may use WSGI's write().")


def read(body: Iterable[bytes]) -> bytes:
    """Join the chunks and close the iterable, as PEP 3333 asks of a server."""
    try:
        return b"".join(body)
    finally:
        if hasattr(body, "close"):
            body.close()


def verify(framework: Framework, work: Work, server: Server) -> None:
    """Send one request and see that the answer is the whole and right one.

    Raises:
        WrongAnswerError: The status, the content, its type or its length is not what the work asks for.
    """
    body = server.send()
    headers = {name.lower(): value for name, value in server.headers}
    text = isinstance(work.content, str)
    found = {
        "status": server.status,
        "content": body.decode() if text else json.loads(body),
        "type": headers.get("content-type", "").partition("/")[0 if text else 2].partition(";")[0],
        "length": headers.get("content-length"),
    }
    expected = {
        "status": "200 OK",
        "content": work.content,
        "type": "text" if text else "json",
        "length": str(len(body)),
    }
    if found != expected:
        raise WrongAnswerError(f"{framework.name}, {work.title}: found {found}, expected {expected}")
