"""Hook specifications, read from the modules and classes that hold them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple

from ..hooks import PROJECT, HookDeclaration, declaration_of

__all__ = ["Specification", "specifications_in"]

_MARK: Final = f"{PROJECT}_spec"


class Specification(NamedTuple):  # PERF: quicker to be made than a dataclass
    """A hook.

    Attributes:
        name: Its name.
        arguments: The names of its arguments, in order.
        declaration: Its direction, the meaning of its results, and since when it exists.
        doc: Its documentation.
        prefix: For a hook that an extension opened, what all of the extension's hooks begin with; else empty.
    """

    name: str
    arguments: tuple[str, ...]
    declaration: HookDeclaration
    doc: str
    prefix: str


def specifications_in(namespace: Any) -> tuple[Specification, ...]:
    """Return the specifications in a module or a class; of ``None``, none."""
    return _specifications(namespace)


@lru_cache(maxsize=64)
def _specifications(namespace: Any) -> tuple[Specification, ...]:
    return tuple(_read(namespace))


def _read(namespace: Any) -> Iterator[Specification]:
    for name, function in vars(namespace).items() if namespace is not None else ():
        if getattr(function, _MARK, None) is not None:
            arguments = tuple(inspect.signature(function).parameters)
            is_method = inspect.isclass(namespace)
            yield Specification(
                name,
                arguments[1:] if is_method and arguments[:1] == ("self",) else arguments,
                declaration_of(function),
                inspect.getdoc(function) or "",
                name.partition("_")[0] + "_" if is_method else "",
            )
