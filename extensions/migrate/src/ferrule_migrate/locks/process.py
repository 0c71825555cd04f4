"""The lock within a process: Alembic has one environment for all threads."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ..exceptions import LockedError, MigrationError
from .patience import Patience

__all__ = ["in_process"]


class _Gate:
    """A lock that knows which thread holds it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.owner: threading.Thread | None = None


_GATE: Final = _Gate()


@contextmanager
def in_process(patience: Patience) -> Iterator[None]:
    """Let one thread of the process run Alembic at a time.

    ``alembic.op`` and ``alembic.context`` are the process', and lead to the run that began last.

    Args:
        patience: How long to wait for another thread.

    Raises:
        LockedError: Another thread still runs it.
        MigrationError: This one does, and a revision or a hook asks for another run.
    """
    me = threading.current_thread()
    if _GATE.owner is me:
        raise MigrationError(
            "a run of migrations was asked for within another one, by a revision or a hook; let the first one end"
        )
    if not _GATE.lock.acquire(timeout=patience.seconds):
        raise LockedError(
            f"thread {getattr(_GATE.owner, 'name', '?')!r} of this process runs migrations, for which this one waited"
            f" {patience.seconds:g} s; wait for it, or raise [migrate] lock_wait"
        )
    _GATE.owner = me
    try:
        yield
    finally:
        _GATE.owner = None
        _GATE.lock.release()


def _open() -> None:
    """Let a forked process begin without the locks of a thread that it has not."""
    _GATE.lock, _GATE.owner = threading.Lock(), None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_open)
