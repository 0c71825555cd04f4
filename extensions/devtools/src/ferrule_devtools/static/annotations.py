"""Annotations of an implementation beside those of its specification, by their names alone."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Final

from .classes import Method
from .hooks import Hook
from .modules import Imported, Module, dotted

__all__ = ["annotation_mistakes"]

_ANYTHING: Final = frozenset({"Any", "object"})
_PLAIN: Final = frozenset({"None", "str", "bytes", "int", "float", "bool", "dict", "list", "tuple", "set"})
_WIDER: Final = {
    "Exception": {"BaseException"},
    "bool": {"int"},
    "dict": {"Mapping", "MutableMapping"},
}
"""What may be written for the type of an argument: a type that has more values."""

_NARROWER: Final = {
    "dict": {"Mapping", "MutableMapping", "TypedDict"},
    "Iterable": {"Iterator", "Generator", "Sequence", "Collection", "list", "tuple", "set", "frozenset"},
}
"""What may be written for the type of a result: a type that has fewer values."""

_NEVER: Final = frozenset({"Never", "NoReturn"})


def annotation_mistakes(method: Method, hook: Hook, *, is_wrapper: bool) -> Iterator[str]:
    """Go through the annotations of an implementation that cannot fit those of its hook.

    Args:
        method: The implementation.
        hook: The hook.
        is_wrapper: Whether it goes around the others: then its result is a generator.
    """
    arguments = method.node.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        expected = _members(_parsed(hook.annotations.get(argument.arg, "Any")), None)
        found = _members(argument.annotation, method.module)
        if not _takes(found, expected):
            yield f"{argument.arg} is annotated {_text(found)}, and the hook gives {_text(expected)}"
    expected = _members(_parsed(hook.annotations["return"]), None)
    found = _members(method.node.returns, method.module)
    if not is_wrapper and not _gives(found, expected):
        wants = "ignores what is returned" if expected == ["None"] else f"expects {_text(expected)}"
        yield f"it returns {_text(found)}, and the hook {wants}"


def _takes(found: list[str], expected: list[str]) -> bool:
    """Tell whether an argument of a type takes all that the hook gives."""
    if not _ANYTHING.isdisjoint((*found, *expected)):
        return True
    return all(name in found or not _WIDER.get(name, set()).isdisjoint(found) for name in expected)


def _gives(found: list[str], expected: list[str]) -> bool:
    """Tell whether a result of a type can be one that the hook expects; of an unknown class it can."""
    if not _ANYTHING.isdisjoint((*found, *expected)):
        return True
    if expected == ["None"]:
        return set(found) <= {"None", *_NEVER}
    allowed = {*expected, *_NEVER}.union(*(_NARROWER.get(name, set()) for name in expected))
    return all(name in allowed or name not in _PLAIN for name in found)


def _members(node: ast.expr | None, module: Module | None) -> list[str]:
    """Return the names of the types that a union has, each without its module and its arguments."""
    return list(dict.fromkeys(_names(node, module)))


def _names(node: ast.expr | None, module: Module | None) -> Iterable[str]:
    match node:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return [*_names(left, module), *_names(right, module)]
        case ast.Constant(value=None):
            return ["None"]
        case ast.Constant(value=str(text)):
            return _names(_parsed(text), module)
        case ast.Subscript():
            return _names_of_generic(node, module)
    name = dotted(node) or "Any"
    binding = module.names.get(name) if module is not None else None
    if isinstance(binding, (ast.Assign, ast.AnnAssign)):  # an alias, or a type variable
        return ["Any"]
    name = binding.target if isinstance(binding, Imported) else name
    return [name.rpartition(".")[2]]


def _names_of_generic(node: ast.Subscript, module: Module | None) -> Iterable[str]:
    name = next(iter(_names(node.value, module)))
    items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name in ("Optional", "Union"):
        return [*(each for item in items for each in _names(item, module)), *(["None"] * (name == "Optional"))]
    return _names(items[0], module) if name == "Annotated" else [name]


def _parsed(text: str) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        return ast.Name("Any")


def _text(members: list[str]) -> str:
    return " | ".join(members)
