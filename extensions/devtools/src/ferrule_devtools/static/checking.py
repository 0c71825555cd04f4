"""The whole check: all rules over one package, in the order of its files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ferrule.extensions import Catalog

from .classes import extension_classes
from .declared import class_findings
from .effects import effect_findings
from .entry_points import entry_point_findings
from .findings import Finding
from .hooks import hooks_for
from .implementations import implementation_findings, stray_findings
from .package import Package
from .projects import project_findings
from .revisions import revision_findings
from .settings import settings_findings

__all__ = ["check"]

_OF_DISTRIBUTIONS: Final = frozenset({"no_api_version", "no_description", "safety", "side_effect"})
"""What is asked of that which others install: an application may well make itself when it is imported."""


def check(package: Package) -> list[Finding]:
    """Compare a package with what Ferrule expects of an extension; nothing of it is run or imported.

    Args:
        package: Its sources.

    Returns:
        All that was found, in the order of files and lines, each finding once.
    """
    found = dict.fromkeys(_findings(package))
    if package.manifest is None:
        found = dict.fromkeys(finding for finding in found if finding.rule not in _OF_DISTRIBUTIONS)
    return sorted(found, key=lambda finding: (finding.place, finding.rule, finding.message))


def _findings(package: Package) -> Iterator[Finding]:
    yield from package.problems
    classes = extension_classes(package)
    own = [each.name for each in classes.values() if each.name is not None]
    known = {*Catalog.installed().extensions(), *own}
    hooks = hooks_for(package, classes.values())
    bases = {base.node for each in classes.values() for base in each.lineage[1:]}
    for extension in classes.values():
        if "name" in extension.attributes and extension.node not in bases:  # else it is meant to be derived from
            yield from class_findings(extension, known)
        yield from implementation_findings(extension, hooks)
        yield from settings_findings(extension)
    yield from stray_findings(package, classes)
    yield from effect_findings(package)
    yield from revision_findings(package, classes.values())
    if package.manifest is not None:
        yield from entry_point_findings(package, package.manifest, classes)
        yield from project_findings(package, package.manifest)
