"""The response, made as far as it is looked at, and what a view may return instead of one."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from http import HTTPStatus
from inspect import iscoroutine
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.utils import get_content_type
from werkzeug.wrappers import Response as WerkzeugResponse

from .coroutines import iterate

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from .app import App

__all__ = ["Response", "ResponseReturnValue", "to_response"]

ResponseReturnValue: TypeAlias = Any
"""What a view, a handler or a ``before_request`` function may return; see :func:`to_response`.

``Any``, since a dataclass of the application's own is as good as a ``str``; what is neither is refused with a text.
"""

_HTML: Final = "text/html; charset=utf-8"
_PLAIN_STATUS: Final = {
    code: f"{code} {phrase.upper()}" for code, phrase in HTTP_STATUS_CODES.items() if 200 <= code < 300 and code != 204
}
_OK: Final = _PLAIN_STATUS[200]


class _Materialising:
    """A non-data descriptor: the first read of the attribute makes the whole response Werkzeug's way."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Response | None, owner: type) -> Any:
        if instance is None:
            return self
        instance._materialise()
        return instance.__dict__[self.name]


class Response(WerkzeugResponse):
    """An HTTP response. HTML unless something else is said.

    A response of a text or of bytes notes these and nothing else until somebody reads or writes a header, the status
    or the body; one that nobody touches goes to the server without any of Werkzeug's objects ever made.
    """

    default_mimetype: str | None = "text/html"
    autocorrect_location_header = False

    headers: Headers = cast(Headers, _Materialising())
    response: Iterable[str] | Iterable[bytes] = cast("Iterable[str] | Iterable[bytes]", _Materialising())
    direct_passthrough: bool = cast(bool, _Materialising())
    _status = cast(str, _Materialising())
    _status_code = cast(int, _Materialising())
    _on_close = cast("list[Callable[[], Any]]", _Materialising())

    def __init__(
        self,
        response: Iterable[bytes] | bytes | Iterable[str] | str | None = None,
        status: int | str | HTTPStatus | None = None,
        headers: Mapping[str, str | Iterable[str]] | Iterable[tuple[str, str]] | None = None,
        mimetype: str | None = None,
        content_type: str | None = None,
        direct_passthrough: bool = False,
    ) -> None:
        body = response.encode() if type(response) is str else response
        line = _OK if status is None else _PLAIN_STATUS.get(status) if type(status) is int else None
        media = content_type if content_type is not None else _HTML if mimetype is None else _with_charset(mimetype)
        if (
            type(body) is bytes
            and line is not None
            and headers is None
            and not direct_passthrough
            and type(self) is Response
            and (media is _HTML or _is_clean(media))
        ):
            self._plain = body, line, media
        else:
            super().__init__(response, status, headers, mimetype, content_type, direct_passthrough)

    def _materialise(self) -> None:
        written = dict(self.__dict__)
        body, line, media = written.pop("_plain")
        super().__init__(body, line, None, None, media)
        self.__dict__.update(written)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as a WSGI application (PEP 3333)."""
        # PERF: an untouched response has one attribute, _plain. Going through Werkzeug's Headers costs 6 µs more.
        if type(self) is Response and len(attributes := self.__dict__) == 1 and environ["REQUEST_METHOD"] != "HEAD":
            body, line, media = attributes["_plain"]
            start_response(line, [("Content-Type", media), ("Content-Length", str(len(body)))])
            return [body]
        return super().__call__(environ, start_response)


@lru_cache(maxsize=64)
def _with_charset(mimetype: str) -> str:
    return get_content_type(mimetype, "utf-8")


@lru_cache(maxsize=64)
def _is_clean(media: str) -> bool:
    """Tell whether a content type can stand in a header as it is: there, and without CR, LF or any other control."""
    return type(media) is str and media != "" and media.isascii() and media.isprintable()


def to_response(app: App, value: Any) -> WerkzeugResponse:
    """Make a response of what a view returned.

    Args:
        app: Whose ``response_class`` and JSON provider are used.
        value: A response, ``str``, ``bytes``, ``dict``, ``list``, dataclass, msgspec struct, generator, WSGI callable,
            asynchronous generator, or a tuple of one of these with a status, headers, or both.

    Raises:
        TypeError: The value is of no such kind.
    """
    kind = type(value)
    if kind is str or kind is bytes:
        return app.response_class(value)
    if kind is dict or kind is list:  # PERF: before the look at abstract classes below, which costs 0.5 µs
        return app.json.response(value)
    if kind is tuple:
        return _from_tuple(app, value)
    if isinstance(value, app.response_class):
        return value
    return _converted(app, value)


def _converted(app: App, value: Any) -> WerkzeugResponse:
    if isinstance(value, AsyncIterator):
        value = iterate(value)
    if isinstance(value, (str, bytes, bytearray, Iterator)):
        return app.response_class(bytes(value) if isinstance(value, bytearray) else value)
    if _is_json_value(value):
        return app.json.response(value)
    if isinstance(value, WerkzeugResponse):
        return app.response_class.force_type(value)
    if isinstance(value, HTTPException):
        return app.response_class.force_type(value.get_response(app.current_environ()))
    if isinstance(value, tuple):  # a named one
        return _from_tuple(app, value)
    if callable(value):
        return app.response_class.from_app(value, app.current_environ())
    raise TypeError(_refusal(app, value))


def _is_json_value(value: Any) -> bool:
    return isinstance(value, (dict, list)) or (
        not isinstance(value, type) and (dataclasses.is_dataclass(value) or hasattr(value, "__struct_fields__"))
    )


def _from_tuple(app: App, value: tuple[Any, ...]) -> WerkzeugResponse:
    body, status, headers = _parts(app, value)
    if isinstance(body, tuple):
        raise TypeError(_refusal(app, body))
    if type(body) in (str, bytes):
        return app.response_class(body, status, headers or None)
    response = to_response(app, body)
    if status is not None:
        response.status = status
    if headers:
        response.headers.update(headers)
    return response


def _parts(app: App, value: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    if len(value) == 3:
        return value
    if len(value) == 2:
        body, second = value
        is_headers = isinstance(second, (Headers, dict, tuple, list))
        return (body, None, second) if is_headers else (body, second, None)
    raise TypeError(
        f"{app.current_view()}: a tuple of {len(value)} is no response; write (body, status, headers), (body, status)"
        " or (body, headers)"
    )


def _refusal(app: App, value: Any) -> str:
    if iscoroutine(value):
        value.close()  # or Python warns that nobody awaited it
        return (
            f"{app.current_view()}: a coroutine is no response; what is around its `async def` hides it: let it be made"
            " with functools.wraps, or call app.ensure_sync(function)"
        )
    found = "None, perhaps for want of a return statement," if value is None else f"a {type(value).__name__}"
    return (
        f"{app.current_view()}: {found} is no response; return a str, bytes, dict, list, dataclass, generator,"
        " Response, WSGI callable, or a tuple of one of them with status and headers"
    )
