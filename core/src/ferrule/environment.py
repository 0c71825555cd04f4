"""The Jinja environment of an application, and where it looks for templates."""

from __future__ import annotations

import logging
import weakref
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from jinja2 import BaseLoader, Environment, Template, TemplateNotFound
from jinja2.runtime import Context

from .callers import place_of

if TYPE_CHECKING:
    from .app import App

__all__ = ["TemplateLoader", "complete_environment", "make_environment"]

_LOGGER: Final = logging.getLogger(__name__)
_REGISTRIES: Final = {"template filter": "filters", "template test": "tests", "template global": "globals"}


class TemplateLoader(BaseLoader):
    """Looks in the application's folder, then in the blueprints', in the order of their registration.

    Args:
        app: The application; it is not kept alive.
    """

    def __init__(self, app: App) -> None:
        self._app = cast("App", weakref.proxy(app))

    def _loaders(self) -> Iterator[tuple[str, BaseLoader]]:
        """Go through the loaders, each with its owner."""
        blueprints = ((f"blueprint {name!r}", blueprint) for name, blueprint in self._app.blueprints.items())
        for owner, scaffold in (("application", self._app), *blueprints):
            if scaffold.jinja_loader is not None:
                yield owner, scaffold.jinja_loader

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        """Return the source of a template, for Jinja.

        Raises:
            TemplateNotFound: No folder has it; the text names all that were searched.
        """
        searched: list[str] = []
        explains = self._app.config["EXPLAIN_TEMPLATE_LOADING"]
        for owner, loader in self._loaders():
            place = f"{owner} ({', '.join(getattr(loader, 'searchpath', ['no folder']))})"
            try:
                source = loader.get_source(environment, template)
            except TemplateNotFound:
                searched.append(place)
            else:
                if explains:
                    _LOGGER.info(
                        "template %r: found in %s; before, searched: %s", template, place, searched or "nothing"
                    )
                return source
        where = "; ".join(searched) or "no template folder at all"
        if explains:
            _LOGGER.info("template %r: not found; searched: %s", template, where)
        raise TemplateNotFound(template, f"{template!r} was not found; searched: {where}")

    def list_templates(self) -> list[str]:
        """Return the names of all templates."""
        return sorted({name for _, loader in self._loaders() for name in loader.list_templates()})


class _Template(Template):
    """A template that merges the names that it sees at once."""

    def new_context(
        self, vars: dict[str, Any] | None = None, shared: bool = False, locals: Mapping[str, Any] | None = None
    ) -> Context:
        """Make what the template sees, for Jinja."""
        seen = vars or {}
        if not shared:  # PERF: Jinja takes the globals one by one out of a ChainMap, in 6 µs
            seen = {**self.environment.globals, **cast("ChainMap[str, Any]", self.globals).maps[0], **seen}
        return super().new_context(seen, True, locals)


class _Environment(Environment):
    template_class = _Template


def complete_environment(app: App, environment: Environment) -> None:
    """Let the extensions change a Jinja environment, and then the application's own additions replace theirs."""
    for candidate in app.plugins.everyone if app.initialised else ():
        extension: Any = type(candidate.extension)
        before = {kind: dict(getattr(environment, registry)) for kind, registry in _REGISTRIES.items()}
        app.plugins.call_one(candidate, "jinja_environment", app, environment)
        with app.claims.by(app.plugins.owner(candidate)):
            for kind, registry in _REGISTRIES.items():
                for name, value in getattr(environment, registry).items():
                    if before[kind].get(name) is not value:
                        app.claims.add(kind, name, place_of(extension.jinja_environment))
    for registry, additions in app.template_additions.items():
        getattr(environment, registry).update(additions)


def make_environment(app: App, names: Mapping[str, Any]) -> Environment:
    """Make the Jinja environment of an application.

    Args:
        app: Whose configuration and ``jinja_options`` say how.
        names: What every template sees, imported ones too.
    """
    reload = app.config["TEMPLATES_AUTO_RELOAD"]
    weak = weakref.proxy(app)  # no part of an application keeps it alive
    defaults = {
        "loader": app.create_global_jinja_loader(),
        "autoescape": lambda name: weak.select_jinja_autoescape(name),  # noqa: PLW0108  # the method would hold the app
        "auto_reload": app.debug if reload is None else reload,
    }
    environment = (app.jinja_environment or _Environment)(**{**defaults, **app.jinja_options})
    environment.globals.update(names, config=app.config)
    environment.policies["json.dumps_function"] = lambda value, **options: weak.json.dumps(value, **options)  # noqa: PLW0108  # as above
    return environment
