"""What holds for every request: sent once, judged at once."""

import logging
from typing import Any, Final
from wsgiref.types import WSGIApplication

from ferrule import has_app_context

from .requests import environ_from

__all__ = ["BrokenPromiseError", "send"]

_FORBIDDEN: Final = ("\r", "\n", "\0")


class BrokenPromiseError(AssertionError):
    """An answer that no request may get."""


def send(app: WSGIApplication, data: bytes) -> str | None:
    """Send a request and judge the answer.

    Args:
        app: An application that raises nothing by itself.
        data: The request, as on the wire.

    Returns:
        The status, ``None`` for a request that no server hands on.

    Raises:
        BrokenPromiseError: The answer is a 500, is no answer, or has a header that splits; a context was left pushed.
    """
    environ = environ_from(data)
    if environ is None:
        return None
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
        started.append((status, headers))

    chunks = app(environ, start_response)
    try:
        for chunk in chunks:
            _judge(type(chunk) is bytes, f"a {type(chunk).__name__} in the body")
    finally:
        getattr(chunks, "close", lambda: None)()
    _judge(len(started) == 1, f"start_response was called {len(started)} times")
    status, headers = started[0]
    _judge(not status.startswith("5"), f"the status {status}")
    for name, value in headers:
        _judge(type(name) is str and type(value) is str, f"a header that is no text: {name!r}: {value!r}")
        _judge(not any(char in name + value for char in _FORBIDDEN), f"a header that splits: {name!r}: {value!r}")
        value.encode("latin1")
    _judge(not has_app_context(), "a context is still pushed")
    return status


def _judge(holds: bool, found: str) -> None:
    if not holds:
        raise BrokenPromiseError(f"a request got {found}")


logging.getLogger("fuzz").setLevel(logging.CRITICAL)  # an error that is answered with a 500 raises here; once is enough
