"""A module of a package as its source says: what its names stand for, without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

from .findings import Place

__all__ = ["Binding", "Function", "Imported", "Module", "dotted", "literal", "own_nodes"]

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


class Imported(NamedTuple):
    """A name that an import made.

    Attributes:
        target: The dotted name of what was imported.
        type_only: Whether only type checkers run the import.
        line: Its line.
    """

    target: str
    type_only: bool
    line: int


Binding: TypeAlias = Imported | ast.stmt
"""What a name of a module stands for: an import, or the statement that made it."""


@dataclass(frozen=True, eq=False)
class Module:
    """A module.

    Attributes:
        name: Its dotted name.
        file: Its file, as it is shown.
        tree: Its source.
        is_package: Whether it is the ``__init__`` of a package.
    """

    name: str
    file: str
    tree: ast.Module
    is_package: bool = False

    def place(self, node: ast.AST) -> Place:
        """Return where a node is; of a decorated one, where its first decorator is, as a traceback has it."""
        lines = [node.lineno] if hasattr(node, "lineno") else [0]
        lines += [decorator.lineno for decorator in getattr(node, "decorator_list", ())]
        return Place(self.file, min(lines))

    @cached_property
    def names(self) -> dict[str, Binding]:
        """What the names at the top of the module stand for."""
        found: dict[str, Binding] = {}
        for statement, type_only in top_level(self.tree.body):
            for name, binding in self._bound(statement, type_only):
                if not (type_only and name in found):
                    found[name] = binding
        return found

    @cached_property
    def is_open(self) -> bool:
        """Whether it may have names that its source does not show: by a star, or by ``__getattr__``."""
        return "*" in self.names or "__getattr__" in self.names

    def _bound(self, statement: ast.stmt, type_only: bool) -> Iterator[tuple[str, Binding]]:
        match statement:
            case ast.Import(names=aliases):
                for alias in aliases:
                    target = alias.name if alias.asname else alias.name.partition(".")[0]
                    yield alias.asname or target, Imported(target, type_only, statement.lineno)
            case ast.ImportFrom(names=aliases):
                for alias in aliases:
                    target = f"{self._base(statement)}.{alias.name}"
                    yield alias.asname or alias.name, Imported(target, type_only, statement.lineno)
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, statement
            case ast.Assign(targets=targets):
                yield from ((name, statement) for target in targets for name in _assigned(target))
            case ast.AnnAssign(target=target):
                yield from ((name, statement) for name in _assigned(target))
            case _ if type(statement).__name__ == "TypeAlias":  # `type X = …`, of Python 3.12
                yield str(getattr(statement, "name").id), statement  # noqa: B009 - Python 3.11 has no such statement

    def _base(self, statement: ast.ImportFrom) -> str:
        if not statement.level:
            return statement.module or ""
        parts = self.name.split(".")
        parts = parts[: len(parts) - statement.level + self.is_package]
        return ".".join([*parts, *([statement.module] if statement.module else [])])


def top_level(body: Iterable[ast.stmt], type_only: bool = False) -> Iterator[tuple[ast.stmt, bool]]:
    """Go through the statements that an import runs, each with whether only type checkers do."""
    for statement in body:
        yield statement, type_only
        if isinstance(statement, ast.If):
            hidden = (dotted(statement.test) or "").rpartition(".")[2] == "TYPE_CHECKING"
            yield from top_level(statement.body, type_only or hidden)
            yield from top_level(statement.orelse, type_only)
        elif isinstance(statement, (ast.Try, ast.TryStar, ast.With, ast.For, ast.While)):
            for part in ("body", "orelse", "finalbody"):
                yield from top_level(getattr(statement, part, ()), type_only)
            for handler in getattr(statement, "handlers", ()):
                yield from top_level(handler.body, type_only)


def _assigned(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, (ast.Tuple, ast.List)):
        for item in target.elts:
            yield from _assigned(item)


def dotted(node: ast.AST | None) -> str | None:
    """Return ``a.b.c`` of an expression that is such a name; ``None`` of any other."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (owner := dotted(node.value)):
        return f"{owner}.{node.attr}"
    return None


def literal(node: ast.expr | None) -> object:
    """Return the value of a literal; ``...`` of what is none, and of nothing."""
    if node is None:
        return ...
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return ...


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Go through what is inside a node, and not inside a function or class of its own in there."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            yield from own_nodes(child)
