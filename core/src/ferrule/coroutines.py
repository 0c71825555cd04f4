"""Coroutines, called by threads that wait for them: all on one event loop, which the process keeps."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import wraps
from inspect import CO_COROUTINE, iscoroutine, iscoroutinefunction, unwrap
from threading import RLock
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

if TYPE_CHECKING:
    from .eventloop import EventLoop  # PERF: asyncio is slow to import; an application without coroutines never pays

__all__ = ["async_to_sync", "is_async", "iterate", "stop_event_loop"]

P = ParamSpec("P")
T = TypeVar("T")

_END: Final[Any] = object()


def is_async(function: Any) -> bool:
    """Tell whether a function gives a coroutine: it, or what it wraps, is an ``async def``."""
    if type(function) is FunctionType and not function.__dict__:  # PERF: the common case, in a tenth of the time
        return bool(function.__code__.co_flags & CO_COROUTINE)
    inner = unwrap(function)
    return iscoroutinefunction(inner) or iscoroutinefunction(getattr(type(inner), "__call__", None))  # noqa: B004  # which kind it is


def async_to_sync(function: Callable[P, Any]) -> Callable[P, Any]:
    """Wrap a function that gives a coroutine in one that waits for its result.

    Args:
        function: An ``async def``; or what is around one, and may give the coroutine or something else.

    Raises:
        ContextError: The wrapper was called by the event loop itself.
    """

    @wraps(function)
    def waiting(*args: P.args, **kwargs: P.kwargs) -> Any:
        value = function(*args, **kwargs)
        return _process.run(value) if iscoroutine(value) else value

    return waiting


def iterate(items: AsyncIterator[T]) -> Iterator[T]:
    """Go through an asynchronous iterator, each step in a task of its own, and close it."""

    async def step() -> T:
        return await anext(items, _END)

    async def close() -> None:
        if (aclose := getattr(items, "aclose", None)) is not None:
            await aclose()

    try:
        while (item := _process.run(step())) is not _END:
            yield item
    finally:
        _process.run(close())


def stop_event_loop() -> None:
    """Stop the event loop, if there is one: what still runs on it is cancelled. The next coroutine starts another."""
    _process.stop()


class _Process:
    """The event loop of this process, made when a coroutine first needs it."""

    def __init__(self) -> None:
        self._loop: EventLoop | None = None
        self.renew()

    def renew(self) -> None:
        """Begin again in a process that was forked: the loop's thread is the parent's, and perhaps the lock's holder.

        The loop's object is kept: it must not be closed, for what it waits with in the kernel is the parent's, too.
        """
        self._parents = self._loop
        self._loop = None
        self._lock = RLock()  # a collected generator may come here again, through iterate

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Let the loop run a coroutine, and wait for it.

        Raises:
            ContextError: The loop itself called.
        """
        from .eventloop import Call, EventLoop  # PERF: asyncio is slow to import, and not always needed

        call = Call(coroutine)
        try:
            with self._lock:  # nothing is submitted to a loop after its end
                if self._loop is None or not self._loop.is_alive:
                    self._loop = EventLoop()
                self._loop.submit(call)
            call.wait()
        except BaseException:  # a signal's, such as Ctrl-C, or the loop's own thread would wait for itself
            call.cancel()
            raise
        return call.result()

    def stop(self) -> None:
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is not None and loop.is_alive:
            loop.stop()


_process: Final = _Process()
atexit.register(_process.stop)
if sys.platform != "win32":
    os.register_at_fork(after_in_child=_process.renew)
