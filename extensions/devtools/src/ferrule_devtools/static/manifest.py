"""What a project says of itself: ``pyproject.toml``, or the metadata of a wheel or an installed distribution."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import Distribution
from typing import Any, Final, NamedTuple

from .findings import Place

__all__ = ["GROUPS", "Manifest", "Point", "manifest_from_distribution", "manifest_from_toml"]

GROUPS: Final = ("ferrule.extensions", "ferrule.commands", "ferrule.tools")
"""The groups of entry points that Ferrule reads."""

_TABLE: Final = re.compile(r"""^\s*\[+\s*([^\]]+?)\s*\]+\s*(?:#.*)?$""")
_KEY: Final = re.compile(r"""^\s*["']?([\w.-]+?)["']?\s*=""")


class Point(NamedTuple):
    """An entry point.

    Attributes:
        group: Its group.
        name: Its name.
        value: ``module:attribute``.
        place: Where it is declared.
    """

    group: str
    name: str
    value: str
    place: Place

    @property
    def target(self) -> tuple[str, str]:
        """The module, and the attribute in it; empty where the entry point names none."""
        module, _, attribute = self.value.partition("[")[0].strip().partition(":")
        return module.strip(), attribute.strip()


@dataclass(frozen=True)
class Manifest:
    """What a project says of itself.

    Attributes:
        file: The file that says it, as it is shown.
        name: The name of the distribution.
        said: What is said beside that: of ``version``, ``requires-python``, ``readme`` and ``license``.
        dependencies: What it needs, as it is written; ``None`` where a tool computes it.
        points: Its entry points in our groups.
        lines: The lines of the keys of the table ``[project]``.
        packages: The folders that its build backend is told to take, if it is Hatchling.
    """

    file: str
    name: str
    said: frozenset[str]
    dependencies: tuple[str, ...] | None
    points: tuple[Point, ...]
    lines: Mapping[str, int] = field(default_factory=dict)
    packages: tuple[str, ...] = ()

    def place(self, key: str = "") -> Place:
        """Return where a key is, or else where the table is."""
        return Place(self.file, self.lines.get(key) or self.lines.get("", 0))


def manifest_from_toml(text: str, file: str) -> Manifest | None:
    """Read a ``pyproject.toml``.

    Args:
        text: What is in it.
        file: Its path, as it is shown.

    Returns:
        What it says; ``None`` if it has no table ``[project]``.

    Raises:
        tomllib.TOMLDecodeError: It is no TOML.
    """
    data = tomllib.loads(text)
    project = data.get("project")
    if not isinstance(project, dict):
        return None
    lines = _lines(text)
    dynamic = set(project.get("dynamic", ()))
    build = _table(data, "tool", "hatch", "build", "targets", "wheel")
    return Manifest(
        file=file,
        name=str(project.get("name", "")),
        said=frozenset({key for key, value in project.items() if value} | dynamic),
        dependencies=None if "dependencies" in dynamic else tuple(map(str, project.get("dependencies", ()))),
        points=tuple(_points(project, lines, file)),
        lines={key: line for (table, key), line in lines.items() if table == "project"},
        packages=tuple(map(str, build.get("packages", ()))),
    )


def manifest_from_distribution(distribution: Distribution, file: str) -> Manifest:
    """Read the metadata of a distribution.

    Args:
        distribution: A wheel, or one that is installed.
        file: How it is shown.
    """
    metadata = distribution.metadata
    fields = {
        "version": ["Version"],
        "requires-python": ["Requires-Python"],
        "license": ["License-Expression", "License", "License-File"],
        "readme": ["Description"],
    }
    said = {key for key, names in fields.items() if any(name in metadata and metadata[name] for name in names)}
    if metadata.get_payload():  # type: ignore[attr-defined]  # the protocol of typeshed leaves it out
        said.add("readme")
    points = [
        Point(point.group, point.name, point.value, Place(f"{file} (entry_points.txt)"))
        for point in distribution.entry_points
        if point.group in GROUPS
    ]
    name = metadata["Name"]
    return Manifest(file, name, frozenset(said), tuple(distribution.requires or ()), tuple(points))


def _points(project: Mapping[str, Any], lines: Mapping[tuple[str, str], int], file: str) -> Iterator[Point]:
    for group, points in _table(project, "entry-points").items():
        if group in GROUPS and isinstance(points, dict):
            for name, value in points.items():
                line = lines.get((f"project.entry-points.{group}", name), 0)
                yield Point(group, name, str(value), Place(file, line))


def _table(data: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        found = data.get(name)
        if not isinstance(found, dict):
            return {}
        data = found
    return data


def _lines(text: str) -> dict[tuple[str, str], int]:
    """Return the lines of tables and keys, by table and key; a table's own by an empty key."""
    return dict(_entries(text.splitlines()))


def _entries(lines: Iterable[str]) -> Iterator[tuple[tuple[str, str], int]]:
    table = ""
    for number, line in enumerate(lines, 1):
        if (head := _TABLE.match(line)) is not None and "=" not in head[1]:
            table = head[1].replace('"', "").replace("'", "").replace(" ", "")
            yield (table, ""), number
        elif (entry := _KEY.match(line)) is not None:
            yield (table, entry[1]), number
