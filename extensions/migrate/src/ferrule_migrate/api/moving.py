"""Functions that change a database: revisions are applied, undone, or said to be applied."""

from __future__ import annotations

from ferrule import App

from ..folders import directory_of
from ..given import Given
from ..revisions import OnStep, Step
from ..standing import is_certainly_current
from .arguments import Directory, OnHazards, Output, Several, app_or_current, nobody, output_of

__all__ = ["downgrade", "stamp", "upgrade"]


def upgrade(
    app: App | None = None,
    revision: str = "head",
    *,
    directory: Directory = None,
    sql: Output = False,
    tag: str | None = None,
    x_arg: Several = (),
    on_step: OnStep = nobody,
    on_hazards: OnHazards = nobody,
    allow_destructive: bool = False,
) -> list[Step]:
    """Apply revisions.

    Args:
        app: The application; the current one unless given.
        revision: Up to which one: an identifier or its beginning, ``+1`` for one step, ``branch@head``, ``heads``.
            ``head`` is the last of each branch, and refused where two revisions follow the same one. With ``sql`` also
            ``from:to``.
        directory: Another folder than the configuration's, relative to the working directory.
        sql: Write the statements, to the standard output or a file, instead of running them.
        tag: What ``context.get_tag_argument()`` gives to an environment of the project's own.
        x_arg: What ``context.get_x_argument()`` gives to revisions.
        on_step: Is told of each revision when it begins, and when it is done.
        on_hazards: Is told, before anything is done, what of it loses data, stops code that runs, or blocks it.
        allow_destructive: Do in production, too, what loses data or may.

    Returns:
        What was done, in order.

    Raises:
        DestructiveError: In production: what is pending loses data, or may, and it is not allowed.
        LockedError: Another run has the lock for longer than ``[migrate] lock_wait``.
        RevisionError: A revision failed.
        MigrationError: There is no such revision, or several heads, or one that cannot be run.
    """
    app = app_or_current(app)
    if revision in {"head", "heads"} and sql is False:
        folder = app.extension(Given).directory(app) if directory is None else directory_of(app, directory)
        if is_certainly_current(app, folder):
            return []
    from ..operations import moving  # PERF: an application that starts does not load Alembic
    from ..scripts import opened

    output = output_of(sql)
    with opened(app, directory=directory, x_arg=x_arg, output=output) as repository:
        return moving.upgrade(
            repository,
            revision,
            sql=output is not None,
            tag=tag,
            on_step=on_step,
            on_hazards=on_hazards,
            allow_destructive=allow_destructive,
        )


def downgrade(
    app: App | None = None,
    revision: str = "-1",
    *,
    directory: Directory = None,
    sql: Output = False,
    tag: str | None = None,
    x_arg: Several = (),
    on_step: OnStep = nobody,
) -> list[Step]:
    """Undo revisions.

    Args:
        app: The application; the current one unless given.
        revision: Down to which one, which stays; one step unless given, all of them for ``base``. With ``sql``
            ``from:to``.
        directory: As for :func:`upgrade`.
        sql: As for :func:`upgrade`.
        tag: As for :func:`upgrade`.
        x_arg: As for :func:`upgrade`.
        on_step: As for :func:`upgrade`.

    Returns:
        What was undone, in order.

    Raises:
        MigrationError: There is no such revision, or one that cannot be run.
    """
    from ..operations import moving  # PERF: an application that starts does not load Alembic
    from ..scripts import opened

    output = output_of(sql)
    with opened(app_or_current(app), directory=directory, x_arg=x_arg, output=output) as repository:
        return moving.downgrade(repository, revision, sql=output is not None, tag=tag, on_step=on_step)


def stamp(
    app: App | None = None,
    revision: Several = "head",
    *,
    directory: Directory = None,
    sql: Output = False,
    tag: str | None = None,
    purge: bool = False,
) -> None:
    """Say which revisions databases are at, without running any.

    Args:
        app: The application; the current one unless given.
        revision: The revision, or one for each branch; ``base`` for none.
        directory: As for :func:`upgrade`.
        sql: As for :func:`upgrade`.
        tag: As for :func:`upgrade`.
        purge: Forget first what the databases say, also if it is nothing that there is.

    Raises:
        MigrationError: There is no such revision, or several heads.
    """
    from ..operations import moving  # PERF: an application that starts does not load Alembic
    from ..scripts import opened

    output = output_of(sql)
    revisions = [revision] if isinstance(revision, str) else list(revision)
    with opened(app_or_current(app), directory=directory, output=output) as repository:
        moving.stamp(repository, revisions, sql=output is not None, tag=tag, purge=purge)
