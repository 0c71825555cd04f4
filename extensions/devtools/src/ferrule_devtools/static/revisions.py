"""The revisions of its tables that an extension ships: whether a database can tell whose they are."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Final

from .classes import ExtensionClass
from .findings import Finding
from .modules import Module, literal
from .package import Package

__all__ = ["revision_findings"]

_HOOK: Final = "migrate_versions"
_NAMES: Final = frozenset({"revision", "down_revision"})
_SEPARATOR: Final = "__"


def revision_findings(package: Package, classes: Iterable[ExtensionClass]) -> Iterator[Finding]:
    """Yield what is wrong with the names of revisions, where an extension ships some.

    Args:
        package: The package.
        classes: Its extensions.
    """
    ships = [each for each in classes if any(method.hook == _HOOK for method in each.methods.values())]
    labels = {each.name.replace("-", "_") for each in ships if each.name is not None}
    for module in package.modules.values() if labels else ():
        if module.names.keys() >= _NAMES:
            yield from _findings(module, labels)


def _findings(module: Module, labels: set[str]) -> Iterator[Finding]:
    revision, label = _value(module, "revision"), min(labels)
    if not isinstance(revision, str):
        return
    place = module.place(_statement(module, "revision"))
    if revision.partition(_SEPARATOR)[0] not in labels:
        cure = f'write "{label}{_SEPARATOR}{revision}"'
        yield Finding("revision", place, f"revision {revision!r}: its name does not tell a database whose it is", cure)
    elif _value(module, "down_revision") is None:
        said = _value(module, "branch_labels")
        found = {said} if isinstance(said, str) else set(said) if isinstance(said, tuple | list) else set()
        if said is not ... and not found & labels:
            cure = f'write branch_labels = ("{label}",)'
            yield Finding(
                "revision", place, f"revision {revision!r} begins a branch without the extension's label", cure
            )


def _statement(module: Module, name: str) -> ast.stmt:
    found = module.names[name]
    return found if isinstance(found, ast.stmt) else module.tree.body[0]


def _value(module: Module, name: str) -> object:
    """Return what a name is set to; ``...`` of what is no literal, ``None`` of a name that is not there."""
    found = module.names.get(name)
    if isinstance(found, ast.Assign | ast.AnnAssign):
        return literal(found.value)
    return None if found is None else ...
