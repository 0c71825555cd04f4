"""Hook specifications, read from the modules and classes that hold them."""

from __future__ import annotations

import inspect
from functools import lru_cache
from typing import Any, NamedTuple

from ..hooks import DECLARATION, Direction, Result

__all__ = ["Specification", "specifications_in"]


class Specification(NamedTuple):  # PERF: quicker to be made than a dataclass
    """A hook.

    Attributes:
        name: Its name.
        arguments: The names of its arguments, in order.
        doc: Its documentation.
        direction: In which order of the dependencies the implementations run.
        result: What becomes of their results.
        since: The version that introduced the hook.
        prefix: For a hook that an extension opened, what all of the extension's hooks begin with; else empty.
    """

    name: str
    arguments: tuple[str, ...]
    doc: str
    direction: Direction
    result: Result
    since: str
    prefix: str = ""


@lru_cache(maxsize=64)
def specifications_in(namespace: Any) -> tuple[Specification, ...]:
    """Return the specifications in a module or a class; of ``None``, none."""
    found = {} if namespace is None else vars(namespace)
    return tuple(_read(name, function) for name, function in found.items() if hasattr(function, DECLARATION))


def _read(name: str, function: Any) -> Specification:
    arguments = tuple(argument for argument in inspect.signature(function).parameters if argument != "self")
    return Specification(name, arguments, inspect.getdoc(function) or "", *getattr(function, DECLARATION))
