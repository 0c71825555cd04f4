"""The response, made as far as it is looked at, and what a view may return instead of one."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from http import HTTPStatus
from inspect import iscoroutine
from types import GeneratorType
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias, cast

from werkzeug.datastructures import Headers, MIMEAccept
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.http import HTTP_STATUS_CODES, parse_accept_header
from werkzeug.utils import get_content_type
from werkzeug.wrappers import Response as WerkzeugResponse

from .context import current_context, has_app_context
from .coroutines import iterate
from .requests import with_readable_dates

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from .app import App

__all__ = ["Response", "ResponseReturnValue", "make_response", "to_response", "vary_by"]

ResponseReturnValue: TypeAlias = Any
"""What a view, a handler or a ``before_request`` function may return; see :func:`to_response`.

``Any``, since a dataclass of the application's own is as good as a ``str``; what is neither is refused with a text.
"""

_TYPE: Final = "Content-Type"
_LENGTH: Final = "Content-Length"
_HTML: Final = "text/html; charset=utf-8"
_JSON: Final = ("application/problem+json", "application/json")
_PLAIN_STATUS: Final = {
    code: f"{code} {phrase.upper()}"
    for code, phrase in HTTP_STATUS_CODES.items()
    if (200 <= code < 300 and code != 204) or code >= 400
}
_OK: Final = _PLAIN_STATUS[200]
_LOOKED_AT: Final = frozenset({"content-length", "content-location", "location"})
"""The headers that Werkzeug looks at when a response starts."""

_Head: TypeAlias = Sequence[tuple[str, str]]


class _Materialising:
    """A non-data descriptor: the first read of the attribute makes it, and what else is made with it."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Response | None, owner: type) -> Any:
        if instance is None:
            return self
        instance._materialise(self.name)
        return instance.__dict__[self.name]


class _Noted:
    """A non-data descriptor: reads what a response noted of its status, and makes nothing."""

    def __init__(self, read: Callable[[str], Any]) -> None:
        self.read = read

    def __get__(self, instance: Response | None, owner: type) -> Any:
        return self if instance is None else self.read(instance._plain[1])


class _Stream:
    """The blocks of a generator in bytes; closed as the generator is."""

    def __init__(self, blocks: Generator[Any]) -> None:
        self.blocks = blocks
        self.close = blocks.close

    def __iter__(self) -> Iterator[bytes]:
        for block in self.blocks:  # PERF: `isinstance` for each of 256 blocks takes 4 µs more
            yield block if type(block) is bytes else block.encode() if isinstance(block, str) else block


class Response(WerkzeugResponse):
    """An HTTP response. HTML unless something else is said.

    A response of a text, of bytes or of a generator notes these and its first headers until somebody writes the status,
    or reads or writes the body; one that nobody touches goes to the server without any of Werkzeug's objects ever made.
    """

    default_mimetype: str | None = "text/html"
    autocorrect_location_header = False

    _plain: tuple[Any, str, _Head]
    headers: Headers = cast(Headers, _Materialising())
    response: Iterable[str] | Iterable[bytes] = cast("Iterable[str] | Iterable[bytes]", _Materialising())
    direct_passthrough: bool = cast(bool, _Materialising())
    _status = cast(str, _Noted(str))
    _status_code = cast(int, _Noted(lambda line: int(line[:3])))
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
        body: Any = response.encode() if type(response) is str else response
        line: Any = _OK if status is None else _PLAIN_STATUS.get(status) if type(status) is int else None
        media = content_type if content_type is not None else _HTML if mimetype is None else _with_charset(mimetype)
        if line is None or direct_passthrough or type(self) is not Response or not (media is _HTML or _is_clean(media)):
            head = None
        elif headers:
            head = _head(headers, body, None if mimetype is content_type is None else media)
        elif type(body) is bytes:
            head = ((_TYPE, media), (_LENGTH, str(len(body))))
        else:
            head = ((_TYPE, media),) if type(body) is GeneratorType else None
        if head is not None:
            self._plain = body, line, head
        else:
            super().__init__(response, status, headers, mimetype, content_type, direct_passthrough)

    @classmethod
    def of_file(cls, blocks: Iterable[bytes], head: _Head) -> Self:
        """Make a response of what the server sends as it is; for files, whose headers are all known.

        Args:
            blocks: What reads the file, and closes it.
            head: All headers, the length too.
        """
        response = cls.__new__(cls)
        response._plain = blocks, _OK, head
        return response

    @property
    def max_cookie_size(self) -> int:  # type: ignore[override]  # a plain attribute of Werkzeug's
        """How large a cookie may be, in bytes, before :meth:`set_cookie` warns (``MAX_COOKIE_SIZE``)."""
        return current_context().app.config["MAX_COOKIE_SIZE"] if has_app_context() else super().max_cookie_size

    @property
    def is_streamed(self) -> bool:
        """Whether the body comes in blocks, nobody knows how many."""
        body = None if "response" in self.__dict__ else self._plain[0]  # PERF: to look at the body makes it, in 10 µs
        return super().is_streamed if body is None else type(body) is not bytes

    def make_conditional(self, request_or_environ: Any, *args: Any, **kwargs: Any) -> WerkzeugResponse:
        """Let the response depend on the request's conditions; see :meth:`werkzeug.wrappers.Response.make_conditional`.

        A date that no calendar has is ignored (RFC 9110, section 13.1.3).
        """
        environ = getattr(request_or_environ, "environ", request_or_environ)
        return super().make_conditional(with_readable_dates(environ), *args, **kwargs)

    def _materialise(self, name: str) -> None:
        """Make the headers, if only they are wanted, or the whole response Werkzeug's way."""
        if name == "headers":
            headers = self.__dict__["headers"] = Headers()
            headers._list.extend(self._plain[2])  # PERF: they are clean, and Werkzeug would look at each, in 1 µs
            return
        written = dict(self.__dict__)
        body, line, head = written.pop("_plain")
        super().__init__(body, line, head, direct_passthrough=type(body) not in (bytes, GeneratorType))
        self.__dict__.update(written)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as a WSGI application (PEP 3333)."""
        # PERF: an untouched response has one attribute, _plain. Going through Werkzeug's Headers costs 6 µs more.
        if type(self) is Response and len(attributes := self.__dict__) <= 2 and environ["REQUEST_METHOD"] != "HEAD":
            body, line, head = attributes["_plain"]
            if len(attributes) == 1 or (head := self._touched_head()) is not None:
                start_response(line, [*head])
                if type(body) is bytes:
                    return [body]
                return _Stream(body) if type(body) is GeneratorType else cast("Iterable[bytes]", body)
        return super().__call__(environ, start_response)

    def _touched_head(self) -> _Head | None:
        """Return the headers of a response of which only these were touched, ``None`` if Werkzeug has to look at it."""
        # PERF: a session, an entity tag or a Vary touches them. To make the rest of the response as well costs 10 µs.
        headers = self.__dict__.get("headers")
        if type(headers) is not Headers:
            return None
        looked_at = [name for name, _ in headers if name.lower() in _LOOKED_AT]
        return [*headers] if looked_at == ([] if type(self._plain[0]) is GeneratorType else [_LENGTH]) else None


@lru_cache(maxsize=64)
def _with_charset(mimetype: str) -> str:
    return get_content_type(mimetype, "utf-8")


@lru_cache(maxsize=64)
def _is_clean(media: str) -> bool:
    """Tell whether a content type can stand in a header as it is: there, and without CR, LF or any other control."""
    return type(media) is str and media != "" and media.isascii() and media.isprintable()


def _head(given: Any, body: Any, media: str | None) -> _Head | None:
    """Return all headers as they go out, ``None`` if Werkzeug has to look at them, or at the body."""
    if type(given) not in (dict, list) or type(body) not in (bytes, GeneratorType):
        return None
    head = [*(given.items() if type(given) is dict else given)]
    if not all(_is_clean_pair(pair) for pair in head):
        return None
    types = [name for name, _ in head if name.lower() == "content-type"]
    if types and (media is not None or len(types) > 1):
        return None
    if not types:
        head.append((_TYPE, media or _HTML))
    if type(body) is bytes:
        head.append((_LENGTH, str(len(body))))
    return head


def _is_clean_pair(pair: Any) -> bool:
    """Tell whether a header can be sent as it is."""
    if type(pair) is not tuple or [type(part) for part in pair] != [str, str]:
        return False
    text = "".join(pair)
    return text.isascii() and text.isprintable() and pair[0].lower() not in _LOOKED_AT


def vary_by(response: WerkzeugResponse, name: str) -> None:
    """Note in ``Vary`` (RFC 9110, section 12.5.5) that a response depends on a header of the request.

    Args:
        response: The response.
        name: The header.
    """
    # PERF: every session comes this way, mostly with a response that nobody touched. To make its headers costs 6 µs
    # here and in __call__; Werkzeug's set of header values 5 µs more, since `in` raises inside.
    if type(response) is Response and len(response.__dict__) == 1:
        body, line, head = response._plain
        if not any(key.lower() == "vary" for key, _ in head):
            response._plain = body, line, (*head, ("Vary", name))
            return
    if response.headers.getlist("Vary"):
        response.vary.add(name)
    else:
        response.headers.add("Vary", name)


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
        return _from_error(app, value)
    if isinstance(value, tuple):  # a named one
        return _from_tuple(app, value)
    if callable(value):
        return app.response_class.force_type(value, current_context().request.environ)
    raise TypeError(_refusal(value))


# PERF: Werkzeug escapes name and description each time, in 5 µs.
@cache
def _standard_body(code: int) -> bytes:
    """Return the page of Werkzeug's own error for a code, where nobody described it otherwise."""
    return default_exceptions[code]().get_body().encode()


def _is_json_value(value: Any) -> bool:
    return isinstance(value, (dict, list)) or (
        not isinstance(value, type) and (dataclasses.is_dataclass(value) or hasattr(value, "__struct_fields__"))
    )


def _from_tuple(app: App, value: tuple[Any, ...]) -> WerkzeugResponse:
    body, status, headers = _parts(value)
    if isinstance(body, tuple):
        raise TypeError(_refusal(body))
    if type(body) in (str, bytes):
        return app.response_class(body, status, headers or None)
    response = to_response(app, body)
    if status is not None:
        response.status = status
    if headers:
        response.headers.update(headers)
    return response


def _parts(value: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    if len(value) == 3:
        return value
    if len(value) == 2:
        body, second = value
        is_headers = isinstance(second, (Headers, dict, tuple, list))
        return (body, None, second) if is_headers else (body, second, None)
    raise TypeError(
        f"{_answering()}: a tuple of {len(value)} is no response; write (body, status, headers), (body, status)"
        " or (body, headers)"
    )


def _refusal(value: Any) -> str:
    if iscoroutine(value):
        value.close()  # or Python warns that nobody awaited it
        return (
            f"{_answering()}: a coroutine is no response; what is around its `async def` hides it: let it be made"
            " with functools.wraps, or call app.ensure_sync(function)"
        )
    found = "None, perhaps for want of a return statement," if value is None else f"a {type(value).__name__}"
    return (
        f"{_answering()}: {found} is no response; return a str, bytes, dict, list, dataclass, generator,"
        " Response, WSGI callable, or a tuple of one of them with status and headers"
    )


def _answering() -> str:
    """Return what the response is made by, for messages: the view with its endpoint, or that no rule matched."""
    if not has_app_context():
        return "make_response"
    rule = current_context().url_rule
    return "the answer to a request that matches no rule" if rule is None else f"the view of {rule.endpoint!r}"


def _from_error(app: App, error: HTTPException) -> WerkzeugResponse:
    """Make the response to an HTTP exception: Werkzeug's page, or a problem document for who prefers JSON (RFC 9457).

    One with a response or a body of its own has these. Where the client prefers neither, the members that an exception
    has for the document, its ``problem``, decide: what has them was made for programs.
    """
    context, kind = current_context(), type(error)
    environ = context.environ or context.request.environ
    if error.code is None or error.response is not None or kind.get_response is not HTTPException.get_response:
        return app.response_class.force_type(error.get_response(environ))
    headers = error.get_headers(environ)
    if kind.get_body is not HTTPException.get_body:
        return app.response_class(error.get_body(environ), error.code, headers)
    headers.append(("Vary", "Accept"))
    members = getattr(error, "problem", None)
    if _prefers_json(environ.get("HTTP_ACCEPT", ""), otherwise=members is not None):
        document = {"type": "about:blank", "title": error.name, "status": error.code, "detail": error.description}
        headers[0] = ("Content-Type", _JSON[0])
        return app.response_class(app.json.encode({**document, **(members or {})}), error.code, headers)
    is_standard = default_exceptions.get(error.code) is kind and "description" not in vars(error)
    body = _standard_body(error.code) if is_standard else error.get_body(environ)
    return app.response_class(body, error.code, headers)


def _prefers_json(accept: str, *, otherwise: bool) -> bool:
    """Tell whether an ``Accept`` header ranks JSON above HTML (RFC 9110, section 12.5.1), or names it alone."""
    preference = _preference(accept) if len(accept) <= 256 else _preference.__wrapped__(accept)
    return otherwise if preference is None else preference


# PERF: Werkzeug takes 25 µs to parse what a browser accepts, and there are few browsers.
@lru_cache(maxsize=128)
def _preference(accept: str) -> bool | None:
    """Return the preference, ``None`` for neither."""
    accepted = parse_accept_header(accept, MIMEAccept)
    html, json = accepted.quality("text/html"), max(map(accepted.quality, _JSON))
    if html != json:
        return bool(json > html)
    named = {media for media, _ in accepted}
    return None if "text/html" in named or named.isdisjoint(_JSON) else True


def make_response(*args: Any) -> WerkzeugResponse:
    """Make a response of what a view could return, to set headers on it.

    Args:
        *args: The body; or body, status and headers, as a view returns them in a tuple. An empty response without any.
    """
    app = current_context().app
    if not args:
        return app.response_class()
    return app.make_response(args[0] if len(args) == 1 else args)
