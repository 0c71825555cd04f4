"""The least that a WSGI server does: a fresh environ, the body read and closed."""

import io
import json
import sys
from collections import deque
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


def plain_environ(path: str, method: str = "GET") -> dict[str, object]:
    """Return the environ of a browser's request, except its two streams (so that it can be written as source code)."""
    return {
        "REQUEST_METHOD": method,
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


def make_environ(work: Work) -> WSGIEnvironment:
    """Return a complete environ, to be copied for each request."""
    environ = {**plain_environ(work.path, work.method), "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr}
    if work.body:
        environ |= {"CONTENT_TYPE": work.content_type, "CONTENT_LENGTH": str(len(work.body))}
    return environ


class Server:
    """Sends one request to one application, as often as asked.

    Args:
        app: The application.
        work: Says what the request is, and what the status of the answer.
    """

    def __init__(self, app: WSGIApplication, work: Work) -> None:
        self.app = app
        self.work = work
        self.environ = make_environ(work)
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        if work.cookie_from:
            self.environ["PATH_INFO"] = work.cookie_from
            self.read()
            self.environ |= {"PATH_INFO": work.path, "HTTP_COOKIE": "; ".join(cookies_in(self.headers))}

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: object = None, /
    ) -> Callable[[bytes], object]:
        self.status = status
        self.headers = headers
        return refuse_write

    def send(self) -> Iterable[bytes]:
        """Send the request once and return the body, which is still to be read and closed."""
        environ = self.environ.copy()
        if self.work.body:
            environ["wsgi.input"] = io.BytesIO(self.work.body)
        return self.app(environ, self.start_response)

    def read(self) -> bytes:
        """Send the request once and return the whole body."""
        body = self.send()
        try:
            return b"".join(body)
        finally:
            close(body)

    def send_many(self, times: int) -> None:
        """Send the request `times` times; this loop is what is timed."""
        send, expected = self.send, str(self.work.status)
        for _ in repeat(None, times):
            body = send()
            deque(body, maxlen=0)  # a server sends each block by itself
            close(body)
            if self.status[:3] != expected:
                raise WrongAnswerError(f"{self.work.title}: found status {self.status!r}, expected {expected}")


def refuse_write(_: bytes, /) -> None:
    raise NotImplementedError("The benchmarked applications return their body; none may use WSGI's write().")


def close(body: Iterable[bytes]) -> None:
    """Close what an application returned, as PEP 3333 asks of a server."""
    if hasattr(body, "close"):
        body.close()


def cookies_in(headers: Iterable[tuple[str, str]]) -> list[str]:
    return [value.partition(";")[0] for name, value in headers if name.lower() == "set-cookie"]


def verify(framework: Framework, server: Server) -> None:
    """Send one request and see that the answer is the whole and right one.

    Raises:
        WrongAnswerError: The status, the content, its type, its length or another header is not what the work asks for.
    """
    work = server.work
    body = server.read()
    headers = {name.lower(): value for name, value in server.headers}
    wrong = [f"status {server.status!r}" for _ in range(server.status[:3] != str(work.status))]
    if not matches(work.content, body, headers.get("content-type", "")):
        wrong.append(f"{headers.get('content-type')}: {body[:500]!r}")
    if headers.get("content-length") != (None if work.streamed else str(len(body))):
        wrong.append(f"content-length {headers.get('content-length')!r} of {len(body)}")
    wrong += [
        f"{name}: {headers.get(name)!r}, not {part!r}"
        for name, part in work.headers.items()
        if part not in headers.get(name, "\0")
    ]
    if wrong:
        raise WrongAnswerError(f"{framework.name}, {work.title}: found {'; '.join(wrong)}")


def matches(expected: object, body: bytes, content_type: str) -> bool:
    """Tell whether a body is the content that a work expects."""
    media = content_type.partition(";")[0]
    if isinstance(expected, str):
        return body.decode() == expected and media.startswith("text/")
    if isinstance(expected, dict):
        return media == "application/json" and json.loads(body) == expected
    return expected in (body, None)
