"""An event loop in a thread of its own, and the calls that other threads make to it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from concurrent.futures import CancelledError
from contextvars import copy_context
from threading import Event, Lock, Thread, get_ident
from typing import Any, Final, TypeAlias, cast

from .exceptions import ContextError

__all__ = ["Call", "EventLoop"]

_Outcome: TypeAlias = tuple[Any, BaseException | None]

_PATIENCE: Final = 5.0
"""How long a cancelled coroutine may take to end, in seconds, before nobody waits for it any more."""

# PERF: a task that starts at once, in the callback that makes it, saves two turns of the loop: 9 µs a call, not 15.
_EAGERLY: Final[dict[str, Any]] = {"eager_start": True} if sys.version_info >= (3, 12) else {}
_UNSET: Final = object()


class EventLoop:
    """A loop that runs, from the moment it is made until it is stopped."""

    def __init__(self) -> None:
        started = Event()
        self._thread = Thread(target=asyncio.run, args=(self._live(started),), name="ferrule-event-loop", daemon=True)
        self._thread.start()
        started.wait()

    async def _live(self, started: Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._end = asyncio.Event()
        started.set()
        await self._end.wait()  # when it returns, asyncio.run cancels the tasks that are left, and waits for them

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs; in a process that was forked it does not."""
        return self._thread.is_alive()

    def submit(self, call: Call) -> None:
        """Let the loop run a coroutine.

        Raises:
            ContextError: The loop's own thread called, which then would wait for itself.
        """
        if self._thread.ident == get_ident():
            raise ContextError(
                f"{call} is async, and was called synchronously by the event loop that is to run it and would wait for"
                " itself; write `await` before the call, or, where a synchronous function makes it (render_template, a"
                " test client), `await asyncio.to_thread(that_function, …)`"
            )
        call.loop = self._loop
        self._loop.call_soon_threadsafe(call.start)

    def stop(self) -> None:
        """End the loop: what runs on it is cancelled."""
        self._loop.call_soon_threadsafe(self._end.set)
        if self._thread.ident != get_ident():
            self._thread.join(_PATIENCE)


class Call:
    """A coroutine that runs on a loop, in a copy of the context variables of the thread that waits for it.

    Attributes:
        loop: The loop, once it was asked to run the coroutine.
    """

    __slots__ = ("_arrived", "_coroutine", "_task", "_variables", "loop")

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self._coroutine = coroutine
        self._task: asyncio.Task[_Outcome] | None = None
        self._variables = copy_context()
        self._arrived = Lock()  # PERF: a lock that its taker waits for; a Future of concurrent.futures costs 7 µs more
        self._arrived.acquire()

    def __str__(self) -> str:
        return getattr(self._coroutine, "__qualname__", None) or repr(self._coroutine)

    def start(self) -> None:
        """Start the task; the loop calls it."""
        # No local name: an error of a task that starts at once leads to this frame, and would be in a cycle with it.
        self._task = asyncio.Task(_contained(self._coroutine), loop=self.loop, context=self._variables, **_EAGERLY)
        if self._task.done():
            self._arrived.release()
        else:
            self._task.add_done_callback(lambda _: self._arrived.release())

    def wait(self) -> None:
        """Wait until the coroutine has ended."""
        self._arrived.acquire()

    def cancel(self) -> None:
        """End the coroutine, wherever it is, and wait for it, but not for ever."""
        if self.loop is None:
            self._coroutine.close()
        else:
            self.loop.call_soon_threadsafe(self._cancel)
            self._arrived.acquire(timeout=_PATIENCE)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
        else:  # what was to submit it was interrupted before it did
            self._coroutine.close()
            self._arrived.release()

    def result(self) -> Any:
        """Return what the coroutine returned, raise what it raised, and take over what it set.

        Raises:
            concurrent.futures.CancelledError: It was cancelled. asyncio's own is no ``Exception``: it would end the
                server's worker, not the request.
        """
        for variable, value in self._variables.items():
            if variable.get(_UNSET) is not value:
                variable.set(value)
        task, self._task = cast("asyncio.Task[_Outcome]", self._task), None
        value, error = (None, asyncio.CancelledError()) if task.cancelled() else task.result()
        del task  # it leads to the error, whose traceback leads to this frame: a cycle
        if error is None:
            return value
        try:
            if isinstance(error, asyncio.CancelledError):
                raise CancelledError("the coroutine was cancelled, by its own code or since the event loop ends")
            raise error
        finally:
            del error


async def _contained(coroutine: Coroutine[Any, Any, Any]) -> _Outcome:
    """Keep what a coroutine raises from the loop, which ``SystemExit`` and ``KeyboardInterrupt`` would end."""
    try:
        return await coroutine, None
    except BaseException as error:
        return None, error
