"""The installed extensions, found in the metadata of the distributions, and nothing of them imported."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ..exceptions import ExtensionError

if TYPE_CHECKING:
    from importlib.metadata import Distribution  # slow to import

__all__ = ["COMMANDS", "EXTENSIONS", "TOOLS", "Catalog", "InstalledPoint", "normal_name", "offered_twice"]

EXTENSIONS: Final = "ferrule.extensions"
"""The entry point group of extensions."""
COMMANDS: Final = "ferrule.commands"
"""The entry point group of commands, which belong to the enabled extensions of their distribution."""
TOOLS: Final = "ferrule.tools"
"""The entry point group of commands that need no application; a dot nests one into a group of the framework's."""

_GROUPS: Final = frozenset({EXTENSIONS, COMMANDS, TOOLS})


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
        return resolve_name(self.value.partition("[")[0].strip())  # what follows are extras, which nobody asks for


class Catalog(NamedTuple):  # PERF: quicker to be made than a dataclass
    """What is installed.

    Attributes:
        points: All entry points of the three groups, in the order of ``sys.path``.
        unreadable: What is wrong with distributions whose metadata cannot be read, a text each.
    """

    points: tuple[InstalledPoint, ...] = ()
    unreadable: tuple[str, ...] = ()

    @classmethod
    def installed(cls) -> Catalog:
        """Return what is installed for this interpreter; read once, and again when a folder of the path changes."""
        return _scan(tuple((folder, _changed(folder)) for folder in sys.path))

    @classmethod
    def of(cls, versions: Mapping[str, str]) -> Catalog | None:
        """Return what some distributions offer, without a look at any other.

        Only a ``.dist-info`` folder will do, as wheels and editable installations have it; and no folder earlier on the
        path may have another of the same name, for it would be imported in its place.

        Args:
            versions: The version of each distribution.

        Returns:
            The catalog, without summaries; ``None`` if one of them is not there in its version.
        """
        folders = _metadata_folders(versions)
        if folders is None:
            return None
        return cls(
            tuple(point for name, folder in folders.items() for point in _points_in(folder, name, versions[name]))
        )

    def extensions(self) -> dict[str, list[InstalledPoint]]:
        """Return the extensions by name; more than one under a name is a mistake of the installation."""
        return self._by_name(EXTENSIONS)

    def tools(self) -> dict[str, list[InstalledPoint]]:
        """Return the commands that are there wherever their distribution is installed, likewise."""
        return self._by_name(TOOLS)

    def _by_name(self, group: str) -> dict[str, list[InstalledPoint]]:
        found: dict[str, list[InstalledPoint]] = {}
        for point in self.points:
            if point.group == group:
                found.setdefault(point.name, []).append(point)
        return found

    def extension(self, name: str) -> InstalledPoint | None:
        """Return the extension of a name, ``None`` if none is installed.

        Raises:
            ExtensionError: Two distributions offer it.
        """
        found = self.extensions().get(name, [])
        if len(found) > 1:
            raise ExtensionError(offered_twice("extension", found))
        return found[0] if found else None

    def commands_of(self, distributions: Iterable[str]) -> list[InstalledPoint]:
        """Return the commands that come with some distributions."""
        wanted = set(distributions)
        return [point for point in self.points if point.group == COMMANDS and point.distribution in wanted]


def offered_twice(what: str, points: list[InstalledPoint]) -> str:
    """Say that one thing has several entry points, of which only one may be installed."""
    sources = " and ".join(sorted(point.source for point in points))
    return f"{what} {points[0].name!r}: offered by two distributions, {sources}; uninstall one of them"


def normal_name(distribution: str) -> str:
    """Return the name of a distribution in the one spelling that its metadata folder has."""
    return "_".join(filter(None, distribution.lower().replace("-", "_").replace(".", "_").split("_")))


def _metadata_folders(versions: Mapping[str, str]) -> dict[str, str] | None:
    """Return the metadata folder of each distribution; ``None`` if that cannot be told, or one has another version."""
    left = {normal_name(name): name for name in versions}
    found: dict[str, str] = {}
    for folder in dict.fromkeys(sys.path):
        if not left:
            break
        if folder.endswith(".egg") or os.path.isfile(folder):  # whose metadata lies elsewhere
            return None
        for entry in _metadata_in(folder):
            stem, _, kind = entry.rpartition(".")
            key, _, version = stem.partition("-")
            if (name := left.get(normal_name(key))) is not None:
                if name in found or version != versions[name] or kind != "dist-info":
                    return None
                found[name] = os.path.join(folder, entry)
        left = {key: name for key, name in left.items() if name not in found}
    return None if left else found


def _metadata_in(folder: str) -> list[str]:
    try:
        return [entry for entry in os.listdir(folder or ".") if entry.endswith((".dist-info", ".egg-info"))]
    except OSError:
        return []


def _points_in(folder: str, distribution: str, version: str) -> Iterator[InstalledPoint]:
    """Read the entry points of one distribution without :mod:`importlib.metadata`, which is slow to import."""
    try:
        with open(os.path.join(folder, "entry_points.txt"), encoding="utf-8") as file:
            text = file.read()
    except (OSError, ValueError):
        return
    for group, name, value in _parsed(text):
        yield InstalledPoint(group, name, value, distribution, version)


def _parsed(text: str) -> Iterator[tuple[str, str, str]]:
    """Go through group, name and value of the entry points of our groups; a value that is missing fails at import."""
    group = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            group = line[1:-1]
        elif line and not line.startswith("#") and group in _GROUPS:
            name, _, value = map(str.strip, line.partition("="))
            if name:
                yield group, name, value


def _changed(folder: str) -> int:
    try:
        return os.stat(folder or ".").st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=4)
def _scan(path: tuple[tuple[str, int], ...]) -> Catalog:
    from importlib.metadata import distributions  # PERF: 20 ms and more; an application without extensions never pays

    points: list[InstalledPoint] = []
    unreadable: list[str] = []
    seen = {""}  # the name of those that offer nothing
    for distribution in distributions(path=[folder for folder, _ in path]):
        try:
            name, offered = _offered(distribution)
        except (OSError, ValueError) as error:
            where = distribution.locate_file("")
            unreadable.append(f"the metadata of a distribution in {where}: {error}; install it anew, or remove it")
            continue
        if name not in seen:  # a distribution earlier on the path hides one of its name further down
            seen.add(name)
            points += offered
    return Catalog(tuple(points), tuple(unreadable))


def _offered(distribution: Distribution) -> tuple[str, list[InstalledPoint]]:
    """Return the normal name of a distribution and its entry points in our groups; nothing where it has none.

    Raises:
        OSError: Its metadata cannot be read.
        ValueError: It is no text, or lacks the name or the version.
    """
    found = list(_parsed(distribution.read_text("entry_points.txt") or ""))
    if not found:
        return "", []
    metadata = distribution.metadata
    name, version, summary = (metadata[key] if key in metadata else "" for key in ("Name", "Version", "Summary"))  # noqa: SIM401  # the protocol has no get
    if not (name and version):
        offers = ", ".join(f"{point!r} ({group})" for group, point, _ in found)
        raise ValueError(f"it offers {offers}, but has no name or no version")
    return normal_name(name), [InstalledPoint(*point, name, version, summary) for point in found]
