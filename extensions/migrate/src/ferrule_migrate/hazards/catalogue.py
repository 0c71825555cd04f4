"""The kinds of hazards: what each does to the data or to the code that runs, and the safe way."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["KINDS", "Kind", "Level"]


class Level(enum.Enum):
    """How bad it may become."""

    DESTRUCTIVE = "destructive"
    """Rows or values are lost, or the revision fails over those that are there; production asks for permission."""

    CAUTION = "caution"
    """No data is lost, but code that still runs may fail, or have to wait."""


@dataclass(frozen=True)
class Kind:
    """A kind of hazard.

    Attributes:
        name: How it is called, in commands and in the documentation.
        level: How bad it may become.
        why: What it does.
        safe: How to come to the same schema without it.
    """

    name: str
    level: Level
    why: str
    safe: str


_CONTRACT: Final = (
    "Contract: release code that no longer reads or writes it, wait until no older code runs and you would not go back,"
    " back it up, and drop it in a release of its own."
)

_ALL: Final = (
    Kind("drop-table", Level.DESTRUCTIVE, "The table is dropped with all its rows.", _CONTRACT),
    Kind(
        "drop-column",
        Level.DESTRUCTIVE,
        "The column is dropped with its values, and code that still selects it fails.",
        _CONTRACT,
    ),
    Kind(
        "rename-column",
        Level.DESTRUCTIVE,
        "A column is dropped and one like it added in the same revision: if it was renamed, its values are lost.",
        "If it was renamed, write `op.alter_column(table, old, new_column_name=new)` instead. While old code runs:"
        " expand (add the new column), write both, backfill, read the new one, contract (drop the old one later).",
    ),
    Kind(
        "rename-table",
        Level.DESTRUCTIVE,
        "A table is dropped and one like it created in the same revision: if it was renamed, its rows are lost.",
        "If it was renamed, write `op.rename_table(old, new)` instead; while old code runs, keep a view under the old"
        " name.",
    ),
    Kind(
        "narrow-type",
        Level.DESTRUCTIVE,
        "The new type holds less than the old one: values that do not fit are cut, rounded, or make the revision fail.",
        "Expand: add a column of the new type, write both, backfill it in batches with what fits, read it, and drop the"
        " old column in a later release.",
    ),
    Kind(
        "change-type",
        Level.DESTRUCTIVE,
        "The type becomes another one: each value is converted, or makes the revision fail, and the table is written"
        " anew.",
        "Expand: add a column of the new type, write both, backfill it in batches, read it, and drop the old column"
        " in a later release.",
    ),
    Kind(
        "add-required",
        Level.DESTRUCTIVE,
        "A new column must have a value and has no default: on a table with rows the revision fails, or MariaDB invents"
        " the values; and code that does not know the column can insert nothing.",
        "Expand: add it with a `server_default`, or nullable; backfill it; make it NOT NULL in a later revision.",
    ),
    Kind(
        "set-not-null",
        Level.DESTRUCTIVE,
        "The column may no longer be empty: a row in which it is makes the revision fail, or MariaDB invents its value;"
        " and code that still writes NULL fails.",
        "Backfill: release code that always writes it, fill the rows that have none in batches, and set NOT NULL after"
        " that. On PostgreSQL, a CHECK (… IS NOT NULL) NOT VALID that is validated first spares the scan under a lock.",
    ),
    Kind(
        "remove-enum-value",
        Level.DESTRUCTIVE,
        "An enum loses values: a row that has one makes the revision fail, as does code that still writes one.",
        "Release code that no longer writes them, change the rows that have one (backfill), and remove them then.",
    ),
    Kind(
        "raw-sql",
        Level.DESTRUCTIVE,
        "A statement of the revision's own drops something, or deletes or empties a whole table.",
        _CONTRACT,
    ),
    Kind(
        "rename",
        Level.CAUTION,
        "What is renamed is gone for the code that still runs.",
        "Stop the old code first; or expand (add under the new name), write both, backfill, contract.",
    ),
    Kind(
        "drop-constraint",
        Level.CAUTION,
        "No row is lost, but rows that break it may come in, and it cannot be made again until they are mended.",
        "Release the code that no longer relies on it first.",
    ),
    Kind(
        "drop-index",
        Level.CAUTION,
        "No row is lost, but queries that use it become slow at once.",
        "See that nothing uses it (PostgreSQL: pg_stat_user_indexes) before it goes.",
    ),
    Kind(
        "blocking-index",
        Level.CAUTION,
        "PostgreSQL lets nobody write into the table while the index is built.",
        "In a revision of its own: `with op.get_context().autocommit_block():` and `postgresql_concurrently=True`.",
    ),
    Kind(
        "blocking-constraint",
        Level.CAUTION,
        "All rows are checked while nobody may write into the table, and one that breaks the constraint makes the"
        " revision fail.",
        "Mend the rows first. On PostgreSQL make a foreign key or CHECK with `postgresql_not_valid=True`, and"
        " `op.execute('ALTER TABLE … VALIDATE CONSTRAINT …')` in a later revision; make a unique constraint of an index"
        " that was built concurrently.",
    ),
    Kind(
        "unread",
        Level.CAUTION,
        "The revision needs a row of the database, or something else that is not there in advance: what it does after"
        " that is not known, but for drops that stand in its text.",
        "Read the file. Keep changes of the schema and of the data in revisions of their own.",
    ),
)

KINDS: Final[Mapping[str, Kind]] = {kind.name: kind for kind in _ALL}
"""All kinds, by name."""
