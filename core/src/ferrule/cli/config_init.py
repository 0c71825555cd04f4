"""``ferrule config init``: a file with every setting of the core and of the extensions, commented out."""

from __future__ import annotations

from pathlib import Path

import click

from ..config import CORE
from ..config.writing import commented_file
from ..enabling import section_of
from ..exceptions import ExtensionError
from ..lifecycle import enabled_names
from .composition import assembled
from .project import Project, no_extension_option, pass_project

__all__ = ["init_config_command"]


@click.command("init")
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), default="ferrule.toml", show_default=True
)
@click.option("--extension", "named", metavar="NAME", multiple=True, help="Enable this one, too; repeatable.")
@click.option("--force", is_flag=True, help="Overwrite a file.")
@no_extension_option
@pass_project
def init_config_command(project: Project, output: Path, named: tuple[str, ...], force: bool) -> None:
    """Write a configuration file with every setting of ferrule and the enabled extensions, commented out."""
    wanted = dict([*enabled_names(project.source, None), *((name, "--extension") for name in named)])
    registry, failed = assembled(project, wanted.items())
    if failed:
        raise ExtensionError.listing("in the list of extensions", (str(each.error) for each in failed.values()))
    text = commented_file([CORE, *map(section_of, registry)], wanted)
    try:
        with output.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise click.UsageError(f"{output} exists; --force overwrites it, --output PATH writes another") from None
    except OSError as error:
        raise click.ClickException(f"cannot write {output}: {error.strerror}") from None
    click.echo(f"wrote {output}")
