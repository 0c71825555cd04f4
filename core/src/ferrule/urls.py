"""URLs of endpoints, and redirects to them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NoReturn

from werkzeug import exceptions, utils
from werkzeug.routing import Map, MapAdapter, Rule
from werkzeug.urls import iri_to_uri
from werkzeug.wrappers import Response

from .context import current_context, has_app_context
from .requests import Request

if TYPE_CHECKING:
    from .app import App

__all__ = ["abort", "redirect", "url_adapter", "url_for"]

_is_unquoted: Final = re.compile(r"[\w.~-]+", re.ASCII).fullmatch
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]")


def url_for(
    endpoint: str,
    *,
    _anchor: str | None = None,
    _method: str | None = None,
    _scheme: str | None = None,
    _external: bool | None = None,
    **values: Any,
) -> str:
    """Build the URL of an endpoint.

    Args:
        endpoint: Its name; one that begins with a dot is of the current blueprint.
        _anchor: The fragment, without ``#``.
        _method: The HTTP method, where an endpoint has rules for several.
        _scheme: The scheme of an external URL.
        _external: Whether to give the whole URL; inside of a request only if asked for, outside always.
        **values: The variable parts of the path; the rest become the query.

    Raises:
        werkzeug.routing.BuildError: No rule of the endpoint takes these values.
        ContextError: There is no request, and ``SERVER_NAME`` is not set.
    """
    app = current_context().app
    if _anchor is _method is _scheme is None and _external is None:  # PERF: the common case; the names take 0.3 µs
        return app.url_for(endpoint, **values)
    return app.url_for(endpoint, _anchor=_anchor, _method=_method, _scheme=_scheme, _external=_external, **values)


def url_adapter(app: App, request: Request | None) -> MapAdapter | None:
    """Return what matches and builds URLs for a request; without one, for ``SERVER_NAME`` if it is set."""
    server_name = app.config["SERVER_NAME"]
    if request is not None:
        if app.url_map.host_matching:
            return app.url_map.bind_to_environ(request.environ)
        if app.subdomain_matching:
            return app.url_map.bind_to_environ(request.environ, server_name=server_name)
        if app.url_map.default_subdomain:
            subdomain = app.url_map.default_subdomain
            return app.url_map.bind_to_environ(request.environ, server_name=server_name, subdomain=subdomain)
        return _RequestAdapter(app.url_map, request, server_name)
    if server_name is None:
        return None
    return app.url_map.bind(
        server_name, script_name=app.config["APPLICATION_ROOT"], url_scheme=app.config["PREFERRED_URL_SCHEME"]
    )


class _RequestAdapter(MapAdapter):
    """Werkzeug's adapter of a request, bound when something asks for it; the URL of a path is built without."""

    # PERF: to bind it takes 8 µs, mostly for the host, and the rest of Werkzeug's build 2 for each URL.

    def __init__(self, url_map: Map, request: Request, server_name: str | None) -> None:
        self.map = url_map
        self._request = request
        self._server_name = server_name

    def __getattr__(self, name: str) -> Any:
        """Bind the adapter, at the first look at an attribute that ``MapAdapter`` has and this one has not."""
        if name.startswith("_") or "server_name" in self.__dict__:
            raise AttributeError(name)
        bound = self.map.bind_to_environ(self._request.environ, server_name=self._server_name, subdomain="")
        self.__dict__ = {**vars(bound), **self.__dict__}  # what App.create_url_adapter has set stays
        return getattr(self, name)

    def build(self, endpoint: Any, values: Any = None, *args: Any, **options: Any) -> str:
        """Build a URL as Werkzeug does."""
        if not (args or options) and type(values) is dict and "script_name" not in self.__dict__:
            if None in values.values():
                values = {name: value for name, value in values.items() if value is not None}
            path = self._path(endpoint, values)
            if path is not None:
                return f"{self._request.root_path}/{path.lstrip('/')}"
        return super().build(endpoint, values, *args, **options)

    def _path(self, endpoint: Any, values: dict[str, Any]) -> str | None:
        """Return the path of the rule that Werkzeug takes, ``None`` if only Werkzeug can tell which that is."""
        self.map.update()
        rules = self.map._rules_by_endpoint.get(endpoint, ())
        for method in (self._request.environ["REQUEST_METHOD"], None):
            for rule in rules:
                if rule.suitable_for(values, method) and (built := _built(rule, values)) is not None:
                    domain, path = built
                    return None if domain or rule.websocket else path
        return None


def _built(rule: Rule, values: dict[str, Any]) -> tuple[str, str] | None:
    """Build as a rule does."""
    rest = values.keys() - rule.arguments
    if len(rest) == 1:  # PERF: to write one parameter that needs no quoting, urllib takes 2.5 µs
        (name,) = rest
        value = values[name]
        if type(value) in (str, int) and _is_unquoted(f"{name}{value}"):
            built = rule.build(values, append_unknown=False)
            return built and (built[0], f"{built[1]}?{name}={value}")
    return rule.build(values)


def redirect(location: str, code: int = 303, Response: type[Response] | None = None) -> Response:  # noqa: N803  # Flask's name
    """Send the client elsewhere.

    Args:
        location: The URL; control characters in it are percent-encoded. Never what a client sent, unchecked: that is
            an open redirect (OWASP).
        code: 303 lets the client follow with ``GET`` whatever it came with (RFC 9110, section 15.4.4).
        Response: The class of the response; the application's unless given.

    Raises:
        ValueError: The location is no URL, such as ``//[``; found here, while error handlers can still answer it.
    """
    if Response is None and has_app_context():
        return current_context().app.redirect(location, code)
    location = _CONTROLS.sub(lambda control: f"%{ord(control[0]):02X}", location)
    try:
        iri_to_uri(location)  # what the response will write
    except ValueError as error:
        raise ValueError(f"redirect({location!r}): this is no URL: {error}") from error
    return utils.redirect(location, code=code, Response=Response)


def abort(code: int | Response, *args: Any, **kwargs: Any) -> NoReturn:
    """End the request with an HTTP error.

    Args:
        code: The status code, or a response.
        *args: For the exception: a description.
        **kwargs: For the exception: ``description``, ``response``.

    Raises:
        werkzeug.exceptions.HTTPException: The error of that code.
        LookupError: There is no error with that code.
    """
    aborter = current_context().app.aborter if has_app_context() else exceptions.abort
    aborter(code, *args, **kwargs)
