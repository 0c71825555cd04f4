"""What extensions that are no longer enabled have left in databases: revisions, and the tables that these made."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, cast

import sqlalchemy as sa

from ferrule import App
from ferrule.extensions import Catalog
from ferrule_sqlalchemy import SQLAlchemy

from .databases import version_table_of
from .folders import versions_of
from .shipping import Shipment, label_in, label_of, shipments_of

__all__ = ["Leftover", "is_left", "leftovers_in", "leftovers_of"]

_REVISION: Final = re.compile(r"""^revision\b.*['"](.+)['"]""", re.MULTILINE)
"""The identifier in a revision's file."""


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """What an extension that is not enabled has left in a database.

    Attributes:
        extension: Its name; where it is not installed, that of its branch.
        is_installed: Whether it is, so that its revisions can be undone.
        revisions: Those that the database is at.
        bind_key: The database; ``None`` for the default one.
    """

    extension: str
    is_installed: bool
    revisions: tuple[str, ...]
    bind_key: str | None = None

    @property
    def cure(self) -> str:
        """How to be rid of it."""
        remove = f"`ferrule db remove {self.extension}`"
        if self.is_installed:
            return f"to remove them, run {remove}; to have them again, enable it"
        often = f"which is often called ferrule-{self.extension}"
        return f"to remove them, install its distribution, {often}, and run {remove}; to have them again, enable it"

    def __str__(self) -> str:
        state = "not enabled" if self.is_installed else "not installed"
        where = "" if self.bind_key is None else f" in bind {self.bind_key!r}"
        at = ", ".join(self.revisions)
        return f"the tables of extension {self.extension!r}{where}, which is {state}, are left (at {at}); {self.cure}"


def leftovers_of(app: App) -> list[Leftover]:
    """Return what extensions that are not enabled have left in the databases of an application.

    It asks each database that has tables for its revisions, without Alembic.

    Args:
        app: The application.

    Raises:
        MigrationError: What an enabled extension ships is at odds with the rest.
        SQLAlchemyError: A database cannot be reached.
    """
    db, shipments, version = app.extension(SQLAlchemy), shipments_of(app), version_table_of(app)
    found: list[Leftover] = []
    for key, engine in db.engines_of(app).items():
        if key is None or db.metadatas[key].tables:
            with engine.connect() as connection:
                if sa.inspect(connection).has_table(version.name, schema=version.schema):
                    at = connection.scalars(sa.select(version.c.version_num)).all()
                    found += leftovers_in(_without_own(app, at, shipments), shipments, bind_key=key)
    return found


def _without_own(app: App, revisions: Iterable[str], shipments: tuple[Shipment, ...]) -> list[str]:
    """Leave out revisions of the application's own that look like an extension's; files are read only if some do."""
    suspects = [each for each in revisions if is_left(each, shipments)]
    if not suspects:
        return []
    folders = versions_of(app, cast(Any, app.extensions["migrate"]).directory(app))
    texts = [file.read_text(encoding="utf-8", errors="replace") for each in folders for file in each.glob("*.py")]
    written = {name for text in texts for name in _REVISION.findall(text)}
    return [each for each in suspects if each not in written]


def leftovers_in(revisions: Iterable[str], shipments: Iterable[Shipment], *, bind_key: str | None) -> list[Leftover]:
    """Return what the revisions that a database is at tell of extensions that are not enabled.

    Args:
        revisions: What the database is at.
        shipments: What the enabled extensions ship.
        bind_key: The database.
    """
    shipments = tuple(shipments)
    by_label: dict[str, list[str]] = {}
    for revision in sorted(revisions):
        if is_left(revision, shipments):
            by_label.setdefault(str(label_in(revision)), []).append(revision)
    installed = {label_of(name): name for name in Catalog.installed().extensions()} if by_label else {}
    return [
        Leftover(
            extension=installed.get(label, label),
            is_installed=label in installed,
            revisions=tuple(at),
            bind_key=bind_key,
        )
        for label, at in by_label.items()
    ]


def is_left(revision: str, shipments: Iterable[Shipment]) -> bool:
    """Tell whether a revision is of an extension that is not enabled.

    Args:
        revision: Its identifier.
        shipments: What the enabled extensions ship.
    """
    label = label_in(revision)
    return label is not None and label not in {each.label for each in shipments}
