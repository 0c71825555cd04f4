"""The commands as functions: what ``ferrule db`` calls, and what scripts and tests may."""

from __future__ import annotations

import io
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError

from ferrule import App
from ferrule_sqlalchemy import SQLAlchemy

from .exceptions import MigrationError
from .extension import Migrate
from .running import RUN, Run

__all__ = ["alembic_config", "current", "downgrade", "history", "migrate", "pending", "revision", "upgrade"]

_ENVIRONMENT: Final = Path(__file__).parent / "environment"


def alembic_config(app: App, *, output: TextIO | None = None) -> Config:
    """Return Alembic's configuration for an application: the package's environment, and the project's revisions.

    Args:
        app: The application.
        output: Where SQL is written in offline mode.
    """
    extension = app.extension(Migrate)
    config = Config(output_buffer=output, stdout=io.StringIO(), cmd_opts=Namespace(quiet=True))
    for name, value in {
        "script_location": str(_ENVIRONMENT),
        "version_locations": str(extension.directory(app) / "versions"),
        "path_separator": "newline",  # the one character that no folder of a project has in its name
        "file_template": "%(year)d%(month).2d%(day).2d_%(hour).2d%(minute).2d_%(slug)s",
    }.items():
        config.set_main_option(name, value.replace("%", "%%"))
    config.attributes[RUN] = Run(app.extension(SQLAlchemy).engine_of(app), extension.metadata(app))
    return config


def revision(app: App, message: str, *, head: str = "head", rev_id: str | None = None) -> Path:
    """Write an empty revision, to be filled in by hand.

    Args:
        app: The application.
        message: What it does, in a few words; a part of the file's name.
        head: What it follows.
        rev_id: Its identifier; made up unless given.

    Returns:
        The file.

    Raises:
        MigrationError: There are several heads, or no such one.
    """
    config = alembic_config(app)
    _make_folder(app)
    with _told():
        return _written(command.revision(config, message, head=head, rev_id=rev_id))


def migrate(app: App, message: str, *, head: str = "head", rev_id: str | None = None) -> Path | None:
    """Write a revision that brings the database to what the models say.

    Args:
        app: The application.
        message: What it does, in a few words; a part of the file's name.
        head: What it follows.
        rev_id: Its identifier; made up unless given.

    Returns:
        The file; ``None`` if the database is as the models say.

    Raises:
        MigrationError: There are no models, revisions are not applied yet, or there are several heads.
    """
    config = alembic_config(app)
    run: Run = config.attributes[RUN]
    if not run.metadata.tables:
        raise MigrationError(
            "there are no models, so every table of the database would be dropped; import them with the application, or"
            ' name their modules: `[migrate] models = ["notes.models"]`'
        )
    _make_folder(app)
    with _told():
        made = command.revision(
            config,
            message,
            autogenerate=True,
            head=head,
            rev_id=rev_id,
            process_revision_directives=run.drop_empty,
        )
    return None if run.found_nothing else _written(made)


def upgrade(app: App, target: str = "heads", *, sql: TextIO | None = None) -> None:
    """Apply revisions.

    Args:
        app: The application.
        target: Up to which one; all unless given.
        sql: Where to write the statements instead of running them.

    Raises:
        MigrationError: There is no such revision, or one fails.
    """
    config = alembic_config(app, output=sql)
    with _told():
        command.upgrade(config, target, sql=sql is not None)


def downgrade(app: App, target: str = "-1", *, sql: TextIO | None = None) -> None:
    """Undo revisions.

    Args:
        app: The application.
        target: Down to which one, which stays; one step unless given, all of them for ``base``.
        sql: Where to write the statements instead of running them; ``target`` is then ``from:to``.

    Raises:
        MigrationError: There is no such revision, or one fails.
    """
    config = alembic_config(app, output=sql)
    with _told():
        command.downgrade(config, target, sql=sql is not None)


def current(app: App) -> tuple[str, ...]:
    """Return the revisions that the database is at; none for one without a schema."""
    with app.extension(SQLAlchemy).engine_of(app).connect() as connection:
        return MigrationContext.configure(connection).get_current_heads()


def history(app: App) -> list[Script]:
    """Return all revisions, the newest first."""
    with _told():
        return list(ScriptDirectory.from_config(alembic_config(app)).walk_revisions())


def pending(app: App) -> list[Script]:
    """Return the revisions that are not applied, the next one first."""
    applied: set[str] = set()
    with _told():
        scripts = ScriptDirectory.from_config(alembic_config(app))
        for head in current(app):
            applied |= {script.revision for script in scripts.iterate_revisions(head, "base")}
        return [s for s in reversed(list(scripts.walk_revisions())) if s.revision not in applied]


def _make_folder(app: App) -> None:
    (app.extension(Migrate).directory(app) / "versions").mkdir(parents=True, exist_ok=True)


def _written(scripts: Script | Iterable[Script | None] | None) -> Path:
    made = scripts if isinstance(scripts, Script) else next(iter(scripts or ()))
    if made is None:
        raise MigrationError("Alembic wrote no revision")
    return Path(made.path)


@contextmanager
def _told() -> Iterator[None]:
    """Turn Alembic's own errors into ours, with what cures them."""
    try:
        yield
    except CommandError as error:
        raise MigrationError(_with_cure(str(error))) from error


def _with_cure(text: str) -> str:
    cures = {
        "Target database is not up to date": "run `ferrule db upgrade` first",
        "Multiple head revisions": "merge them, or name one with --head",
        "Relative revision": "the database has no revision that far; see `ferrule db history`",
        "Can't locate revision": "see `ferrule db history`; is a file missing from versions/?",
    }
    cure = next((cure for start, cure in cures.items() if start in text), None)
    return text if cure is None else f"{text.rstrip('.')}; {cure}"
