"""``ferrule routes``: every rule of the application."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import click
from werkzeug.routing import Rule

from .groups import ScriptInfo, pass_script_info
from .tables import table

__all__ = ["routes_command"]

_KEYS: Final[dict[str, Callable[[Rule], Any]]] = {
    "endpoint": lambda rule: str(rule.endpoint),
    "methods": lambda rule: sorted(rule.methods or ()),
    "domain": lambda rule: rule.host or rule.subdomain or "",
    "rule": lambda rule: rule.rule,
}
_UNASKED: Final = frozenset({"HEAD", "OPTIONS"})


@click.command("routes")
@click.option(
    "--sort",
    "-s",
    type=click.Choice([*_KEYS, "match"]),
    default="endpoint",
    show_default=True,
    help="What to sort by; `match` is the order in which they are tried.",
)
@click.option("--all-methods", is_flag=True, help="Show HEAD and OPTIONS too.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@pass_script_info
def routes_command(info: ScriptInfo, sort: str, all_methods: bool, as_json: bool) -> None:
    """Show all routes: endpoint, methods and rule."""
    app = info.load_app()
    app.initialise()
    app.url_map.update()
    rules = list(app.url_map.iter_rules())
    if sort != "match":
        rules.sort(key=_KEYS[sort])
    hidden = frozenset() if all_methods else _UNASKED
    if as_json:
        click.echo(json.dumps([_as_dict(rule, hidden) for rule in rules], indent=2))
        return
    if not rules:
        click.echo("No routes were registered.")
        return
    has_hosts = app.url_map.host_matching or any(rule.subdomain for rule in rules)
    domain = "Host" if app.url_map.host_matching else "Subdomain"
    head = ["Endpoint", "Methods", *([domain] if has_hosts else []), "Rule"]
    for line in table(head, [_cells(rule, hidden, has_hosts) for rule in rules]):
        click.echo(line)


def _as_dict(rule: Rule, hidden: frozenset[str]) -> dict[str, object]:
    found = {name: key(rule) for name, key in _KEYS.items()}
    return {**found, "methods": sorted(set(found["methods"]) - hidden)}


def _cells(rule: Rule, hidden: frozenset[str], has_hosts: bool) -> list[str]:
    methods = ", ".join(sorted((rule.methods or set()) - hidden))
    host = [_KEYS["domain"](rule)] if has_hosts else []
    return [str(rule.endpoint), methods, *host, rule.rule]
