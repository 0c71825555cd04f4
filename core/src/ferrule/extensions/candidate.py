"""One extension that an application is to be made of: the instance, and where it came from."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from ..exceptions import ExtensionError
from .catalog import InstalledPoint
from .extension import Extension

__all__ = ["Candidate", "candidate_from"]


@dataclass(frozen=True, eq=False, repr=False)
class Candidate:
    """An extension with its origin.

    Attributes:
        extension: The instance.
        enabled_by: Where it was enabled, for messages.
        point: The entry point it was found through; ``None`` for one given as an object or as ``module:attribute``.
    """

    extension: Extension
    enabled_by: str
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


def candidate_from(found: Any, enabled_by: str, point: InstalledPoint | None = None) -> Candidate:
    """Make a candidate of what an entry point, a list or a caller gave.

    Args:
        found: An :class:`Extension` subclass, of which an instance is made, or an instance.
        enabled_by: Where it was enabled, for messages.
        point: The entry point it was found through.

    Raises:
        ExtensionError: It is neither, has no name, or another name than its entry point.
    """
    label = f"extension {point.name!r} ({point.source})" if point is not None else f"extension {found!r}"
    extension = found() if inspect.isclass(found) and issubclass(found, Extension) else found
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
    return Candidate(extension, enabled_by, point)
