"""The methods of an extension, and the marks that :func:`~ferrule.hookimpl` left on them."""

from __future__ import annotations

from collections.abc import Mapping
from types import FunctionType
from typing import Any, Final
from weakref import WeakKeyDictionary

import pluggy
from pluggy import HookimplOpts

from ..hooks import PROJECT

__all__ = ["Manager", "functions_of", "mark_of"]

_MARK: Final = f"{PROJECT}_impl"
_functions: Final[WeakKeyDictionary[type[Any], Mapping[str, Any]]] = WeakKeyDictionary()


def functions_of(kind: type[Any]) -> Mapping[str, Any]:
    """Return the functions that a class and its bases define, by name; looked up once for each class."""
    found = _functions.get(kind)
    if found is None:
        merged = {name: value for base in reversed(kind.__mro__) for name, value in vars(base).items()}
        found = {name: value for name, value in merged.items() if isinstance(value, FunctionType)}
        _functions[kind] = found
    return found


def mark_of(function: Any) -> HookimplOpts | None:
    """Return what a function was marked with, ``None`` if it is no implementation of a hook."""
    mark: HookimplOpts | None = getattr(function, _MARK, None)
    return mark


class Manager(pluggy.PluginManager):
    """pluggy's manager, which reads the marks of a class once.

    PERF: pluggy looks every attribute up statically, twice, for each instance: 2 ms for each application.
    """

    def parse_hookimpl_opts(self, plugin: object, name: str) -> HookimplOpts | None:
        """Return the mark of a method."""
        return mark_of(functions_of(type(plugin)).get(name))
