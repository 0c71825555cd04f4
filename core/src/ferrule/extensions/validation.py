"""The hook implementations of an extension, and their check against the specifications before pluggy sees them."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from types import FunctionType
from typing import Any, Final
from weakref import WeakKeyDictionary

from pluggy import HookimplOpts

from ..callers import place_of
from ..exceptions import ConflictError, ExtensionError
from ..hooks import PROJECT, Deprecation, Result, is_limited
from ..typed.suggest import did_you_mean, nearest
from .extension import Extension
from .finding import Candidate
from .manifest import is_at_least
from .specifications import Specification, specifications_in

__all__ = ["Mistake", "check_implementations", "deprecations_in", "functions_of", "mark_of", "mistakes_in", "opened_by"]

Mistake = tuple[str, str]
"""The rule that an implementation breaks, and the text that says how."""


_MARK: Final = f"{PROJECT}_impl"
_functions: Final[WeakKeyDictionary[type[Any], Mapping[str, Any]]] = WeakKeyDictionary()

_NO_METHODS: Final = (staticmethod, classmethod, property, cached_property)

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
        ConflictError: Two extensions open the same. The text lists all that is wrong.
    """
    clashes: list[str] = []
    misnamed: list[str] = []
    opened: dict[str, Specification] = {}
    openers: dict[str, Candidate] = {}
    for candidate in candidates:
        version = "" if candidate.point is None else candidate.point.version
        for found in specifications_in(candidate.extension.hookspecs):  # type: ignore[arg-type]  # a class can be hashed
            specification = found._replace(opener=candidate.name, version=version)
            if not specification.name.startswith(specification.prefix):
                cure = f"the name must begin with {specification.prefix!r}"
                misnamed.append(f"{candidate}: opens the hook {specification.name!r} ({specification.place}); {cure}")
            other = openers.setdefault(specification.name, candidate)
            if other is not candidate:
                clashes.append(
                    f"the hook {specification.name!r} is opened by {other} at {opened[specification.name].place} and by"
                    f" {candidate} at {specification.place}; leave one of them out"
                )
            opened[specification.name] = specification
    if clashes or misnamed:
        raise (ConflictError if clashes else ExtensionError).listing("in opened hooks", [*clashes, *misnamed])
    return opened


def check_implementations(candidates: Iterable[Candidate], specifications: Mapping[str, Specification]) -> None:
    """Check that every implementation is of a known hook, with known arguments, and can be called.

    Args:
        candidates: The extensions to check.
        specifications: All hooks: the core's and those that extensions opened.

    Raises:
        ExtensionError: The text lists every mistake of every extension.
    """
    mistakes = [mistake for candidate in candidates for mistake in _no_methods(candidate)]
    methods = [(each, *method) for each in candidates for method in functions_of(type(each.extension)).items()]
    mistakes += [
        f"{candidate}: {attribute} ({place_of(function)}): {mistake}"
        for candidate, attribute, function in methods
        for _, mistake in mistakes_in(candidate.extension, attribute, function, mark_of(function), specifications)
    ]
    if mistakes:
        raise ExtensionError.listing("in hook implementations", mistakes)
    for candidate, attribute, function in methods:
        options = mark_of(function)
        specification = specifications.get((options and options["specname"]) or attribute)
        if options is not None and specification is not None:
            _warn_of_deprecations(f"{candidate}: {attribute}", function, specification)


def _no_methods(candidate: Candidate) -> Iterator[str]:
    """Go through what is marked as an implementation and is no method, so that nobody would ever call it."""
    for base in type(candidate.extension).__mro__[: -len(Extension.__mro__)]:
        for name, value in vars(base).items():
            if isinstance(value, _NO_METHODS):
                inner = getattr(value, "fget", None) or getattr(value, "func", None) or getattr(value, "__func__", None)
                if mark_of(value) or mark_of(inner):
                    what = f"is a {type(value).__name__}, which is no hook implementation"
                    yield f"{candidate}: {name} ({place_of(inner)}): {what}; write it as a method with `self`"


def mistakes_in(
    extension: Any,
    attribute: str,
    function: Any,
    options: Mapping[str, Any] | None,
    specifications: Mapping[str, Specification],
) -> Iterator[Mistake]:
    """Go through what is wrong with a method of an extension.

    Args:
        extension: What has the attributes of its class.
        attribute: The name of the method.
        function: The function; only its signature and its kind are looked at.
        options: What it was marked with, ``None`` if it is no implementation of a hook.
        specifications: All hooks.
    """
    if options is None:
        if attribute in specifications:
            cure = "write @hookimpl above it, or give it another name"
            yield "unmarked_hook", f"has the name of a hook but no mark; {cure}"
        return
    name = options.get("specname") or attribute
    specification = specifications.get(name)
    if specification is None:
        if not options.get("optionalhook") or _is_of_enabled(name, specifications):
            yield "unknown_hook", _unknown_hook(name, specifications)
        return
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        yield "async_hook", "is an `async def`, and hooks are called synchronously; write `def`"
    if options.get("tryfirst") or options.get("trylast"):
        cure = "order is declared with requires, after and before in the class"
        yield "hook_order", f"uses tryfirst or trylast; {cure}"
    yield from (("hook_wrapper", mistake) for mistake in _wrapper_mistakes(function, options, specification))
    yield from (("hook_argument", mistake) for mistake in _argument_mistakes(function, specification))
    for what, why in deprecations_in(function, specification, gone=True):
        yield "removed_hook", f"{what} went in {why.removed}; {why.instead}"
    if is_limited(function) and name not in _REQUEST_PHASE:
        yield "hook_methods", f"limits its methods, which only {', '.join(sorted(_REQUEST_PHASE))} can"
    if specification.names and not getattr(extension, specification.names):
        yield "context_names", f'say in the class which names it gives: {specification.names} = ("name",)'


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
        elif parameter.default is parameter.empty and parameter.name not in {
            *specification.arguments,
            *specification.deprecated_arguments,
        }:
            near = nearest(parameter.name, specification.arguments)
            hint = f"did you mean {near!r}? " if near else ""
            known = ", ".join(specification.arguments)
            yield f"unknown argument {parameter.name!r}; {hint}{specification.name} has: {known}"


def deprecations_in(function: Any, specification: Specification, *, gone: bool) -> Iterator[tuple[str, Deprecation]]:
    """Go through what is deprecated of an implementation: what is gone in the running version, or what is not yet."""
    named = inspect.signature(function).parameters
    for name, why in specification.deprecated_arguments.items():
        is_gone = name not in specification.arguments or is_at_least(specification.version, why.removed)
        if name in named and is_gone is gone:
            yield f"the argument {name!r}", why
    why_hook = specification.deprecated
    if why_hook is not None and is_at_least(specification.version, why_hook.removed) is gone:
        yield f"the hook {specification.name!r}", why_hook


def _warn_of_deprecations(whose: str, function: Any, specification: Specification) -> None:
    code = inspect.unwrap(function).__code__
    for what, why in deprecations_in(function, specification, gone=False):
        text = f"{whose}: {what} is deprecated since {why.since} and goes in {why.removed}; {why.instead}"
        warnings.warn_explicit(text, DeprecationWarning, code.co_filename, code.co_firstlineno)


def _unknown_hook(name: str, specifications: Mapping[str, Specification]) -> str:
    return (
        f"there is no hook {name!r}{did_you_mean(name, specifications, otherwise='`ferrule hooks` lists all of them')}"
    )


def _is_of_enabled(name: str, specifications: Mapping[str, Specification]) -> bool:
    """Tell whether an unknown optional hook names an extension that is enabled: then it cannot be meant."""
    return any(name.startswith(known.prefix) for known in specifications.values() if known.prefix)
