"""``ferrule hooks``: every hook with who implements it, in the order in which they run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from textwrap import indent
from typing import Any, Final, NamedTuple

import click

from ..callers import place_of
from ..config.provenance import shown_path
from ..extensions import Registry
from ..hooks import Result, is_for_method, is_limited
from ..typed.suggest import did_you_mean
from .composition import composition_of
from .groups import ScriptInfo, pass_script_info

__all__ = ["Implementer", "hooks_command", "implementer", "implementers"]

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Implementer(NamedTuple):
    """Who implements a hook.

    Attributes:
        extension: The extension's name.
        place: Where, as ``file:line``.
        is_wrapper: It goes around the others.
        methods: The usual HTTP methods that it is for; ``None`` for all.
        is_builtin: It is one of the core's own.
    """

    extension: str
    place: str
    is_wrapper: bool
    methods: tuple[str, ...] | None
    is_builtin: bool

    @property
    def notes(self) -> tuple[str, ...]:
        """What is particular about it."""
        only = () if self.methods is None else (f"{', '.join(self.methods)} only",)
        return (*(("wrapper",) if self.is_wrapper else ()), *(("built in",) if self.is_builtin else ()), *only)


def implementers(registry: Registry, hook: str) -> Iterator[Implementer]:
    """Go through who implements a hook: wrappers first, the outermost first, then the others as they run."""
    for candidate, impl in registry.implementations(hook):
        yield implementer(candidate.name, impl.function, impl.wrapper, is_builtin=candidate in registry.builtins)


def implementer(name: str, function: Any, is_wrapper: bool, *, is_builtin: bool = False) -> Implementer:
    """Return what there is to tell of an implementation."""
    methods = tuple(method for method in _METHODS if is_for_method(function, method)) if is_limited(function) else None
    return Implementer(name, shown_path(place_of(function)), is_wrapper, methods, is_builtin)


@click.command("hooks")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@pass_script_info
def hooks_command(info: ScriptInfo, name: str | None, as_json: bool) -> None:
    """Show every hook and who implements it, in the order in which they run. NAME limits it to one hook."""
    found = composition_of(info)
    registry = found.registry
    for problem in found.problems:
        click.secho(problem, err=True, fg="yellow")
    if name is not None and name not in registry.specifications:
        hint = did_you_mean(name, registry.specifications, otherwise="`ferrule hooks` lists all of them")
        raise click.UsageError(f"there is no hook {name!r}{hint}")
    names = list(registry.specifications) if name is None else [name]
    if as_json:
        click.echo(json.dumps([_as_dict(registry, each) for each in names], indent=2))
        return
    for each in names:
        _print(registry, each, explains=name is not None)


def _as_dict(registry: Registry, name: str) -> dict[str, object]:
    specification = registry.specifications[name]
    return {
        "name": name,
        "arguments": specification.arguments,
        "order": specification.direction.value,
        "result": specification.result.value,
        "since": specification.since,
        "opened_by": specification.opener,
        "implementations": [each._asdict() for each in implementers(registry, name)],
    }


def _print(registry: Registry, name: str, *, explains: bool) -> None:
    specification = registry.specifications[name]
    found = list(implementers(registry, name))
    opener = f"  opened by {specification.opener}" if specification.opener else ""
    click.secho(f"{specification}{opener}", bold=bool(found), dim=not found)
    if explains:
        order = "" if specification.result in {Result.SINGLE, Result.WRAPPED} else f"{specification.direction.value}; "
        click.echo(indent(specification.doc, "  "))
        click.echo(f"  {order}result: {specification.result.value}; since {specification.since}")
    width = max((len(each.extension) for each in found), default=0)
    for each in found:
        notes = f"  ({'; '.join(each.notes)})" if each.notes else ""
        click.echo(f"  {each.extension.ljust(width)}  {each.place}{notes}")
    if not found:
        click.secho("  (nobody implements it)", dim=True)
