"""``ferrule extensions check``: what is wrong with the package of an extension, as its sources say."""

from __future__ import annotations

import json
from collections import Counter
from typing import Final

import click

from ferrule.checks import LEVELS

from ..static import Finding, check, package_at

__all__ = ["check_command"]

_COLOURS: Final = {"error": "red", "warning": "yellow", "info": "blue"}


@click.command("check")
@click.argument("path", default=".")
@click.option(
    "--fail-level",
    type=click.Choice([*LEVELS, "never"]),
    default="error",
    show_default=True,
    help="The level from which on a finding makes the command fail.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check_command(path: str, fail_level: str, as_json: bool) -> None:
    """Compare an extension's package with what Ferrule expects, without running it.

    PATH is a project's folder (the current one unless given), a wheel, or the name of an installed distribution.
    """
    try:
        found = check(package_at(path))
    except LookupError as error:
        raise click.UsageError(str(error.args[0])) from error
    if as_json:
        click.echo(json.dumps({"findings": [finding.as_json() for finding in found]}, indent=2))
    else:
        _print(found)
    if fail_level != "never" and any(LEVELS.index(each.level) >= LEVELS.index(fail_level) for each in found):
        raise click.exceptions.Exit(1)


def _print(found: list[Finding]) -> None:
    for finding in found:
        level = click.style(finding.level, fg=_COLOURS[finding.level], bold=True)
        click.echo(f"{finding.place}: {level}: {finding.message} [{finding.id}]")
        if finding.cure:
            click.echo(f"    cure: {finding.cure}")
    counts = Counter(finding.level for finding in found)
    click.echo(
        ", ".join(_counted(counts[level], level) for level in reversed(LEVELS) if counts[level]) or "no findings"
    )


def _counted(number: int, level: str) -> str:
    return f"{number} {level}" if number == 1 or level == "info" else f"{number} {level}s"
