"""Responses that begin before they are complete, with the context held until they are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import copy_context
from functools import wraps
from typing import Any, Final, TypeVar, overload

from .context import Context, current_context, has_request_context
from .coroutines import iterate

__all__ = ["stream_with_context"]

T = TypeVar("T")

_END: Final[Any] = object()


@overload
def stream_with_context(generator_or_function: Iterator[T] | AsyncIterator[T]) -> Iterator[T]: ...
@overload
def stream_with_context(
    generator_or_function: Callable[..., Iterator[T] | AsyncIterator[T]],
) -> Callable[..., Iterator[T]]: ...
def stream_with_context(
    generator_or_function: Iterator[T] | AsyncIterator[T] | Callable[..., Iterator[T] | AsyncIterator[T]],
) -> Iterator[T] | Callable[..., Iterator[T]]:
    """Keep the current context while a generator runs: its request, its database session, and ``g``.

    The context is torn down when the generator ends or is closed, not when the view returns. The session must be
    written before: its cookie is a header, and these are sent first. It may be read: the response says
    ``Vary: Cookie``.

    Args:
        generator_or_function: The generator, asynchronous or not; or, as a decorator, the function that makes it.

    Raises:
        ContextError: There is no context.
    """
    if isinstance(generator_or_function, AsyncIterator):
        generator_or_function = iterate(generator_or_function)
    if isinstance(generator_or_function, Iterator):
        if has_request_context():
            _ = current_context().session  # opened now: the stream may look at it when the headers are long sent
        held = _held(current_context(), generator_or_function)
        next(held)
        return held
    function = generator_or_function

    @wraps(function)
    def make(*args: Any, **kwargs: Any) -> Iterator[T]:
        return stream_with_context(function(*args, **kwargs))

    return make


def _held(context: Context, generator: Iterator[T]) -> Iterator[Any]:
    """Run each step of a generator where the context is the current one, whichever thread the server takes for it."""
    variables = copy_context()
    context.hold()
    error: BaseException | None = None
    try:
        yield None  # up to here it runs at once, inside of the request, so that the hold is in time
        while (item := variables.run(next, generator, _END)) is not _END:
            yield item
    except Exception as raised:
        error = raised
        raise
    finally:
        getattr(generator, "close", lambda: None)()
        variables.run(context.release, error)
