"""Functions that write: revisions, and an environment of the project's own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, overload

from ferrule import App

from .arguments import Directory, OnHazards, Several, app_or_current, nobody

__all__ = ["edit", "init", "list_templates", "merge", "migrate", "revision"]


@overload
def revision(
    app: App | None = None,
    message: str | None = None,
    *,
    directory: Directory = None,
    autogenerate: Literal[False] = False,
    sql: bool = False,
    head: Several = "head",
    splice: bool = False,
    branch_label: str | None = None,
    version_path: str | os.PathLike[str] | None = None,
    rev_id: str | None = None,
    depends_on: Several | None = None,
    x_arg: Several = (),
    allow_drop: bool = False,
    extension: str | None = None,
    on_hazards: OnHazards = nobody,
) -> Path: ...
@overload
def revision(
    app: App | None = None,
    message: str | None = None,
    *,
    directory: Directory = None,
    autogenerate: bool,
    sql: bool = False,
    head: Several = "head",
    splice: bool = False,
    branch_label: str | None = None,
    version_path: str | os.PathLike[str] | None = None,
    rev_id: str | None = None,
    depends_on: Several | None = None,
    x_arg: Several = (),
    allow_drop: bool = False,
    extension: str | None = None,
    on_hazards: OnHazards = nobody,
) -> Path | None: ...
def revision(
    app: App | None = None,
    message: str | None = None,
    *,
    directory: Directory = None,
    autogenerate: bool = False,
    sql: bool = False,
    head: Several = "head",
    splice: bool = False,
    branch_label: str | None = None,
    version_path: str | os.PathLike[str] | None = None,
    rev_id: str | None = None,
    depends_on: Several | None = None,
    x_arg: Several = (),
    allow_drop: bool = False,
    extension: str | None = None,
    on_hazards: OnHazards = nobody,
) -> Path | None:
    """Write an empty revision, to be filled in by hand.

    Args:
        app: The application; the current one unless given.
        message: What it does, in a few words; a part of the file's name.
        directory: Another folder than the configuration's, relative to the working directory.
        autogenerate: Write what brings the databases to what the models say, as :func:`migrate` does.
        sql: Refused: there is nothing to be printed. It is here since Flask-Migrate has it.
        head: What it follows; ``base`` begins a branch.
        splice: It may follow a revision that another follows already.
        branch_label: The name of the branch that it begins.
        version_path: The folder that it is written into, one of those with revisions.
        rev_id: Its identifier; made up unless given.
        depends_on: What has to be applied before it, beside what it follows.
        x_arg: What ``context.get_x_argument()`` gives to an environment of the project's own.
        allow_drop: As for :func:`migrate`.
        extension: Write it for an extension that you develop, into its folder and onto its branch.
        on_hazards: As for :func:`migrate`.

    Returns:
        The file; ``None`` if there is nothing to be written.

    Raises:
        MigrationError: There are several heads, or no such one.
    """
    from ..operations import writing  # PERF: an application that starts does not load Alembic
    from ..scripts import opened

    wanted = writing.Wanted(
        message=message,
        head=head,
        splice=splice,
        branch_label=branch_label,
        version_path=None if version_path is None else os.fspath(version_path),
        rev_id=rev_id,
        depends_on=depends_on,
        sql=sql,
    )
    with opened(app_or_current(app), directory=directory, x_arg=x_arg, extension=extension) as repository:
        if autogenerate:
            return writing.migrate(repository, wanted, allow_drop=allow_drop, on_hazards=on_hazards)
        return writing.revision(repository, wanted)


def migrate(
    app: App | None = None,
    message: str | None = None,
    *,
    directory: Directory = None,
    sql: bool = False,
    head: Several = "head",
    splice: bool = False,
    branch_label: str | None = None,
    version_path: str | os.PathLike[str] | None = None,
    rev_id: str | None = None,
    depends_on: Several | None = None,
    x_arg: Several = (),
    allow_drop: bool = False,
    extension: str | None = None,
    on_hazards: OnHazards = nobody,
) -> Path | None:
    """Write a revision that brings the databases to what the models say.

    Args:
        app: The application; the current one unless given.
        message: As for :func:`revision`.
        directory: As for :func:`revision`.
        sql: As for :func:`revision`.
        head: As for :func:`revision`.
        splice: As for :func:`revision`.
        branch_label: As for :func:`revision`.
        version_path: As for :func:`revision`.
        rev_id: As for :func:`revision`.
        depends_on: As for :func:`revision`.
        x_arg: As for :func:`revision`.
        allow_drop: Write it also if it does nothing but drop, which most often means that models were not imported.
        extension: Compare the tables of an extension that you develop, and write the revision into its folder.
        on_hazards: Is told what of it will lose data, stop code that runs, or block it.

    Returns:
        The file; ``None`` if the databases are as the models say.

    Raises:
        MigrationError: There are no models, it would only drop, revisions are not applied yet, or there are several
            heads.
    """
    return revision(
        app,
        message,
        directory=directory,
        autogenerate=True,
        sql=sql,
        head=head,
        splice=splice,
        branch_label=branch_label,
        version_path=version_path,
        rev_id=rev_id,
        depends_on=depends_on,
        x_arg=x_arg,
        allow_drop=allow_drop,
        extension=extension,
        on_hazards=on_hazards,
    )


def merge(
    app: App | None = None,
    revisions: Several = "heads",
    *,
    message: str | None = None,
    directory: Directory = None,
    branch_label: str | None = None,
    rev_id: str | None = None,
) -> Path:
    """Write a revision that joins others.

    Args:
        app: The application; the current one unless given.
        revisions: What is joined; all heads unless given.
        message: As for :func:`revision`.
        directory: As for :func:`revision`.
        branch_label: As for :func:`revision`.
        rev_id: As for :func:`revision`.

    Raises:
        MigrationError: There is no such revision, or only one.
    """
    from ..operations import writing  # PERF: an application that starts does not load Alembic
    from ..scripts import opened

    several = [revisions] if isinstance(revisions, str) else list(revisions)
    with opened(app_or_current(app), directory=directory) as repository:
        return writing.merge(repository, several, message=message, branch_label=branch_label, rev_id=rev_id)


def edit(app: App | None = None, revision: str = "current", *, directory: Directory = None) -> list[Path]:
    """Open revisions in the editor that ``$VISUAL`` or ``$EDITOR`` names.

    Args:
        app: The application; the current one unless given.
        revision: Which, as for :func:`show`.
        directory: As for :func:`revision`.

    Raises:
        MigrationError: There is no such revision.
    """
    from ..operations import writing  # PERF: an application that starts does not load Alembic
    from ..scripts import opened

    with opened(app_or_current(app), directory=directory) as repository:
        return writing.edit(repository, revision)


def init(
    app: App | None = None,
    *,
    directory: Directory = None,
    multidb: bool = False,
    template: str | None = None,
    package: bool = False,
) -> list[Path]:
    """Write an environment into the project, to be changed there; without one, the package's own is used.

    Args:
        app: The application; the current one unless given.
        directory: As for :func:`revision`.
        multidb: For several databases. The environment is always.
        template: The name of another template, or the path of a folder with one.
        package: Write an empty ``__init__.py`` beside the environment and the revisions too.

    Returns:
        The files.

    Raises:
        MigrationError: There is no such template, or an environment is there already.
    """
    from ..operations import ejecting  # PERF: an application that starts does not load Alembic

    return ejecting.init(app_or_current(app), directory=directory, template=template, package=package)


def list_templates() -> Mapping[str, str]:
    """Return the templates of :func:`init` by name, each with what it is for."""
    from ..operations import ejecting  # PERF: an application that starts does not load Alembic

    return ejecting.list_templates()
