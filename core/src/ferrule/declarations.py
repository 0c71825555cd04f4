"""What an application declares beyond what blueprints do: rules, and additions to templates and to the shell."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from werkzeug.routing import BuildError, Map

from .blueprints import Blueprint
from .callers import caller, described, place_of
from .claims import Claims
from .configured import Configured
from .exceptions import SetupError
from .plans import Plan
from .requests import blueprint_chain
from .routing import Router, Rule
from .scaffold import NamingDecorator, check_is_sync, endpoint_of, exception_and_code

if TYPE_CHECKING:
    from .cli.groups import AppGroup  # PERF: click is slow to import; only commands need it

__all__ = ["Declarations"]

F = TypeVar("F", bound=Callable[..., Any])

_NAME: Final = re.compile(r"(?<=[<:])[A-Za-z_]\w*(?=>)")
"""The name of a variable in a rule, which makes no difference to what the rule matches."""


class Declarations(Configured):
    """The part of an application that is open until the freeze.

    Attributes:
        router: Matches paths to rules.
        claims: What was declared, by whom and where.
        blueprints: The blueprints by the dotted name of their registration.
        teardown_appcontext_funcs: See :meth:`teardown_appcontext`.
        shell_context_processors: See :meth:`shell_context_processor`.
        template_additions: Filters, tests and globals for the Jinja environment, which is made when first needed.
        url_build_error_handlers: See :meth:`handle_url_build_error`.
        finalized: Whether the freeze is over.
    """

    router: Router[Plan]
    url_rule_class: type[Rule] = Rule
    url_map_class: type[Map] = Map

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.claims: Claims = Claims()
        self.blueprints: dict[str, Blueprint] = {}
        self.teardown_appcontext_funcs: list[Callable[[BaseException | None], Any]] = []
        self.shell_context_processors: list[Callable[[], dict[str, Any]]] = []
        self.template_additions: dict[str, dict[str, Callable[..., Any]]] = {}
        self.url_build_error_handlers: list[Callable[[Exception, str, dict[str, Any]], str | None]] = []
        self.finalized = False

    def check_setup_open(self, what: str) -> None:
        """Refuse a declaration after the freeze.

        Raises:
            SetupError: The application has answered its first request.
        """
        if self.finalized:
            raise SetupError(
                f"{what} at {caller()} comes too late: {self.name!r} is finalized, by app.finalize() or its first"
                " request, and would not see it; move the call to where the application is made"
            )

    def _is_overridden(self, kind: str, name: str) -> bool:
        """Tell whether an extension is declaring what the application itself has declared, and thus keeps."""
        return bool(self.claims.acting) and self.claims.is_own(kind, name)

    @property
    def cli(self) -> AppGroup:
        """The group of commands, a :class:`~ferrule.cli.AppGroup`."""
        group = super().cli
        group.claims = self.claims
        return group

    # functions around requests, and errors

    def _append(self, registry: dict[Any, list[Any]], what: str, function: F) -> F:
        if self.claims.acting:
            if what == "context_processor":
                raise SetupError(
                    f"context_processor at {caller()}: an extension gives names to templates in the hook"
                    " template_context, and lists them in context_names of its class: so two of one name are found"
                )
            self.claims.add(what, getattr(function, "__qualname__", repr(function)), place_of(function), keys=())
        return super()._append(registry, what, function)

    def register_error_handler(self, code_or_exception: type[Exception] | int, f: Callable[[Any], Any]) -> None:
        """Register a handler for an HTTP status code or a class of exceptions.

        Raises:
            TypeError: It is neither a class nor a code.
            ValueError: The code is none of HTTP's errors, or the class is no exception.
        """
        kind, code = exception_and_code(code_or_exception)
        name = f"{kind.__module__}.{kind.__qualname__}" if code is None else f"{code} {kind.__qualname__}"
        if not self._is_overridden("error handler", name):
            super().register_error_handler(code_or_exception, f)
            self.claims.add("error handler", name, place_of(f))

    # routes

    @property
    def url_map(self) -> Map:
        """Werkzeug's map of all rules."""
        return self.router.url_map

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Callable[..., Any] | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Register a rule, and a view for its endpoint.

        Args:
            rule: The path, with ``<converter:name>`` for the values that the view takes.
            endpoint: The name that :func:`~ferrule.url_for` knows it by; the view's name unless given.
            view_func: The view.
            provide_automatic_options: Answer ``OPTIONS`` for the view; unless said, where the view does not itself.
            **options: For :class:`werkzeug.routing.Rule`, such as ``methods`` and ``defaults``.

        Raises:
            SetupError: The endpoint has another view, or the application is finalized.
        """
        self.check_setup_open("add_url_rule")
        endpoint = endpoint or endpoint_of(view_func)
        methods = _methods(options.pop("methods", None), view_func)
        if provide_automatic_options is None:
            provide_automatic_options = getattr(view_func, "provide_automatic_options", None)
        if provide_automatic_options is None:
            provide_automatic_options = "OPTIONS" not in methods and self.config["PROVIDE_AUTOMATIC_OPTIONS"]
        if provide_automatic_options:
            methods.add("OPTIONS")
        made = self.url_rule_class(rule, methods=methods, endpoint=endpoint, **options)
        made.provide_automatic_options = bool(provide_automatic_options)
        if view_func is not None:
            self._claim_endpoint(endpoint, view_func)
        self.url_map.add(made)
        self._claim_route(made, view_func)

    def _claim_route(self, rule: Rule, view: Callable[..., Any] | None) -> None:
        """Note a rule for each of its methods, but those that are answered for others."""
        methods = set(rule.methods or ()) - ({"OPTIONS"} if rule.provide_automatic_options else set())
        methods -= {"HEAD"} if "GET" in methods else set()
        path = (rule.host, rule.subdomain, _NAME.sub("", rule.rule))
        name = f"{','.join(sorted(methods))} {rule.rule}"
        self.claims.add("route", name, place_of(view), keys=[("route", method, *path) for method in methods])

    def _claim_endpoint(self, endpoint: str, view: Callable[..., Any]) -> None:
        other = self.view_functions.setdefault(endpoint, view)
        if self.claims.add("endpoint", endpoint, place_of(view)) and other is not view:
            raise SetupError(
                f"the endpoint {endpoint!r}, declared at {caller()} for {described(view)}, belongs to"
                f" {described(other)}; give one of them another endpoint"
            )

    # URLs

    def inject_url_defaults(self, endpoint: str, values: dict[str, Any]) -> None:
        """Let the ``url_defaults`` functions add to the values of a URL: the application's, then the blueprints'."""
        if self.url_default_functions:
            for name in (None, *reversed(blueprint_chain(endpoint.rpartition(".")[0] or None))):
                for function in self.url_default_functions.get(name, ()):
                    function(endpoint, values)

    def handle_url_build_error(self, error: BuildError, endpoint: str, values: dict[str, Any]) -> str:
        """Ask the ``url_build_error_handlers`` for a URL that could not be built; the first one given is the answer.

        Args:
            error: Why it could not be built; a handler may raise another ``BuildError``.
            endpoint: The endpoint.
            values: The values, and the ``_anchor``, ``_external``, … of :func:`ferrule.url_for`.

        Raises:
            BuildError: None of them knew.
        """
        for handler in self.url_build_error_handlers:
            try:
                url = handler(error, endpoint, values)
            except BuildError as other:
                error = other
            else:
                if url is not None:
                    return url
        raise error

    # templates

    def _add_to_templates(self, registry: str, function: Callable[..., Any], name: str | None) -> None:
        self.check_setup_open("an addition to the templates")
        check_is_sync(function, "an addition to the templates")
        name = name or function.__name__
        kind = f"template {registry.removesuffix('s')}"
        if self._is_overridden(kind, name):
            return
        self.claims.add(kind, name, place_of(function))
        self.template_additions.setdefault(registry, {})[name] = function
        if self._jinja_env is not None:
            getattr(self._jinja_env, registry)[name] = function

    template_filter: NamingDecorator = NamingDecorator("add_template_filter")
    """Register the decorated function as a template filter, under its name or another."""

    template_test: NamingDecorator = NamingDecorator("add_template_test")
    """Register the decorated function as a template test, under its name or another."""

    template_global: NamingDecorator = NamingDecorator("add_template_global")
    """Register the decorated function as a template global, under its name or another."""

    def add_template_filter(self, f: Callable[..., Any], name: str | None = None) -> None:
        """Register a template filter."""
        self._add_to_templates("filters", f, name)

    def add_template_test(self, f: Callable[..., Any], name: str | None = None) -> None:
        """Register a template test."""
        self._add_to_templates("tests", f, name)

    def add_template_global(self, f: Callable[..., Any], name: str | None = None) -> None:
        """Register a template global."""
        self._add_to_templates("globals", f, name)

    # contexts and the shell

    def teardown_appcontext(self, f: F) -> F:
        """Run a function when a context goes, of a request or not, with the error that ended it or ``None``."""
        self.check_setup_open("teardown_appcontext")
        self.teardown_appcontext_funcs.append(f)
        return f

    def shell_context_processor(self, f: F) -> F:
        """Add what a function returns, a dict, to the names of ``ferrule shell``."""
        self.check_setup_open("shell_context_processor")
        check_is_sync(f, "shell_context_processor")
        self.shell_context_processors.append(f)
        return f


def _methods(given: Any, view: Callable[..., Any] | None) -> set[str]:
    methods = given or getattr(view, "methods", None) or ("GET",)
    if isinstance(methods, str):
        raise TypeError(f"methods is a list of names, such as [{methods!r}], not a string")
    return {method.upper() for method in methods} | set(getattr(view, "required_methods", ()))
