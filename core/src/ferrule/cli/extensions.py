"""``ferrule extensions``: what is installed and what is enabled; and all that can be told of one, on one page.

Both answer even if the application cannot be imported.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from shutil import get_terminal_size
from typing import Any, Final, NamedTuple, TypeAlias

import click

from ..app import App
from ..callers import place_of
from ..config import MISSING, Config, Source
from ..config.provenance import shown_path
from ..conflicts import templates_in
from ..enabling import section_of
from ..extensions import Candidate, Catalog, Extension, InstalledPoint, attempt, edges_of, functions_of
from ..extensions.catalog import offered_twice
from ..extensions.validation import mark_of
from ..typed.suggest import did_you_mean
from .check import findings_of
from .composition import Composition, composition_of, enabled_without_application
from .failures import Failure
from .groups import ScriptInfo, pass_script_info
from .hooks import implementer, implementers
from .project import Project, pass_project
from .tables import table
from .tools import mistakes_in_tools

__all__ = ["explain_command", "list_command"]

Rows: TypeAlias = list[tuple[str, ...]]

_COLUMNS: Final = {
    "origin": ("what", "value", "place"),
    "order": ("place", "reason"),
    "manifest": ("name", "value"),
    "implements": ("hook", "place", "note"),
    "opens": ("hook", "implementations"),
    "settings": ("key", "value", "source", "type"),
    "contributes": ("kind", "name", "place"),
    "checks": ("id", "level", "message", "cure"),
}
"""What the columns of each section are called in JSON."""

_SHOWN_APART: Final = frozenset({"name", "settings_class", "hookspecs"})


class Listed(NamedTuple):
    """An extension as it is listed.

    Attributes:
        name: Its name.
        state: ``enabled``, ``installed``, ``broken`` or ``NOT INSTALLED``.
        distribution: The distribution it comes from.
        version: The distribution's version.
        description: One line.
        order: Its place among the enabled ones.
        error: What is wrong with it.
    """

    name: str
    state: str
    distribution: str
    version: str
    description: str
    order: int | None = None
    error: str | None = None


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@pass_project
def list_command(project: Project, as_json: bool) -> None:
    """Show all extensions, installed or enabled: state, distribution, version and description."""
    found = list(_listed(project))
    if as_json:
        click.echo(json.dumps([each._asdict() for each in found], indent=2))
    else:
        rows = [[e.name, e.state + (f", {e.order}" if e.order else ""), *e[2:5]] for e in found]
        head = ["Name", "State", "Distribution", "Version", "Description"]
        for line in table(head, rows) if rows else ["No extension."]:
            click.echo(_fitting(line))
    root = click.get_current_context().find_root().command
    wrong = list(mistakes_in_tools(root, {})) if isinstance(root, click.Group) else []
    errors = [each.error for each in found if each.error is not None]
    if wrong := [*errors, *Catalog.installed().unreadable, *wrong]:
        raise click.ClickException("\n".join(wrong))


def _fitting(line: str) -> str:
    """Return a line no longer than the terminal is wide; a pipe gets all of it."""
    columns = get_terminal_size().columns
    return line if len(line) <= columns or not sys.stdout.isatty() else f"{line[: columns - 1]}…"


def _as_far_as_made(project: Project) -> Composition:
    """Return what the application says itself, which may enable more in code, or else what its file says."""
    if project.safe:  # set-up is run, too
        return composition_of(project)
    try:
        app = project.load_app()
    except click.ClickException as error:
        made = enabled_without_application(project)
        if isinstance(error, Failure) and not made.failed:
            why = error.format_message()
            click.secho(f"The application cannot be made; this is what its file enables. {why}", err=True, fg="yellow")
        return made
    return Composition(app.plugins, {}, app.config, app)


def _listed(project: Project) -> Iterator[Listed]:
    made = _as_far_as_made(project)
    enabled = [candidate for candidate in made.registry if candidate.name not in made.failed]
    catalog = Catalog.installed().extensions()
    yield from (_enabled(candidate, number) for number, candidate in enumerate(enabled, 1))
    for name, (phase, error, _) in made.failed.items():
        points = catalog.get(name, [])
        state = "broken" if points or ":" in name or phase != "import" else "NOT INSTALLED"
        listed = _installed(name, points)._replace(state=state, error=str(error))
        yield listed if state == "broken" else listed._replace(distribution="")
    shown = {*made.failed, *(candidate.name for candidate in enabled)}
    for name, points in sorted(catalog.items()):
        if name not in shown:
            yield _installed(name, points)


def _enabled(candidate: Candidate, number: int) -> Listed:
    point, about = candidate.point, candidate.extension.description
    if point is None:
        return Listed(candidate.name, "enabled", "of the application", "", about, number)
    return Listed(point.name, "enabled", point.distribution, point.version, about or point.summary, number)


def _installed(name: str, points: list[InstalledPoint]) -> Listed:
    """Describe an extension by its metadata alone; nothing is imported."""
    if not points:
        return Listed(name, "broken", "of the application", "", "")
    distributions, versions = (" and ".join(texts) for texts in zip(*((p[3], p[4]) for p in points), strict=True))
    error = offered_twice("extension", points) if len(points) > 1 else None
    return Listed(name, "broken" if error else "installed", distributions, versions, points[0].summary, error=error)


@click.command("explain")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@pass_script_info
def explain_command(info: ScriptInfo, name: str, as_json: bool) -> None:
    """Tell all of one extension: origin, order, hooks, settings, what it contributes, and its checks."""
    made = composition_of(info)
    candidate, problems = _found(made, name)
    sections = {
        "origin": _origin(made, candidate, name),
        **(_sections(made, candidate) if candidate is not None else {}),
    }
    problems += tuple(text for text in made.problems if not any(told in text for told in problems))
    if as_json:
        told = {
            title: [dict(zip(_COLUMNS[title], row, strict=False)) for row in rows] for title, rows in sections.items()
        }
        click.echo(json.dumps({"name": name, **told, "problems": problems}, indent=2))
        return
    for title, rows in sections.items():
        click.secho(title, bold=True)
        for line in table((), rows or [("no findings" if title == "checks" else "nothing",)]):
            click.echo(f"  {line}")
    for problem in problems:
        click.secho(problem, err=True, fg="yellow")


def _found(made: Composition, name: str) -> tuple[Candidate | None, tuple[str, ...]]:
    """Return the extension of a name, enabled or only installed, and what is wrong with it."""
    enabled = {candidate.name: candidate for candidate in made.registry.everyone}
    if name in enabled:
        return enabled[name], ()
    if name in made.failed:
        return made.failed[name].candidate, (str(made.failed[name].error),)
    installed = Catalog.installed().extensions()
    if name not in installed:
        known = {*enabled, *installed, *made.failed}
        otherwise = f"there are {', '.join(sorted(known))}"
        raise click.UsageError(f"there is no extension {name!r}{did_you_mean(name, known, otherwise=otherwise)}")
    found, errors = attempt([(name, "ferrule extensions explain")], Catalog.installed())  # asked for, so imported
    return (found[0] if found else None), tuple(str(error) for _, error in errors)


def _sections(made: Composition, candidate: Candidate) -> dict[str, Rows]:
    extension, is_enabled = candidate.extension, candidate in made.registry.everyone
    sections = {
        "order": _order(made, candidate) if is_enabled else [],
        "manifest": _manifest(extension),
        "implements": _implements(extension),
        "opens": _opens(made, candidate),
        "settings": _settings(made, candidate),
    }
    if made.app is not None and is_enabled:
        checks: Rows = [("not asked", "", "the application is not complete")]
        if made.app.finalized:
            found = findings_of(made.app, candidate, deploy=False)
            checks = [(check.id, check.level, check.message, *filter(None, [check.hint])) for check in found]
        sections |= {"contributes": _contributes(made.app, candidate), "checks": checks}
    return sections


def _origin(made: Composition, candidate: Candidate | None, name: str) -> Rows:
    point = candidate.point if candidate is not None else None
    points = Catalog.installed().extensions().get(name, []) if candidate is None else [point] if point else []
    rows: Rows = [("distribution", each.source, each.value) for each in points]
    if not points and candidate in made.registry.builtins:
        rows = [("distribution", "ferrule", "built in")]
    elif not points:
        rows = [("distribution", "none" if candidate is None and ":" not in name else "of the application")]
    if candidate is not None:
        kind = type(candidate.extension)
        rows.append(("class", f"{kind.__module__}:{kind.__qualname__}", shown_path(place_of(kind))))
        if candidate in made.registry.everyone or name in made.failed:
            rows.append(("enabled", str(candidate.enabled_by)))
        if candidate in made.registry.everyone:
            return rows
    state = f"failed ({made.failed[name].phase})" if name in made.failed else "installed, not enabled"
    return [*rows, ("state", state)]


def _order(made: Composition, candidate: Candidate) -> Rows:
    names = [each.name for each in made.registry]
    if candidate.name not in names:
        return [("before all others, as a part of the core",)]
    rows: Rows = [("place", f"{names.index(candidate.name) + 1} of {len(names)}")]
    for earlier, later, declaration in edges_of(made.registry):
        if candidate.name == later:
            rows.append((f"after {earlier}", declaration))
        elif candidate.name == earlier:
            rows.append((f"before {later}", declaration))
    return rows if len(rows) > 1 else [*rows, ("no constraint", "the list's order")]


def _manifest(extension: Extension) -> Rows:
    names = [name for name in Extension.__annotations__ if not name.startswith("_") and name not in _SHOWN_APART]
    values = {name: getattr(extension, name) for name in names}
    return [(name, _text(value)) for name, value in values.items() if value not in ((), "", [])]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, bool) else ", ".join(map(str, value))


def _implements(extension: Extension) -> Rows:
    rows: Rows = []
    for attribute, function in functions_of(type(extension)).items():
        mark = mark_of(function)
        if mark is not None:
            found = implementer(extension.name, function, bool(mark["wrapper"]))
            rows.append((mark["specname"] or attribute, found.place, "; ".join(found.notes)))
    return rows


def _opens(made: Composition, candidate: Candidate) -> Rows:
    rows: Rows = []
    for name, specification in made.registry.specifications.items():
        if specification.opener == candidate.name:
            who = [f"{each.extension} ({each.place})" for each in implementers(made.registry, name)]
            rows.append((str(specification), ", ".join(who) or "nobody implements it"))
    return rows


def _settings(made: Composition, candidate: Candidate) -> Rows:
    declared = Config(os.getcwd())
    declared.load(Source(None, env=None, environ={}), [section_of(candidate)])
    known = made.config.rows() if made.config is not None else []
    rows = {row.key: row for row in (*declared.rows(), *known) if row.section == candidate.name}
    shown = (("required, not set" if row.value is MISSING else repr(row.value), row) for row in rows.values())
    return [(row.key, " ".join(value.split()), str(row.origin), row.type) for value, row in shown]


def _contributes(app: App, candidate: Candidate) -> Rows:
    distributions = [candidate.point.distribution] if candidate.point is not None else []
    commands = {p.name: ("command", p.name, p.value) for p in Catalog.installed().commands_of(distributions)}
    with suppress(Exception):  # what keeps it from being made is among the problems
        _ = app.jinja_env  # whose extensions add names to templates
    rows: Rows = []
    for claim in app.claims.of(candidate.name):
        if claim.kind != "template" and not (claim.kind == "command" and claim.name in commands):
            rows.append((claim.kind, claim.name, shown_path(claim.place)))
        if claim.kind == "template folder":
            rows += [("template", name, shown_path(file)) for name, file in templates_in(claim.name)]
    return [*dict.fromkeys(rows), *commands.values()]
