"""The Jinja environment of an application, and where it looks for templates."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from jinja2 import BaseLoader, Environment, TemplateNotFound

if TYPE_CHECKING:
    from .app import App

__all__ = ["TemplateLoader", "make_environment"]


class TemplateLoader(BaseLoader):
    """Looks in the application's folder, then in the blueprints', then in the extensions'.

    Args:
        loaders: Returns the loaders in that order, each with the name of its owner.
    """

    def __init__(self, loaders: Callable[[], Iterable[tuple[str, BaseLoader]]]) -> None:
        self._loaders = loaders

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        """Return the source of a template, for Jinja.

        Raises:
            TemplateNotFound: No folder has it; the text names all that were searched.
        """
        searched: list[str] = []
        for owner, loader in self._loaders():
            try:
                return loader.get_source(environment, template)
            except TemplateNotFound:
                searched.append(f"{owner} ({', '.join(getattr(loader, 'searchpath', ['no folder']))})")
        where = "; ".join(searched) or "no template folder at all"
        raise TemplateNotFound(template, f"{template!r} was not found; searched: {where}")

    def list_templates(self) -> list[str]:
        """Return the names of all templates."""
        return sorted({name for _, loader in self._loaders() for name in loader.list_templates()})


def make_environment(app: App, names: Mapping[str, Any]) -> Environment:
    """Make the Jinja environment of an application.

    Args:
        app: Whose configuration and ``jinja_options`` say how.
        names: What every template sees, imported ones too.
    """
    reload = app.config["TEMPLATES_AUTO_RELOAD"]
    weak = weakref.proxy(app)  # no part of an application keeps it alive
    defaults = {
        "loader": TemplateLoader(_loaders_of(app)),
        "autoescape": lambda name: weak.select_jinja_autoescape(name),  # noqa: PLW0108  # the method would hold the app
        "auto_reload": app.debug if reload is None else reload,
    }
    environment = (app.jinja_environment or Environment)(**{**defaults, **app.jinja_options})
    environment.globals.update(names, config=app.config)
    environment.policies["json.dumps_function"] = app.json.dumps
    return environment


def _loaders_of(app: App) -> Callable[[], Iterator[tuple[str, BaseLoader]]]:
    """Return what lists the loaders of templates, the application's first; it does not keep the application alive."""
    own, blueprints = app.jinja_loader, app.blueprints

    def loaders() -> Iterator[tuple[str, BaseLoader]]:
        if own is not None:
            yield "application", own
        for name, blueprint in blueprints.items():
            loader = blueprint.jinja_loader
            if loader is not None:
                yield f"blueprint {name!r}", loader

    return loaders
