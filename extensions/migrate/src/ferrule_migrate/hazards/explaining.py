"""Hazards told to a person: which there are, then each kind once, with the safe way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .catalogue import Level
from .hazard import Hazard

__all__ = ["explained"]

_HEADINGS = {Level.DESTRUCTIVE: "Destructive", Level.CAUTION: "With caution"}


def explained(hazards: Sequence[Hazard]) -> Iterator[str]:
    """Yield what there is to be said of some hazards, a line each.

    Args:
        hazards: The hazards, in the order in which they would happen.
    """
    for level, heading in _HEADINGS.items():
        found = [each for each in hazards if each.kind.level is level]
        if not found:
            continue
        yield f"{heading} ({len(found)}):"
        yield from (f"  {each}" for each in found)
        for kind in dict.fromkeys(each.kind for each in found):
            yield f"  {kind.name}: {kind.why}"
            yield f"    The safe way: {kind.safe}"
