"""What an application and a blueprint both register: routes, functions around requests, handlers, folders."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, Self, TypeAlias, TypeVar, overload

from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.wrappers import Response

from .callers import caller
from .context import current_context
from .coroutines import is_async
from .exceptions import SetupError
from .files import send_from_directory
from .folders import root_of

if TYPE_CHECKING:
    from jinja2 import BaseLoader  # PERF: slow to import; an application without templates never pays

    from .cli.groups import AppGroup  # PERF: click is slow to import; only commands need it

__all__ = ["ErrorHandlers", "NamingDecorator", "Scaffold", "check_is_sync", "endpoint_of", "exception_and_code"]

F = TypeVar("F", bound=Callable[..., Any])
ErrorHandlers: TypeAlias = dict[str | None, dict[int | None, dict[type[Exception], Callable[[Any], Any]]]]


class NamingDecorator:
    """Registers the decorated function, with or without parentheses: under its own name, or under the one given.

    Args:
        method: The name of the method that takes the function, and the name if one was given.
        owner: Whose method that is; known once the decorator is read from an object.
    """

    def __init__(self, method: str, owner: object = None) -> None:
        self._method = method
        self._owner = owner

    def __get__(self, instance: object, owner: type) -> Self:
        return type(self)(self._method, instance)

    @overload
    def __call__(self, name: F) -> F: ...
    @overload
    def __call__(self, name: str | None = None) -> Callable[[F], F]: ...
    def __call__(self, name: Any = None) -> Any:
        """Register a function; or return what registers one under a name."""

        def register(function: F, under: str | None = name) -> F:
            getattr(self._owner, self._method)(function, under)
            return function

        return register(name, None) if callable(name) else register


class Scaffold:
    """The registries that applications and blueprints have in common, and the decorators that fill them.

    Each registry is a dict by the name of a blueprint; ``None`` stands for the application, or the blueprint itself.

    Attributes:
        import_name: The module that the object belongs to.
        root_path: The folder of that module.
        view_functions: Views by endpoint.
        error_handler_spec: Handlers by scope, code and class.
        before_request_funcs: See :meth:`before_request`.
        after_request_funcs: See :meth:`after_request`.
        teardown_request_funcs: See :meth:`teardown_request`.
        template_context_processors: See :meth:`context_processor`.
        url_value_preprocessors: See :meth:`url_value_preprocessor`.
        url_default_functions: See :meth:`url_defaults`.
    """

    name: str
    add_url_rule: Callable[..., None]
    check_setup_open: Callable[[str], None]

    def __init__(
        self,
        import_name: str,
        static_folder: str | os.PathLike[str] | None = None,
        static_url_path: str | None = None,
        template_folder: str | os.PathLike[str] | None = None,
        root_path: str | None = None,
    ) -> None:
        self.import_name = import_name
        self.root_path: str = root_path if root_path is not None else root_of(import_name)
        self.template_folder = template_folder
        self.static_folder = static_folder
        self.static_url_path = static_url_path
        self.view_functions: dict[str, Callable[..., Any]] = {}
        self.error_handler_spec: ErrorHandlers = {}
        self.before_request_funcs: dict[str | None, list[Callable[[], Any]]] = {}
        self.after_request_funcs: dict[str | None, list[Callable[[Any], Any]]] = {}
        self.teardown_request_funcs: dict[str | None, list[Callable[[BaseException | None], Any]]] = {}
        self.template_context_processors: dict[str | None, list[Callable[[], dict[str, Any]]]] = {}
        self.url_value_preprocessors: dict[str | None, list[Callable[[str | None, dict[str, Any] | None], Any]]] = {}
        self.url_default_functions: dict[str | None, list[Callable[[str, dict[str, Any]], Any]]] = {}

        self._cli: AppGroup | None = None

    @property
    def cli(self) -> AppGroup:
        """The group of commands, a :class:`~ferrule.cli.AppGroup`."""
        if self._cli is None:
            from .cli.groups import AppGroup  # PERF: click is slow to import; only commands need it

            self._cli = AppGroup(self.name)
        return self._cli

    # folders

    @property
    def static_folder(self) -> str | None:
        """The absolute path of the folder with static files."""
        return None if self._static_folder is None else os.path.join(self.root_path, self._static_folder)

    @static_folder.setter
    def static_folder(self, value: str | os.PathLike[str] | None) -> None:
        self._static_folder = None if value is None else os.fspath(value).rstrip("/\\")

    @property
    def has_static_folder(self) -> bool:
        """Whether a folder with static files is set."""
        return self._static_folder is not None

    @property
    def static_url_path(self) -> str | None:
        """The path under which the static files are served; the folder's name unless it is set."""
        if self._static_url_path is not None:
            return self._static_url_path
        folder = self.static_folder
        return None if folder is None else f"/{os.path.basename(folder)}".rstrip("/")

    @static_url_path.setter
    def static_url_path(self, value: str | None) -> None:
        self._static_url_path = None if value is None else value.rstrip("/")

    @cached_property
    def jinja_loader(self) -> BaseLoader | None:
        """The loader of the template folder; another one may be set in its place."""
        from jinja2 import FileSystemLoader  # PERF: slow to import, and not always needed

        folder = self.template_folder
        return None if folder is None else FileSystemLoader(os.path.join(self.root_path, folder))

    def open_resource(self, resource: str, mode: str = "rb", encoding: str | None = None) -> IO[Any]:
        """Open a file of the module's folder for reading."""
        if mode not in ("r", "rt", "rb"):
            raise ValueError(f"resources are opened for reading, in mode 'r', 'rt' or 'rb', not {mode!r}")
        return open(os.path.join(self.root_path, resource), mode, encoding=None if mode == "rb" else encoding)

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """Return how long a cache may keep a file, in seconds; a blueprint asks the application."""
        return current_context().app.get_send_file_max_age(filename)

    def send_static_file(self, filename: str) -> Response:
        """Send a file of the static folder; ``filename`` may be what a client sent.

        Raises:
            SetupError: There is no static folder.
        """
        if self.static_folder is None:
            raise SetupError(
                f"send_static_file({filename!r}): {self.name!r} has no static folder; give static_folder=…"
            )
        return send_from_directory(self.static_folder, filename, max_age=self.get_send_file_max_age(filename))

    # routes

    def route(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Register the decorated view for a rule.

        Args:
            rule: The path, with ``<converter:name>`` for the values that the view takes.
            **options: ``endpoint``, ``methods``, ``defaults``, ``strict_slashes``, … as in :meth:`add_url_rule`.
        """

        def register(view: F) -> F:
            self.add_url_rule(rule, options.pop("endpoint", None), view, **options)
            return view

        return register

    def _route_for(self, method: str, rule: str, options: dict[str, Any]) -> Callable[[F], F]:
        if "methods" in options:
            raise TypeError(f"{method.lower()}() says the method; use route() for several")
        return self.route(rule, methods=[method], **options)

    def get(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Register the decorated view for ``GET``."""
        return self._route_for("GET", rule, options)

    def post(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Register the decorated view for ``POST``."""
        return self._route_for("POST", rule, options)

    def put(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Register the decorated view for ``PUT``."""
        return self._route_for("PUT", rule, options)

    def patch(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Register the decorated view for ``PATCH``."""
        return self._route_for("PATCH", rule, options)

    def delete(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Register the decorated view for ``DELETE``."""
        return self._route_for("DELETE", rule, options)

    def endpoint(self, endpoint: str) -> Callable[[F], F]:
        """Register the decorated view under an endpoint whose rule is added elsewhere."""

        def register(view: F) -> F:
            self.check_setup_open("endpoint")
            self.view_functions[endpoint] = view
            return view

        return register

    # functions around requests

    def _append(self, registry: dict[Any, list[Any]], what: str, function: F) -> F:
        self.check_setup_open(what)
        registry.setdefault(None, []).append(function)
        return function

    def before_request(self, f: F) -> F:
        """Run a function before each view; what it returns, unless ``None``, is the answer."""
        return self._append(self.before_request_funcs, "before_request", f)

    def after_request(self, f: F) -> F:
        """Run a function on each response; it returns the response, or another. The last registered runs first."""
        return self._append(self.after_request_funcs, "after_request", f)

    def teardown_request(self, f: F) -> F:
        """Run a function when the context of each request goes, with the error that ended it or ``None``."""
        return self._append(self.teardown_request_funcs, "teardown_request", f)

    def context_processor(self, f: F) -> F:
        """Add what a function returns, a dict, to the names of each template."""
        return self._append(self.template_context_processors, "context_processor", f)

    def url_value_preprocessor(self, f: F) -> F:
        """Run a function on the endpoint and the values from the path before the view; it may change the values."""
        return self._append(self.url_value_preprocessors, "url_value_preprocessor", f)

    def url_defaults(self, f: F) -> F:
        """Run a function on the endpoint and the values of each URL that is built; it may add values."""
        check_is_sync(f, "url_defaults")
        return self._append(self.url_default_functions, "url_defaults", f)

    # errors

    def errorhandler(self, code_or_exception: type[Exception] | int) -> Callable[[F], F]:
        """Register the decorated handler for an HTTP status code or a class of exceptions."""

        def register(handler: F) -> F:
            self.register_error_handler(code_or_exception, handler)
            return handler

        return register

    def register_error_handler(self, code_or_exception: type[Exception] | int, f: Callable[[Any], Any]) -> None:
        """Register a handler for an HTTP status code or a class of exceptions.

        Raises:
            TypeError: It is neither a class nor a code.
            ValueError: The code is none of HTTP's errors, or the class is no exception.
        """
        self.check_setup_open("errorhandler")
        kind, code = exception_and_code(code_or_exception)
        self.error_handler_spec.setdefault(None, {}).setdefault(code, {})[kind] = f


def exception_and_code(wanted: type[Exception] | int) -> tuple[type[Exception], int | None]:
    """Return the class of exceptions that a handler is for, and its code if it is an HTTP exception's.

    Raises:
        TypeError: It is neither a class nor a code.
        ValueError: It is an unknown code, or no class of exceptions.
    """
    kind: Any = default_exceptions.get(wanted) if isinstance(wanted, int) else wanted
    if kind is None:
        raise ValueError(f"{wanted} is no code of an HTTP error; register a subclass of HTTPException with that code")
    if not isinstance(kind, type):
        raise TypeError(f"{kind!r} is neither a class of exceptions nor a code; a handler is for one of them")
    if not issubclass(kind, Exception):
        message = f"{kind!r} is no class of exceptions that a handler can answer; give a subclass of Exception"
        raise ValueError(message)  # noqa: TRY004  # as Flask raises
    return kind, kind.code if issubclass(kind, HTTPException) else None


def check_is_sync(function: Callable[..., Any], what: str) -> None:
    """Refuse an ``async def`` where nothing would wait for it.

    Raises:
        SetupError: The function is one.
    """
    if is_async(function):
        raise SetupError(
            f"{what} at {caller()}: {function.__name__} is an `async def`, for which nobody would wait; write `def`"
        )


def endpoint_of(view: Callable[..., Any] | None) -> str:
    """Return the endpoint of a view for which none is given: its name.

    Raises:
        SetupError: There is no view either.
    """
    if view is None:
        raise SetupError("add_url_rule needs an endpoint or a view function")
    return view.__name__
