"""One run of Alembic: what is asked of which databases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Protocol, TypeAlias

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext

from ferrule import App

from ..databases import Database
from ..shipping import Shipment, TableName, owners_of_tables
from .journal import Journal

__all__ = ["RUN", "Around", "Run", "Work"]

RUN: Final = "ferrule_migrate.run"
"""The attribute of Alembic's configuration that holds the :class:`Run`."""


Around: TypeAlias = Callable[[Sequence[sa.Connection]], AbstractContextManager[Any]]
"""What holds for a whole run, such as locks."""


class Work(Protocol):
    """What is done with a database, once it is known which revisions it is at."""

    def __call__(self, database: Database, heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
        """Do it, or return the steps to be taken.

        Args:
            database: The database.
            heads: The revisions that it is at.
            context: Alembic's, with a connection unless statements are to be written.
        """


@dataclass(kw_only=True)
class Run:
    """One run of Alembic.

    Attributes:
        app: The application.
        databases: The databases, the default one first.
        work: What is done with each.
        around: Given the connections, one for each database and in no transaction, what is entered before anything is
            asked of a database, and left after all are committed. Nothing where statements are written.
        shipments: What the enabled extensions ship.
        extension: Whose tables are compared; ``None`` for the application's.
        journal: Is told what is done.
        database: The one that is worked on, set by the environment.
        left: By database, the labels of the branches that extensions left there which are not enabled.
    """

    app: App
    databases: tuple[Database, ...]
    work: Work
    around: Around = nullcontext
    shipments: tuple[Shipment, ...] = ()
    extension: str | None = None
    journal: Journal = field(default_factory=Journal)
    database: Database = field(init=False)
    left: dict[Database, frozenset[str]] = field(init=False, default_factory=dict)

    @cached_property
    def owners(self) -> Mapping[TableName, str]:
        """The tables that are extensions', each with its extension's name."""
        return owners_of_tables(self.app)
