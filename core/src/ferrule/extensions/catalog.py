"""The installed extensions, found in the metadata of the distributions, and nothing of them imported."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, NamedTuple

from ..exceptions import ExtensionError

__all__ = ["COMMANDS", "EXTENSIONS", "TOOLS", "Catalog", "InstalledPoint"]

EXTENSIONS: Final = "ferrule.extensions"
"""The entry point group of extensions."""
COMMANDS: Final = "ferrule.commands"
"""The entry point group of commands, which belong to the enabled extensions of their distribution."""
TOOLS: Final = "ferrule.tools"
"""The entry point group of commands that need no application; a dot nests one into a group of the framework's."""


class InstalledPoint(NamedTuple):  # PERF: quicker to be made than a dataclass
    """An entry point of an installed distribution.

    Attributes:
        group: The group, such as ``ferrule.extensions``.
        name: The name in the group.
        value: ``module:attribute``.
        distribution: The name of the distribution.
        version: Its version.
        summary: Its one-line description.
    """

    group: str
    name: str
    value: str
    distribution: str
    version: str
    summary: str = ""

    @property
    def source(self) -> str:
        """The distribution and its version, for messages."""
        return f"{self.distribution} {self.version}"

    def load(self) -> Any:
        """Import the module and return the attribute."""
        from importlib.metadata import EntryPoint  # PERF: slow to import, and most processes get here late or never

        return EntryPoint(self.name, self.value, self.group).load()


class Catalog(NamedTuple):  # PERF: quicker to be made than a dataclass
    """What is installed.

    Attributes:
        points: All entry points of the three groups, in the order of ``sys.path``.
    """

    points: tuple[InstalledPoint, ...] = ()

    @classmethod
    def installed(cls) -> Catalog:
        """Return what is installed for this interpreter; read once, and again when a folder of the path changes."""
        return _scan(tuple((folder, _changed(folder)) for folder in sys.path))

    def extensions(self) -> dict[str, list[InstalledPoint]]:
        """Return the extensions by name; more than one under a name is a mistake of the installation."""
        found: dict[str, list[InstalledPoint]] = {}
        for point in self.points:
            if point.group == EXTENSIONS:
                found.setdefault(point.name, []).append(point)
        return found

    def extension(self, name: str) -> InstalledPoint | None:
        """Return the extension of a name, ``None`` if none is installed.

        Raises:
            ExtensionError: Two distributions offer it.
        """
        found = self.extensions().get(name, [])
        if len(found) > 1:
            sources = " and ".join(point.source for point in found)
            raise ExtensionError(f"extension {name!r}: offered by two distributions, {sources}; uninstall one of them")
        return found[0] if found else None

    def commands_of(self, distributions: Iterable[str]) -> list[InstalledPoint]:
        """Return the commands that come with some distributions."""
        wanted = set(distributions)
        return [point for point in self.points if point.group == COMMANDS and point.distribution in wanted]

    def tools(self) -> list[InstalledPoint]:
        """Return the commands that are there wherever their distribution is installed."""
        return [point for point in self.points if point.group == TOOLS]


def _changed(folder: str) -> int:
    try:
        return os.stat(folder or ".").st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=4)
def _scan(path: tuple[tuple[str, int], ...]) -> Catalog:
    from importlib.metadata import distributions  # PERF: 20 ms and more; an application without extensions never pays

    points: list[InstalledPoint] = []
    seen: set[str] = set()
    for distribution in distributions(path=[folder for folder, _ in path]):
        if "ferrule." not in (distribution.read_text("entry_points.txt") or ""):
            continue
        metadata, version = distribution.metadata, distribution.version
        summary = metadata["Summary"] if "Summary" in metadata else ""  # noqa: SIM401  # the protocol has no get
        name = metadata["Name"]
        if name.lower() not in seen:  # a distribution earlier on the path hides one of its name further down
            seen.add(name.lower())
            points += [
                InstalledPoint(point.group, point.name, point.value, name, version, summary)
                for point in distribution.entry_points
                if point.group in {EXTENSIONS, COMMANDS, TOOLS}
            ]
    return Catalog(tuple(points))
