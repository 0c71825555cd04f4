"""Functions that only look: at the files of revisions, and at where databases are."""

from __future__ import annotations

from ferrule import App

from ..hazards import Hazard
from ..revisions import Findings, Revision
from .arguments import Directory, Several, app_or_current

__all__ = ["branches", "check", "current", "current_of_all", "heads", "history", "pending", "show"]


def current(app: App | None = None, bind_key: str | None = None, *, directory: Directory = None) -> tuple[str, ...]:
    """Return the revisions that a database is at; none for one without a schema.

    Args:
        app: The application; the current one unless given.
        bind_key: The database; ``None`` for the default one.
        directory: Another folder than the configuration's, relative to the working directory.
    """
    from ..operations import looking  # PERF: an application that starts does not load Alembic
    from ..scripts import opened

    with opened(app_or_current(app), directory=directory) as repository:
        return looking.current(repository).get(bind_key, ())


def current_of_all(app: App | None = None, *, directory: Directory = None) -> dict[str | None, tuple[str, ...]]:
    """Return the revisions that each database is at, by bind key, ``None`` for the default one.

    Args:
        app: The application; the current one unless given.
        directory: As for :func:`current`.
    """
    from ..operations import looking  # PERF: an application that starts does not load Alembic
    from ..scripts import opened

    with opened(app_or_current(app), directory=directory) as repository:
        return looking.current(repository)


def history(app: App | None = None, rev_range: str | None = None, *, directory: Directory = None) -> list[Revision]:
    """Return revisions, the newest first.

    Args:
        app: The application; the current one unless given.
        rev_range: ``[start]:[end]``, where ``current`` is where the database is; all unless given.
        directory: As for :func:`current`.

    Raises:
        MigrationError: There is no such revision.
    """
    from ..operations import looking  # PERF: an application that starts does not load Alembic
    from ..scripts import opened

    with opened(app_or_current(app), directory=directory) as repository:
        return looking.history(repository, rev_range)


def pending(app: App | None = None, *, directory: Directory = None) -> list[Revision]:
    """Return the revisions that are not applied to each database, the next one first.

    Args:
        app: The application; the current one unless given.
        directory: As for :func:`current`.

    Raises:
        MigrationError: A database is at a revision that there is not.
    """
    from ..operations import looking  # PERF: an application that starts does not load Alembic
    from ..scripts import opened

    with opened(app_or_current(app), directory=directory) as repository:
        return looking.pending(repository)


def heads(app: App | None = None, *, directory: Directory = None, resolve_dependencies: bool = False) -> list[Revision]:
    """Return the revisions that nothing follows.

    Args:
        app: The application; the current one unless given.
        directory: As for :func:`current`.
        resolve_dependencies: Leave out those on which another one depends.
    """
    from ..operations import looking  # PERF: an application that starts does not load Alembic
    from ..scripts import opened

    with opened(app_or_current(app), directory=directory) as repository:
        return looking.heads(repository, resolve_dependencies=resolve_dependencies)


def branches(app: App | None = None, *, directory: Directory = None) -> list[Revision]:
    """Return the revisions that several follow.

    Args:
        app: The application; the current one unless given.
        directory: As for :func:`current`.
    """
    from ..operations import looking  # PERF: an application that starts does not load Alembic
    from ..scripts import opened

    with opened(app_or_current(app), directory=directory) as repository:
        return looking.branches(repository)


def show(app: App | None = None, revision: str = "head", *, directory: Directory = None) -> list[Revision]:
    """Return what a name of revisions stands for.

    Args:
        app: The application; the current one unless given.
        revision: An identifier or its beginning, ``head``, ``heads``, ``current``, ``base``.
        directory: As for :func:`current`.

    Raises:
        MigrationError: There is no such revision.
    """
    from ..operations import looking  # PERF: an application that starts does not load Alembic
    from ..scripts import opened

    with opened(app_or_current(app), directory=directory) as repository:
        return looking.show(repository, revision)


def check(app: App | None = None, *, directory: Directory = None, x_arg: Several = ()) -> Findings:
    """Tell whether the databases are at the last revision, and as the models say.

    Args:
        app: The application; the current one unless given.
        directory: As for :func:`current`.
        x_arg: What ``context.get_x_argument()`` gives to an environment of the project's own.

    Raises:
        MigrationError: There are several heads, or no models.
    """
    from ..operations import checking  # PERF: an application that starts does not load Alembic
    from ..scripts import opened

    with opened(app_or_current(app), directory=directory, x_arg=x_arg) as repository:
        return checking.check(repository)


def pending_hazards(
    app: App | None = None, revision: str = "head", *, directory: Directory = None, x_arg: Several = ()
) -> list[Hazard]:
    """Return what loses data, stops code that runs, or blocks it in the revisions that an upgrade would apply.

    Each is read: its function is called with operations that are written down and not done. It sees a database without
    rows; where it needs one to go on, that is told, and the text of the rest is looked at. Of a statement of its own
    only words are.

    Args:
        app: The application; the current one unless given.
        revision: As for :func:`upgrade`.
        directory: As for :func:`current`.
        x_arg: What ``context.get_x_argument()`` gives to revisions.

    Raises:
        MigrationError: There is no such revision, or several heads.
    """
    from ..operations import examining  # PERF: an application that starts does not load Alembic
    from ..scripts import opened

    with opened(app_or_current(app), directory=directory, x_arg=x_arg) as repository:
        return examining.pending_hazards(repository, revision)
