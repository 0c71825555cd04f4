"""The built-in extension that tells a browser, in debug, how long the parts of an answer took (W3C, Server Timing)."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from functools import update_wrapper
from time import perf_counter
from typing import Any

from werkzeug.wrappers import Response

from ..context import Context, current_context, has_app_context
from ..extensions import Extension
from ..hooks import hookimpl, owner_of
from ..plans import Plan

__all__ = ["ServerTiming", "timed"]


class ServerTiming(Extension):
    """Sends ``Server-Timing``: the whole answer, the view, and each extension's hooks up to here, in milliseconds.

    It is enabled at the freeze, in debug only: the times tell a visitor what the application is made of and what it
    spends its time on. ``server_timing = false`` in the configuration switches it off. A hook's time has in it what
    the hook called, also hooks of others.
    """

    name = "server_timing"
    description = "Tells the browser's developer tools, in debug, how long each extension takes."

    @hookimpl(wrapper=True)
    def handle_request(self, ctx: Context) -> Generator[None, Response, Response]:
        """Write the header when everything else is done."""
        start = perf_counter()
        response = yield
        if ctx.app.debug:  # it may be off by now
            times = {"total": perf_counter() - start, **ctx.state.get(ServerTiming, {})}
            response.headers.add("Server-Timing", ", ".join(_metric(name, spent) for name, spent in times.items()))
        return response

    def measure_hook(self, implementation: Callable[..., Any]) -> Callable[..., Any]:
        """Put a clock around an implementation; around the steps of a wrapper, which is a generator."""
        owner = owner_of(implementation)
        return implementation if owner is self else timed(implementation, lambda: _Clock(owner.name))

    def measure_view(self, plan: Plan) -> Plan:
        """Put a clock around the view of a plan."""
        view = plan.view

        def measured(**values: Any) -> Any:
            with _Clock("view"):
                return view(**values)  # type: ignore[misc]  # a plan of a rule has one

        plan.view = measured
        return plan


class _Clock(AbstractContextManager[None]):
    """Adds the time that a block takes to the times of the current context, if there is one."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        self.start = perf_counter()

    def __exit__(self, *_: object) -> None:
        if has_app_context():
            times = current_context().state.setdefault(ServerTiming, {})
            times[self.name] = times.get(self.name, 0.0) + perf_counter() - self.start


def timed(
    implementation: Callable[..., Any], make_clock: Callable[[], AbstractContextManager[None]]
) -> Callable[..., Any]:
    """Put a clock around each call of an implementation; around the steps of a wrapper, which is a generator.

    Args:
        implementation: The implementation.
        make_clock: Makes what is entered for a call, and again for each of its further steps.
    """

    def measured(*args: Any) -> Any:
        clock = make_clock()
        with clock:
            result = implementation(*args)
        return _Steps(result, clock) if isinstance(result, Generator) else result

    update_wrapper(measured, implementation).owner = owner_of(implementation)  # type: ignore[attr-defined]  # as adapted
    return measured


class _Steps(Generator[None, Any, Any]):
    """The steps of a wrapper, each on the clock."""

    def __init__(self, steps: Generator[None, Any, Any], clock: AbstractContextManager[None]) -> None:
        self.steps = steps
        self.clock = clock

    def send(self, value: Any) -> None:
        with self.clock:
            return self.steps.send(value)

    def throw(self, *error: Any) -> None:
        with self.clock:
            return self.steps.throw(*error)


def _metric(name: str, seconds: float) -> str:
    described = "" if name in ("total", "view") else ';desc="hooks"'
    return f"{name}{described};dur={seconds * 1000:.3f}"
