"""From the names in a list of extensions to the extensions themselves; every mistake of the list at once."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any

from ..callers import described_error
from ..exceptions import ExtensionError
from ..typed.suggest import nearest
from .catalog import Catalog, InstalledPoint
from .extension import Extension
from .manifest import manifest_mistakes

__all__ = ["Candidate", "Wanted", "attempt", "candidate_from", "find"]

Wanted = tuple[Any, object]
"""A name, ``module:attribute``, class or instance, and where it was written, as ``str`` shows it."""


@dataclass(frozen=True, eq=False, repr=False)
class Candidate:
    """An extension with its origin.

    Attributes:
        extension: The instance.
        enabled_by: Where it was enabled, as ``str`` shows it in messages.
        point: The entry point it was found through; ``None`` for one given as an object or as ``module:attribute``.
    """

    extension: Extension
    enabled_by: object
    point: InstalledPoint | None = None

    @property
    def name(self) -> str:
        """The extension's name."""
        return self.extension.name

    @property
    def source(self) -> str:
        """The distribution and its version, or else the class and its module."""
        if self.point is not None:
            return self.point.source
        kind = type(self.extension)
        return f"{kind.__module__}:{kind.__qualname__}"

    def __str__(self) -> str:
        return f"extension {self.name!r} ({self.source})"


def candidate_from(found: Any, enabled_by: object, point: InstalledPoint | None = None) -> Candidate:
    """Make a candidate of what an entry point, a list or a caller gave.

    Args:
        found: An :class:`Extension` subclass, of which an instance is made, or an instance.
        enabled_by: Where it was enabled, for messages.
        point: The entry point it was found through.

    Raises:
        ExtensionError: It is neither, has no name, or another name than its entry point.
    """
    label = f"extension {point.name!r} ({point.source})" if point is not None else f"extension {found!r}"
    extension = _instance_of(found, label, enabled_by)
    if not isinstance(extension, Extension):
        raise ExtensionError(
            f"{label}, enabled by {enabled_by}: {found!r} is neither a subclass nor an instance of ferrule.Extension"
        )
    name = getattr(extension, "name", None)
    if not isinstance(name, str) or not name:
        kind = type(extension)
        raise ExtensionError(
            f'{label}: {kind.__module__}:{kind.__qualname__} has no name; write `name = "…"` in the class'
        )
    if point is not None and point.name != name:
        raise ExtensionError(
            f"{label}: its entry point is called {point.name!r}, its class {name!r}; give both one name"
        )
    candidate = Candidate(extension, enabled_by, point)
    mistakes = list(manifest_mistakes(extension))
    if mistakes:
        raise ExtensionError.listing(f"in the class of {candidate}, enabled by {enabled_by}", mistakes)
    if point is not None:
        extension._source = point.source
    return candidate


def _instance_of(found: Any, label: str, enabled_by: object) -> Any:
    """Make the extension of its class; what is none is returned as it is."""
    if not (inspect.isclass(found) and issubclass(found, Extension)):
        return found
    try:
        return found()
    except (Exception, SystemExit) as error:
        raise ExtensionError(
            f"{label}, enabled by {enabled_by}: {found.__module__}:{found.__qualname__}() failed:"
            f" {described_error(error)}; it is called without arguments, and what can fail belongs in app_init"
        ) from error


def find(wanted: Iterable[Wanted], catalog: Catalog) -> list[Candidate]:
    """Import the extensions that are wanted, in the order given.

    Args:
        wanted: Each with the place where it was written.
        catalog: What is installed.

    Raises:
        ExtensionError: Some are not installed, or cannot be imported; the text lists all.
    """
    found, errors = attempt(wanted, catalog)
    if errors:
        raise ExtensionError.listing("in the list of extensions", (str(error) for _, error in errors)) from errors[0][
            1
        ].__cause__
    return found


def attempt(wanted: Iterable[Wanted], catalog: Catalog) -> tuple[list[Candidate], list[tuple[str, ExtensionError]]]:
    """Import the extensions that are wanted; return those that can be, and why the others cannot, by what was written.

    Args:
        wanted: Each with the place where it was written.
        catalog: What is installed.
    """
    found: list[Candidate] = []
    errors: list[tuple[str, ExtensionError]] = []
    for what, place in wanted:
        try:
            found.append(_find_one(what, place, catalog))
        except ExtensionError as error:
            errors.append((str(what), error))
    return found, errors


def _find_one(what: Any, place: object, catalog: Catalog) -> Candidate:
    if not isinstance(what, str):
        return candidate_from(what, place)
    point = None if ":" in what else catalog.extension(what)
    if point is None and ":" not in what:
        raise ExtensionError(_not_installed(what, place, catalog))
    try:
        found = resolve_name(what) if point is None else point.load()
    except (Exception, SystemExit) as error:
        which, of = (repr(what), "") if point is None else (f"{point.name!r} ({point.source})", f" of {point.value}")
        raise ExtensionError(
            f"extension {which}, enabled by {place}: failed at import{of}: {described_error(error)}; repair it, or take"
            " it out of the list"
        ) from error
    return candidate_from(found, place, point)


def _not_installed(name: str, place: object, catalog: Catalog) -> str:
    installed = sorted(catalog.extensions())
    near = nearest(name, installed)
    hint = f"did you mean {near!r}? " if near else ""
    have = ", ".join(installed) or "none"
    often = "" if near else f", which is often called ferrule-{name}"
    text = (
        f"{place}: extension {name!r} is not installed; {hint}Installed: {have}. Correct the name, or"
        f" install the distribution that offers it{often}"
    )
    return "; ".join([text, *catalog.unreadable])
