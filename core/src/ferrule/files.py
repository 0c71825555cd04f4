"""Files as responses."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import IO, Any

from werkzeug import utils
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from .context import current_context

__all__ = ["max_age_of_files", "send_file", "send_from_directory", "send_static_file"]

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
    return utils.send_file(
        path_or_file,
        mimetype=mimetype,
        as_attachment=as_attachment,
        download_name=download_name,
        conditional=conditional,
        etag=etag,
        last_modified=last_modified,
        max_age=current_context().app.get_send_file_max_age if max_age is None else max_age,
        **_surroundings(),
    )


def send_from_directory(directory: os.PathLike[str] | str, path: os.PathLike[str] | str, **kwargs: Any) -> Response:
    """Send a file from within a folder; a path that leads out of it is answered with 404.

    Args:
        directory: The folder, relative to the application's.
        path: The path below it, as a client may have sent it.
        **kwargs: As for :func:`send_file`.
    """
    if kwargs.get("max_age") is None:
        kwargs["max_age"] = current_context().app.get_send_file_max_age
    try:
        return utils.send_from_directory(directory, path, **kwargs, **_surroundings())
    except (ValueError, OSError) as error:  # a NUL byte, a name that is too long: nothing that could be a file
        raise NotFound from error


def max_age_of_files(configured: timedelta | int | None) -> int | None:
    """Return ``SEND_FILE_MAX_AGE_DEFAULT`` in seconds, ``None`` for conditional requests instead of a time."""
    return int(configured.total_seconds()) if isinstance(configured, timedelta) else configured


def send_static_file(folder: str | None, filename: str, max_age: int | None = None) -> Response:
    """Send a file of a static folder."""
    if folder is None:
        raise NotFound
    return send_from_directory(folder, filename, max_age=max_age)


def _surroundings() -> dict[str, Any]:
    context = current_context()
    return {
        "environ": context.request.environ,
        "use_x_sendfile": context.app.config["USE_X_SENDFILE"],
        "response_class": context.app.response_class,
        "_root_path": context.app.root_path,
    }
