"""What tests call an application with: a client in place of a browser, a runner in place of a shell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast
from urllib.parse import urlsplit

from click.testing import CliRunner, Result
from werkzeug.test import Client, TestResponse
from werkzeug.test import EnvironBuilder as WerkzeugBuilder
from werkzeug.wrappers import Request
from werkzeug.wrappers import Response as WerkzeugResponse

from .cli.groups import ScriptInfo
from .context import Context
from .exceptions import SetupError
from .sessions import SessionMixin

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from .app import App

__all__ = ["EnvironBuilder", "FerruleCliRunner", "FerruleClient", "environ_for"]

_PRESERVE = "werkzeug.debug.preserve_context"


class EnvironBuilder(WerkzeugBuilder):
    """Makes the WSGI environment of a request to an application.

    Args:
        app: Whose ``SERVER_NAME``, ``APPLICATION_ROOT`` and ``PREFERRED_URL_SCHEME`` make the base URL, and whose
            provider writes JSON.
        path: The path, perhaps with a query; or a whole URL.
        base_url: What the path is relative to.
        subdomain: A subdomain of ``SERVER_NAME``, instead of a base URL.
        url_scheme: Instead of ``PREFERRED_URL_SCHEME`` and a base URL.
        *args: For :class:`werkzeug.test.EnvironBuilder`.
        **kwargs: Likewise.

    Raises:
        SetupError: A base URL comes with a subdomain or a scheme.
    """

    def __init__(
        self,
        app: App,
        path: str = "/",
        base_url: str | None = None,
        subdomain: str | None = None,
        url_scheme: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        if base_url is None:
            path, base_url = _relative(app, path, subdomain, url_scheme)
        elif subdomain or url_scheme:
            raise SetupError("base_url has a host and a scheme; leave subdomain and url_scheme out")
        self.app = app
        super().__init__(path, base_url, *args, **kwargs)

    def json_dumps(self, obj: Any, **kwargs: Any) -> str:
        """Write JSON as the application does."""
        return self.app.json.dumps(obj, **kwargs)


def _relative(app: App, path: str, subdomain: str | None, url_scheme: str | None) -> tuple[str, str]:
    """Return the path with its query, and what it is relative to."""
    host = ".".join(filter(None, (subdomain, app.config["SERVER_NAME"] or "localhost")))
    parts = urlsplit(path)
    root = app.config["APPLICATION_ROOT"]
    scheme = parts.scheme or url_scheme or app.config["PREFERRED_URL_SCHEME"]
    query = f"?{parts.query}" if parts.query else ""
    return parts.path + query, f"{scheme}://{parts.netloc or host}/{root.lstrip('/')}"


def environ_for(app: App, *args: Any, **kwargs: Any) -> WSGIEnvironment:
    """Make a WSGI environment as a request to the application would have it; as :class:`EnvironBuilder` does."""
    builder = EnvironBuilder(app, *args, **kwargs)
    try:
        return builder.get_environ()
    finally:
        builder.close()


class FerruleClient(Client):
    """Calls an application without a server, and keeps its cookies.

    In a ``with`` block the context of the last request stays, for the test to look at ``request``, ``session``, ``g``.
    """

    application: App

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.preserve_context: bool = False
        self.environ_base: dict[str, Any] = {"REMOTE_ADDR": "127.0.0.1", "HTTP_USER_AGENT": "ferrule-test-client"}
        self._new_contexts: list[Context] = []
        self._contexts = ExitStack()

    @contextmanager
    def session_transaction(self, *args: Any, **kwargs: Any) -> Iterator[SessionMixin]:
        """Open the client's session for reading and writing outside of a request.

        Args:
            *args: The request that it is opened for, as for :meth:`ferrule.App.test_request_context`.
            **kwargs: Likewise.

        Raises:
            SetupError: The client keeps no cookies, or there is no secret key.
        """
        if self._cookies is None:
            raise SetupError("this test client was made with use_cookies=False and has no session")
        app = self.application
        context = app.test_request_context(*args, **kwargs)
        self._add_cookies_to_wsgi(context.request.environ)
        with context:
            session = context.session
        if app.session_interface.is_null_session(session):
            raise SetupError("there is no session without a secret key; set app.secret_key")
        yield session
        response = app.response_class()
        with context:
            app.session_interface.save_session(app, session, response)
        self.keep_cookies(context, response)

    def keep_cookies(self, context: Context, response: WerkzeugResponse) -> None:
        """Keep the cookies of a response that was not made by a request of this client.

        Args:
            context: The context of the request that the response is for.
            response: The response.
        """
        host, path = context.request.host.partition(":")[0], context.request.path
        self._update_cookies_from_response(host, path, response.headers.getlist("Set-Cookie"))

    def open(self, *args: Any, buffered: bool = False, follow_redirects: bool = False, **kwargs: Any) -> TestResponse:
        """Make a request.

        Args:
            *args: A path, a builder, an environment or a request.
            buffered: Read the whole body at once, and close it.
            follow_redirects: Make further requests until the answer is no redirect.
            **kwargs: For :class:`werkzeug.test.EnvironBuilder`.
        """
        request = self._request_from(args, kwargs)
        self._contexts.close()
        self._new_contexts.clear()  # what a request that raised has left
        response = super().open(request, buffered=buffered, follow_redirects=follow_redirects)
        response.json_module = cast(Any, self.application.json)
        if self._new_contexts:
            self._contexts.enter_context(self._new_contexts.pop())
        return response

    def _request_from(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Request:
        first = args[0] if args and not kwargs else None
        if isinstance(first, Request):
            return type(first)(self._with_base(first.environ))
        if isinstance(first, dict):
            return WerkzeugBuilder.from_environ(first, environ_base=self._with_base({})).get_request()
        if isinstance(first, WerkzeugBuilder):
            first.environ_base = self._with_base(first.environ_base or {})
            return first.get_request()
        kwargs["environ_base"] = self._with_base(kwargs.get("environ_base") or {})
        builder = EnvironBuilder(self.application, *args, **kwargs)
        try:
            return builder.get_request()
        finally:
            builder.close()

    def _with_base(self, environ: Mapping[str, Any]) -> dict[str, Any]:
        preserving = {_PRESERVE: self._new_contexts.append} if self.preserve_context else {}
        return {**self.environ_base, **environ, **preserving}

    def __enter__(self) -> Self:
        if self.preserve_context:
            raise RuntimeError("a test client cannot be entered twice at a time")
        self.preserve_context = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.preserve_context = False
        self._contexts.close()


class FerruleCliRunner(CliRunner):
    """Calls the commands of an application in the test's own process."""

    def __init__(self, app: App, **kwargs: Any) -> None:
        self.app = app
        super().__init__(**kwargs)

    def invoke(self, cli: Any = None, args: Any = None, **kwargs: Any) -> Result:  # type: ignore[override]  # as Flask's
        """Run a command.

        Args:
            cli: The command; all of the application's unless given.
            args: Its arguments.
            **kwargs: For :meth:`click.testing.CliRunner.invoke`.
        """
        kwargs.setdefault("obj", ScriptInfo(lambda: self.app))
        return super().invoke(self.app.cli if cli is None else cli, args, **kwargs)
