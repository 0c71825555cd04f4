"""The rules for a project as a whole: its dependencies, its metadata, the files that it ships."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from .findings import Finding, Place
from .manifest import Manifest
from .package import Package

__all__ = ["project_findings"]

_BOUNDS: Final = frozenset({"==", "~=", "<", "<=", "==="})
_WANTED: Final = {
    "version": ("no_version", "say it, or list it in `dynamic`"),
    "requires-python": ("no_requires_python", 'say which Pythons it runs on: requires-python = ">=3.11"'),
    "readme": ("no_readme", 'write readme = "README.md": package indexes show it'),
    "license": ("no_license", 'say what one may do with it: license = "BSD-3-Clause" (PEP 639)'),
}


def project_findings(package: Package, manifest: Manifest) -> Iterator[Finding]:
    """Go through what is wrong with a project.

    Args:
        package: Its sources.
        manifest: What it says of itself.
    """
    for key, (rule, cure) in _WANTED.items():
        if key not in manifest.said and not (key == "license" and "license-files" in manifest.said):
            yield Finding(rule, manifest.place(), f"no {key}", cure)
    yield from _dependency_findings(manifest)
    tops = sorted({path.partition("/")[0] for path in package.files if "/" in path})
    for top in tops:
        if f"{top}/py.typed" not in package.files:
            place = Place(package.files.get(f"{top}/__init__.py", manifest.file))
            message = f"no {top}/py.typed: type checkers take every name of the package for Any"
            yield Finding("no_py_typed", place, message, "add the file, empty (PEP 561)")
    yield from _file_findings(package, {p.name for p in manifest.points if p.group == "ferrule.extensions"})


def _dependency_findings(manifest: Manifest) -> Iterator[Finding]:
    if manifest.dependencies is None:
        yield Finding("unseen", manifest.place("dynamic"), "dependencies are dynamic, and not seen")
        return
    place = manifest.place("dependencies")
    found: list[Requirement] = []
    is_readable = True
    for text in manifest.dependencies:
        try:
            requirement = Requirement(text)
        except InvalidRequirement as error:
            reason = str(error).splitlines()[0]
            yield Finding("no_dependency", place, f"dependencies: {text!r} is no requirement: {reason}", "see PEP 508")
            is_readable = False
            continue
        if canonicalize_name(requirement.name) == "ferrule":
            found.append(requirement)
    if not found and is_readable:
        yield Finding("no_dependency", place, "ferrule is not among the dependencies", 'add "ferrule==0.1.*"')
    for requirement in found:
        if not any(bound.operator in _BOUNDS for bound in requirement.specifier):
            message = f"dependencies: {str(requirement)!r} has no upper bound, and hooks may change"
            yield Finding("open_dependency", place, message, 'write "ferrule==0.1.*"')


def _file_findings(package: Package, names: set[str]) -> Iterator[Finding]:
    """Templates of all extensions share one name space: each stays in a folder of its extension's name."""
    of_mako = {path.rpartition("/")[0] for path in package.files if path.endswith(".mako")}  # Alembic's, not Jinja's
    for path, file in package.files.items():
        folders = path.split("/")
        is_jinjas = "scaffolds" not in folders and path.rpartition("/")[0] not in of_mako
        if "templates" in folders[:-1] and names and is_jinjas:
            below = folders[folders.index("templates") + 1 :]
            if len(below) < 2 or below[0] not in names:
                name = min(names)
                message = (
                    f"the template {'/'.join(below)!r} is in nobody's folder: another's of this name would hide it"
                )
                yield Finding("misplaced_file", Place(file), message, f"move it to templates/{name}/")
