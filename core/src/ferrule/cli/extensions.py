"""``ferrule extensions``: what is installed and what is enabled; answers even if the application cannot be imported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

import click

from ..extensions import Candidate, Catalog, InstalledPoint
from .composition import composition_of, enabled_without_application
from .project import Project, pass_project
from .tables import table
from .tools import mistakes_in_tools

__all__ = ["list_command"]


class Listed(NamedTuple):
    """An extension as it is listed.

    Attributes:
        name: Its name.
        state: ``enabled``, ``installed``, ``broken`` or ``NOT INSTALLED``.
        distribution: The distribution it comes from.
        version: The distribution's version.
        description: One line.
        order: Its place among the enabled ones.
        error: What is wrong with it.
    """

    name: str
    state: str
    distribution: str
    version: str
    description: str
    order: int | None = None
    error: str | None = None


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@pass_project
def list_command(project: Project, as_json: bool) -> None:
    """Show all extensions, installed or enabled: state, distribution, version and description."""
    found = list(_listed(project))
    if as_json:
        click.echo(json.dumps([each._asdict() for each in found], indent=2))
    else:
        rows = [[e.name, e.state + (f", {e.order}" if e.order else ""), *e[2:5]] for e in found]
        head = ["Name", "State", "Distribution", "Version", "Description"]
        for line in table(head, rows) if rows else ["No extension."]:
            click.echo(line)
    root = click.get_current_context().find_root().command
    wrong = list(mistakes_in_tools(root, {})) if isinstance(root, click.Group) else []
    errors = [each.error for each in found if each.error is not None]
    if errors or wrong:
        raise click.ClickException("\n".join([*errors, *wrong]))


def _listed(project: Project) -> Iterator[Listed]:
    made = composition_of(project) if project.safe else enabled_without_application(project)  # safe: set-up is run, too
    enabled = [candidate for candidate in made.registry if candidate.name not in made.failed]
    catalog = Catalog.installed().extensions()
    yield from (_enabled(candidate, number) for number, candidate in enumerate(enabled, 1))
    for name, (phase, error, _) in made.failed.items():
        points = catalog.get(name, [])
        state = "broken" if points or ":" in name or phase != "import" else "NOT INSTALLED"
        listed = _installed(name, points)._replace(state=state, error=str(error))
        yield listed if state == "broken" else listed._replace(distribution="")
    shown = {*made.failed, *(candidate.name for candidate in enabled)}
    for name, points in sorted(catalog.items()):
        if name not in shown:
            yield _installed(name, points)


def _enabled(candidate: Candidate, number: int) -> Listed:
    point, about = candidate.point, candidate.extension.description
    if point is None:
        return Listed(candidate.name, "enabled", "of the application", "", about, number)
    return Listed(point.name, "enabled", point.distribution, point.version, about or point.summary, number)


def _installed(name: str, points: list[InstalledPoint]) -> Listed:
    """Describe an extension by its metadata alone; nothing is imported."""
    if not points:
        return Listed(name, "broken", "of the application", "", "")
    distributions, versions = (" and ".join(texts) for texts in zip(*((p[3], p[4]) for p in points), strict=True))
    if len(points) == 1:
        return Listed(name, "installed", distributions, versions, points[0].summary)
    error = f"extension {name!r}: offered by two distributions, {distributions}; uninstall one of them"
    return Listed(name, "broken", distributions, versions, points[0].summary, error=error)
