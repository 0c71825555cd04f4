"""``ferrule extensions``: what is installed and what is enabled; answers even if the application cannot be imported."""

from __future__ import annotations

import click

from ..exceptions import ExtensionError
from ..extensions import Candidate, Catalog, InstalledPoint, find, in_order
from ..lifecycle import enabled_names
from .project import Project, pass_project
from .tables import table

__all__ = ["list_command"]


@click.command("list")
@pass_project
def list_command(project: Project) -> None:
    """Show all extensions, installed or enabled: state, distribution, version and description."""
    catalog = Catalog.installed()
    wanted = enabled_names(project.source, None)
    rows, problem = _enabled(wanted, catalog)
    shown = {row[0] for row in rows}
    rows += [_installed(name, points) for name, points in sorted(catalog.extensions().items()) if name not in shown]
    for line in table(["Name", "State", "Distribution", "Version", "Description"], rows) if rows else ["No extension."]:
        click.echo(line)
    if problem is not None:
        raise click.ClickException(problem)


def _enabled(wanted: list[tuple[str, str]], catalog: Catalog) -> tuple[list[list[str]], str | None]:
    """Return the enabled extensions in order; as listed where the order cannot be told, and why not."""
    try:
        candidates = in_order(find(wanted, catalog))
    except ExtensionError as error:
        return [_listed(name, number, catalog) for number, (name, _) in enumerate(wanted, 1)], str(error)
    return [_found(candidate, number) for number, candidate in enumerate(candidates, 1)], None


def _found(candidate: Candidate, number: int) -> list[str]:
    point, extension = candidate.point, candidate.extension
    if point is None:
        return [candidate.name, f"enabled, {number}", "of the application", "", extension.description]
    return [point.name, f"enabled, {number}", point.distribution, point.version, extension.description or point.summary]


def _listed(name: str, number: int, catalog: Catalog) -> list[str]:
    """Describe an extension by its metadata alone: not all of the list can be imported."""
    points = catalog.extensions().get(name)
    if points is not None:
        return [name, f"enabled, {number}", *_installed(name, points)[2:]]
    return [name, f"enabled, {number}", "of the application" if ":" in name else "NOT INSTALLED", "", ""]


def _installed(name: str, points: list[InstalledPoint]) -> list[str]:
    distributions = " and ".join(point.distribution for point in points)
    return [name, "installed", distributions, " and ".join(point.version for point in points), points[0].summary]
