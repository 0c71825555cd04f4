"""The application's logger."""

from __future__ import annotations

import logging
import sys
from typing import IO, Final, cast

from werkzeug.local import LocalProxy

from .context import current_context, has_request_context

__all__ = ["default_handler", "logger_of", "wsgi_errors_stream"]


def _errors() -> IO[str]:
    """Return the stream that the WSGI server takes errors on; standard error outside of a request."""
    environ = current_context().environ if has_request_context() else None
    return sys.stderr if environ is None else cast("IO[str]", environ["wsgi.errors"])


wsgi_errors_stream: Final[IO[str]] = cast("IO[str]", LocalProxy(_errors))
"""Where the server takes errors, for a configuration of the logging: ``ext://ferrule.logs.wsgi_errors_stream``."""

default_handler: Final[logging.Handler] = logging.StreamHandler(wsgi_errors_stream)
"""What an application's logger gets if nothing would hear it otherwise."""
default_handler.setFormatter(logging.Formatter("[%(asctime)s] %(levelname)s in %(module)s: %(message)s"))


def logger_of(name: str, *, debug: bool) -> logging.Logger:
    """Return the logger of a name, at level ``DEBUG`` in debug, with a handler if none would hear it."""
    logger = logging.getLogger(name)
    if debug and not logger.level:
        logger.setLevel(logging.DEBUG)
    if not _is_heard(logger):
        logger.addHandler(default_handler)
    return logger


def _is_heard(logger: logging.Logger) -> bool:
    level = logger.getEffectiveLevel()
    current: logging.Logger | None = logger
    while current is not None:
        if any(handler.level <= level for handler in current.handlers):
            return True
        current = current.parent if current.propagate else None
    return False
