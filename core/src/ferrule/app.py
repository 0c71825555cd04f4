"""The application: parts that do the work, and thin methods that lead to them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from threading import RLock
from types import MappingProxyType, TracebackType
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar, cast

from werkzeug.wrappers import Response as WerkzeugResponse

from .answering import Answering
from .blueprints import Blueprint
from .config import DETECT, Config, Detect, Source
from .context import Context, Globals, current_context, g, request, session
from .coroutines import async_to_sync, is_async
from .dispatch import answer, answer_unhandled, match
from .enabling import new_registry
from .exceptions import ExtensionError, SetupError
from .extensions import Extension, HookRelay, Registry
from .flashing import get_flashed_messages
from .folders import instance_folder
from .json import JSONProvider, MsgspecProvider
from .lifecycle import enlist, finalize, initialise, load, shut_down
from .plans import Plan
from .requests import Request
from .responses import Response, to_response
from .routing import Router
from .sessions import SessionInterface
from .templating import select_autoescape
from .urls import url_for

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from jinja2 import BaseLoader, Environment  # PERF: slow to import; an application without templates never pays

    from .testing import FerruleClient, FerruleCliRunner

__all__ = ["App"]

F = TypeVar("F", bound=Callable[..., Any])
E = TypeVar("E", bound=Extension)


_TEMPLATE_NAMES: Final = {
    "g": g,
    "get_flashed_messages": get_flashed_messages,
    "request": request,
    "session": session,
    "url_for": url_for,
}


class App(Answering):
    """A WSGI application.

    Args:
        import_name: The module that it belongs to, ``__name__``.
        static_url_path: The path of the static files; the folder's name unless given.
        static_folder: The folder with static files.
        static_host: The host that serves them, with ``host_matching``.
        host_matching: Match rules by host.
        subdomain_matching: Match rules by subdomain of ``SERVER_NAME``.
        template_folder: The folder with templates.
        instance_path: The folder for files that belong to one installation; found unless given.
        instance_relative_config: Look for configuration files there instead of in the application's folder.
        root_path: The application's folder, where it cannot be found.
        config_file: The TOML file; looked for unless given, ``None`` for none.
        config: Values that win over file and environment.
        defaults: Values that file and environment win over.
        extensions: Names, classes or instances, in place of the configured list.
        env: The environment, such as ``"testing"``; ``FERRULE_ENV`` unless given.

    Raises:
        ConfigError: The configuration has mistakes; the text lists all.
        ExtensionError: An extension cannot be enabled; the text lists all.
    """

    request_class: type[Request] = Request
    response_class: type[Response] = Response
    jinja_environment: type[Environment] | None = None
    app_ctx_globals_class: type[Globals] = Globals
    config_class: type[Config] = Config
    json_provider_class: type[JSONProvider] = MsgspecProvider
    test_client_class: type[FerruleClient] | None = None
    test_cli_runner_class: type[FerruleCliRunner] | None = None
    jinja_options: Mapping[str, Any] = MappingProxyType({})

    def __init__(
        self,
        import_name: str,
        static_url_path: str | None = None,
        static_folder: str | os.PathLike[str] | None = "static",
        static_host: str | None = None,
        host_matching: bool = False,
        subdomain_matching: bool = False,
        template_folder: str | os.PathLike[str] | None = "templates",
        instance_path: str | None = None,
        instance_relative_config: bool = False,
        root_path: str | None = None,
        *,
        config_file: str | os.PathLike[str] | Detect | None = DETECT,
        config: Mapping[str, Any] | None = None,
        defaults: Mapping[str, Any] | None = None,
        extensions: Iterable[str | Extension | type[Extension]] | None = None,
        env: str | None = None,
    ) -> None:
        super().__init__(import_name, static_folder, static_url_path, template_folder, root_path)
        self.static_host = static_host
        self._check_static_host(host_matching)
        self.subdomain_matching = subdomain_matching
        self.instance_path: str = instance_folder(import_name, instance_path)
        self.router: Router[Plan] = Router(
            host_matching=host_matching, subdomain_matching=subdomain_matching, map_class=self.url_map_class
        )
        self.initialised: bool = False
        self._lock = RLock()
        self._finalizing = False
        self._failure: ExtensionError | None = None
        self._plans: dict[str | None, Plan] = {}
        self.plugins: Registry = new_registry()
        self.hooks: HookRelay = self.plugins.hooks
        self.config: Config = self.config_class(self.instance_path if instance_relative_config else self.root_path)
        source = Source.read(root_path=self.root_path, config_file=config_file, env=env, environ=os.environ)
        self.config_file: Path | None = source.path
        load(self, source, extensions, defaults=defaults, overrides=config)
        self.extensions: dict[str, Extension] = {c.name: c.extension for c in self.plugins}

    @property
    def name(self) -> str:  # type: ignore[override]  # a plain attribute of blueprints, derived for applications
        """The application's name: that of its module, or of the script that is run."""
        if self.import_name != "__main__":
            return self.import_name
        file = getattr(sys.modules["__main__"], "__file__", None)
        return "__main__" if file is None else os.path.splitext(os.path.basename(file))[0]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"

    def _check_static_host(self, host_matching: bool) -> None:
        if self.has_static_folder and (self.static_host is not None) != host_matching:
            raise SetupError(
                f"App(host_matching={host_matching}, static_host={self.static_host!r}): static files are served by a"
                " host of their own with host_matching, and only then; give both, or static_folder=None"
            )

    # extensions

    def enlist(self, extension: Extension) -> None:
        """Enable an extension by hand; what :meth:`ferrule.Extension.init_app` calls."""
        enlist(self, extension)

    def extension(self, kind: type[E]) -> E:
        """Return the enabled extension of a class.

        Raises:
            LookupError: None is enabled.
        """
        named = self.extensions.get(getattr(kind, "name", ""))
        if isinstance(named, kind):  # PERF: some are asked for in every request, and may be the last of many
            return named
        for candidate in self.plugins:
            if isinstance(candidate.extension, kind):
                return candidate.extension
        name = getattr(kind, "name", kind.__name__)
        raise LookupError(f"the extension {name!r} is not enabled in {self.name!r}; add it to the list of extensions")

    # life

    def initialise(self) -> None:
        """Run ``app_init`` of the extensions, once; a context, a test client or a command does it by itself."""
        with self._lock:
            if not self.initialised:
                if self._failure is not None:  # what ran before it would find itself there already
                    raise self._failure
                self.initialised = True
                try:
                    initialise(self)
                except BaseException as error:
                    self.initialised = False
                    self._failure = error if isinstance(error, ExtensionError) else None
                    raise
                if self._jinja_env is not None:  # made before, by a line such as app.jinja_env.filters[…] = …
                    self._complete(self._jinja_env)

    def finalize(self) -> None:
        """Compile routes and hooks, once; the first request does it by itself. Registering is an error from then on."""
        with self._lock:
            self.initialise()
            if not self.finalized:
                self._enter_freeze()
                try:
                    finalize(self)
                finally:
                    self._finalizing = False
                self._plans.clear()
                self.finalized = True

    def _enter_freeze(self) -> None:
        if self._finalizing:
            raise SetupError(
                f"{self.name!r} was asked to answer a request, or to finalize, by an app_ready hook: it is not complete"
                " before all of these are done"
            )
        self._finalizing = True

    def shutdown(self) -> None:
        """Let the extensions close what they hold; for servers to call when a worker ends."""
        shut_down(self)

    # requests

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as a WSGI application; middleware goes around :meth:`wsgi_app`."""
        if not self.finalized:  # before wsgi_app is looked up: the freeze may put ``PROXY_FIX`` around it
            self.finalize()
        return self.wsgi_app(environ, start_response)

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333). Wrap it in middleware: ``app.wsgi_app = Middleware(app.wsgi_app)``."""
        if not self.finalized:
            self.finalize()
        return answer(self, environ, start_response)

    def make_response(self, rv: Any) -> WerkzeugResponse:
        """Make a response of what a view returned; see :func:`ferrule.responses.to_response`."""
        return to_response(self, rv)

    def handle_exception(self, e: Exception) -> WerkzeugResponse:
        """Answer an error that no handler took; see :func:`ferrule.dispatch.answer_unhandled`."""
        return answer_unhandled(current_context(), e)

    def log_exception(
        self, exc_info: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> None:
        """Log an error that no handler took."""
        environ = current_context().request.environ
        self.logger.error(
            "Exception on %s [%s]", environ.get("PATH_INFO"), environ.get("REQUEST_METHOD"), exc_info=exc_info
        )

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return what calls a function and waits for its result: ``async def`` is wrapped, all else is as it is."""
        return self.async_to_sync(func) if is_async(func) else func

    def async_to_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap an ``async def`` so that a thread can call it: the process' event loop runs it. Override it at will."""
        return async_to_sync(func)

    def app_context(self) -> Context:
        """Return a context for work outside of a request; ``with app.app_context():``."""
        return Context(self)

    def request_context(self, environ: WSGIEnvironment) -> Context:
        """Return the context of a request with this WSGI environment."""
        self.initialise()
        return match(self, environ)

    def test_request_context(self, *args: Any, **kwargs: Any) -> Context:
        """Return the context of a request made of the arguments of :class:`werkzeug.test.EnvironBuilder`."""
        from .testing import environ_for  # PERF: werkzeug.test is slow to import; only tests need it

        return self.request_context(environ_for(self, *args, **kwargs))

    def plan_without_rule(self, method: str | None) -> Plan:
        """Return the steps of a request that matched no rule, or (``None``) of a context that is no request's."""
        if method is None:
            self.initialise()
        plan = self._plans.get(method)
        if plan is None:
            plan = Plan(self, None, None, method)
            if self.finalized and len(self._plans) < 32:  # methods are whatever clients send
                self._plans[method] = plan
        return plan

    def register_blueprint(self, blueprint: Blueprint, **options: Any) -> None:
        """Register a blueprint.

        Args:
            blueprint: The blueprint.
            **options: ``name``, ``url_prefix``, ``subdomain``, ``url_defaults``, ``cli_group`` of this registration.
        """
        self.check_setup_open("register_blueprint")
        blueprint.register(self, options)

    def iter_blueprints(self) -> Iterable[Blueprint]:
        """Go through the blueprints in the order of their registration."""
        return self.blueprints.values()

    # sessions and JSON

    @property
    def permanent_session_lifetime(self) -> timedelta:
        """How long a permanent session lasts (``PERMANENT_SESSION_LIFETIME``)."""
        return self.session_interface.get_lifetime(self)

    @permanent_session_lifetime.setter
    def permanent_session_lifetime(self, value: timedelta | int) -> None:
        self.config["PERMANENT_SESSION_LIFETIME"] = value

    @cached_property
    def session_interface(self) -> SessionInterface:
        """What opens and saves sessions: the one set here, else an extension's, else encrypted cookies."""
        return cast(SessionInterface, self.hooks.session_interface(self))

    @cached_property
    def json(self) -> JSONProvider:
        """What reads and writes JSON: the one set here, else an extension's, else :attr:`json_provider_class`."""
        return cast(JSONProvider, self.hooks.json_provider(self) or self.json_provider_class(self))

    # files and templates

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """Return how long a cache may keep a file, in seconds; ``None`` lets it ask each time. Override it at will."""
        configured: timedelta | int | None = self.config["SEND_FILE_MAX_AGE_DEFAULT"]
        return int(configured.total_seconds()) if isinstance(configured, timedelta) else configured

    def open_instance_resource(self, resource: str, mode: str = "rb", encoding: str | None = "utf-8") -> IO[Any]:
        """Open a file of the instance folder."""
        return open(os.path.join(self.instance_path, resource), mode, encoding=None if "b" in mode else encoding)

    @property
    def jinja_env(self) -> Environment:
        """The Jinja environment, made when first needed."""
        with self._lock:
            if self._jinja_env is None:
                self._jinja_env = self.create_jinja_environment()
                self._complete(self._jinja_env)
            return self._jinja_env

    def _complete(self, environment: Environment) -> None:
        from .environment import complete_environment  # PERF: Jinja is slow to import, and not always needed

        complete_environment(self, environment)

    def create_jinja_environment(self) -> Environment:
        """Make the Jinja environment. Override it to change what :func:`super` returns."""
        from .environment import make_environment  # PERF: Jinja is slow to import, and not always needed

        return make_environment(self, _TEMPLATE_NAMES)

    def create_global_jinja_loader(self) -> BaseLoader:
        """Make what finds the templates of the application, its blueprints and its extensions."""
        from .environment import TemplateLoader  # PERF: Jinja is slow to import, and not always needed

        return TemplateLoader(self)

    def select_jinja_autoescape(self, filename: str | None) -> bool:
        """Tell whether a template escapes what it prints."""
        return select_autoescape(filename)

    # commands and tests

    def make_shell_context(self) -> dict[str, Any]:
        """Return the names that ``ferrule shell`` starts with."""
        names: dict[str, Any] = {"app": self, "g": g, **self.hooks.shell_context(self)}
        for processor in self.shell_context_processors:
            names |= processor()
        return names

    def test_client(self, use_cookies: bool = True, **kwargs: Any) -> FerruleClient:
        """Return a client that calls the application without a server.

        Args:
            use_cookies: Keep cookies from one request to the next.
            **kwargs: For extensions that implement the hook ``test_client``, such as ``user`` for login; the others are
                for the client's class.
        """
        from .testing import FerruleClient  # PERF: werkzeug.test is slow to import; only tests need it

        self.initialise()
        preparations = self.hooks.test_client(self, kwargs)
        kind = self.test_client_class or FerruleClient
        client = kind(self, self.response_class, use_cookies=use_cookies, **kwargs)
        for prepare in preparations:
            prepare(client)
        return client

    def test_cli_runner(self, **kwargs: Any) -> FerruleCliRunner:
        """Return a runner that calls the application's commands."""
        from .testing import FerruleCliRunner  # PERF: click is slow to import; only tests need it

        return (self.test_cli_runner_class or FerruleCliRunner)(self, **kwargs)

    def run(self, host: str | None = None, port: int | None = None, debug: bool | None = None, **options: Any) -> None:
        """Run the development server.

        Args:
            host: The address; that of ``SERVER_NAME`` or 127.0.0.1 unless given.
            port: The port; that of ``SERVER_NAME`` or 5000 unless given.
            debug: Whether to reload on changes and to show the debugger; as :attr:`debug` unless given.
            **options: For :func:`werkzeug.serving.run_simple`.
        """
        from .server import run_development_server  # PERF: slow to import, and production never needs it

        if debug is not None:
            self.debug = debug
        run_development_server(self, host, port, **options)
