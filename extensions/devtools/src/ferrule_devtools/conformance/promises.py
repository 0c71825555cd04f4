"""Every promise, in the order in which they build on each other."""

from __future__ import annotations

from typing import Final

from .concurrency import forks, threads
from .imports import alone, import_time, imports, pulls
from .lives import freed, isolated, starts, twice
from .manifest import discovered, manifest, signatures
from .namespace import namespace
from .settings import settings
from .static_types import types
from .subject import Promise
from .teardown import teardown

__all__ = ["PROMISES"]

_FOUND: Final = ("discovered",)
_RUNS: Final = ("starts",)

PROMISES: Final = (
    Promise("discovered", "It is found through its entry point, and has its name.", discovered),
    Promise("manifest", "Its class says what it is, for which version, and how safe it is.", manifest, _FOUND),
    Promise("signatures", "Its hook implementations are of known hooks, with known arguments.", signatures, _FOUND),
    Promise("types", "Its hook implementations have the types of the specifications.", types, ("signatures",)),
    Promise("settings", "Its settings are documented, typed, and can be set in the environment.", settings, _FOUND),
    Promise("starts", "An application that enables it by name answers.", starts, ("signatures", "settings")),
    Promise("twice", "To enable it twice is an error; in two applications it is none.", twice, _RUNS),
    Promise("isolated", "Two applications in one process share nothing.", isolated, ("twice",)),
    Promise("freed", "An application is freed with its last reference.", freed, _RUNS),
    Promise("teardown", "Whatever raises: nothing is left, and no error is lost.", teardown, _RUNS),
    Promise("threads", "Requests in several threads get the answers that they get alone.", threads, _RUNS),
    Promise("fork", "A forked process goes on.", forks, ("alone",)),
    Promise("imports", "To import it has no side effect.", imports, _FOUND),
    Promise("pulls", "To import it makes no application and imports no other extension or framework.", pulls, _FOUND),
    Promise("alone", "It works where no other optional extension is installed.", alone, _RUNS),
    Promise("namespace", "What it adds to an application bears its name.", namespace, _RUNS),
    Promise("import_time", "How long its import takes is told.", import_time, _FOUND),
)
"""Every promise; each id of the suite is the name of one."""
