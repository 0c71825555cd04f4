"""A package as its sources say: modules, files and metadata, and what a name in one of them leads to."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from .findings import Finding, Place
from .manifest import Manifest
from .modules import Imported, Module, dotted

__all__ = ["Defined", "Package", "Target", "is_ferrules"]


class Defined(NamedTuple):
    """A name that a module of the package defines.

    Attributes:
        module: The module.
        node: The statement that makes it.
    """

    module: Module
    node: ast.stmt

    @property
    def place(self) -> Place:
        """Where it is."""
        return self.module.place(self.node)


Target: TypeAlias = Defined | Module | str | None
"""What a name leads to: a definition or module of the package, the dotted name of something else, or nothing known."""


@dataclass(frozen=True, eq=False)
class Package:
    """The sources of a distribution, or of a part of an application.

    Attributes:
        modules: The modules by their dotted names.
        files: The paths of all files of the packages, from the folder that they are imported from, by how they are
            shown.
        manifest: What the project says of itself; ``None`` for what is no distribution.
        problems: What was wrong with reading them.
    """

    modules: Mapping[str, Module]
    files: Mapping[str, str] = field(default_factory=dict)
    manifest: Manifest | None = None
    problems: tuple[Finding, ...] = ()

    def resolve(self, module: Module, node: ast.AST | str | None) -> Target:
        """Return what an expression of a module leads to.

        Args:
            module: The module.
            node: A name, perhaps with dots, as a node or as a text.
        """
        name = node if isinstance(node, str) else dotted(node)
        return self._find(module, name.split("."), frozenset()) if name else None

    def locate(self, name: str) -> Target:
        """Return what a dotted name leads to, from anywhere.

        Args:
            name: The name: that of a module, and of what is in it.
        """
        return self._locate(name, frozenset())

    def _find(self, module: Module, parts: list[str], seen: frozenset[str]) -> Target:
        first, *rest = parts
        binding = module.names.get(first)
        if isinstance(binding, Imported):
            return self._locate(".".join([binding.target, *rest]), seen)
        if binding is None:
            submodule = self.modules.get(f"{module.name}.{first}") if module.is_package else None
            if submodule is not None:
                return self._find(submodule, rest, seen) if rest else submodule
            return f"builtins.{first}" if hasattr(builtins, first) and not rest else None
        return None if rest else Defined(module, binding)

    def _locate(self, name: str, seen: frozenset[str]) -> Target:
        parts = name.split(".")
        if parts[0] not in {known.partition(".")[0] for known in self.modules}:
            return name
        if name in seen:  # modules that import it from each other
            return None
        for length in range(len(parts), 0, -1):
            module = self.modules.get(".".join(parts[:length]))
            if module is not None:
                rest = parts[length:]
                return self._find(module, rest, seen | {name}) if rest else module
        return None


def is_ferrules(target: Target, *names: str) -> bool:
    """Tell whether a target is one of Ferrule's public names, from whichever of its modules it was imported."""
    if not isinstance(target, str):
        return False
    return target.startswith("ferrule.") and target.rpartition(".")[2] in names
