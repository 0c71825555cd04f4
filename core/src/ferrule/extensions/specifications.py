"""Hook specifications, read from the modules and classes that hold them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from ..callers import place_of
from ..hooks import API_VERSION, DECLARATION, Deprecation, Direction, Result

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
        names: The attribute of an extension's class that lists the keys of the dicts that it returns; else empty.
        deprecated: Set where the hook goes.
        deprecated_arguments: The arguments that go, or are gone.
        place: ``file:line`` of the specification.
        version: The version of whoever calls the hook; empty where that is not known.
        opener: The name of the extension that opened the hook; empty for one of the core's.
    """

    name: str
    arguments: tuple[str, ...]
    doc: str
    direction: Direction
    result: Result
    since: str
    names: str
    deprecated: Deprecation | None
    deprecated_arguments: Mapping[str, Deprecation]
    place: str
    version: str = API_VERSION
    opener: str = ""

    @property
    def prefix(self) -> str:
        """What all hooks of the extension that opened this one begin with; empty for one of the core's."""
        return f"{self.opener.replace('-', '_')}_" if self.opener else ""

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.arguments)})"


@lru_cache(maxsize=64)
def specifications_in(namespace: Any) -> tuple[Specification, ...]:
    """Return the specifications in a module or a class; of ``None``, none."""
    found = {} if namespace is None else vars(namespace)
    return tuple(_read(name, function) for name, function in found.items() if hasattr(function, DECLARATION))


def _read(name: str, function: Any) -> Specification:
    arguments = tuple(argument for argument in inspect.signature(function).parameters if argument != "self")
    declared = getattr(function, DECLARATION)
    return Specification(name, arguments, inspect.getdoc(function) or "", **declared, place=place_of(function))
