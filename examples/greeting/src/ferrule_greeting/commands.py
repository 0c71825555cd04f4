"""The command of the extension."""

import click

from ferrule import current_app
from ferrule.cli import with_appcontext

from .extension import GreetingSettings

__all__ = ["greet"]


@click.command("greet")
@click.argument("name")
@with_appcontext
def greet(name: str) -> None:
    """Greet somebody."""
    click.echo(f"{current_app.config.settings(GreetingSettings).phrase}, {name}!")
