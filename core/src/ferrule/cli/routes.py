"""``ferrule routes``: every rule of the application."""

from __future__ import annotations

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
@pass_script_info
def routes_command(info: ScriptInfo, sort: str, all_methods: bool) -> None:
    """Show all routes: endpoint, methods and rule."""
    app = info.load_app()
    app.initialise()
    app.url_map.update()
    rules = list(app.url_map.iter_rules())
    if sort != "match":
        rules.sort(key=_KEYS[sort])
    if not rules:
        click.echo("No routes were registered.")
        return
    hidden = frozenset() if all_methods else _UNASKED
    has_hosts = app.url_map.host_matching or any(rule.subdomain for rule in rules)
    domain = "Host" if app.url_map.host_matching else "Subdomain"
    head = ["Endpoint", "Methods", *([domain] if has_hosts else []), "Rule"]
    for line in table(head, [_cells(rule, hidden, has_hosts) for rule in rules]):
        click.echo(line)


def _cells(rule: Rule, hidden: frozenset[str], has_hosts: bool) -> list[str]:
    methods = ", ".join(sorted((rule.methods or set()) - hidden))
    host = [_KEYS["domain"](rule)] if has_hosts else []
    return [str(rule.endpoint), methods, *host, rule.rule]
