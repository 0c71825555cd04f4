"""Which configuration file an application has."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from ..exceptions import ConfigError
from .provenance import shown_path
from .tomlfile import read_toml

__all__ = ["DETECT", "ConfigFile", "Detect", "Found", "locate"]

NAME: Final = "ferrule.toml"
PROJECT: Final = "pyproject.toml"
TABLE: Final = ("tool", "ferrule")
"""The table of a project file that is the configuration."""

_MENTION: Final = re.compile(rb"""\btool["'\s]*\.["'\s]*ferrule\b|\[\s*["']?tool["']?\s*\]""")
"""PERF: what a project file without our table does not have; parsing each costs more than making an application."""

INSTALLED: Final = frozenset({"site-packages", "dist-packages"})
"""Folders of packages that others wrote."""


class Detect(Enum):
    """The choice to look for the file."""

    DETECT = "look for the file"


DETECT: Final = Detect.DETECT
"""Look for the file, from the application's folder upwards."""

ConfigFile: TypeAlias = str | os.PathLike[str] | Literal[Detect.DETECT] | None
"""A file, :data:`DETECT`, or ``None`` for no file."""


@dataclass(frozen=True, eq=False, repr=False)  # a repr would show secrets
class Found:
    """A configuration file that was found and read.

    Attributes:
        path: The absolute path of the file.
        table: The keys that lead to the configuration in it: none, or ``tool`` and ``ferrule``.
        data: What it says, from there on.
    """

    path: Path
    table: tuple[str, ...]
    data: Mapping[str, Any]


def locate(*, root_path: str, config_file: ConfigFile = DETECT, environ: Mapping[str, str]) -> Found | None:
    """Find the configuration file of an application, and read it.

    It is the file that the application names, else the one that ``FERRULE_CONFIG`` names, else the nearest
    ``ferrule.toml`` or ``[tool.ferrule]`` in a ``pyproject.toml``, from the application's folder upwards and not beyond
    the first ``pyproject.toml``. An installed package has none by itself.

    Args:
        root_path: The application's folder.
        config_file: A file, relative to the application's folder; ``None`` for no file.
        environ: The environment.

    Returns:
        The file, or ``None``.

    Raises:
        ConfigError: The file is named and not there, is not TOML, or there are two in one folder.
    """
    if config_file is None:
        return None
    folder = Path(os.path.abspath(root_path))
    if config_file is not DETECT:
        return _named(folder / config_file, "App(config_file=…)")
    if named := environ.get("FERRULE_CONFIG"):
        return _named(Path(os.path.abspath(named)), "FERRULE_CONFIG")
    return None if _is_installed(folder) else _nearest(folder)


def _named(path: Path, by: str) -> Found:
    if not os.path.exists(path):  # not isfile: a shell may hand over a pipe
        raise ConfigError(
            f"{by} names the configuration file {shown_path(path)}, which does not exist; correct the path"
        )
    found = _read(path)
    if found is None:
        raise ConfigError(
            f"{by} names {shown_path(path)}, which has no table [tool.ferrule]; add it, or name another file"
        )
    return found


def _is_installed(folder: Path) -> bool:
    # A package that is imported from an archive has no folder either.
    return not folder.is_dir() or not INSTALLED.isdisjoint(folder.parts)


def _nearest(folder: Path) -> Found | None:
    for own, project in ((above / NAME, above / PROJECT) for above in (folder, *folder.parents)):
        found = _read(project) if _mentions_table(project) else None
        if own.is_file():
            if found is not None:
                raise ConfigError(
                    f"{shown_path(own)} and [tool.ferrule] in {shown_path(project)} both configure; keep one of them"
                )
            return _read(own)
        if found is not None or project.is_file():
            return found
    return None


def _mentions_table(project: Path) -> bool:
    try:
        return _MENTION.search(project.read_bytes()) is not None
    except OSError:
        return False


def _read(path: Path) -> Found | None:
    """Return the configuration in a file; ``None`` for a project file that has none."""
    data: Any = read_toml(str(path))
    if path.name != PROJECT:
        return Found(path, (), data)
    for name in TABLE:
        data = data.get(name) if isinstance(data, dict) else None
    return Found(path, TABLE, data) if isinstance(data, dict) else None
