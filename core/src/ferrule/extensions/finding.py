"""From the names in a list of extensions to the extensions themselves; every mistake of the list at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from ..exceptions import ExtensionError
from .candidate import Candidate, candidate_from
from .catalog import Catalog, InstalledPoint

__all__ = ["Wanted", "find"]

Wanted = tuple[Any, str]
"""A name, ``module:attribute``, class or instance, and where it was written."""


def find(wanted: Iterable[Wanted], catalog: Catalog) -> list[Candidate]:
    """Import the extensions that are wanted, in the order given.

    Args:
        wanted: Each with the place where it was written.
        catalog: What is installed.

    Raises:
        ExtensionError: Some are not installed, cannot be imported, or are named twice; the text lists all.
    """
    found: list[Candidate] = []
    mistakes: list[str] = []
    causes: list[Exception] = []
    for what, place in wanted:
        try:
            found.append(_find_one(what, place, catalog))
        except ExtensionError as error:
            mistakes.append(str(error))
            causes.append(error)
    mistakes += _named_twice(found)
    if mistakes:
        cause = causes[0].__cause__ if causes else None
        raise ExtensionError.listing("in the list of extensions", mistakes) from cause
    return found


def _find_one(what: Any, place: str, catalog: Catalog) -> Candidate:
    if not isinstance(what, str):
        return candidate_from(what, place)
    if ":" in what:
        return candidate_from(_import_attribute(what, place), place)
    point = catalog.extension(what)
    if point is None:
        raise ExtensionError(_not_installed(what, place, catalog))
    return candidate_from(_load(point, place), place, point)


def _load(point: InstalledPoint, place: str) -> Any:
    try:
        return point.load()
    except Exception as error:
        raise ExtensionError(
            f"extension {point.name!r} ({point.source}), enabled by {place}: failed at import of {point.value}:"
            f" {type(error).__name__}: {error}; repair it, or take it out of the list"
        ) from error


def _import_attribute(what: str, place: str) -> Any:
    module, _, attribute = what.partition(":")
    try:
        found: Any = import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except Exception as error:
        raise ExtensionError(
            f"extension {what!r}, enabled by {place}: failed at import: {type(error).__name__}: {error}"
        ) from error
    return found


def _not_installed(name: str, place: str, catalog: Catalog) -> str:
    installed = sorted(catalog.extensions())
    near = difflib.get_close_matches(name, installed, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    have = ", ".join(installed) or "none"
    return f"{place}: extension {name!r} is not installed; {hint}Installed: {have}. {_cure(name, near)}"


def _cure(name: str, near: list[str]) -> str:
    offered = f"pip install ferrule-{near[0] if near else name}"
    return f"Correct the name, or install the distribution that offers it ({offered})"


def _named_twice(candidates: Iterable[Candidate]) -> list[str]:
    first: dict[str, Candidate] = {}
    mistakes = []
    for candidate in candidates:
        other = first.setdefault(candidate.name, candidate)
        if other is not candidate:
            mistakes.append(
                f"{candidate.enabled_by}: {candidate} is already enabled by {other.enabled_by}; take one of them out"
            )
    return mistakes
