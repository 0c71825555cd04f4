"""``ferrule config``: every key, its value, and where the value comes from."""

from __future__ import annotations

import click

from .groups import ScriptInfo, pass_script_info
from .project import no_extension_option
from .tables import table

__all__ = ["show_command"]


@click.command("show")
@click.argument("key", required=False)
@no_extension_option
@pass_script_info
def show_command(info: ScriptInfo, key: str | None) -> None:
    """Show the configuration; secrets are masked. KEY limits it to the keys that contain a text."""
    wanted = (key or "").upper()
    rows = [row for row in info.load_app().config.rows() if wanted in row.key]
    if not rows:
        raise click.UsageError(f"no key contains {key!r}")
    for line in table(["Key", "Value", "Source"], [[row.key, repr_of(row.value), str(row.origin)] for row in rows]):
        click.echo(line)


def repr_of(value: object) -> str:
    """Return a value as Python writes it, on one line."""
    return " ".join(repr(value).split())
