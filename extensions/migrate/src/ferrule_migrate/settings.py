"""The settings of the extension: the ``[migrate]`` table of the configuration."""

from dataclasses import dataclass
from typing import Final

from ferrule import setting

__all__ = ["MigrateSettings"]

_LONGEST: Final = 604800
"""Seconds of a week: nobody waits for longer, and `nan` is not below it."""


@dataclass(frozen=True, kw_only=True)
class MigrateSettings:
    """The settings of the extension."""

    directory: str = setting(
        "migrations",
        doc="The folder with `versions/`, relative to the configuration file's, without a file to the project's.",
    )
    models: list[str] = setting(
        default_factory=list,
        doc="Modules with models that importing the application does not import; they are, before models are compared.",
    )
    compare_type: bool = setting(True, doc="See that a column has another type than its model says.")
    compare_server_default: bool = setting(True, doc="See that a column has another default in the database.")
    render_as_batch: bool | None = setting(
        None,
        doc="Write changes of a table so that SQLite can do them, by copying it; unless set, where one is SQLite.",
    )
    schemas: list[str] = setting(
        default_factory=list,
        doc="Schemas to compare beside the default one and those that models are in: where the last model of one went.",
    )
    version_table: str = setting("alembic_version", doc="The table that keeps the revision that a database is at.")
    version_table_schema: str | None = setting(None, doc="Its schema; the default one unless set.")
    check_edits: bool = setting(
        True,
        doc="Refuse to go on where a revision was edited after it was applied. What was applied is kept in a table that"
        " is called as the version table, with `_digest` after it.",
    )
    transaction_per_migration: bool = setting(
        False,
        doc="Commit after each revision, where a database can undo changes of its schema; else after all. SQLite's lock"
        " is the transaction, so there is one.",
    )
    lock_wait: float = setting(
        300.0,
        doc="Seconds for which a command that changes a database waits for another one that does.",
    )
    lock_timeout: float | None = setting(
        None,
        doc="Seconds for which a statement of a revision waits for the lock of a table or a row; as the server says"
        " unless set. MariaDB counts whole ones.",
    )

    def __post_init__(self) -> None:
        """Refuse times that are none."""
        mistakes = [
            f"{name}={value!r}: expected seconds, {least} or more"
            for name, value, least in (("lock_wait", self.lock_wait, "0"), ("lock_timeout", self.lock_timeout, "0.001"))
            if value is not None and not float(least) <= value <= _LONGEST
        ]
        if mistakes:
            raise ValueError("; ".join(mistakes))
