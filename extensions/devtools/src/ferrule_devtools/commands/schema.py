"""``ferrule config schema``: a JSON Schema of the configuration file, so that editors complete and check it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import click

from ferrule.cli.project import Project, pass_project
from ferrule.config import Source
from ferrule.enabling import section_of
from ferrule.exceptions import ExtensionError
from ferrule.extensions import Candidate, Catalog, find
from ferrule.lifecycle import enabled_names

from ..schema import schema_of_file
from .writing import write_file

__all__ = ["schema_command"]


@click.command("schema")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@click.option("--all", "everything", is_flag=True, help="With the tables of all installed extensions.")
@pass_project
def schema_command(project: Project, output: Path | None, everything: bool) -> None:
    """Write a JSON Schema of the configuration file, for editors.

    It has the core's keys and a table for each extension that the file names; the application is not imported.
    """
    project.open_path()
    text = json.dumps(_schema(project.source, everything), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        click.echo(text, nl=False)
        return
    write_file(output, text)
    click.echo(f"{output} written")
    folder = Path.cwd() if project.source.path is None else project.source.path.parent
    line = f"#:schema ./{Path(os.path.relpath(output, folder)).as_posix()}"
    if project.source.path is None or line not in project.source.path.read_text(encoding="utf-8"):
        click.echo(f"Editors find it by the first line of ferrule.toml: {line}")


def _schema(source: Source, everything: bool) -> dict[str, object]:
    catalog = Catalog.installed()
    installed = catalog.extensions()
    enabled = find(enabled_names(source, None), catalog)
    names = [*source.listed_extensions, *(installed if everything else ())]
    found = {candidate.name: candidate for candidate in (*enabled, *_others(names, catalog))}
    return schema_of_file(
        [section_of(candidate) for candidate in found.values()],
        extensions=[name for name in {*installed, *source.listed_extensions} if ":" not in name],
        others=[name for name in source.listed_extensions if ":" not in name and name not in found],
    )


def _others(names: list[str], catalog: Catalog) -> Iterator[Candidate]:
    """Find what is not enabled now; what of it cannot be found is no mistake yet."""
    for name in dict.fromkeys(names):
        try:
            yield from find([(name, "the configuration file")], catalog)
        except ExtensionError as error:
            click.secho(f"Left out: {error}", err=True, dim=True)
