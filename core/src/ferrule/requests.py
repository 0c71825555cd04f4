"""The request: Werkzeug's, with every attribute made when it is first read."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar, cast, overload
from urllib.parse import quote, unquote

from werkzeug.datastructures import Authorization, EnvironHeaders, Headers, IfRange, ImmutableMultiDict
from werkzeug.exceptions import BadRequest, ClientDisconnected, HTTPException, MethodNotAllowed
from werkzeug.http import parse_date
from werkzeug.routing import Rule
from werkzeug.sansio.http import parse_cookie
from werkzeug.urls import uri_to_iri
from werkzeug.wrappers import Request as WerkzeugRequest
from werkzeug.wsgi import LimitedStream, _get_server, get_host

from .bodies import Source, parse

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from .app import App

__all__ = ["Request", "blueprint_chain", "cookie_of", "first_read", "with_readable_dates"]

T = TypeVar("T")

_READ: Final = frozenset({"_cached_data", "form", "stream"})
"""What a request has once its body was looked at."""

_LENGTH: Final = re.compile(r"[0-9]{1,12}").fullmatch
_UNBOUNDED: Final = frozenset({"HTTP_TRANSFER_ENCODING", "wsgi.input_terminated"})
"""What an environ has where the length does not say when the body ends."""

_DATES: Final = frozenset({"HTTP_DATE", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_RANGE", "HTTP_IF_UNMODIFIED_SINCE"})
_BLANK: Final = " \t"
_ASCII: Final = "".join(map(chr, range(128)))


class _FirstRead:
    """A non-data descriptor: computes an attribute once and leaves it in the instance, where later reads find it."""

    # PERF: Until Python 3.12, functools.cached_property holds a lock meanwhile: 0.6 µs for each attribute of a request.

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function
        self.__doc__ = function.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        value = instance.__dict__[self.name] = self.function(instance)
        return value


def first_read(function: Callable[[Any], T]) -> T:
    """Declare an attribute of type ``T`` that ``function`` computes at its first read."""
    return cast(T, _FirstRead(function))


def _of_environ(read: Callable[[WSGIEnvironment], T]) -> T:
    """Declare an attribute that stands in the WSGI environment."""
    return first_read(lambda request: read(request.environ))


def _of_config(key: str, default: T) -> T:
    """Declare an attribute that the configuration has; the default is for a request without an application."""
    return first_read(lambda request: default if request.app is None else request.app.config[key])


def _decoded(environ: WSGIEnvironment, key: str) -> str:
    """Return a WSGI native string (PEP 3333: bytes as Latin-1) as text; bytes that are not UTF-8 are replaced."""
    text: str = environ.get(key) or ""
    return text if text.isascii() else text.encode("latin1").decode(errors="replace")


def with_readable_dates(environ: WSGIEnvironment) -> WSGIEnvironment:
    """Leave out dates that no calendar has: Werkzeug raises for them, RFC 9110 (section 13.1.3) has them ignored."""
    return {key: value for key, value in environ.items() if key not in _DATES or _is_of_a_calendar(value)}


def _is_of_a_calendar(date: str) -> bool:
    try:
        parse_date(date)
    except OverflowError:
        return False
    return True


def _ignoring_absurd(attribute: Any) -> Any:
    """Declare an attribute of Werkzeug's that reads a date, so that one that no calendar has is as good as none."""

    def read(request: Request) -> Any:
        try:
            return attribute.__get__(request, type(request))
        except OverflowError:
            readable = WerkzeugRequest(with_readable_dates(request.environ), populate_request=False)
            return attribute.__get__(readable, WerkzeugRequest)

    return property(read, doc=attribute.__doc__)


def _read(stream: IO[bytes], length: int) -> bytes:
    """Read a body of a known length; what is short of it is a client that is gone."""
    # PERF: to read all of it through Werkzeug's LimitedStream takes 6 µs more.
    try:
        body = stream.read(length) if length else b""
    except (OSError, ValueError) as error:
        raise ClientDisconnected from error
    return body if len(body) == length else body + LimitedStream(stream, length - len(body)).read()


def _fields(text: str) -> list[tuple[str, str]]:
    """Return the fields of a form as ``urllib.parse.parse_qsl`` does for Werkzeug, in half the time."""
    pairs = [field.replace("+", " ").partition("=") for field in text.split("&") if field]
    return [(_unquoted(name), _unquoted(value)) for name, _, value in pairs]


def _unquoted(text: str) -> str:
    return unquote(text, errors="werkzeug.url_quote") if "%" in text else text


def cookie_of(request: Request, name: str) -> str | None:
    """Return ``request.cookies.get(name)``; all cookies are made only where the header is no plain one."""
    header = request.environ.get("HTTP_COOKIE", "")
    if type(request) is not Request or "cookies" in request.__dict__ or '"' in header or name.split() != [name]:
        return request.cookies.get(name)
    # PERF: every session comes this way. Werkzeug's expression, and the dict of lists, take four times as long.
    for cookie in header.split(";"):
        key, _, value = cookie.partition("=")
        if key.strip(_BLANK) == name and not any(blank in (value := value.strip(_BLANK)) for blank in _BLANK):
            return cast(str, value)
    return None


def blueprint_chain(name: str | None) -> list[str]:
    """Return a blueprint's dotted name and those of the blueprints that it is nested in, inner to outer."""
    if name is None:
        return []
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]


class Request(WerkzeugRequest):
    """An HTTP request, read from the WSGI environment as far as it is looked at.

    Attributes:
        app: The application that answers the request; ``None`` for a request made outside of one.
        url_rule: The rule that the path matched.
        view_args: The values that the rule took from the path.
        routing_exception: Why no rule matched; raised when the view is due.
    """

    app: App | None = None
    url_rule: Rule | None = None
    view_args: dict[str, Any] | None = None
    routing_exception: HTTPException | None = None

    shallow: bool = False
    environ: WSGIEnvironment

    date: datetime | None = _ignoring_absurd(WerkzeugRequest.date)
    if_modified_since: datetime | None = _ignoring_absurd(WerkzeugRequest.if_modified_since)
    if_range: IfRange = _ignoring_absurd(WerkzeugRequest.if_range)
    if_unmodified_since: datetime | None = _ignoring_absurd(WerkzeugRequest.if_unmodified_since)

    def __init__(self, environ: WSGIEnvironment, populate_request: bool = True, shallow: bool = False) -> None:
        # PERF: Werkzeug's own __init__ decodes the path, wraps the headers, … at once, which costs 3 µs of the request.
        self.environ = environ
        if shallow:
            self.shallow = True
        elif populate_request:
            environ["werkzeug.request"] = self

    method: str = _of_environ(lambda environ: environ.get("REQUEST_METHOD", "GET").upper())
    """The method, in upper case."""

    scheme: str = _of_environ(lambda environ: environ.get("wsgi.url_scheme", "http"))
    """The scheme, ``http`` or ``https``."""

    server: tuple[str, int | None] | None = _of_environ(_get_server)
    """The server's host and port, as far as they are known."""

    root_path: str = _of_environ(lambda environ: _decoded(environ, "SCRIPT_NAME").rstrip("/"))
    """The path below which the application is mounted, without a slash at its end."""

    path: str = _of_environ(lambda environ: "/" + _decoded(environ, "PATH_INFO").lstrip("/"))
    """The path below :attr:`root_path`, with a slash at its start."""

    headers: Headers = _of_environ(EnvironHeaders)
    """The headers."""

    remote_addr: str | None = _of_environ(lambda environ: environ.get("REMOTE_ADDR"))
    """The address of the client, or of the proxy before the server."""

    max_content_length: int | None = _of_config("MAX_CONTENT_LENGTH", WerkzeugRequest.max_content_length)
    """The most bytes of a body that are read; set it to override ``MAX_CONTENT_LENGTH``."""

    max_form_memory_size: int | None = _of_config("MAX_FORM_MEMORY_SIZE", WerkzeugRequest.max_form_memory_size)
    """The most bytes of a form field that is no file; set it to override ``MAX_FORM_MEMORY_SIZE``."""

    max_form_parts: int = _of_config("MAX_FORM_PARTS", WerkzeugRequest.max_form_parts)
    """The most parts of a multipart form; set it to override ``MAX_FORM_PARTS``."""

    trusted_hosts: list[str] | None = _of_config("TRUSTED_HOSTS", None)
    """The hosts that the request may name, from ``TRUSTED_HOSTS``; ``None`` trusts any."""

    @first_read
    def query_string(self) -> bytes:
        """The query as bytes; what RFC 3986 does not let stand in one is percent-encoded, as browsers do."""
        query = cast(str, self.environ.get("QUERY_STRING", "")).encode("latin1")
        return query if query.isascii() else quote(query, safe=_ASCII).encode()

    @first_read
    def cookies(self) -> ImmutableMultiDict[str, str]:
        """The cookies."""
        # PERF: Werkzeug goes through all headers to find this one, in 6 µs.
        found = parse_cookie(self.environ.get("HTTP_COOKIE"), cls=self.dict_storage_class)
        return cast("ImmutableMultiDict[str, str]", found)

    @first_read
    def host(self) -> str:
        """The host that the request names, with a port that is not the scheme's; empty for what can be no host.

        Werkzeug checks its characters, and raises at the first look at :attr:`url` for a name that is no IDNA.

        Raises:
            SecurityError: It is none of :attr:`trusted_hosts`.
        """
        host = get_host(self.environ, self.trusted_hosts)
        try:
            uri_to_iri(f"{self.scheme}://{host}/")
        except ValueError:
            return ""
        return host

    @first_read
    def authorization(self) -> Authorization | None:
        """The ``Authorization`` header; ``None`` if there is none that can be read (Werkzeug raises for bytes)."""
        try:
            return Authorization.from_header(self.headers.get("Authorization"))
        except ValueError:
            return None

    @first_read
    def json_module(self) -> Any:
        """What reads JSON bodies: the application's provider."""
        return WerkzeugRequest.json_module if self.app is None else self.app.json

    @property
    def endpoint(self) -> str | None:
        """The endpoint that the path matched, ``None`` if none did."""
        return None if self.url_rule is None else cast(str, self.url_rule.endpoint)

    @property
    def blueprint(self) -> str | None:
        """The registered name of the blueprint that the endpoint belongs to, ``None`` outside of blueprints."""
        endpoint = self.endpoint
        return endpoint.rpartition(".")[0] or None if endpoint else None

    @property
    def blueprints(self) -> list[str]:
        """The registered names of the blueprint and of those around it, inner to outer."""
        return blueprint_chain(self.blueprint)

    @overload
    def parse(self, kind: type[T], *, source: Source | None = None) -> T: ...
    @overload
    def parse(self, kind: Any, *, source: Source | None = None) -> Any: ...
    def parse(self, kind: Any, *, source: Source | None = None) -> Any:
        """Return what the client sent as a value of a type: ``request.parse(NewNote)``.

        Args:
            kind: A dataclass, ``TypedDict``, msgspec struct; for JSON also ``list[…]`` and whatever else msgspec reads.
                Keys that the type does not know are left out, unless a struct has ``forbid_unknown_fields``.
            source: ``"json"`` for a JSON body alone, ``"form"`` for a form alone, ``"query"`` for the query; unless
                given, the body, which the content type says how to read.

        Returns:
            The value. A form or a query gives texts, which are converted: a field that is sent several times to a list,
            an empty one to what stands for nothing; in a form, a checkbox that is not checked to ``False``.

        Raises:
            InvalidInput: It does not fit the type: 422, with all mistakes.
            BadRequest: The body is no JSON (RFC 8259).
            UnsupportedMediaType: The body is of another content type.
            RequestEntityTooLarge: The body is larger than ``MAX_CONTENT_LENGTH`` or another limit.
            TypeError: Nothing can be read as this type.
        """
        return parse(self, kind, source)

    def on_json_loading_failed(self, e: ValueError | None) -> Any:
        """Answer a body that is no JSON with 400 (415 for another content type); the details are for debug only."""
        try:
            return super().on_json_loading_failed(e)
        except BadRequest as error:
            if (self.app is not None and self.app.debug) or type(error) is not BadRequest:
                raise
            raise BadRequest from error

    def close(self) -> None:
        """Close the files that came with the request."""
        if "files" in self.__dict__:
            super().close()

    def _load_form_data(self) -> None:
        """Read and parse the body, unless that is done; Werkzeug's method, with a short way for plain forms."""
        length = self._plain_form_length()
        if length is None:
            super()._load_form_data()
            return
        # PERF: Werkzeug's stream, parser and look at the content type take 12 µs more than reading and splitting it.
        body = _read(self.environ["wsgi.input"], length)
        try:
            fields = _fields(body.decode())
        except ValueError:  # no UTF-8: no form
            fields = []
        kind = self.parameter_storage_class
        self.__dict__.update(stream=BytesIO(), form=kind(fields), files=kind())

    def _plain_form_length(self) -> int | None:
        """Return the length of a body that is a form of the plain kind, and not read yet; ``None`` for any other."""
        environ, length = self.environ, self.environ.get("CONTENT_LENGTH") or ""
        if (
            environ.get("CONTENT_TYPE") != "application/x-www-form-urlencoded"
            or type(self) is not Request
            or self.shallow
            or not _READ.isdisjoint(self.__dict__)
            or not _UNBOUNDED.isdisjoint(environ)
            or not _LENGTH(length)
        ):
            return None
        limit = self.max_content_length
        return int(length) if limit is None or int(length) <= limit else None

    def allowed_methods(self) -> list[str]:
        """Return the methods that the path answers, whether or not it answers this one."""
        if isinstance(self.routing_exception, MethodNotAllowed):
            return sorted(self.routing_exception.valid_methods or ())
        return sorted(self.url_rule.methods or ()) if self.url_rule is not None else []
