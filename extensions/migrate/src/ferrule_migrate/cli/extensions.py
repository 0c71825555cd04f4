"""The command that removes what an extension has made, and what is said of extensions that left something."""

from __future__ import annotations

import click

from ferrule import current_context
from ferrule.cli import with_appcontext
from ferrule.cli.tables import plain

from .. import api
from .options import directory_option
from .progress import Progress

__all__ = ["remove", "tell_leftovers"]


def tell_leftovers() -> None:
    """Say which tables of extensions that are not enabled are left, and how to be rid of them."""
    for left in api.leftovers():
        click.echo(f"Note: {plain(str(left))}.", err=True)


@click.command("remove")
@directory_option
@click.option("--allow-destructive", is_flag=True, help="Remove its tables also if they have rows.")
@click.argument("extension")
@with_appcontext
def remove(extension: str, directory: str | None, allow_destructive: bool) -> None:
    """Remove the tables of EXTENSION, enabled or not, by undoing all of its revisions."""
    with Progress() as progress:
        steps = api.remove(
            extension=extension, directory=directory, allow_destructive=allow_destructive, on_step=progress
        )
    progress.report("Undid", steps)
    if extension in current_context().app.extensions:
        click.echo(f"Take {extension!r} out of `extensions` now: the next `ferrule db upgrade` would make them anew.")
