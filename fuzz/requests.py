"""Bytes to WSGI environments, as a server makes them of what arrives at its socket."""

import io
import sys
from typing import Final
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIEnvironment

__all__ = ["environ_from"]

_PLAIN: Final = {"CONTENT_TYPE", "CONTENT_LENGTH"}


def environ_from(data: bytes) -> WSGIEnvironment | None:
    """Return the environ of an HTTP/1.1 request; ``None`` for one that no server hands on.

    Servers refuse what has no request line, and control characters in it or in a header. Everything else is handed on,
    also what no honest client sends: broken percent-encoding, a `Content-Length` that is none or lies, a header twice.

    Args:
        data: A request as on the wire; lines may end in LF alone, so that a corpus can be written with an editor.
    """
    head, _, body = data.replace(b"\r\n", b"\n", data.partition(b"\n\n")[0].count(b"\r\n")).partition(b"\n\n")
    line, *headers = head.decode("latin1").split("\n")
    parts = line.split(" ")
    if len(parts) != 3 or not parts[0] or not all(part.isprintable() for part in parts):
        return None
    method, target, protocol = parts
    path, _, query = target.partition("?")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path.encode("latin1")).decode("latin1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": protocol,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for header in headers:
        name, colon, value = header.partition(":")
        if not colon or not _is_token(name) or any(ord(char) < 32 and char != "\t" for char in value):
            return None
        _add_header(environ, name.upper().replace("-", "_"), value.strip(" \t"))
    return environ


def _is_token(name: str) -> bool:
    return bool(name) and name.isascii() and all(char.isalnum() or char in "!#$%&'*+-.^`|~" for char in name)


def _add_header(environ: WSGIEnvironment, name: str, value: str) -> None:
    key = name if name in _PLAIN else f"HTTP_{name}"
    environ[key] = f"{environ[key]},{value}" if key in environ else value
