"""``ferrule new``: a new extension, or a new application."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click

from ..scaffolds import (
    DEFAULT_LICENSE,
    FEATURES,
    LICENSES,
    Scaffold,
    ScaffoldError,
    application,
    application_mistakes,
    extension,
    extension_mistakes,
    next_steps,
    target_mistakes,
    write,
)

__all__ = ["new"]

_output: Final = click.option(
    "--output",
    "-o",
    metavar="DIR",
    default=".",
    show_default="this folder",
    type=click.Path(path_type=Path),
    help="The folder to make it in.",
)


@click.group("new")
def new() -> None:
    """Begin an extension or an application: a folder of its own that tests green."""


@new.command("extension")
@click.argument("name")
@_output
@click.option("--license", "license_id", metavar="ID", default=DEFAULT_LICENSE, help=f"{' or '.join(LICENSES)}.")
@click.option("--author", metavar="TEXT", default="", help="Who holds the copyright.")
def extension_command(name: str, output: Path, license_id: str, author: str) -> None:
    """Begin the extension NAME.

    A package that builds and type-checks, with a setting, a hook, a command, tests, a docs page and CI.
    """
    folder = f"ferrule-{name.replace('_', '-')}"
    _refuse("extension", [*extension_mistakes(name, license_id=license_id), *target_mistakes(output, folder)])
    _write(extension(name, license_id=license_id, author=author), output)


@new.command("app")
@click.argument("name")
@_output
@click.option("--with", "features", metavar="LIST", multiple=True, help=f"Extensions: {', '.join(FEATURES)}.")
def app_command(name: str, output: Path, features: tuple[str, ...]) -> None:
    """Begin the application NAME.

    Configuration for development, testing and production, a page and tests; with a database and a login if you like.
    """
    wanted = [word for given in features for part in given.split(",") if (word := part.strip())]
    _refuse("app", [*application_mistakes(name, features=wanted), *target_mistakes(output, name)])
    _write(application(name, features=wanted), output)


def _refuse(command: str, mistakes: Iterable[str]) -> None:
    if lines := list(mistakes):
        raise click.ClickException(str(ScaffoldError.listing(f"in `ferrule new {command}`", lines)))


def _write(scaffold: Scaffold, output: Path) -> None:
    try:
        folder, count = write(scaffold, output)
    except ScaffoldError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Wrote {folder} with {count} files. Next:")
    for step in next_steps(scaffold, folder):
        click.echo(f"  {step}")
