"""The folders of a project's migrations."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ferrule import App, Check

from .settings import MigrateSettings

__all__ = [
    "OWN_ENVIRONMENT",
    "directory_of",
    "environment_of",
    "is_ejected",
    "project_folder",
    "unused_environment",
    "versions_of",
]

OWN_ENVIRONMENT: Final = Path(__file__).parent / "templates" / "ferrule"
"""The environment that is used unless a project has ejected it."""


def project_folder(app: App) -> Path:
    """Return the folder of the configuration file; without one, that of the application's module or package."""
    if app.config_file is not None:
        return app.config_file.parent
    root = Path(app.root_path)
    return root.parent if (root / "__init__.py").exists() else root


def directory_of(app: App, directory: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder with ``versions/``.

    Args:
        app: The application.
        directory: Another one than the configuration says, relative to the working directory.
    """
    if directory is not None:
        return Path(directory).absolute()
    return project_folder(app) / app.config.settings(MigrateSettings).directory


def versions_of(app: App, directory: Path) -> list[Path]:
    """Return the folders with revisions, the project's own first, into which new ones are written.

    Args:
        app: The application.
        directory: What :func:`directory_of` says.
    """
    return [directory / "versions"]


def environment_of(directory: Path) -> Path:
    """Return the folder of the environment: the project's if it has ejected one, else this package's."""
    return directory if is_ejected(directory) else OWN_ENVIRONMENT


def is_ejected(directory: Path) -> bool:
    """Tell whether a project has an environment of its own for Ferrule; that of Flask-Migrate is none."""
    file = directory / "env.py"
    return file.is_file() and "ferrule_migrate" in file.read_text(encoding="utf-8", errors="replace")


def unused_environment(directory: Path) -> Iterator[Check]:
    """Yield that an ``env.py`` is not run, such as Flask-Migrate's.

    Args:
        directory: What :func:`directory_of` says.
    """
    file = directory / "env.py"
    if file.is_file() and not is_ejected(directory):
        yield Check(
            "migrate.environment",
            "info",
            f"{file} is not run: the environment is a part of ferrule-migrate",
            "move what you changed in it into [migrate], Migrate(…) or hooks, and delete it",
        )
