"""Environment variables of a project's files, ``.env`` and ``.ferruleenv``: for commands, never for a server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import click

from ..config.locate import INSTALLED, NAME, PROJECT
from ..config.provenance import shown_path
from ..config.reading import LOADED, loaded_from_files

__all__ = ["load_dotenv", "loaded_files"]

_DEFAULTS: Final = (".ferruleenv", ".env")
_NO: Final = frozenset({"", "0", "false", "no"})
_INSTALL: Final = "install python-dotenv: pip install 'ferrule[dotenv]'"


def load_dotenv(path: str | os.PathLike[str] | None = None, load_defaults: bool = True) -> bool:
    """Set the environment variables that files give, where the environment itself does not have them.

    ``.env`` wins over ``.ferruleenv``, and the named file over both. The two are looked for from the working directory
    up to the folder of the first ``ferrule.toml`` or ``pyproject.toml``: a file above the project may be anybody's.

    Args:
        path: Another file.
        load_defaults: Look for the two files, unless ``FERRULE_SKIP_DOTENV`` is set.

    Returns:
        Whether there was a file.

    Raises:
        click.UsageError: A file cannot be read, or one was named and python-dotenv is not installed.
    """
    _forget_what_the_reloader_passed_on()
    files = [*(_default_files() if load_defaults else ()), *([] if path is None else [os.fspath(path)])]
    if not files:
        return False
    try:
        import dotenv  # an optional dependency: ferrule[dotenv]
    except ImportError:
        if path is not None:
            raise click.UsageError(f"to read {shown_path(path)}, {_INSTALL}") from None
        click.secho(f"Tip: there is {shown_path(files[-1])}. To use it, {_INSTALL}", err=True, fg="yellow")
        return False
    given: dict[str, tuple[str, str]] = {}
    for file in files:
        try:
            values = dotenv.dotenv_values(file, encoding="utf-8")
        except (OSError, UnicodeError) as error:
            raise click.UsageError(f"cannot read {shown_path(file)}: {error}") from None
        given |= {name: (value, shown_path(file)) for name, value in values.items() if value is not None}
    _set({name: value for name, value in given.items() if name not in os.environ})
    return True


def loaded_files() -> set[str]:
    """Return the files that variables were read from."""
    return set(loaded_from_files(os.environ).values())


def _set(given: dict[str, tuple[str, str]]) -> None:
    for name, (value, file) in given.items():
        try:
            os.environ[name] = value
        except ValueError as error:
            raise click.UsageError(f"{file}: {name!r} cannot be set: {error}") from None
    if given:
        os.environ[LOADED] = "\n".join(f"{name}={file}" for name, (_, file) in given.items())


def _forget_what_the_reloader_passed_on() -> None:
    """Take back what the process read that started this one, so that a changed file is read anew."""
    if os.environ.get("WERKZEUG_RUN_MAIN") == "true":
        for name in (*loaded_from_files(os.environ), LOADED):
            os.environ.pop(name, None)


def _default_files() -> list[str]:
    if os.environ.get("FERRULE_SKIP_DOTENV", "").lower() not in _NO:
        return []
    folders = _folders_of_project(Path.cwd())
    found = (next((folder / name for folder in folders if (folder / name).is_file()), None) for name in _DEFAULTS)
    return [str(file) for file in found if file is not None]


def _folders_of_project(start: Path) -> list[Path]:
    """Return the folders from a working directory up to the project's; none of an installed package."""
    if not INSTALLED.isdisjoint(start.parts):
        return []
    folders = [start, *start.parents]
    ends = (
        number for number, folder in enumerate(folders) if any((folder / name).is_file() for name in (NAME, PROJECT))
    )
    return folders[: next(ends, 0) + 1]
