"""What databases have applied, and whether its files are still what they were."""

from __future__ import annotations

from importlib.util import decode_source
from pathlib import Path

from alembic.runtime.migration import MigrationContext

from ..databases import Database
from ..digests import Digests, digest_table
from ..exceptions import MigrationError
from ..scripts import Repository
from ..settings import MigrateSettings

__all__ = ["digests_of", "refuse_edited"]


def digests_of(repository: Repository, context: MigrationContext) -> Digests | None:
    """Return what a database has applied; ``None`` where nobody wants to know, or statements are only written.

    Args:
        repository: The revisions.
        context: Alembic's, for the database.
    """
    if context.as_sql or not repository.app.config.settings(MigrateSettings).check_edits:
        return None
    return Digests(digest_table(context.version_table, context.version_table_schema), context.connection)


def refuse_edited(repository: Repository, database: Database, digests: Digests | None) -> None:
    """See that the revisions that a database has applied are still what they were.

    Args:
        repository: The revisions.
        database: The database.
        digests: What it has applied; ``None`` where nobody wants to know.

    Raises:
        MigrationError: The files of some were edited; the text has all of them.
    """
    applied = {} if digests is None else digests.read()
    edited = [
        f"{script.path}: was edited after {database.label} had applied it"
        for script in (repository.scripts.walk_revisions() if applied else ())
        if script.revision in applied
        and not applied[script.revision].fits(decode_source(Path(script.path).read_bytes()))
    ]
    if edited:
        raise MigrationError.listing(
            "in revisions that are applied, so nothing was done. Bring each back as it was, from version control, and"
            " write a new revision with the change. If the database is as the files say now, tell it with"
            " `ferrule db stamp REVISION`, the one that `ferrule db current` shows",
            edited,
        )


def _text(path: str) -> str:
    return decode_source(Path(path).read_bytes())
