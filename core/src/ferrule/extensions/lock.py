"""The lock: which distributions an application's extensions come from, so that no other has to be looked at."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, NotRequired, TypedDict

from ..config import Origin, Source
from ..config.mistakes import describe
from ..config.provenance import shown_path
from ..config.tomlfile import read_toml
from ..exceptions import ConfigError, ExtensionError
from ..typed.convert import convert
from ..typed.problems import Unfit
from .catalog import Catalog, InstalledPoint, normal_name

__all__ = ["LOCK", "WRITE", "Locked", "catalog_for", "drift", "read_lock"]

LOCK: Final = "ferrule.lock"
"""The name of the file, which stands beside the configuration file."""
WRITE: Final = "ferrule extensions lock"
"""The command that writes it."""


class Locked(NamedTuple):
    """An extension as the lock has it.

    Attributes:
        name: Its name.
        value: ``module:attribute``.
        distribution: The distribution that it comes from.
        version: The version of that.
    """

    name: str
    value: str
    distribution: str
    version: str

    def __str__(self) -> str:
        return f"{self.value} of {self.distribution} {self.version}"


class _Distribution(TypedDict):
    name: str
    version: str
    extensions: dict[str, str]


class _File(TypedDict):
    distribution: NotRequired[list[_Distribution]]


def read_lock(path: str | os.PathLike[str]) -> dict[str, Locked]:
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
    try:
        file: _File = convert(read_toml(path), _File)
    except Unfit as unfit:
        mistakes = [describe(origin, str(p.path[0]), p._replace(path=p.path[1:])) for p in unfit.problems]
        raise ConfigError.listing("in the lock", mistakes) from None
    each = [
        Locked(name, value, distribution["name"], distribution["version"])
        for distribution in file.get("distribution", ())
        for name, value in distribution["extensions"].items()
    ]
    locked = {extension.name: extension for extension in each}
    if twice := [extension for extension in each if locked[extension.name] is not extension]:
        mistakes = [f"{origin} distribution.extensions: {name!r} is locked twice" for name, *_ in twice]
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
        locked = _locked_for(source)
    except ConfigError:  # `ferrule check` tells; the file saves time, and the application does without
        locked = {}
    found = _as_locked([locked[name] for name in names]) if locked.keys() >= set(names) else None
    return _all_installed(source, locked, names) if found is None else found


def drift(source: Source) -> Iterator[str]:
    """Say how the configuration file and what is installed differ from the lock; nothing where there is none.

    What is in the list of another environment need not be installed here.

    Args:
        source: The configuration.

    Raises:
        ConfigError: The lock cannot be read.
    """
    locked = _locked_for(source)
    if source.path is None or not os.path.exists(_beside(source)):
        return
    listed = set(filter(_is_name, source.listed_extensions))
    file, lock = shown_path(source.path), shown_path(_beside(source))
    yield from (f"{lock} lacks {name!r}, which {file} lists" for name in sorted(listed - locked.keys()))
    yield from (f"{lock} has {name!r}, which {file} lists no more" for name in sorted(locked.keys() - listed))
    installed = Catalog.installed().extensions()
    for name, extension in sorted(locked.items()):
        for point in installed.get(name, ()):
            if not _is_as_locked(point, extension):
                what = "that" if point.value == extension.value else point.value
                yield f"{lock} has {name!r} as {extension}; installed is {what} of {point.source}"


def _is_name(what: Any) -> bool:
    return isinstance(what, str) and ":" not in what


def _beside(source: Source) -> str:
    return os.path.join(os.path.dirname(source.path or ""), LOCK)


def _locked_for(source: Source) -> dict[str, Locked]:
    return {} if source.path is None else read_lock(_beside(source))


def _as_locked(extensions: list[Locked]) -> Catalog | None:
    versions = {extension.distribution: extension.version for extension in extensions}
    catalog = Catalog.of(versions)
    if catalog is None:
        return None
    points = catalog.extensions()
    return catalog if all(_is_exactly(points.get(extension.name), extension) for extension in extensions) else None


def _is_exactly(points: list[InstalledPoint] | None, extension: Locked) -> bool:
    return points is not None and len(points) == 1 and _is_as_locked(points[0], extension)


def _is_as_locked(point: InstalledPoint, extension: Locked) -> bool:
    is_same = normal_name(point.distribution) == normal_name(extension.distribution)
    return is_same and (point.version, point.value) == (extension.version, extension.value)


def _all_installed(source: Source, locked: Mapping[str, Locked], names: Iterable[str]) -> Catalog:
    catalog = Catalog.installed()
    installed = catalog.extensions()
    mistakes = [
        f"extension {name!r} comes from {point.source}, and {shown_path(_beside(source))} says"
        f" {locked[name].distribution}; if that is meant, run {WRITE}; else uninstall {point.distribution}"
        for name in names
        for point in installed.get(name, ())
        if name in locked and normal_name(point.distribution) != normal_name(locked[name].distribution)
    ]
    if mistakes:
        raise ExtensionError.listing("in the list of extensions", mistakes)
    return catalog
