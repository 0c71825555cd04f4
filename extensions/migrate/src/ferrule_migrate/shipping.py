"""The migrations that extensions ship: a folder of revisions and the tables that these make, each with its owner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from ferrule import App
from ferrule.callers import place_of

from .exceptions import MigrationError

__all__ = [
    "SEPARATOR",
    "Shipment",
    "TableName",
    "claim_folders",
    "is_in_namespace",
    "label_in",
    "label_of",
    "owners_of_tables",
    "prefix_of",
    "shipment_from",
    "shipments_of",
    "table_name",
]

SEPARATOR: Final = "__"
"""What stands between the owner's name and the rest of a revision's identifier. A hyphen is what Alembic allows not."""

_INSTALLED: Final = frozenset({"dist-packages", "site-packages"})
"""What the folders are called that distributions are installed into."""

VERSIONS: Final = "migrate_versions"
TABLES: Final = "migrate_tables"


class TableName(NamedTuple):
    """What tells a table from all others of an application.

    Attributes:
        bind_key: The database; ``None`` for the default one.
        schema: The schema; ``None`` for the default one.
        name: The name.
    """

    bind_key: str | None
    schema: str | None
    name: str

    def __str__(self) -> str:
        name = f"{self.schema}.{self.name}" if self.schema else self.name
        return name if self.bind_key is None else f"{name} in bind {self.bind_key!r}"


@dataclass(frozen=True, kw_only=True)
class Shipment:
    """The migrations of one extension.

    Attributes:
        extension: The extension's name.
        source: Its distribution and version, or else its class, for messages.
        folder: The folder with its revisions.
        place: ``file:line`` of what named the folder.
    """

    extension: str
    source: str
    folder: Path
    place: str

    @property
    def label(self) -> str:
        """The label of its branch."""
        return label_of(self.extension)

    @property
    def prefix(self) -> str:
        """What each of its revisions begins with."""
        return prefix_of(self.extension)

    def __str__(self) -> str:
        return f"extension {self.extension!r} ({self.source})"


def label_of(extension: str) -> str:
    """Return the label of an extension's branch: its name, without the hyphens that Alembic reserves."""
    return extension.replace("-", "_")


def label_in(revision: str) -> str | None:
    """Return the label that a revision's identifier begins with: that of an extension, whether it is there or not."""
    label, separator, rest = revision.partition(SEPARATOR)
    return label if separator and label and rest else None


def prefix_of(extension: str) -> str:
    """Return what the identifiers of an extension's revisions begin with."""
    return f"{label_of(extension)}{SEPARATOR}"


def shipments_of(app: App, *, writing: str | None = None) -> tuple[Shipment, ...]:
    """Return what the enabled extensions ship, dependencies first.

    Args:
        app: The application.
        writing: The extension whose revisions are to be written; its folder is made if need be.

    Raises:
        MigrationError: A folder is missing or is two extensions', or nothing may be written into it; the text lists all
            mistakes.
    """
    found = tuple(_found(app))
    if writing is not None:
        _make_folder(writing, found)
    mistakes = [mistake for shipment in found for mistake in mistakes_in(shipment)]
    mistakes += _shared(found)
    if mistakes:
        raise MigrationError.listing("in the migrations of extensions", mistakes)
    return found


def _make_folder(extension: str, shipments: Iterable[Shipment]) -> None:
    """Make the folder of an extension's revisions, if it is its author who asks."""
    shipment = next((each for each in shipments if each.extension == extension), None)
    if shipment is None:
        known = ", ".join(repr(each.extension) for each in shipments) or "none"
        raise MigrationError(
            f"extension {extension!r} ships no revisions, or is not enabled; those that do: {known}. Let its hook"
            f" {VERSIONS} return a folder in its package"
        )
    if _INSTALLED & set(shipment.folder.parts):
        raise MigrationError(
            f"{shipment}: {shipment.folder} belongs to an installed distribution, and what is written there is lost"
            " with the next; clone the extension, and install it with `pip install -e`"
        )
    if shipment.folder.is_absolute():
        shipment.folder.mkdir(parents=True, exist_ok=True)


def mistakes_in(shipment: Shipment) -> Iterator[str]:
    """Yield what is wrong with a folder that an extension named."""
    whose = f"{shipment}: {VERSIONS} ({shipment.place}) names {shipment.folder}"
    if not shipment.folder.is_absolute():
        yield f"{whose}, which depends on the working directory; write Path(__file__).parent / {str(shipment.folder)!r}"
    elif not shipment.folder.is_dir():
        yield f"{whose}, which is no folder; make it with its first revision, and see that the wheel has it"


def _found(app: App) -> Iterator[Shipment]:
    answers: Mapping[str, Any] = app.hooks.migrate_versions(app)
    places = _places(app, VERSIONS)
    for name, folder in answers.items():
        yield shipment_from(name, folder, *places[name])


def shipment_from(name: str, folder: Any, source: str, place: str) -> Shipment:
    """Make a shipment of what a hook returned.

    Args:
        name: The extension.
        folder: What was returned.
        source: The extension's distribution and version.
        place: Where the hook is implemented.

    Raises:
        MigrationError: It is no folder's name.
    """
    if not isinstance(folder, str | Path):
        raise MigrationError(
            f"extension {name!r} ({source}): {VERSIONS} ({place}) returned {folder!r}; return the folder of the"
            " revisions, as a Path or a str"
        )
    return Shipment(extension=name, source=source, folder=Path(folder), place=place)


def _places(app: App, hook: str) -> dict[str, tuple[str, str]]:
    """Return the source of each extension that implements a hook, and where its implementation is."""
    return {
        candidate.name: (candidate.source, place_of(implementation.function))
        for candidate, implementation in app.plugins.implementations(hook)
    }


def _shared(shipments: Iterable[Shipment]) -> Iterator[str]:
    by_folder: dict[Path, Shipment] = {}
    by_label: dict[str, Shipment] = {}
    for shipment in shipments:
        other = by_folder.setdefault(shipment.folder.resolve(), shipment)
        namesake = by_label.setdefault(shipment.label, shipment)
        if other is not shipment:
            yield f"{other} at {other.place} and {shipment} at {shipment.place} name one folder, {shipment.folder}"
        elif namesake is not shipment:
            cure = "give one of them another name, or leave it out"
            yield f"{namesake} and {shipment} have one label, {shipment.label!r}; {cure}"


def table_name(table: sa.Table) -> TableName:
    """Return what tells a table from all others of an application."""
    return TableName(table.metadata.info.get("bind_key"), table.schema, table.name)


def is_in_namespace(table: sa.Table, label: str) -> bool:
    """Tell whether a table may be one of an extension's: it bears its name, or is in a schema that does.

    By that its tables are known when the extension is not enabled any more, or not even installed.

    Args:
        table: The table.
        label: The label of the extension's branch.
    """
    return table.name == label or table.name.startswith(f"{label}_") or table.schema == label


def owners_of_tables(app: App) -> dict[TableName, str]:
    """Return the tables that are extensions', each with its extension's name. It imports the modules that have them.

    Args:
        app: The application.

    Raises:
        MigrationError: Two extensions claim one table, or one claims what is no table; the text lists all mistakes.
    """
    owners: dict[TableName, str] = {}
    mistakes: list[str] = []
    places = _places(app, TABLES)
    for name, tables in app.hooks.migrate_tables(app).items():
        for table in tables:
            whose = f"extension {name!r} ({places[name][0]}): {TABLES} ({places[name][1]})"
            if not isinstance(table, sa.Table):
                mistakes.append(f"{whose} returned {table!r} for a table; for a model, return its __table__")
                continue
            if not is_in_namespace(table, label_of(name)):
                cure = f"begin its name with {label_of(name) + '_'!r}, or put it into a schema of that name"
                mistakes.append(f"{whose} claims the table {str(table_name(table))!r}; {cure}")
            other = owners.setdefault(table_name(table), name)
            if other != name:
                first = f"extension {other!r} ({places[other][0]}): {TABLES} ({places[other][1]})"
                mistakes.append(f"table {str(table_name(table))!r}: claimed by {first} and by {whose}; leave one out")
    if mistakes:
        raise MigrationError.listing("in the tables of extensions", mistakes)
    return owners


def claim_folders(app: App) -> None:
    """Note in the ledger of an application whose each folder is, for ``ferrule extensions explain``."""
    places = _places(app, VERSIONS)
    for name, folder in app.hooks.migrate_versions(app).items():
        with app.claims.by(name):
            app.claims.add("migrations", str(folder), places[name][1])
