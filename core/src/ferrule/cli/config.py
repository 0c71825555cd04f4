"""``ferrule config``: what is configured, and where; the file checked without the application, or begun."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click

from ..config import CORE, NotSetError, Section, Source, declarations
from ..config.loading import Loaded, Loading
from ..config.source import PREFIX, USUAL_ENVIRONMENTS
from ..config.vocabulary import Vocabulary
from ..config.writing import commented_file
from ..enabling import section_of
from ..exceptions import ExtensionError, FerruleError
from ..lifecycle import enabled_names
from ..typed.suggest import did_you_mean, nearest
from .composition import assembled
from .groups import ScriptInfo, pass_script_info
from .project import Project, pass_project
from .tables import table

__all__ = ["check_config_command", "init_config_command", "show_command"]


@click.command("show")
@click.argument("key", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@pass_script_info
def show_command(info: ScriptInfo, key: str | None, as_json: bool) -> None:
    """Show the configuration; secrets are masked. KEY limits it to the keys that contain a text."""
    wanted = (key or "").upper()
    rows = [row for row in info.load_app().config.rows() if wanted in row.key]
    if not rows:
        raise click.UsageError(f"no key contains {key!r}")
    if as_json:
        told = [{"key": row.key, "value": row.value, "source": str(row.origin)} for row in rows]
        click.echo(json.dumps(told, indent=2, default=str))
        return
    cells = [[row.key, " ".join(repr(row.value).split()), str(row.origin)] for row in rows]
    for line in table(["Key", "Value", "Source"], cells):
        click.echo(line)


@click.command("init")
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), default="ferrule.toml", show_default=True
)
@click.option("--extension", "named", metavar="NAME", multiple=True, help="Enable this one, too; repeatable.")
@click.option("--force", is_flag=True, help="Overwrite a file.")
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


class Told(NamedTuple):
    """What was found for one environment.

    Attributes:
        mistakes: What is wrong, a text each.
        notes: What could not be told here.
    """

    mistakes: list[str]
    notes: list[str]


@click.command("check")
@click.option("--env", "only", metavar="NAME", multiple=True, help="Check this environment alone; repeatable.")
@pass_project
def check_config_command(project: Project, only: tuple[str, ...]) -> None:
    """Check the file against what ferrule and the enabled extensions declare, environment by environment.

    The application is not imported. What the file leaves to the environment, or to code, is not missed.
    """
    source = project.source
    if source.found is None:
        raise click.UsageError("there is no configuration file here or above; `ferrule config init` writes one")
    tables = source.strata[0].table.get("env", {})
    for env in only:
        if env not in {*tables, *USUAL_ENVIRONMENTS}:
            known = {*tables, *USUAL_ENVIRONMENTS}
            hint = did_you_mean(env, known, otherwise=f"there are {', '.join(sorted(known))}")
            raise click.UsageError(f"--env {env!r}: {source.strata[0].file} has no such environment{hint}")
    for env in tables:
        near = None if env in USUAL_ENVIRONMENTS else nearest(env, USUAL_ENVIRONMENTS, likeness=0.8)
        if near is not None:
            click.secho(
                f"{env}: nothing but FERRULE_ENV={env} chooses [env.{env}]; did you mean [env.{near}]?", fg="yellow"
            )
    environments = only or dict.fromkeys((source.env, *tables))
    mistakes: dict[str, list[str]] = {}
    for env in environments:
        found = _told(project, env, in_force=env == source.env)
        for mistake in found.mistakes:
            mistakes.setdefault(mistake, []).append(env)
        for note in found.notes:
            click.secho(f"{env}: {note}", dim=True)
    for mistake, where in mistakes.items():
        click.secho(mistake + (f" ({', '.join(where)})" if len(where) < len(environments) else ""), fg="red")
    count = f"{len(mistakes) or 'no'} mistake{'' if len(mistakes) == 1 else 's'}"
    click.echo(f"{count} in {source.strata[0].file}; environments: {', '.join(environments)}")
    if mistakes:
        raise click.exceptions.Exit(1)


def _told(project: Project, env: str, *, in_force: bool) -> Told:
    """Check one environment; of the variables only those that are in force here are looked at."""
    told = Told([], [])
    environ = {name: text for name, text in os.environ.items() if in_force or not name.startswith(PREFIX)}
    try:
        source = Source(project.source.found, env=env, environ=environ)
        registry, failed = assembled(project, enabled_names(source, None))
        for line in (line for _, error, _ in failed.values() for line in _lines(error)):
            told.mistakes.append(line) if in_force else told.notes.append(f"not all is checked: {line}")
        sections = [CORE, *map(section_of, registry)]
        source = source.enabling([candidate.name for candidate in registry], "file", "")
        loading = Loading(source, Vocabulary(sections), is_offline=True)
        loaded = loading.load({}, {})
    except FerruleError as error:
        told.mistakes.extend(_lines(error))
        return told
    for section in sections:
        _look_at(section, loaded, loading.unresolved, told)
    return told


def _look_at(section: Section, loaded: Loaded, unresolved: set[str], told: Told) -> None:
    """Let a section's class say what it thinks of the values, if all are there."""
    keys = {declared.name: section.key(declared.name) for declared in declarations(section.settings_class)}
    missing = [name for name, key in keys.items() if key not in loaded and key not in unresolved]
    told.notes.extend(
        f"{section.spelling(name)} is required, and left to the environment or to code" for name in missing
    )
    if not missing and unresolved.isdisjoint(keys.values()):
        try:
            section.settings_class(**{name: loaded[key][0] for name, key in keys.items()})
        except NotSetError as error:
            told.notes.append(f"left to the environment or to code: {error}")
        except (TypeError, ValueError) as error:
            told.mistakes.append(f"{section.owner}: {error}")


def _lines(error: FerruleError) -> Iterator[str]:
    first, *others = str(error).split("\n  ")
    yield from others or [first]
