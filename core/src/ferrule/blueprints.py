"""Blueprints: parts of an application that are written before there is one."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from .callers import caller
from .exceptions import SetupError
from .scaffold import NamingDecorator, Scaffold, check_is_sync, endpoint_of

if TYPE_CHECKING:
    from .app import App
    from .cli.groups import AppGroup  # PERF: click is slow to import; only commands need it

__all__ = ["Blueprint", "BlueprintSetupState"]

F = TypeVar("F", bound=Callable[..., Any])
Deferred = Callable[["BlueprintSetupState"], Any]

_SCOPED = (
    "before_request_funcs",
    "after_request_funcs",
    "teardown_request_funcs",
    "template_context_processors",
    "url_value_preprocessors",
    "url_default_functions",
)


class BlueprintSetupState:
    """One registration of a blueprint with an application; what :meth:`Blueprint.record` functions are given.

    Attributes:
        blueprint: The blueprint.
        app: The application.
        options: What :meth:`ferrule.App.register_blueprint` was given.
        first_registration: Whether the blueprint was never registered with the application before.
        name: The name it is registered under.
        name_prefix: The dotted names of the blueprints around it.
        url_prefix: What all its rules begin with.
        subdomain: The subdomain of all its rules.
        url_defaults: Values that all its rules have.
    """

    def __init__(self, blueprint: Blueprint, app: App, options: dict[str, Any], first_registration: bool) -> None:
        self.blueprint = blueprint
        self.app = app
        self.options = options
        self.first_registration = first_registration
        self.subdomain: str | None = _first_set(options.get("subdomain"), blueprint.subdomain)
        self.url_prefix: str | None = _first_set(options.get("url_prefix"), blueprint.url_prefix)
        self.name: str = options.get("name", blueprint.name)
        self.name_prefix: str = options.get("name_prefix", "")
        self.url_defaults: dict[str, Any] = {**blueprint.url_values_defaults, **(options.get("url_defaults") or {})}

    @property
    def full_name(self) -> str:
        """The dotted name under which the application knows this registration."""
        return f"{self.name_prefix}.{self.name}".lstrip(".")

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Callable[..., Any] | None = None, **options: Any
    ) -> None:
        """Add a rule to the application, under the blueprint's prefixes."""
        rule = _below(self.url_prefix, rule or None) or rule
        options.setdefault("subdomain", self.subdomain)
        defaults = {**self.url_defaults, **(options.pop("defaults", None) or {})}
        endpoint = endpoint or endpoint_of(view_func)
        self.app.add_url_rule(rule, f"{self.full_name}.{endpoint}", view_func, defaults=defaults or None, **options)


class Blueprint(Scaffold):
    """Routes, handlers, templates and static files that are registered with an application together.

    Args:
        name: The prefix of the endpoints; no dots.
        import_name: The module, ``__name__``.
        static_folder: A folder with static files, relative to the module's.
        static_url_path: The path under which they are served; the folder's name unless given.
        template_folder: A folder with templates; the application's own go before them.
        url_prefix: What all rules begin with.
        subdomain: The subdomain of all rules.
        url_defaults: Values that all rules have.
        root_path: The module's folder, where it cannot be found.
        cli_group: The group of the blueprint's commands: the name of the registration unless given, none if ``None``.

    Raises:
        ValueError: The name is empty or has a dot.
    """

    def __init__(
        self,
        name: str,
        import_name: str,
        static_folder: str | os.PathLike[str] | None = None,
        static_url_path: str | None = None,
        template_folder: str | os.PathLike[str] | None = None,
        url_prefix: str | None = None,
        subdomain: str | None = None,
        url_defaults: dict[str, Any] | None = None,
        root_path: str | None = None,
        cli_group: str | None = "",
    ) -> None:
        super().__init__(import_name, static_folder, static_url_path, template_folder, root_path)
        if not name or "." in name:
            raise ValueError(f"{name!r} is no name for a blueprint; it must not be empty and have no dots")
        self.name = name
        self.url_prefix = url_prefix
        self.subdomain = subdomain
        self.url_values_defaults: dict[str, Any] = url_defaults or {}
        self.cli_group = cli_group
        self.deferred_functions: list[Deferred] = []
        self._nested: list[tuple[Blueprint, dict[str, Any]]] = []
        self._registered = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"

    def check_setup_open(self, what: str) -> None:
        """Refuse a declaration that this blueprint's applications would not see.

        Raises:
            SetupError: The blueprint is registered already.
        """
        if self._registered:
            raise SetupError(
                f"{what} at {caller()} comes too late: the blueprint {self.name!r} is registered with an application,"
                " which would not see it; move the call above register_blueprint"
            )

    # registration

    def record(self, func: Deferred) -> None:
        """Run a function with the :class:`BlueprintSetupState` at each registration."""
        self.check_setup_open("record")
        self.deferred_functions.append(func)

    def record_once(self, func: Deferred) -> None:
        """Run a function with the :class:`BlueprintSetupState` at the first registration with an application."""
        self.record(lambda state: func(state) if state.first_registration else None)

    def register_blueprint(self, blueprint: Blueprint, **options: Any) -> None:
        """Nest another blueprint in this one.

        Args:
            blueprint: The inner one.
            **options: ``name``, ``url_prefix``, ``subdomain``, ``url_defaults`` of this registration.

        Raises:
            ValueError: It is this one.
        """
        if blueprint is self:
            raise ValueError(f"the blueprint {self.name!r} cannot be nested in itself")
        self.check_setup_open("register_blueprint")
        self._nested.append((blueprint, options))

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Callable[..., Any] | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Add a rule to each application that the blueprint is registered with; see :meth:`ferrule.App.add_url_rule`.

        Raises:
            ValueError: The endpoint or the view's name has a dot.
        """
        for name in (endpoint, getattr(view_func, "__name__", None)):
            if name and "." in name:
                raise ValueError(f"{name!r} is no endpoint of a blueprint; it must have no dots")
        options["provide_automatic_options"] = provide_automatic_options
        self.record(lambda state: state.add_url_rule(rule, endpoint, view_func, **options))

    def register(self, app: App, options: dict[str, Any]) -> None:
        """Register with an application; called by :meth:`ferrule.App.register_blueprint`.

        Raises:
            ValueError: The name is taken.
        """
        first = not any(blueprint is self for blueprint in app.blueprints.values())
        state = self.make_setup_state(app, options, first)
        name = state.full_name
        if not app.claims.add("blueprint", name):
            return  # another owner's has the name: the freeze will not come to pass
        if name in app.blueprints:
            other = "this blueprint" if app.blueprints[name] is self else f"{app.blueprints[name]!r} of another"
            raise ValueError(
                f"the name {name!r} is already taken by {other}; give this registration its own with"
                f" register_blueprint(…, name=…)"
            )
        app.blueprints[name] = self
        self._registered = True
        self._merge_into(app, name)
        if self.template_folder is not None:
            app.claims.add("template folder", os.path.join(self.root_path, self.template_folder), keys=())
        if self.has_static_folder:
            app.claims.add("static folder", str(self.static_folder), keys=())
            state.add_url_rule(f"{self.static_url_path}/<path:filename>", "static", self.send_static_file)
        for deferred in self.deferred_functions:
            deferred(state)
        if self._cli is not None and self._cli.commands:
            _add_commands(self._cli, app, options.get("cli_group", self.cli_group), name)
        for inner, inner_options in self._nested:
            inner.register(app, _options_of_nested(state, inner, inner_options))

    def _merge_into(self, app: App, name: str) -> None:
        """Copy the registries into the application's, under the name of this registration."""
        for attribute in _SCOPED:
            for key, functions in getattr(self, attribute).items():
                getattr(app, attribute).setdefault(name if key is None else f"{name}.{key}", []).extend(functions)
        for handlers_by_code in self.error_handler_spec.values():
            for code, handlers in handlers_by_code.items():
                app.error_handler_spec.setdefault(name, {}).setdefault(code, {}).update(handlers)
        for endpoint, view in self.view_functions.items():
            app.view_functions[f"{name}.{endpoint}"] = view

    def make_setup_state(
        self, app: App, options: dict[str, Any], first_registration: bool = False
    ) -> BlueprintSetupState:
        """Make what stands for one registration. Override it to register rules in another way."""
        return BlueprintSetupState(self, app, options, first_registration)

    # for the whole application

    def _on_app(self, attribute: str, function: F) -> F:
        self.record_once(lambda state: getattr(state.app, attribute).setdefault(None, []).append(function))
        return function

    def before_app_request(self, f: F) -> F:
        """As :meth:`before_request`, for all requests of the application."""
        return self._on_app("before_request_funcs", f)

    def after_app_request(self, f: F) -> F:
        """As :meth:`after_request`, for all requests of the application."""
        return self._on_app("after_request_funcs", f)

    def teardown_app_request(self, f: F) -> F:
        """As :meth:`teardown_request`, for all requests of the application."""
        return self._on_app("teardown_request_funcs", f)

    def app_context_processor(self, f: F) -> F:
        """As :meth:`context_processor`, for all templates of the application."""
        self.record_once(lambda state: state.app.context_processor(f))
        return f

    def app_url_value_preprocessor(self, f: F) -> F:
        """As :meth:`url_value_preprocessor`, for all requests of the application."""
        return self._on_app("url_value_preprocessors", f)

    def app_url_defaults(self, f: F) -> F:
        """As :meth:`url_defaults`, for all URLs of the application."""
        check_is_sync(f, "app_url_defaults")
        return self._on_app("url_default_functions", f)

    def app_errorhandler(self, code: type[Exception] | int) -> Callable[[F], F]:
        """As :meth:`errorhandler`, for the whole application."""

        def register(handler: F) -> F:
            self.record_once(lambda state: state.app.register_error_handler(code, handler))
            return handler

        return register

    def add_app_template_filter(self, f: Callable[..., Any], name: str | None = None) -> None:
        """Register a template filter of the application."""
        self.record_once(lambda state: state.app.add_template_filter(f, name=name))

    def add_app_template_test(self, f: Callable[..., Any], name: str | None = None) -> None:
        """Register a template test of the application."""
        self.record_once(lambda state: state.app.add_template_test(f, name=name))

    def add_app_template_global(self, f: Callable[..., Any], name: str | None = None) -> None:
        """Register a template global of the application."""
        self.record_once(lambda state: state.app.add_template_global(f, name=name))

    app_template_filter: NamingDecorator = NamingDecorator("add_app_template_filter")
    """Register the decorated function as a template filter of the application, under its name or another."""

    app_template_test: NamingDecorator = NamingDecorator("add_app_template_test")
    """Register the decorated function as a template test of the application, under its name or another."""

    app_template_global: NamingDecorator = NamingDecorator("add_app_template_global")
    """Register the decorated function as a template global of the application, under its name or another."""


def _first_set(*values: str | None) -> str | None:
    return next((value for value in values if value is not None), None)


def _below(prefix: str | None, path: str | None) -> str | None:
    """Put a path below a prefix; one of them alone is left as it is."""
    if prefix is None or path is None:
        return _first_set(prefix, path)
    return f"{prefix.rstrip('/')}/{path.lstrip('/')}"


def _options_of_nested(state: BlueprintSetupState, inner: Blueprint, options: dict[str, Any]) -> dict[str, Any]:
    """Combine the options of an inner blueprint with the prefixes of the outer one."""
    subdomains = [_first_set(options.get("subdomain"), inner.subdomain), state.subdomain]
    return {
        **options,
        "name_prefix": state.full_name,
        "url_prefix": _below(state.url_prefix, _first_set(options.get("url_prefix"), inner.url_prefix)),
        "subdomain": ".".join(name for name in subdomains if name is not None) or None,
    }


def _add_commands(commands: AppGroup, app: App, group: str | None, name: str) -> None:
    """Give an application the commands of a blueprint: in a group of their own, or without one."""
    if group is None:
        for command_name, command in commands.commands.items():
            app.cli.add_command(command, command_name)
    else:
        app.cli.add_command(commands, name=group or name)
