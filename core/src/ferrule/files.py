"""Files as responses."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from time import time
from typing import IO, Any, Final

from werkzeug import utils
from werkzeug.exceptions import NotFound
from werkzeug.http import http_date
from werkzeug.security import safe_join
from werkzeug.wrappers import Response
from werkzeug.wsgi import wrap_file

from .context import current_context
from .responses import Response as OwnResponse

__all__ = ["send_file", "send_from_directory"]

_AS_IT_IS: Final = (None, False, None, True, True, None)
"""What :func:`send_file` is asked for, from ``mimetype`` to ``last_modified``, unless somebody wants it otherwise."""

_CONDITIONS: Final = frozenset(
    f"HTTP_{name}"
    for name in ("RANGE", "IF_RANGE", "IF_MATCH", "IF_NONE_MATCH", "IF_MODIFIED_SINCE", "IF_UNMODIFIED_SINCE")
)
"""With which of these in the environ the answer may be another than the whole file."""

MaxAge = int | Callable[[str | None], int | None] | None


def send_file(
    path_or_file: os.PathLike[str] | str | IO[bytes],
    mimetype: str | None = None,
    as_attachment: bool = False,
    download_name: str | None = None,
    conditional: bool = True,
    etag: bool | str = True,
    last_modified: datetime | float | None = None,
    max_age: MaxAge = None,
) -> Response:
    """Send a file to the client. Never make the path of what a client sent: :func:`send_from_directory` is for that.

    Args:
        path_or_file: A path, relative to the application's folder, or a file opened in binary mode.
        mimetype: The media type; guessed from the name unless given.
        as_attachment: Offer it for download instead of showing it.
        download_name: The name that the client sees.
        conditional: Answer conditional and range requests (RFC 9110, sections 13 and 14).
        etag: Make an entity tag of time and size, or use this one.
        last_modified: When it was changed; in seconds, or as a datetime.
        max_age: How long a cache may keep it, in seconds; ``SEND_FILE_MAX_AGE_DEFAULT`` unless given.
    """
    if max_age is None:
        max_age = current_context().app.get_send_file_max_age
    wanted = (mimetype, as_attachment, download_name, conditional, etag, last_modified)
    if wanted == _AS_IT_IS and (response := _whole_file(path_or_file, max_age)) is not None:
        return response
    context = current_context()
    app, environ = context.app, context.request.environ
    of_app = {"use_x_sendfile": app.config["USE_X_SENDFILE"], "response_class": app.response_class}
    return utils.send_file(path_or_file, environ, *wanted, max_age, **of_app, _root_path=app.root_path)


def send_from_directory(directory: os.PathLike[str] | str, path: os.PathLike[str] | str, **kwargs: Any) -> Response:
    """Send a file from within a folder; a path that leads out of it is answered with 404.

    Args:
        directory: The folder, relative to the application's.
        path: The path below it, as a client may have sent it.
        **kwargs: As for :func:`send_file`.
    """
    inside = safe_join(os.fspath(directory), os.fspath(path))
    if inside is None:
        raise NotFound
    try:
        found = os.path.join(current_context().app.root_path, inside)
        if not os.path.isfile(found):
            raise NotFound
        return send_file(found, **kwargs)
    except (ValueError, OSError) as error:  # a NUL byte, a name that is too long: nothing that could be a file
        raise NotFound from error


# PERF: Werkzeug makes the headers of a file in 60 µs. They change when the file does, but for the two dates.


def _whole_file(path_or_file: object, max_age: MaxAge) -> Response | None:
    """Send a whole file with headers that are known; ``None`` if Werkzeug has to look at the file or the request."""
    context = current_context()
    environ, app = context.environ, context.app
    if environ is None or environ["REQUEST_METHOD"] != "GET" or not _CONDITIONS.isdisjoint(environ):
        return None
    as_usual = app.response_class is OwnResponse and not app.config["USE_X_SENDFILE"]
    if not as_usual or not isinstance(path_or_file, (str, os.PathLike)):
        return None
    path = os.path.join(app.root_path, path_or_file)
    status = os.stat(path)
    age = max_age(path) if callable(max_age) else max_age
    now = int(time())
    head = [
        (name, value if value is not None else _date(now if name == "Date" else now + (age or 0)))
        for name, value in _head_of_file(path, status.st_mtime, status.st_size, age)
    ]
    return OwnResponse.of_file(wrap_file(environ, open(path, "rb")), head)


@lru_cache(maxsize=256)
def _head_of_file(path: str, _modified: float, _size: int, max_age: int | None) -> tuple[tuple[str, str | None], ...]:
    """Return the headers that Werkzeug gives to a file, with nothing for the dates."""
    response = utils.send_file(path, {"REQUEST_METHOD": "GET"}, conditional=True, max_age=max_age)
    response.close()
    return tuple((name, None if name in ("Date", "Expires") else value) for name, value in response.headers)


@lru_cache(maxsize=8)
def _date(seconds: int) -> str:
    return http_date(seconds)
