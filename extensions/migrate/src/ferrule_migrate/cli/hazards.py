"""How hazards are shown."""

from __future__ import annotations

from collections.abc import Sequence

import click

from ferrule.cli.tables import plain

from ..hazards import Hazard, explained

__all__ = ["tell_hazards"]


def tell_hazards(found: Sequence[Hazard]) -> None:
    """Show hazards on the standard error stream, each kind with its safe way."""
    for line in explained(found):
        click.echo(plain(line), err=True)
