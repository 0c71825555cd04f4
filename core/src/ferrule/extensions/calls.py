"""Hook calls, compiled: from the implementations of a hook to one callable that runs them as the specification says."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any

from ..exceptions import ConflictError
from ..hooks import Result, note_owner
from .specifications import Specification

__all__ = ["Implementation", "compile_call", "compile_positional", "wrapped"]

Implementation = Callable[..., Any]
"""An implementation, adapted to take all arguments of its specification by position."""


def compile_call(
    specification: Specification, plain: tuple[Implementation, ...], wrappers: tuple[Implementation, ...]
) -> Callable[..., Any]:
    """Make the callable that calls a hook, with arguments by position or by name.

    Args:
        specification: The hook.
        plain: Its implementations, in the order in which they run.
        wrappers: Its wrappers, the outermost first.
    """
    return _accepting_keywords(specification, compile_positional(specification, plain, wrappers))


def compile_positional(
    specification: Specification, plain: tuple[Implementation, ...], wrappers: tuple[Implementation, ...]
) -> Callable[..., Any]:
    """Make the callable that calls a hook, with all arguments by position."""
    runners: dict[Result, Callable[[tuple[Implementation, ...]], Callable[..., Any]]] = {
        Result.NOTHING: _run_all,
        Result.FIRST: _first,
        Result.CHAIN: _chain,
        Result.MERGED: _merged,
        Result.COLLECTED: _collected,
        Result.SINGLE: _single,
        Result.COMPLETE: _complete,
        Result.WRAPPED: _run_all,
    }
    return wrapped(runners[specification.declaration.result](plain), wrappers)


def wrapped(call: Callable[..., Any], wrappers: Iterable[Implementation]) -> Callable[..., Any]:
    """Put wrappers around a callable, the first one outermost."""
    for wrapper in reversed(tuple(wrappers)):
        call = _around(call, wrapper)
    return call


def _around(call: Callable[..., Any], wrapper: Implementation) -> Callable[..., Any]:
    def around(*args: Any) -> Any:
        steps: Generator[None, Any, Any] = wrapper(*args)
        try:
            next(steps)
        except StopIteration as early:
            raise _must_yield_once(wrapper) from early
        try:
            result = call(*args)
        except BaseException as error:
            return _finish(wrapper, steps.throw, error)
        return _finish(wrapper, steps.send, result)

    return around


def _finish(wrapper: Implementation, resume: Callable[[Any], Any], outcome: Any) -> Any:
    try:
        resume(outcome)
    except StopIteration as done:
        return done.value
    raise _must_yield_once(wrapper)


def _must_yield_once(wrapper: Implementation) -> RuntimeError:
    error = RuntimeError("a wrapper must yield exactly once")
    note_owner(error, wrapper)
    return error


def _accepting_keywords(specification: Specification, call: Callable[..., Any]) -> Callable[..., Any]:
    arguments = specification.arguments

    def by_name(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            args = (*args, *(kwargs.pop(name) for name in arguments[len(args) :]))
        if kwargs or len(args) != len(arguments):
            raise TypeError(f"the hook {specification.name!r} is called with: {', '.join(arguments)}")
        return call(*args)

    return by_name


def _run_all(implementations: tuple[Implementation, ...]) -> Callable[..., None]:
    def run_all(*args: Any) -> None:
        for implementation in implementations:
            _call(implementation, args)

    return run_all


def _call(implementation: Implementation, args: tuple[Any, ...]) -> Any:
    try:
        return implementation(*args)
    except BaseException as error:
        note_owner(error, implementation)
        raise


def _first(implementations: tuple[Implementation, ...]) -> Callable[..., Any]:
    def first(*args: Any) -> Any:
        results = (_call(implementation, args) for implementation in implementations)
        return next((result for result in results if result is not None), None)

    return first


def _chain(implementations: tuple[Implementation, ...]) -> Callable[..., Any]:
    def chain(*args: Any) -> Any:
        *context, value = args
        for implementation in implementations:
            result = _call(implementation, (*context, value))
            value = value if result is None else result
        return value

    return chain


def _merged(implementations: tuple[Implementation, ...]) -> Callable[..., dict[str, Any]]:
    def merged(*args: Any) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for implementation in implementations:
            result.update(_call(implementation, args) or {})
        return result

    return merged


def _collected(implementations: tuple[Implementation, ...]) -> Callable[..., list[Any]]:
    def collected(*args: Any) -> list[Any]:
        return [item for implementation in implementations for item in _call(implementation, args) or ()]

    return collected


def _single(implementations: tuple[Implementation, ...]) -> Callable[..., Any]:
    def single(*args: Any) -> Any:
        answers = [(i, answer) for i in implementations if (answer := _call(i, args)) is not None]
        if len(answers) > 1:
            owners = " and ".join(repr(getattr(i, "__self__", None) or getattr(i, "owner", i)) for i, _ in answers)
            raise ConflictError(f"{owners} both answer the hook {answers[0][0].__name__!r}; enable one of them")
        return answers[0][1] if answers else None

    return single


def _complete(implementations: tuple[Implementation, ...]) -> Callable[..., None]:
    def complete(*args: Any) -> None:
        errors: list[BaseException] = []
        for implementation in implementations:
            try:
                _call(implementation, args)
            except BaseException as error:
                errors.append(error)
        if errors:
            raise BaseExceptionGroup("errors in hooks of which all run", errors)

    return complete
