"""The hook implementations of an extension, and their check against the specifications before pluggy sees them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from types import FunctionType
from typing import Any, Final
from weakref import WeakKeyDictionary

from pluggy import HookimplOpts

from ..exceptions import ExtensionError
from ..hooks import PROJECT, Result, is_limited
from ..typed.suggest import did_you_mean, nearest
from .finding import Candidate
from .specifications import Specification, specifications_in

__all__ = ["check_implementations", "functions_of", "mark_of", "opened_by"]

_MARK: Final = f"{PROJECT}_impl"
_functions: Final[WeakKeyDictionary[type[Any], Mapping[str, Any]]] = WeakKeyDictionary()

_REQUEST_PHASE: Final = frozenset({"before_request", "after_request", "request_finished", "handle_request"})


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


def opened_by(candidates: Iterable[Candidate]) -> dict[str, Specification]:
    """Return the hooks that extensions open to others.

    Raises:
        ExtensionError: One does not carry its extension's name.
    """
    opened: dict[str, Specification] = {}
    for candidate in candidates:
        prefix = candidate.name.replace("-", "_") + "_"
        for specification in specifications_in(candidate.extension.hookspecs):  # type: ignore[arg-type]  # a class can be hashed
            if not specification.name.startswith(prefix):
                raise ExtensionError(
                    f"{candidate}: opens the hook {specification.name!r}; the name must begin with {prefix!r}"
                )
            opened[specification.name] = specification._replace(prefix=prefix)
    return opened


def check_implementations(candidates: Iterable[Candidate], specifications: Mapping[str, Specification]) -> None:
    """Check that every implementation is of a known hook, with known arguments, and can be called.

    Args:
        candidates: The extensions to check.
        specifications: All hooks: the core's and those that extensions opened.

    Raises:
        ExtensionError: The text lists every mistake of every extension.
    """
    mistakes = [
        f"{candidate}: {mistake}" for candidate in candidates for mistake in _mistakes_of(candidate, specifications)
    ]
    if mistakes:
        raise ExtensionError.listing("in hook implementations", mistakes)


def _mistakes_of(candidate: Candidate, specifications: Mapping[str, Specification]) -> Iterator[str]:
    for attribute, function in functions_of(type(candidate.extension)).items():
        options = mark_of(function)
        if options is not None:
            for mistake in _mistakes_in(attribute, function, options, specifications):
                yield f"{attribute} ({_place(function)}): {mistake}"
        elif attribute in specifications:
            cure = "write @hookimpl above it, or give it another name"
            yield f"{attribute} ({_place(function)}): has the name of a hook but no mark; {cure}"


def _mistakes_in(
    attribute: str, function: Any, options: Mapping[str, Any], specifications: Mapping[str, Specification]
) -> Iterator[str]:
    name = options.get("specname") or attribute
    specification = specifications.get(name)
    if specification is None:
        if not options.get("optionalhook") or _is_of_enabled(name, specifications):
            yield _unknown_hook(name, specifications)
        return
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        yield "is an `async def`, and hooks are called synchronously; write `def`"
    if options.get("tryfirst") or options.get("trylast"):
        yield "uses tryfirst or trylast; order is declared with requires, after and before in the class"
    yield from _wrapper_mistakes(function, options, specification)
    yield from _argument_mistakes(function, specification)
    if is_limited(function) and name not in _REQUEST_PHASE:
        yield f"limits its methods, which only {', '.join(sorted(_REQUEST_PHASE))} can"


def _wrapper_mistakes(function: Any, options: Mapping[str, Any], specification: Specification) -> Iterator[str]:
    is_wrapper = options.get("wrapper") or options.get("hookwrapper")
    if options.get("hookwrapper"):
        yield "is an old-style hookwrapper; write @hookimpl(wrapper=True) and return the result"
    if is_wrapper and not inspect.isgeneratorfunction(function):
        yield "is marked as a wrapper but is no generator; it must yield once"
    if specification.result is Result.WRAPPED and not is_wrapper:
        yield f"{specification.name} takes wrappers only; write @hookimpl(wrapper=True) and yield once"
    if inspect.isgeneratorfunction(function) and not is_wrapper and specification.result is not Result.COLLECTED:
        yield "is a generator but not marked as a wrapper; write @hookimpl(wrapper=True), or return"


def _argument_mistakes(function: Any, specification: Specification) -> Iterator[str]:
    parameters = list(inspect.signature(function).parameters.values())[1:]
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            yield f"takes {parameter}; name the arguments that it needs"
        elif parameter.default is parameter.empty and parameter.name not in specification.arguments:
            near = nearest(parameter.name, specification.arguments)
            hint = f"did you mean {near!r}? " if near else ""
            known = ", ".join(specification.arguments)
            yield f"unknown argument {parameter.name!r}; {hint}{specification.name} has: {known}"


def _unknown_hook(name: str, specifications: Mapping[str, Specification]) -> str:
    return f"there is no hook {name!r}{did_you_mean(name, specifications, otherwise='the reference lists all of them')}"


def _is_of_enabled(name: str, specifications: Mapping[str, Specification]) -> bool:
    """Tell whether an unknown optional hook names an extension that is enabled: then it cannot be meant."""
    return any(name.startswith(known.prefix) for known in specifications.values() if known.prefix)


def _place(function: Any) -> str:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code is not None else "no source"
