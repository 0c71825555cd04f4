"""Hook calls, compiled: from the implementations of a hook to one callable that runs them as the specification says."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from functools import partial
from typing import Any, Final, TypeAlias

from ..callers import place_of
from ..exceptions import ConflictError
from ..hooks import Result, note_owner, owner_of
from .specifications import Specification

__all__ = ["Implementation", "by_name", "chained", "compile_call", "first_answer", "run_all", "wrapped"]

Implementation: TypeAlias = Callable[..., Any]
"""An implementation, adapted to take all arguments of its specification by position."""


_ONCE: Final = "a wrapper must yield exactly once"

Implementations: TypeAlias = tuple[Implementation, ...]


def compile_call(result: Result, plain: Implementations, wrappers: Iterable[Implementation]) -> Callable[..., Any]:
    """Make the callable that calls a hook, with all arguments by position.

    Args:
        result: What becomes of the results.
        plain: The implementations, in the order in which they run.
        wrappers: The wrappers, the outermost first.
    """
    return wrapped(partial(_RUNNERS[result], plain), wrappers)


def wrapped(
    call: Callable[..., Any], wrappers: Iterable[Implementation], *, must_answer: bool = False
) -> Callable[..., Any]:
    """Put wrappers around a callable, the first one outermost.

    Args:
        call: What they go around.
        wrappers: The wrappers.
        must_answer: What they get and return is never ``None``.
    """
    for wrapper in reversed(tuple(wrappers)):
        call = partial(_around, wrapper, call, must_answer)
    return call


def by_name(specification: Specification, call: Callable[..., Any]) -> Callable[..., Any]:
    """Let the callable of a hook take arguments by name, too."""
    arguments = specification.arguments

    def named(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            args = (*args, *(kwargs.pop(name) for name in arguments[len(args) :] if name in kwargs))
        if kwargs or len(args) != len(arguments):
            raise TypeError(f"the hook {specification.name!r} is called with: {', '.join(arguments)}")
        return call(*args)

    return named


def _around(wrapper: Implementation, call: Callable[..., Any], must_answer: bool, *args: Any) -> Any:
    steps: Generator[None, Any, Any] = wrapper(*args)
    try:
        next(steps)
    except StopIteration as early:
        raise _misused(wrapper, _ONCE) from early
    try:
        result = call(*args)
    except BaseException as error:
        return _finish(wrapper, steps.throw, error, must_answer)
    return _finish(wrapper, steps.send, result, must_answer)


def _finish(wrapper: Implementation, resume: Callable[[Any], Any], outcome: Any, must_answer: bool) -> Any:
    try:
        resume(outcome)
    except StopIteration as done:
        if must_answer and done.value is None:
            raise _misused(wrapper, "a wrapper returned None; it returns what its yield gave it, or another") from None
        return done.value
    raise _misused(wrapper, _ONCE)


def _misused(wrapper: Implementation, what: str) -> RuntimeError:
    error = RuntimeError(what)
    note_owner(error, wrapper)
    return error


def _call(implementation: Implementation, args: tuple[Any, ...], read: Callable[[Any], Any] | None = None) -> Any:
    """Call an implementation, and read what it returned: what either raises is its."""
    try:
        result = implementation(*args)
        return result if read is None else read(result)
    except BaseException as error:
        note_owner(error, implementation)
        raise


def run_all(implementations: Implementations, *args: Any) -> None:
    """Call one after the other."""
    implementation = None
    try:
        for implementation in implementations:
            implementation(*args)
    except BaseException as error:
        note_owner(error, implementation)
        raise


def first_answer(implementations: Implementations, *args: Any) -> Any:
    """Return the first result that is not ``None``; what comes after it is not called."""
    implementation = None
    try:
        for implementation in implementations:
            if (result := implementation(*args)) is not None:
                return result
    except BaseException as error:
        note_owner(error, implementation)
        raise
    return None


def chained(implementations: Implementations, *args: Any) -> Any:
    """Let each replace the last argument for the next, and return the last one."""
    *context, value = args
    for implementation in implementations:
        result = _call(implementation, (*context, value))
        value = value if result is None else result
    return value


def _merged(implementations: Implementations, *args: Any) -> dict[str, Any]:
    return {name: value for each in implementations for name, value in _call(each, args, _pairs)}


def _pairs(found: Any) -> Any:
    return (found or {}).items()


def _collected(implementations: Implementations, *args: Any) -> list[Any]:
    return [item for each in implementations for item in _call(each, args, _items)]


def _items(found: Any) -> list[Any]:
    return list(found or ())


def _by_extension(implementations: Implementations, *args: Any) -> dict[str, Any]:
    answers = ((owner_of(each).name, _call(each, args)) for each in implementations)
    return {name: answer for name, answer in answers if answer is not None}


def _single(implementations: Implementations, *args: Any) -> Any:
    answers = [(i, answer) for i in implementations if (answer := _call(i, args)) is not None]
    if len(answers) > 1:
        both = " and ".join(f"{owner_of(each)!r} at {place_of(each)}" for each, _ in answers)
        raise ConflictError(f"the hook {answers[0][0].__name__!r} is answered by {both}; enable one of them")
    return answers[0][1] if answers else None


def _complete(implementations: Implementations, *args: Any) -> None:
    errors: list[BaseException] = []
    for implementation in implementations:
        try:
            _call(implementation, args)
        except BaseException as error:
            errors.append(error)
    if errors:
        raise BaseExceptionGroup("errors in hooks of which all run", errors)


_RUNNERS: Final[dict[Result, Callable[..., Any]]] = {
    Result.NOTHING: run_all,
    Result.FIRST: first_answer,
    Result.CHAIN: chained,
    Result.MERGED: _merged,
    Result.COLLECTED: _collected,
    Result.BY_EXTENSION: _by_extension,
    Result.SINGLE: _single,
    Result.COMPLETE: _complete,
    Result.WRAPPED: run_all,
}
