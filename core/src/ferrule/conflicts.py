"""The last look before the freeze: what two extensions declare, or an extension and the application."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .callers import place_of
from .claims import Claim, Conflict
from .exceptions import ConflictError
from .extensions import functions_of

if TYPE_CHECKING:
    from .app import App

__all__ = ["refuse_conflicts", "templates_in"]


def refuse_conflicts(app: App) -> None:
    """Refuse what two declare, all of it at once.

    Raises:
        ConflictError: The text names both places of each.
    """
    _claim_context_names(app)
    _claim_templates(app)
    _claim_commands(app)
    if _may_clash_in_environment(app):
        _ = app.jinja_env  # else it is made at the first template
    labels = {"": "the application", **{candidate.name: str(candidate) for candidate in app.plugins}}
    found = [_text(conflict, labels) for conflict in app.claims.conflicts()]
    found += _answered_by_two(app)
    if found:
        raise ConflictError.listing("in what the application is made of", found)


def _text(conflict: Conflict, labels: dict[str, str]) -> str:
    both = " and by ".join(f"{labels.get(claim.owner, claim.owner)} at {claim.place}" for claim in conflict)
    names = " and ".join(dict.fromkeys(f"{claim.kind} {claim.name!r}" for claim in conflict))
    return f"{names}: declared by {both}; {_cure(conflict)}"


def _cure(claims: tuple[Claim, ...]) -> str:
    if claims[0].kind == "error handler":
        return "leave one of them out, or declare the application's own, which replaces both"
    if all(claim.owner for claim in claims):
        return "leave one of them out, or ask an author for a setting that renames it"
    if claims[0].kind == "route":
        return "declare the application's own before it is initialised: it then replaces the extension's"
    return "rename the application's own"


def _answered_by_two(app: App) -> Iterator[str]:
    """Ask hooks that one extension may answer, where there are several: else a request would be the first to ask."""
    for attribute, hook in (("session_interface", "session_interface"), ("json", "json_provider")):
        if len(app.plugins.implementations(hook)) > 1:
            try:
                getattr(app, attribute)
            except ConflictError as error:
                yield str(error)


def _claim_context_names(app: App) -> None:
    for candidate in app.plugins:
        function = functions_of(type(candidate.extension)).get("template_context", type(candidate.extension))
        with app.claims.by(candidate.name):
            for name in candidate.extension.context_names:
                app.claims.add("context name", name, place_of(function))


def _claim_templates(app: App) -> None:
    """Note the templates of extensions, unless all are of one: the application's own can clash with nothing."""
    folders = [claim for claim in app.claims if claim.kind == "template folder" and claim.owner]
    if len({claim.owner for claim in folders}) < 2:
        return
    for folder in folders:
        with app.claims.by(folder.owner):
            for name, file in templates_in(folder.name):
                app.claims.add("template", name, file)


def templates_in(folder: str) -> Iterator[tuple[str, str]]:
    """Go through the templates of a folder: each name, and the path of its file."""
    for path, _, files in os.walk(folder):
        for file in (os.path.join(path, file) for file in sorted(files)):
            yield os.path.relpath(file, folder).replace(os.sep, "/"), file


def _claim_commands(app: App) -> None:
    """Note the commands that extensions have by entry points; all others are noted when they are added."""
    for owner, point in app.plugins.commands:
        with app.claims.by(owner):
            app.claims.add("command", point.name, f"{point.value} ({point.source})")


def _may_clash_in_environment(app: App) -> bool:
    """Tell whether an extension's ``jinja_environment`` may replace what another extension adds to templates."""
    adding = {claim.owner for claim in app.claims if claim.kind.startswith(("template ", "context "))} - {""}
    changing = {each.name for each in app.plugins if "jinja_environment" in functions_of(type(each.extension))}
    return bool(changing) and len(changing | adding) > 1
