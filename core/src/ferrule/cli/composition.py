"""What an application is made of: as it says itself, or, where it cannot be made, as file and metadata say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import click

from ..app import App
from ..config import CORE, Config
from ..enabling import LeftOut, Trial, new_registry, salvage, trial_config
from ..extensions import Registry, Wanted
from ..lifecycle import enabled_names
from .failures import failures
from .groups import ScriptInfo
from .project import Project

__all__ = ["Composition", "assembled", "composition_of", "enabled_without_application"]


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
        found = enabled_without_application(info)
        problem = f"the application cannot be made, so what it adds is not here: {error.format_message()}"
        return found._replace(failed=found.failed | info.left_out, problems=(problem,))
    failed = info.left_out if isinstance(info, Project) else {}
    found = Composition(app.plugins, failed, app.config, app)
    try:
        with failures():
            app.finalize()
    except click.ClickException as error:
        return found._replace(problems=(f"the application is not complete: {error.format_message()}",))
    return found


def enabled_without_application(project: Project) -> Composition:
    """Return what the file and the installed distributions say, extension by extension."""
    config = trial_config(project.source, CORE)
    return Composition(*assembled(project, enabled_names(project.source, None), config), config, None)


def assembled(project: Project, wanted: Iterable[Wanted], config: Config | None = None) -> tuple[Registry, LeftOut]:
    """Put extensions together, one by one and without the application; return those that work, and those that do not.

    Args:
        project: In whose folder they may be.
        wanted: Each with the place where it was written.
        config: A configuration to try their settings in.
    """
    project.open_path()
    registry = new_registry(Trial)
    return registry, salvage(registry, wanted, config)
