"""Where the sources of a package are: a project's folder, a wheel, or an installed distribution."""

from __future__ import annotations

import ast
import json
import os
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, PathDistribution, distribution
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ferrule.extensions import Catalog
from ferrule.typed.suggest import did_you_mean

from .findings import Finding, Place
from .manifest import Manifest, manifest_from_distribution, manifest_from_toml
from .modules import Module
from .package import Package

__all__ = ["editable_folder", "package_at", "package_in", "package_of", "shown"]

_NOT_SHIPPED: Final = frozenset({"tests", "test", "docs", "doc", "examples", "benchmarks", "build", "dist"})
_LAYOUTS: Final = ("src", "")


def package_at(path: str) -> Package:
    """Read the sources of what a user named.

    Args:
        path: A project's folder, a wheel, or else the name of an installed distribution.

    Raises:
        LookupError: There is no such thing; the text says what there could be.
    """
    if Path(path).is_dir():
        return _from_folder(Path(path))
    if zipfile.is_zipfile(path):
        return _from_wheel(Path(path))
    try:
        return package_of(distribution(path))
    except (PackageNotFoundError, ValueError):
        cure = "give a project's folder, a wheel, or the name of an installed distribution"
        hint = did_you_mean(path, {point.distribution for point in Catalog.installed().points}, otherwise=cure)
        raise LookupError(
            f"{path!r} is no folder, no wheel, and no distribution of this name is installed{hint}"
        ) from None


def package_of(installed: Distribution) -> Package:
    """Read the sources of an installed distribution; of one that is installed editable, those of its project."""
    folder = editable_folder(installed)
    if folder is not None and (folder / "pyproject.toml").is_file():
        return _from_folder(folder)
    manifest = manifest_from_distribution(installed, f"{installed.metadata['Name']} {installed.version}")
    return _read(manifest, [Path(str(installed.locate_file("")))])


def package_in(folder: Path, top: str) -> Package:
    """Read the sources of a package, or of a module, that belongs to no distribution.

    Args:
        folder: The folder that it is imported from.
        top: Its name.
    """
    return _load(None, [folder], [top])


def editable_folder(installed: Distribution) -> Path | None:
    """Return the folder that a distribution is developed in; ``None`` if it is not installed editable (PEP 610)."""
    text = installed.read_text("direct_url.json")
    said = json.loads(text) if text else {}
    if not said.get("dir_info", {}).get("editable"):
        return None
    return Path(url2pathname(urlsplit(said["url"]).path))


def shown(path: object) -> str:
    """Return a path for a message: relative where it is below the working directory."""
    absolute = os.path.abspath(str(path))  # noqa: PTH100 - one inside of a wheel leads nowhere, and links stay as named
    return absolute.removeprefix(f"{Path.cwd()}{os.sep}")


def _from_folder(folder: Path) -> Package:
    file = folder / "pyproject.toml"
    place = Place(shown(file))
    try:
        manifest = manifest_from_toml(file.read_text(encoding="utf-8"), place.file)
    except (OSError, ValueError) as error:
        what = "there is none" if isinstance(error, FileNotFoundError) else f"it cannot be read: {error}"
        what = f"it is not TOML: {error}" if isinstance(error, tomllib.TOMLDecodeError) else what
        return Package({}, problems=(Finding("no_project", place, what, "every project has a pyproject.toml"),))
    if manifest is None:
        cure = "declare name, version, dependencies and entry points there (PEP 621)"
        return Package({}, problems=(Finding("no_project", place, "it has no table [project]", cure),))
    told = [folder / Path(package).parent for package in manifest.packages]
    return _read(manifest, [*told, *(folder / layout for layout in _LAYOUTS)])


def _from_wheel(path: Path) -> Package:
    root = zipfile.Path(path)
    found = [entry for entry in root.iterdir() if entry.name.endswith(".dist-info")]
    if not found:
        cure = "a wheel has a folder that ends in .dist-info; build it anew"
        return Package({}, problems=(Finding("no_project", Place(shown(path)), "it is no wheel", cure),))
    wheel = PathDistribution(found[0])
    return _read(manifest_from_distribution(wheel, shown(path)), [root])


def _read(manifest: Manifest, roots: Iterable[Traversable]) -> Package:
    roots = list(roots)
    tops = dict.fromkeys(point.target[0].partition(".")[0] for point in manifest.points)
    tops |= dict.fromkeys(Path(package).name for package in manifest.packages)
    return _load(manifest, roots, filter(None, tops or _packages_in(roots)))


def _packages_in(roots: Iterable[Traversable]) -> list[str]:
    """Return the packages of the first folder that has some, for a project that names none."""
    for root in roots:
        entries = list(root.iterdir()) if root.is_dir() else []
        found = [e.name for e in entries if e.name not in _NOT_SHIPPED and e.joinpath("__init__.py").is_file()]
        if found:
            return found
    return []


def _load(manifest: Manifest | None, roots: Iterable[Traversable], tops: Iterable[str]) -> Package:
    modules: dict[str, Module] = {}
    files: dict[str, str] = {}
    problems: list[Finding] = []
    roots = list(roots)
    for top in tops:
        for name, file in _first(roots, top):
            files[name] = shown(file)
            if name.endswith(".py"):
                try:
                    module = _module(name, file)
                    modules[module.name] = module
                except (SyntaxError, ValueError) as error:
                    place = Place(shown(file), getattr(error, "lineno", 0) or 0)
                    problems.append(Finding("syntax", place, f"it is not Python: {getattr(error, 'msg', error)}"))
    return Package(modules, files, manifest, tuple(problems))


def _first(roots: Iterable[Traversable], top: str) -> Iterable[tuple[str, Traversable]]:
    """Return the files of a package, or the one of a module, from the first folder that has it."""
    for root in roots:
        if root.joinpath(top).is_dir():
            return _walk(root.joinpath(top), top)
        if (module := root.joinpath(f"{top}.py")).is_file():
            return [(module.name, module)]
    return []


def _walk(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        below = f"{path}/{entry.name}"
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _walk(entry, below)
        else:
            yield below, entry


def _module(path: str, file: Traversable) -> Module:
    *folders, name = path.removesuffix(".py").split("/")
    is_package = name == "__init__"
    tree = ast.parse(file.read_bytes(), filename=str(file))
    return Module(".".join(folders if is_package else [*folders, name]), shown(file), tree, is_package)
