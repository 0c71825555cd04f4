"""The nearest known name, for a message about an unknown one."""

from collections.abc import Callable, Iterable

__all__ = ["did_you_mean", "nearest"]


def nearest(name: str, known: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """Return the known name that is most like another, or ``None``.

    Args:
        name: What was written.
        known: What could have been meant. Case and ``-`` or ``_`` make no difference.
        likeness: How like it must be, from 0 (not at all) to 1 (the same).
    """
    # PERF: 2 ms to import, and only somebody's mistake needs it.
    from difflib import get_close_matches

    by_folded = {_folded(candidate): candidate for candidate in known}
    found = get_close_matches(_folded(name), by_folded, n=1, cutoff=likeness)
    return by_folded[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str], *, spell: Callable[[str], str] = repr, otherwise: str = "") -> str:
    """Return the end of a message about an unknown name.

    Args:
        name: What was written.
        known: What could have been meant.
        spell: How the nearest name is written where the mistake stands.
        otherwise: The cure where nothing is near.
    """
    found = nearest(name, known)
    if found is not None:
        return f"; did you mean {spell(found)}?"
    return f"; {otherwise}" if otherwise else ""


def _folded(name: str) -> str:
    return name.lower().replace("-", "_")
