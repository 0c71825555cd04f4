"""The order of the extensions: a topological sort whose ties follow the order in which they were enabled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..exceptions import ConflictError, ExtensionError
from .candidate import Candidate

__all__ = ["Edge", "edges_of", "in_order"]

Edge = tuple[str, str, str]
"""The earlier extension, the later one, and the declaration that says so."""


def edges_of(candidates: Iterable[Candidate]) -> list[Edge]:
    """Return every constraint between two enabled extensions."""
    candidates = list(candidates)
    enabled = {candidate.name for candidate in candidates}
    edges: list[Edge] = []
    for candidate in candidates:
        extension, name = candidate.extension, candidate.name
        edges += [(other, name, f"{name}.requires") for other in extension.requires if other in enabled]
        edges += [(other, name, f"{name}.after") for other in extension.after if other in enabled]
        edges += [(name, other, f"{name}.before") for other in extension.before if other in enabled]
    return edges


def in_order(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the extensions in the order of their initialisation.

    Raises:
        ConflictError: Two exclude each other.
        ExtensionError: One requires another that is not enabled, or the constraints go round in a circle.
    """
    _check_conflicts(candidates)
    _check_requirements(candidates)
    return _sorted(candidates, edges_of(candidates))


def _check_conflicts(candidates: Sequence[Candidate]) -> None:
    by_name = {candidate.name: candidate for candidate in candidates}
    mistakes = [
        f"{candidate} conflicts with {by_name[other]} ({candidate.name}.conflicts); enabled by {candidate.enabled_by}"
        f" and {by_name[other].enabled_by}: take one of them out"
        for candidate in candidates
        for other in candidate.extension.conflicts
        if other in by_name
    ]
    if mistakes:
        raise ConflictError.listing("in the list of extensions", mistakes)


def _check_requirements(candidates: Sequence[Candidate]) -> None:
    enabled = {candidate.name for candidate in candidates}
    mistakes = [
        f"{candidate}, enabled by {candidate.enabled_by}, requires {other!r}, which is not enabled; add {other!r} to"
        " the list of extensions"
        for candidate in candidates
        for other in candidate.extension.requires
        if other not in enabled
    ]
    if mistakes:
        raise ExtensionError.listing("in the list of extensions", mistakes)


def _sorted(candidates: Sequence[Candidate], edges: Sequence[Edge]) -> list[Candidate]:
    waiting = {candidate.name: candidate for candidate in candidates}
    ordered: list[Candidate] = []
    while waiting:
        blocked = {later for earlier, later, _ in edges if earlier in waiting}
        ready = next((name for name in waiting if name not in blocked), None)
        if ready is None:
            raise ExtensionError(_circle_text(waiting, edges))
        ordered.append(waiting.pop(ready))
    return ordered


def _circle_text(waiting: dict[str, Candidate], edges: Sequence[Edge]) -> str:
    path = _circle(waiting, edges)
    steps = "\n  ".join(f"{earlier} before {later}: says {reason}" for earlier, later, reason in path)
    return f"the order of the extensions goes round in a circle; take one of these declarations away:\n  {steps}"


def _circle(waiting: dict[str, Candidate], edges: Sequence[Edge]) -> list[Edge]:
    """Walk backwards along the edges among the blocked until a name comes twice; the walk between is a circle."""
    incoming = {
        later: (earlier, later, reason) for earlier, later, reason in edges if earlier in waiting and later in waiting
    }
    name = next(iter(waiting))
    walked: list[Edge] = []
    seen: dict[str, int] = {}
    while name not in seen:
        seen[name] = len(walked)
        edge = incoming[name]
        walked.append(edge)
        name = edge[0]
    return walked[seen[name] :][::-1]
