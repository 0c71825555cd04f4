"""The order of the extensions: a topological sort whose ties follow the order in which they were enabled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from ..exceptions import ConflictError, ExtensionError
from ..typed.suggest import did_you_mean
from .finding import Candidate

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


def in_order(candidates: Sequence[Candidate], builtins: Iterable[Candidate] = ()) -> list[Candidate]:
    """Return the extensions in the order of their initialisation.

    Args:
        candidates: The extensions, in the order in which they were enabled.
        builtins: The core's own, which are there before all others.

    Raises:
        ConflictError: Two exclude each other.
        ExtensionError: One is enabled twice or requires another that is not enabled, or the constraints go round in a
            circle.
    """
    enabled: dict[str, Candidate] = {}
    mistakes: list[str] = []
    for candidate in (*builtins, *candidates):
        other = enabled.setdefault(candidate.name, candidate)
        if other is not candidate:
            cure = "take one of them out"
            mistakes.append(f"{candidate.enabled_by}: {candidate} is already enabled by {other.enabled_by}; {cure}")
    conflicts = [conflict for candidate in candidates for conflict in _conflicts(candidate, enabled)]
    mistakes += [missing for candidate in candidates for missing in _missing(candidate, enabled)]
    if conflicts or mistakes:
        kind = ConflictError if conflicts else ExtensionError
        raise kind.listing("in the list of extensions", [*conflicts, *mistakes])
    return _sorted(candidates, edges_of(candidates))


def _conflicts(candidate: Candidate, enabled: dict[str, Candidate]) -> Iterator[str]:
    for other in map(enabled.get, candidate.extension.conflicts):
        if other is not None:
            where = f"enabled by {candidate.enabled_by} and {other.enabled_by}: take one of them out"
            yield f"{candidate} conflicts with {other} ({candidate.name}.conflicts); {where}"


def _missing(candidate: Candidate, enabled: dict[str, Candidate]) -> Iterator[str]:
    for other in candidate.extension.requires:
        if other not in enabled:
            cure = did_you_mean(other, enabled, otherwise=f"add {other!r} to the list of extensions")
            yield f"{candidate}, enabled by {candidate.enabled_by}, requires {other!r}, which is not enabled{cure}"


def _sorted(candidates: Sequence[Candidate], edges: Sequence[Edge]) -> list[Candidate]:
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for earlier, later, _ in edges:
        sorter.add(later, earlier)
    try:
        sorter.prepare()
    except CycleError as error:
        raise ExtensionError(_circle_text(error.args[1], edges, candidates)) from None
    waiting = {candidate.name: candidate for candidate in candidates}
    ordered: list[Candidate] = []
    while waiting:
        blocked = {later for earlier, later, _ in edges if earlier in waiting}
        ordered.append(waiting.pop(next(name for name in waiting if name not in blocked)))
    return ordered


def _circle_text(circle: Sequence[str], edges: Sequence[Edge], candidates: Iterable[Candidate]) -> str:
    sources = {candidate.name: candidate.source for candidate in candidates}
    reasons = {(earlier, later): f"{why} ({sources[why.rpartition('.')[0]]})" for earlier, later, why in edges}
    steps = "\n  ".join(f"{a} before {b}: says {reasons[a, b]}" for a, b in pairwise(circle))
    return f"the order of the extensions goes round in a circle; take one of these declarations away:\n  {steps}"
