"""``ferrule config check``: the configuration file against all that its extensions declare, without the application."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

import click

from ..config import CORE, Section, Source, declarations
from ..config.loading import Loaded, Loading
from ..config.source import PREFIX
from ..config.vocabulary import Vocabulary
from ..enabling import section_of
from ..exceptions import FerruleError
from ..lifecycle import enabled_names
from .composition import assembled
from .project import Project, no_extension_option, pass_project

__all__ = ["check_config_command"]


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
@no_extension_option
@pass_project
def check_config_command(project: Project, only: tuple[str, ...]) -> None:
    """Check the file against what ferrule and the enabled extensions declare, environment by environment.

    The application is not imported. What the file leaves to the environment, or to code, is not missed.
    """
    source = project.source
    if source.found is None:
        raise click.UsageError("there is no configuration file here or above; `ferrule config init` writes one")
    tables = source.strata[0].table.get("env", {})
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
    environ = {name: text for name, text in os.environ.items() if in_force or not name.startswith(PREFIX)}
    try:
        source = Source(project.source.found, env=env, environ=environ)
    except FerruleError as error:
        return Told(list(_lines(error)), [])
    registry, failed = assembled(project, enabled_names(source, None))
    mistakes = [line for _, error, _ in failed.values() for line in _lines(error)]
    told = Told(mistakes, []) if in_force else Told([], [f"not all is checked: {line}" for line in mistakes])
    source = source.enabling([candidate.name for candidate in registry], "file", "")
    sections = [CORE, *map(section_of, registry)]
    try:
        vocabulary = Vocabulary(sections)
        loading = Loading(source, vocabulary, is_offline=True)
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
        except (TypeError, ValueError) as error:
            told.mistakes.append(f"{section.owner}: {error}")


def _lines(error: FerruleError) -> Iterator[str]:
    first, *others = str(error).split("\n  ")
    yield from others or [first]
