"""The extension system: what an extension is, how extensions are found, ordered, checked and called."""

from .catalog import Catalog, InstalledPoint
from .extension import Extension
from .finding import Candidate, Wanted, attempt, candidate_from, find
from .lock import catalog_for, drift
from .ordering import edges_of, in_order
from .registry import HookRelay, Registry
from .validation import functions_of

__all__ = [
    "Candidate",
    "Catalog",
    "Extension",
    "HookRelay",
    "InstalledPoint",
    "Registry",
    "Wanted",
    "attempt",
    "candidate_from",
    "catalog_for",
    "drift",
    "edges_of",
    "find",
    "functions_of",
    "in_order",
]
