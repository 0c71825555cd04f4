"""The Jinja environment of an application, and where it looks for templates."""

from __future__ import annotations

import logging
import weakref
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from jinja2 import BaseLoader, Environment, Template, TemplateNotFound
from jinja2.runtime import Context

if TYPE_CHECKING:
    from .app import App

__all__ = ["TemplateLoader", "make_environment", "make_loader"]

_LOGGER: Final = logging.getLogger(__name__)


class TemplateLoader(BaseLoader):
    """Looks in the application's folder, then in the blueprints', in the order of their registration.

    Args:
        loaders: Returns the loaders in that order, each with the name of its owner.
        explains: Tells whether to log where each template was looked for (``EXPLAIN_TEMPLATE_LOADING``).
    """

    def __init__(
        self, loaders: Callable[[], Iterable[tuple[str, BaseLoader]]], explains: Callable[[], bool] = lambda: False
    ) -> None:
        self._loaders = loaders
        self._explains = explains

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        """Return the source of a template, for Jinja.

        Raises:
            TemplateNotFound: No folder has it; the text names all that were searched.
        """
        searched: list[str] = []
        for owner, loader in self._loaders():
            place = f"{owner} ({', '.join(getattr(loader, 'searchpath', ['no folder']))})"
            try:
                source = loader.get_source(environment, template)
            except TemplateNotFound:
                searched.append(place)
            else:
                if self._explains():
                    _LOGGER.info(
                        "template %r: found in %s; before, searched: %s", template, place, searched or "nothing"
                    )
                return source
        where = "; ".join(searched) or "no template folder at all"
        if self._explains():
            _LOGGER.info("template %r: not found; searched: %s", template, where)
        raise TemplateNotFound(template, f"{template!r} was not found; searched: {where}")

    def list_templates(self) -> list[str]:
        """Return the names of all templates."""
        return sorted({name for _, loader in self._loaders() for name in loader.list_templates()})


def make_loader(app: App) -> BaseLoader:
    """Make what finds the templates of an application; it does not keep the application alive."""
    weak = weakref.proxy(app)
    return TemplateLoader(_loaders_of(app), lambda: weak.config["EXPLAIN_TEMPLATE_LOADING"])


class _Template(Template):
    """A template that merges the names that it sees at once."""

    def new_context(
        self,
        vars: dict[str, Any] | None = None,
        shared: bool = False,
        locals: Mapping[str, Any] | None = None,
    ) -> Context:
        """Make what the template sees, for Jinja."""
        seen = vars or {}
        if not shared:  # PERF: Jinja takes the globals one by one out of a ChainMap, in 6 µs
            seen = {**self.environment.globals, **cast("ChainMap[str, Any]", self.globals).maps[0], **seen}
        return super().new_context(seen, True, locals)


class _Environment(Environment):
    template_class = _Template


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
    environment.policies["json.dumps_function"] = _json_dumps_of(cast("App", weak))
    return environment


def _json_dumps_of(app: App) -> Callable[..., str]:
    """Return what writes JSON with the provider that the application has at the time."""

    def dumps(value: Any, **options: Any) -> str:
        return app.json.dumps(value, **options)

    return dumps


def _loaders_of(app: App) -> Callable[[], Iterator[tuple[str, BaseLoader]]]:
    """Return what lists the loaders of templates, the application's first; it does not keep the application alive."""
    weak = weakref.proxy(app)

    def loaders() -> Iterator[tuple[str, BaseLoader]]:
        owners = [("application", weak), *((f"blueprint {name!r}", b) for name, b in weak.blueprints.items())]
        for owner, scaffold in owners:
            if scaffold.jinja_loader is not None:
                yield owner, scaffold.jinja_loader

    return loaders
