"""Functions for probes: whether an application can be used."""

from __future__ import annotations

from ferrule import App

from .. import probes
from ..probes import PATIENCE, Readiness
from .arguments import app_or_current

__all__ = ["is_ready", "readiness"]


def readiness(app: App | None = None, *, timeout: float = PATIENCE) -> Readiness:
    """Ask the databases of an application whether they are as its code needs them.

    It is done in a thread, one at a time, so that a database that does not answer holds up neither the caller longer
    than it wants to wait, nor a second thread.

    Args:
        app: The application; the current one unless given.
        timeout: Seconds to wait for the databases.
    """
    return probes.readiness(app_or_current(app), timeout=timeout)


def is_ready(app: App | None = None, *, timeout: float = PATIENCE) -> bool:
    """Tell whether the databases of an application are as its code needs them; asked until they are, and then no more.

    That is what a probe needs: a schema that is ready stays so while this process runs, and a database that is down
    later must not take all workers out of service at once.

    Args:
        app: The application; the current one unless given.
        timeout: Seconds to wait for the databases.
    """
    return probes.is_ready(app_or_current(app), timeout=timeout)
