"""``ferrule run --trace``: each call of a hook, with its extension and its time, request by request."""

from __future__ import annotations

from collections.abc import Callable, Generator
from time import perf_counter
from typing import Any

import click
from werkzeug.wrappers import Response

from ..app import App
from ..builtin import timed
from ..context import Context, current_context, has_app_context
from ..extensions import Extension, candidate_from
from ..hooks import hookimpl, owner_of
from .tables import plain

__all__ = ["trace"]


def trace(app: App) -> None:
    """Print each call of a hook of an application from now on.

    Args:
        app: The application, not yet finalized.
    """
    if app.finalized:
        raise click.UsageError(f"--trace comes too late: {app.name!r} is finalized while it is imported")
    found = Trace()
    app.plugins.measure = found.make_call
    app.plugins.add_builtin(candidate_from(found, "--trace"))


class Trace(Extension):
    """Prints a block for each request when it is over, and a line for each call of a hook outside of one."""

    name = "trace"
    description = "Prints each call of a hook, for `ferrule run --trace`."

    def make_call(self, implementation: Callable[..., Any]) -> Callable[..., Any]:
        """Put a clock around an implementation; what it calls stands below it, further in."""
        owner = owner_of(implementation)
        return implementation if owner is self else timed(implementation, lambda: _Call(implementation.__name__, owner))

    @hookimpl(wrapper=True)
    def handle_request(self, ctx: Context) -> Generator[None, Response, Response]:
        """Note what was answered."""
        start = perf_counter()
        response = yield
        _calls_of(ctx).answer = f" → {response.status} in {(perf_counter() - start) * 1000:.3f} ms"
        return response

    @hookimpl
    def context_popped(self, ctx: Context) -> None:
        """Print the block: now all is over but this."""
        calls = _calls_of(ctx)
        if calls:
            what = f"{ctx.request.method} {ctx.request.path}" if ctx.has_request else "a context without a request"
            click.echo("\n".join([plain(f"[trace] {what}{calls.answer}"), *map(str, calls)]), err=True)


class _Calls(list["_Call"]):
    """The calls in one context, in the order in which they began.

    Attributes:
        depth: How many are not over.
        answer: What was answered.
    """

    depth = 0
    answer = ""


def _calls_of(ctx: Context) -> _Calls:
    """Return the calls in a context."""
    calls: _Calls = ctx.state.setdefault(Trace, _Calls())
    return calls


class _Call:
    """One call of an implementation, perhaps in several steps."""

    def __init__(self, hook: str, owner: Any) -> None:
        self.hook = hook
        self.owner: str = owner.name
        self.spent = 0.0
        self.has_context = has_app_context()
        self.calls = _calls_of(current_context()) if self.has_context else _Calls()
        self.depth = self.calls.depth
        self.calls.append(self)

    def __enter__(self) -> None:
        self.calls.depth += 1
        self.start = perf_counter()

    def __exit__(self, *_: object) -> None:
        self.spent += perf_counter() - self.start
        self.calls.depth -= 1
        if not self.has_context:
            click.echo(f"[trace]{self}", err=True)

    def __str__(self) -> str:
        return f"{self.spent * 1000:12.3f} ms  {'  ' * self.depth}{self.hook}  {self.owner}"
