"""``ferrule check``: what is wrong with the application, and with ``--deploy`` what is risky in production."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Final

import click

from ..app import App
from ..callers import printable
from ..checks import LEVELS, Check
from ..extensions import Candidate
from .failures import Failure, failures
from .groups import ScriptInfo, pass_script_info
from .project import Project

__all__ = ["check_command", "findings_of"]

_COLOURS: Final = {"error": "red", "warning": "yellow", "info": "blue"}


@click.command("check")
@click.option("--deploy", is_flag=True, help="Look for risks in production too; means that environment.")
@click.option(
    "--fail-level",
    type=click.Choice([*LEVELS, "never"]),
    default="error",
    show_default=True,
    help="The level from which on a finding makes the command fail.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@pass_script_info
def check_command(info: ScriptInfo, deploy: bool, fail_level: str, as_json: bool) -> None:
    """Look for mistakes in the application, each with its cure."""
    if deploy and isinstance(info, Project):
        info.mean("production")
    found, silenced = _sorted_out(info, deploy)
    if as_json:
        lists = {"findings": found, "silenced": silenced}
        click.echo(json.dumps({name: list(map(asdict, checks)) for name, checks in lists.items()}, indent=2))
    else:
        _print(found, len(silenced))
    if fail_level != "never" and any(LEVELS.index(check.level) >= LEVELS.index(fail_level) for check in found):
        raise click.exceptions.Exit(1)


def _sorted_out(info: ScriptInfo, deploy: bool) -> tuple[list[Check], list[Check]]:
    """Return the findings that count, and those that ``silenced_checks`` silences."""
    try:
        with failures():
            app = info.load_app()
            app.finalize()
    except click.ClickException as error:
        text = f"the application cannot be made: {error.format_message()}"
        return [*_left_out(info), Check("core.broken", "error", text)], []
    each = (check for candidate in app.plugins.everyone for check in findings_of(app, candidate, deploy=deploy))
    checks = [*_left_out(info), *each]
    names = app.config["SILENCED_CHECKS"]
    silenced = [check for check in checks if check.id in names]
    left = [check for check in checks if check.id not in names]
    if deploy:  # without it, what would be silenced is not looked for
        left += _idle(set(names) - {check.id for check in silenced}, app)
    return left, silenced


def _left_out(info: ScriptInfo) -> Iterator[Check]:
    for name, (phase, error, _) in info.left_out.items() if isinstance(info, Project) else ():
        yield Check("core.left_out", "error", f"{name!r} failed ({phase}), and was left out for --safe: {error}")


def findings_of(app: App, candidate: Candidate, *, deploy: bool) -> list[Check]:
    """Ask one extension by itself: one whose check fails keeps no other from being heard."""
    try:
        with failures(), app.app_context():
            found = list(app.plugins.call_one(candidate, "check_app", app, deploy) or ())
            for each in found:
                if not isinstance(each, Check):
                    raise TypeError(f"check_app gives {each!r}, which is no ferrule.Check")
            return found
    except Failure as failure:
        return [Check("core.check_failed", "error", f"{candidate}: its check failed: {failure.format_message()}")]


def _idle(names: Iterable[str], app: App) -> Iterator[Check]:
    origin = app.config.origin("SILENCED_CHECKS")
    for name in sorted(names):
        text = f"silenced_checks ({origin}) has {name!r}, which was not found"
        yield Check("core.silences_nothing", "info", text, "take it out, or correct it")


def _print(found: list[Check], silenced: int) -> None:
    for level in reversed(LEVELS):
        checks = [check for check in found if check.level == level]
        for number, check in enumerate(checks):
            if not number:
                click.secho(f"{level}: {len(checks)}", bold=True, fg=_COLOURS[level])
            cure = f"\n    cure: {check.hint}" if check.hint else ""
            click.echo(printable(f"  {check.id}: {check.message}{cure}"))
    click.echo(f"{len(found) or 'no'} finding{'' if len(found) == 1 else 's'}, {silenced} silenced")
