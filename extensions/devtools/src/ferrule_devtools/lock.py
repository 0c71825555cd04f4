"""The lock as a text: the extensions that the configuration file lists, and the distributions they come from."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Final

from ferrule import ExtensionError
from ferrule.extensions import InstalledPoint

__all__ = ["lock_text", "points_of"]

HEAD: Final = """\
# The extensions of this application, and the distributions that they come from. `ferrule extensions lock` writes this
# file; commit it. With it, start-up looks at these distributions only, and `ferrule check` tells what differs from it.
"""

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


def points_of(listed: Iterable[str], installed: Mapping[str, list[InstalledPoint]], file: str) -> list[InstalledPoint]:
    """Return the entry points of all extensions in any list of a configuration file.

    Args:
        listed: What the lists say; the application's own, ``module:attribute``, come from no distribution.
        installed: The installed extensions, by name.
        file: The file, for messages.

    Raises:
        ExtensionError: Some are not installed, or offered twice; the text lists all.
    """
    names = sorted(name for name in listed if ":" not in name)
    mistakes = [mistake for name in names for mistake in _mistakes(name, installed.get(name, []), file)]
    if mistakes:
        raise ExtensionError.listing("in what is to be locked", mistakes)
    return [installed[name][0] for name in names]


def lock_text(points: Iterable[InstalledPoint]) -> str:
    """Return the text of a lock, sorted, with nothing in it that another machine would write otherwise.

    Args:
        points: The entry points to lock.
    """
    ordered = sorted(points, key=lambda point: (point.distribution.lower(), point.distribution, point.name))
    groups = groupby(ordered, attrgetter("distribution", "version"))
    return HEAD + "".join(_table(*distribution, group) for distribution, group in groups)


def _table(distribution: str, version: str, points: Iterable[InstalledPoint]) -> str:
    extensions = ", ".join(f"{_key(point.name)} = {_text(point.value)}" for point in points)
    pairs = {"name": _text(distribution), "version": _text(version), "extensions": f"{{ {extensions} }}"}
    return "\n[[distribution]]\n" + "".join(f"{key} = {value}\n" for key, value in pairs.items())


def _mistakes(name: str, points: list[InstalledPoint], file: str) -> Iterator[str]:
    if not points:
        cure = "install the distribution that offers it, or take it out"
        yield f"{file} lists {name!r}, which is not installed here; {cure}"
    elif len(points) > 1:
        sources = " and ".join(point.source for point in points)
        yield f"{file} lists {name!r}, which {sources} offer; uninstall one of them"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _text(value: str) -> str:
    """Write a text as TOML's basic string, whose escapes are JSON's."""
    return json.dumps(value, ensure_ascii=False)
