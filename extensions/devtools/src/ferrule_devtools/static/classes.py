"""The extension classes of a package: what derives from ``Extension``, its attributes and methods, bases included."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from .findings import Place
from .modules import Function, Module, dotted, literal, own_nodes
from .package import Defined, Package, Target, is_ferrules

__all__ = ["ExtensionClass", "Method", "decorators", "extension_classes", "field_value"]

_MARKER: Final = "hookimpl"


@dataclass(frozen=True, eq=False)
class Method:
    """A method, or what else a class defines with ``def``.

    Attributes:
        module: The module that it is in.
        node: Its definition.
        options: What it was marked with: ``None`` without ``@hookimpl``; an option that is no literal has ``...``.
    """

    module: Module
    node: Function
    options: dict[str, Any] | None

    @property
    def place(self) -> Place:
        """Where it is."""
        return self.module.place(self.node)

    @property
    def hook(self) -> str:
        """The name of the hook that it implements."""
        named = (self.options or {}).get("specname")
        return named if isinstance(named, str) else self.node.name


@dataclass(frozen=True, eq=False)
class ExtensionClass:
    """A class that derives from ``Extension``.

    Attributes:
        package: The package.
        lineage: Its definition and those of its bases in the package, the nearest first.
        unseen: Names of bases that are not in the package, and not ``Extension`` itself.
    """

    package: Package
    lineage: tuple[Defined, ...]
    unseen: tuple[str, ...] = ()

    @property
    def node(self) -> ast.ClassDef:
        """Its definition."""
        node = self.lineage[0].node
        if not isinstance(node, ast.ClassDef):
            raise TypeError(node)
        return node

    @property
    def place(self) -> Place:
        """Where it is."""
        return self.lineage[0].place

    @property
    def label(self) -> str:
        """What it is called in messages."""
        return self.node.name

    @cached_property
    def attributes(self) -> dict[str, tuple[Module, ast.expr, Place]]:
        """What the class and its bases assign: the module that says it, the value, and the place."""
        found: dict[str, tuple[Module, ast.expr, Place]] = {}
        for module, statement in self._statements():
            targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
            value = getattr(statement, "value", None)
            if isinstance(statement, (ast.Assign, ast.AnnAssign)) and value is not None:
                for target in targets:
                    if isinstance(target, ast.Name):
                        found[target.id] = (module, value, module.place(statement))
        return found

    @cached_property
    def methods(self) -> dict[str, Method]:
        """The methods of the class and its bases."""
        return {
            statement.name: Method(module, statement, _mark(self.package, module, statement))
            for module, statement in self._statements()
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef))
        }

    def value(self, name: str) -> Any:
        """Return the value of an attribute; ``None`` where it is not assigned, ``...`` where it is no literal."""
        if name not in self.attributes:
            return None
        module, node, _ = self.attributes[name]
        found = literal(node)
        if found is ... and dotted(node):
            target = self.package.resolve(module, node)
            found = field_value(target) if isinstance(target, Defined) else ...
        return found

    def place_of(self, name: str) -> Place:
        """Return where an attribute is assigned; where the class is, if none is."""
        return self.attributes[name][2] if name in self.attributes else self.place

    @cached_property
    def name(self) -> str | None:
        """The extension's name, if it can be seen."""
        value = self.value("name")
        return value if isinstance(value, str) and value else None

    def _statements(self) -> Iterator[tuple[Module, ast.stmt]]:
        for module, node in reversed(self.lineage):
            yield from ((module, inner) for inner in own_nodes(node) if isinstance(inner, ast.stmt))


def field_value(defined: Defined) -> object:
    """Return the literal that a name of a module stands for; ``...`` if it is none."""
    return literal(getattr(defined.node, "value", None))


def extension_classes(package: Package) -> dict[ast.stmt, ExtensionClass]:
    """Return the extension classes of a package, by their definitions."""
    found: dict[ast.stmt, ExtensionClass] = {}
    for module in package.modules.values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                lineage, ends = _lineage(package, Defined(module, node), ())
                if any(is_ferrules(end, "Extension") for end in ends):
                    unseen = [str(end) for end in ends if isinstance(end, str) and not _is_plain(end)]
                    found[node] = ExtensionClass(package, tuple(dict.fromkeys(lineage)), tuple(dict.fromkeys(unseen)))
    return found


def _is_plain(name: str) -> bool:
    """Tell whether a base outside the package adds nothing that the check would have to see."""
    return name.partition(".")[0] in {"ferrule", "builtins", "typing", "abc", "collections"}


def _lineage(package: Package, start: Defined, above: tuple[ast.stmt, ...]) -> tuple[list[Defined], list[Target]]:
    lineage, ends = [start], list[Target]()
    for base in getattr(start.node, "bases", ()):
        target = package.resolve(start.module, base.value if isinstance(base, ast.Subscript) else base)
        if isinstance(target, Defined) and isinstance(target.node, ast.ClassDef) and target.node not in above:
            more, further = _lineage(package, target, (*above, start.node))
            lineage += more
            ends += further
        else:
            ends.append(target)
    return lineage, ends


def decorators(node: ast.AST) -> Iterator[tuple[ast.expr, ast.Call | None]]:
    """Go through the decorators of a definition: what is named, and the call if it is one."""
    for decorator in getattr(node, "decorator_list", ()):
        is_call = isinstance(decorator, ast.Call)
        yield (decorator.func, decorator) if is_call else (decorator, None)


def _mark(package: Package, module: Module, node: Function) -> dict[str, Any] | None:
    for named, call in decorators(node):
        if is_ferrules(package.resolve(module, named), _MARKER):
            keywords = call.keywords if call is not None else []
            return {keyword.arg: literal(keyword.value) for keyword in keywords if keyword.arg}
    return None
