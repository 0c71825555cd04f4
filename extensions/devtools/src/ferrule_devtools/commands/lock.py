"""``ferrule extensions lock``: write down which distributions the extensions come from."""

from pathlib import Path

import click

from ferrule.cli.failures import failures
from ferrule.cli.project import Project, pass_project
from ferrule.config.provenance import shown_path
from ferrule.extensions import Catalog, drift
from ferrule.extensions.lock import LOCK, WRITE

from ..lock import lock_text, points_of
from .writing import write_file

__all__ = ["lock"]


@click.command("lock")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; fail if the lock is not up to date.")
@pass_project
def lock(project: Project, only_check: bool) -> None:
    """Write ferrule.lock: the distributions that all extensions of the configuration file come from."""
    if project.source.path is None:
        raise click.UsageError(f"there is no configuration file here or above, and {LOCK} stands beside it")
    path = project.source.path.with_name(LOCK)
    with failures():
        (_check if only_check else _write)(project, path)


def _check(project: Project, path: Path) -> None:
    shown = shown_path(path)
    differences = list(drift(project.source)) if path.exists() else [f"there is no {shown}"]
    for difference in differences:
        click.echo(difference)
    if differences:
        raise click.ClickException(f"the lock is not up to date; write it: {WRITE}")
    click.echo(f"{shown} is up to date")


def _write(project: Project, path: Path) -> None:
    file = shown_path(str(project.source.path))
    points = points_of(project.source.listed_extensions, Catalog.installed().extensions(), file)
    text, shown = lock_text(points), shown_path(path)
    if path.exists() and path.read_bytes() == text.encode():
        click.echo(f"{shown} is up to date")
        return
    write_file(path, text)
    count = len({point.distribution for point in points})
    click.echo(f"wrote {shown}: {count} distribution{'' if count == 1 else 's'}")
