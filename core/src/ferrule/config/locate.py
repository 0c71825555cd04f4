"""Which configuration file an application has."""

import os
import re
from collections.abc import Iterator, Mapping
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
    if config_file is not DETECT:
        return _named(os.path.join(os.path.abspath(root_path), os.fspath(config_file)), "App(config_file=…)")
    if named := environ.get("FERRULE_CONFIG"):
        return _named(os.path.abspath(named), "FERRULE_CONFIG")
    return None if _is_installed(root_path) else _nearest(os.path.abspath(root_path))


def _named(path: str, by: str) -> Found:
    if not os.path.exists(path):  # not isfile: a shell may hand over a pipe
        raise ConfigError(
            f"{by} names the configuration file {shown_path(path)}, which does not exist; correct the path"
        )
    data = read_toml(path)
    if os.path.basename(path) != PROJECT:
        return Found(Path(path), (), data)
    tables = _project_tables(data)
    if tables is None:
        raise ConfigError(
            f"{by} names {shown_path(path)}, which has no table [tool.ferrule]; add it, or name another file"
        )
    return Found(Path(path), TABLE, tables)


def _is_installed(root_path: str) -> bool:
    # A package that is imported from an archive has no folder either.
    return not os.path.isdir(root_path) or not INSTALLED.isdisjoint(os.path.abspath(root_path).split(os.sep))


def _nearest(root_path: str) -> Found | None:
    for folder in _upwards(root_path):
        own, project = os.path.join(folder, NAME), os.path.join(folder, PROJECT)
        tables = _project_tables_in(project)
        if os.path.isfile(own):
            if tables is not None:
                raise ConfigError(
                    f"{shown_path(own)} and [tool.ferrule] in {shown_path(project)} both configure; keep one of them"
                )
            return Found(Path(own), (), read_toml(own))
        if tables is not None:
            return Found(Path(project), TABLE, tables)
        if os.path.isfile(project):
            break
    return None


def _upwards(folder: str) -> Iterator[str]:
    yield folder
    while (parent := os.path.dirname(folder)) != folder:
        folder = parent
        yield folder


def _project_tables_in(path: str) -> Mapping[str, Any] | None:
    """Return the configuration in a project file, without reading closely one that does not mention it."""
    try:
        with open(path, "rb") as file:
            mentioned = _MENTION.search(file.read()) is not None
    except OSError:
        return None
    return _project_tables(read_toml(path)) if mentioned else None


def _project_tables(data: Mapping[str, Any]) -> Mapping[str, Any] | None:
    tool = data.get("tool")
    tables = tool.get("ferrule") if isinstance(tool, dict) else None
    return tables if isinstance(tables, dict) else None
