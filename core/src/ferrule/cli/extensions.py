"""``ferrule extensions``: what is installed and what is enabled; answers even if the application cannot be imported."""

from __future__ import annotations

import os

import click

from ..config import DETECT, Source
from ..exceptions import ExtensionError
from ..extensions import Catalog, InstalledPoint, find, in_order
from ..lifecycle import enabled_names
from .tables import table

__all__ = ["extensions_command"]


@click.command("extensions")
def extensions_command() -> None:
    """Show all extensions, installed or enabled: state, distribution, version and description."""
    source = Source.read(root_path=os.getcwd(), config_file=DETECT, env=None, environ=os.environ)
    catalog = Catalog.installed()
    wanted = enabled_names(source, None)
    enabled, problem = _in_order(wanted, catalog)
    rows = [_row(name, f"enabled, {number}", catalog) for number, name in enumerate(enabled, 1)]
    rows += [_row(name, "installed", catalog) for name in sorted(catalog.extensions()) if name not in enabled]
    if rows:
        for line in table(["Name", "State", "Distribution", "Version", "Description"], rows):
            click.echo(line)
    else:
        click.echo("No extension is installed.")
    if problem is not None:
        raise click.ClickException(problem)


def _in_order(wanted: list[tuple[str, str]], catalog: Catalog) -> tuple[list[str], str | None]:
    """Return the enabled extensions in the order of their initialisation; as listed where that cannot be told."""
    try:
        return [candidate.name for candidate in in_order(find(wanted, catalog))], None
    except ExtensionError as error:
        return [name for name, _ in wanted], str(error)


def _row(name: str, state: str, catalog: Catalog) -> list[str]:
    points = catalog.extensions().get(name, [])
    if not points:
        return [name, f"{state}, of the application" if ":" in name else f"{state}, NOT INSTALLED", "", "", ""]
    return [name, state, *_cells(points)]


def _cells(points: list[InstalledPoint]) -> list[str]:
    return [
        " and ".join(point.distribution for point in points),
        " and ".join(point.version for point in points),
        points[0].summary,
    ]
