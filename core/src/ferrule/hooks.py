"""The two markers of the hook system, and what a specification says of its calls."""

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, Final, NamedTuple, TypeVar, overload

import pluggy

__all__ = [
    "API_VERSION",
    "DECLARATION",
    "PROJECT",
    "Deprecation",
    "Direction",
    "Result",
    "hookimpl",
    "hookspec",
    "is_for_method",
    "is_limited",
    "note_owner",
    "owner_of",
]

API_VERSION: Final = "0.1"
"""The version of Ferrule whose hooks these are; an extension says in ``api_version`` which one it was written for."""

PROJECT: Final = "ferrule"
"""pluggy's name for this family of hooks."""

DECLARATION: Final = "__ferrule_hook__"
"""Where a specification has what :func:`hookspec` was told."""

_CONCERNS: Final = "__ferrule_concerns__"

F = TypeVar("F", bound=Callable[..., Any])


class Direction(Enum):
    """The order in which the implementations of a hook run."""

    FORWARD = "dependencies first"
    REVERSE = "dependencies last"


class Result(Enum):
    """What becomes of the values that the implementations of a hook return."""

    NOTHING = "ignored"
    FIRST = "the first that is not None ends the call"
    CHAIN = "one that is not None replaces the last argument for the next"
    MERGED = "dicts, merged; later ones win"
    COLLECTED = "iterables, joined"
    BY_EXTENSION = "those that are not None, in a dict by the extension's name"
    SINGLE = "one extension at most"
    WRAPPED = "wrappers around the framework's own work"
    COMPLETE = "ignored; all run whatever raises, and errors leave as a group"


_pluggy_spec = pluggy.HookspecMarker(PROJECT)
_pluggy_impl = pluggy.HookimplMarker(PROJECT)


class Deprecation(NamedTuple):
    """What an author is told of a hook, or an argument, that goes.

    Attributes:
        since: The version that warns.
        removed: The version from which on an implementation is refused.
        instead: What to use in its place.
    """

    since: str
    removed: str
    instead: str


def hookspec(
    *,
    direction: Direction = Direction.FORWARD,
    result: Result = Result.NOTHING,
    since: str = "0.1",
    names: str = "",
    deprecated: Deprecation | None = None,
    deprecated_arguments: Mapping[str, Deprecation] | None = None,
) -> Callable[[F], F]:
    """Mark a function as the specification of a hook.

    An argument can be added at any time: an implementation names only those that it needs. One that is to go, like the
    hook itself, is deprecated first. The versions are Ferrule's; for a hook that an extension opens, the extension's.

    Args:
        direction: In which order of the dependencies the implementations run.
        result: What becomes of their results.
        since: The version that introduced the hook.
        names: The attribute of an extension's class that lists the keys of the dicts that it returns.
        deprecated: Set where the whole hook goes.
        deprecated_arguments: The arguments that go; one that is gone already can stay here, for its cure.

    Returns:
        The decorator.
    """

    def mark(function: F) -> F:
        said = {"direction": direction, "result": result, "since": since, "names": names}
        said |= {"deprecated": deprecated, "deprecated_arguments": deprecated_arguments or {}}
        setattr(function, DECLARATION, said)
        return _pluggy_spec(function)

    return mark


@overload
def hookimpl(function: F) -> F: ...
@overload
def hookimpl(
    *,
    wrapper: bool = ...,
    optionalhook: bool = ...,
    specname: str | None = ...,
    methods: Iterable[str] | None = ...,
    except_methods: Iterable[str] | None = ...,
) -> Callable[[F], F]: ...
def hookimpl(
    function: F | None = None,
    *,
    wrapper: bool = False,
    optionalhook: bool = False,
    specname: str | None = None,
    methods: Iterable[str] | None = None,
    except_methods: Iterable[str] | None = None,
) -> F | Callable[[F], F]:
    """Mark a method of an extension as the implementation of a hook.

    Args:
        function: The method, where the marker is used without parentheses.
        wrapper: The method is a generator that yields once, around the other implementations.
        optionalhook: The hook belongs to another extension that may be absent.
        specname: The hook's name, where the method has another one.
        methods: The HTTP methods that the implementation is for; requests by other methods do not pay for it. For the
            hooks of the request phase only.
        except_methods: The HTTP methods that it is not for, where that is easier to say.

    Returns:
        The method itself, or the decorator.
    """

    def mark(function: F) -> F:
        if methods is not None or except_methods is not None:
            setattr(function, _CONCERNS, _concerns(methods, except_methods))
        return _pluggy_impl(function, wrapper=wrapper, optionalhook=optionalhook, specname=specname)

    return mark if function is None else mark(function)


def is_limited(implementation: Callable[..., Any]) -> bool:
    """Tell whether an implementation is for some HTTP methods only."""
    return hasattr(implementation, _CONCERNS)


def is_for_method(implementation: Callable[..., Any], method: str | None) -> bool:
    """Tell whether an implementation is for requests by an HTTP method; ``None`` stands for no request."""
    concerns: Callable[[str], bool] | None = getattr(implementation, _CONCERNS, None)
    return concerns is None or method is None or concerns(method)


def _concerns(methods: Iterable[str] | None, except_methods: Iterable[str] | None) -> Callable[[str], bool]:
    never = frozenset(map(str.upper, except_methods or ()))
    only = None if methods is None else frozenset(map(str.upper, methods))
    return lambda method: method not in never and (only is None or method in only)


def owner_of(implementation: Callable[..., Any] | None) -> Any:
    """Return the extension that an implementation, bound or adapted, belongs to; ``None`` if it is no extension's."""
    return getattr(implementation, "__self__", None) or getattr(implementation, "owner", None)


def note_owner(error: BaseException, implementation: Callable[..., Any] | None) -> None:
    """Write into a traceback which extension's implementation of which hook raised."""
    owner = owner_of(implementation)
    if implementation is not None and owner is not None:
        note = f"raised in the hook {implementation.__name__!r} of {owner!r}"
        if note not in getattr(error, "__notes__", ()):
            error.add_note(note)
