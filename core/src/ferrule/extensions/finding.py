"""From the names in a list of extensions to the extensions themselves; every mistake of the list at once."""

from __future__ import annotations

from collections.abc import Iterable
from pkgutil import resolve_name
from typing import Any

from ..config.suggest import nearest
from ..exceptions import ExtensionError
from .candidate import Candidate, candidate_from
from .catalog import Catalog

__all__ = ["Wanted", "find"]

Wanted = tuple[Any, str]
"""A name, ``module:attribute``, class or instance, and where it was written."""


def find(wanted: Iterable[Wanted], catalog: Catalog) -> list[Candidate]:
    """Import the extensions that are wanted, in the order given.

    Args:
        wanted: Each with the place where it was written.
        catalog: What is installed.

    Raises:
        ExtensionError: Some are not installed, or cannot be imported; the text lists all.
    """
    found: list[Candidate] = []
    errors: list[ExtensionError] = []
    for what, place in wanted:
        try:
            found.append(_find_one(what, place, catalog))
        except ExtensionError as error:
            errors.append(error)
    if errors:
        raise ExtensionError.listing("in the list of extensions", map(str, errors)) from errors[0].__cause__
    return found


def _find_one(what: Any, place: str, catalog: Catalog) -> Candidate:
    if not isinstance(what, str):
        return candidate_from(what, place)
    point = None if ":" in what else catalog.extension(what)
    if point is None and ":" not in what:
        raise ExtensionError(_not_installed(what, place, sorted(catalog.extensions())))
    try:
        found = resolve_name(what) if point is None else point.load()
    except Exception as error:
        which, of = (repr(what), "") if point is None else (f"{point.name!r} ({point.source})", f" of {point.value}")
        raise ExtensionError(
            f"extension {which}, enabled by {place}: failed at import{of}: {type(error).__name__}: {error}; repair it,"
            " or take it out of the list"
        ) from error
    return candidate_from(found, place, point)


def _not_installed(name: str, place: str, installed: list[str]) -> str:
    near = nearest(name, installed)
    hint = f"did you mean {near!r}? " if near else ""
    cure = f"Correct the name, or install the distribution that offers it (pip install ferrule-{near or name})"
    have = ", ".join(installed) or "none"
    return f"{place}: extension {name!r} is not installed; {hint}Installed: {have}. {cure}"
