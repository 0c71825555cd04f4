"""What holds around everything that changes databases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from .holding import held
from .patience import Patience
from .timeouts import statements_wait

__all__ = ["Guard"]


@dataclass(frozen=True)
class Guard:
    """The locks of a run, and the bound of its statements.

    Attributes:
        version_table: The table that says which revisions a database has, with its schema if it stands in one.
        patience: How long to wait for the locks.
        lock_timeout: How many seconds a statement waits for the lock of a table or a row.
    """

    version_table: str
    patience: Patience
    lock_timeout: float | None = None

    @contextmanager
    def __call__(self, connections: Sequence[sa.Connection]) -> Iterator[None]:
        """Guard some databases during a ``with`` block.

        Args:
            connections: One for each, in no transaction.
        """
        # SQLite's lock is a transaction, and comes last.
        with statements_wait(connections, self.lock_timeout), held(connections, self.version_table, self.patience):
            yield
