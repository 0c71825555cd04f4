"""The lock: which distributions an application's extensions come from, so that no other has to be looked at."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any, Final, NotRequired, TypedDict

from ..config import Origin, Source
from ..config.mistakes import describe
from ..config.provenance import shown_path
from ..config.tomlfile import read_toml
from ..exceptions import ConfigError, ExtensionError
from ..typed.convert import convert
from ..typed.problems import Unfit
from .catalog import EXTENSIONS, Catalog, InstalledPoint, normal_name

__all__ = ["LOCK", "WRITE", "catalog_for", "drift", "read_lock"]

LOCK: Final = "ferrule.lock"
"""The name of the file, which stands beside the configuration file."""
WRITE: Final = "ferrule extensions lock"
"""The command that writes it."""


class _Distribution(TypedDict):
    name: str
    version: str
    extensions: dict[str, str]


class _File(TypedDict):
    distribution: NotRequired[list[_Distribution]]


def read_lock(path: str | os.PathLike[str]) -> dict[str, InstalledPoint]:
    """Return the extensions in a lock, by name; none where there is no such file.

    Args:
        path: The path of the file.

    Raises:
        ConfigError: It cannot be read, or is no lock; the text lists all mistakes, with file and key.
    """
    path = os.fspath(path)
    if not os.path.exists(path):
        return {}
    origin = Origin("file", shown_path(path))
    mistakes: list[str] = []
    locked: dict[str, InstalledPoint] = {}
    try:
        file: _File = convert(read_toml(path), _File)
    except Unfit as unfit:
        mistakes = [describe(origin, str(p.path[0]), p._replace(path=p.path[1:])) for p in unfit.problems]
        file = {}
    for found in file.get("distribution", ()):
        for name, value in found["extensions"].items():
            if name in locked:
                mistakes.append(f"{origin} distribution.extensions: {name!r} is locked twice")
            locked[name] = InstalledPoint(EXTENSIONS, name, value, found["name"], found["version"])
    if mistakes:
        raise ConfigError.listing("in the lock", mistakes)
    return locked


def catalog_for(source: Source, wanted: Iterable[Any]) -> Catalog:
    """Return what some extensions are found in: what is locked, or else all that is installed.

    The lock stands beside the configuration file. It is used if each name is in it, and the distribution there in the
    very version, with the very entry point. If not, everything is looked at, for an application has to start after an
    upgrade, too; ``ferrule check`` tells what differs. Only another distribution under a locked name is refused.

    Args:
        source: The configuration.
        wanted: Names of extensions. What is none, for it names or is an object, needs no catalog.

    Raises:
        ExtensionError: A name is offered by another distribution than the locked one; the text lists all.
    """
    names = [name for name in wanted if _is_name(name)]
    if not names:
        return Catalog()
    try:
        locked = read_lock(_beside(source)) if source.path is not None else {}
    except ConfigError:  # `ferrule check` tells; the file saves time, and the application does without
        locked = {}
    points = [locked[name] for name in names if name in locked]
    catalog = Catalog.of({point.distribution: point.version for point in points}) if len(points) == len(names) else None
    if catalog is not None:
        offered = catalog.extensions()
        if all(list(map(_identity, offered.get(point.name, ()))) == [_identity(point)] for point in points):
            return catalog
    _refuse_others(points, _beside(source))
    return Catalog.installed()


def drift(source: Source) -> Iterator[str]:
    """Say how the configuration file and what is installed differ from the lock; nothing where there is none.

    What is in the list of another environment need not be installed here.

    Args:
        source: The configuration.

    Raises:
        ConfigError: The lock cannot be read.
    """
    if source.path is None or not os.path.exists(_beside(source)):
        return
    locked = read_lock(_beside(source))
    listed = set(filter(_is_name, source.listed_extensions))
    file, lock = shown_path(source.path), shown_path(_beside(source))
    yield from (f"{lock} lacks {name!r}, which {file} lists" for name in sorted(listed - locked.keys()))
    yield from (f"{lock} has {name!r}, which {file} lists no more" for name in sorted(locked.keys() - listed))
    installed = Catalog.installed().extensions()
    for name, meant in sorted(locked.items()):
        for point in installed.get(name, ()):
            if _identity(point) != _identity(meant):
                what = "that" if point.value == meant.value else point.value
                yield f"{lock} has {name!r} as {meant.value} of {meant.source}; installed is {what} of {point.source}"


def _is_name(what: Any) -> bool:
    return isinstance(what, str) and ":" not in what


def _beside(source: Source) -> str:
    return os.path.join(os.path.dirname(source.path or ""), LOCK)


def _identity(point: InstalledPoint) -> tuple[str, str, str]:
    """Return what has to be the same for an entry point to be the locked one."""
    return normal_name(point.distribution), point.version, point.value


def _refuse_others(locked: Iterable[InstalledPoint], path: str) -> None:
    """Refuse the extensions of which another distribution than the locked one is installed."""
    installed = Catalog.installed().extensions()
    mistakes = [
        f"extension {meant.name!r} comes from {point.source}, and {shown_path(path)} says {meant.distribution}; if that"
        f" is meant, run {WRITE}; else uninstall {point.distribution}"
        for meant in locked
        for point in installed.get(meant.name, ())
        if normal_name(point.distribution) != normal_name(meant.distribution)
    ]
    if mistakes:
        raise ExtensionError.listing("in the list of extensions", mistakes)
