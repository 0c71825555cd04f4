"""What an application is made of: as it says itself, or, where it cannot be made, as file and metadata say."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import click

from ..app import App
from ..config import CORE, Config
from ..enabling import LeftOut, Trial, new_registry, salvage, section_of, trial_config
from ..exceptions import FerruleError
from ..extensions import Registry
from ..lifecycle import enabled_names
from .failures import Failure, failures
from .groups import ScriptInfo
from .project import Project

__all__ = ["Composition", "composition_of", "enabled_without_application"]


class Composition(NamedTuple):
    """What an application is made of.

    Attributes:
        registry: The extensions that work, in order.
        failed: Those that do not.
        config: The configuration; ``None`` if it has mistakes.
        app: The application, ``None`` if it cannot be made.
        problems: What could not be told, and why.
    """

    registry: Registry
    failed: LeftOut
    config: Config | None
    app: App | None
    problems: tuple[str, ...] = ()


def composition_of(info: ScriptInfo) -> Composition:
    """Return what an application is made of.

    Args:
        info: Where the application is.
    """
    try:
        with failures():
            app = info.load_app()
    except click.ClickException as error:
        if not isinstance(info, Project):
            raise
        problem = f"the application cannot be made, so what it adds is not here: {_text(error)}"
        return enabled_without_application(info)._replace(problems=(problem,))
    failed = info.left_out if isinstance(info, Project) else {}
    found = Composition(app.plugins, failed, app.config, app)
    try:
        with failures():
            app.finalize()
    except click.ClickException as error:
        return found._replace(problems=(f"the application is not complete: {_text(error)}",))
    return found


def enabled_without_application(project: Project) -> Composition:
    """Return what the file and the installed distributions say, extension by extension."""
    source = project.source
    project.open_path()
    registry, config = new_registry(Trial), Config(os.getcwd())
    failed = salvage(registry, enabled_names(source, None), trial_config(source, CORE))
    try:
        config.load(source.enabling([c.name for c in registry], "file", ""), [CORE, *map(section_of, registry)])
    except FerruleError:
        return Composition(registry, failed, None, None)
    return Composition(registry, failed, config, None)


def _text(error: click.ClickException) -> Any:
    return error.summary if isinstance(error, Failure) else error.format_message()
