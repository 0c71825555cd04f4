"""Helpers for the tests of extensions: a catalog of their own, a recording of hook calls, a clock."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial, update_wrapper
from itertools import count
from types import ModuleType
from typing import Any, Final, cast
from unittest.mock import patch

import time_machine
from pluggy import HookImpl

from ferrule import App
from ferrule.dispatch import plan_for
from ferrule.extensions import Catalog, InstalledPoint

__all__ = ["NOON", "Call", "Calls", "Clock", "Distribution", "catalog", "hook_calls", "stopped_clock"]

NOON: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""When a stopped clock stands still, unless it is told otherwise."""

_numbers: Final = count(1)


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """A distribution that a test pretends is installed.

    Attributes:
        name: Its name.
        version: Its version.
        extensions: What its entry points in ``ferrule.extensions`` stand for, by their names: an extension's class or
            instance, or ``module:attribute``.
        commands: The same for ``ferrule.commands``.
        tools: The same for ``ferrule.tools``.
        summary: Its one-line description.
    """

    name: str
    version: str = "1.0"
    extensions: Mapping[str, Any] = field(default_factory=dict)
    commands: Mapping[str, Any] = field(default_factory=dict)
    tools: Mapping[str, Any] = field(default_factory=dict)
    summary: str = ""


@contextmanager
def catalog(*distributions: Distribution, and_installed: bool = False) -> Iterator[Catalog]:
    """Let nothing be installed in a ``with`` block but some distributions that a test made up.

    Applications, commands and ``Catalog.installed()`` see them in the whole process. Nothing is written anywhere.

    Args:
        *distributions: What is installed, the first on the path first.
        and_installed: Leave what is really installed there, behind them.

    Yields:
        The catalog.
    """
    module = ModuleType(f"ferrule_devtools_catalog_{next(_numbers)}")
    points = [point for distribution in distributions for point in _points(distribution, module)]
    if and_installed:
        points += Catalog.installed().points
    made = Catalog(tuple(points))
    with patch.object(Catalog, "installed", lambda: made), patch.dict(sys.modules, {module.__name__: module}):
        yield made


def _points(distribution: Distribution, module: ModuleType) -> Iterator[InstalledPoint]:
    groups = {"extensions": distribution.extensions, "commands": distribution.commands, "tools": distribution.tools}
    for group, entries in groups.items():
        for name, what in entries.items():
            value = what if isinstance(what, str) else _put(what, module)
            source = (distribution.name, distribution.version, distribution.summary)
            yield InstalledPoint(f"ferrule.{group}", name, value, *source)


def _put(what: Any, module: ModuleType) -> str:
    """Put an object where an entry point can point at, and return the ``module:attribute``."""
    name, attribute = getattr(what, "__module__", None), getattr(what, "__qualname__", "<none>")
    if getattr(sys.modules.get(name or ""), attribute, None) is what:  # a class of a module is there already
        return f"{name}:{attribute}"
    attribute = f"object_{next(_numbers)}"
    setattr(module, attribute, what)
    return f"{module.__name__}:{attribute}"


@dataclass(eq=False)
class Call:
    """One call of an implementation of a hook.

    Attributes:
        hook: The name of the hook.
        extension: The name of the extension.
        arguments: What it was called with, by name: those arguments that it names.
        order: When it began: 0 for the first call of the recording, then 1, 2, ….
        result: What it returned; ``None`` until then, and where it raised.
        error: What it raised.
        done: Whether it has ended. A wrapper's call ends when the framework's own work has.
    """

    hook: str
    extension: str
    arguments: Mapping[str, Any]
    order: int
    result: Any = None
    error: BaseException | None = None
    done: bool = False


class Calls(list[Call]):
    """The calls of a recording, in the order in which they began."""

    def of(self, extension: str | None = None, hook: str | None = None) -> list[Call]:
        """Return the calls of an extension, of a hook, or of an extension's implementation of a hook."""
        return [
            call
            for call in self
            if (extension is None or call.extension == extension) and (hook is None or call.hook == hook)
        ]

    def names(self, extension: str | None = None) -> list[str]:
        """Return the names of the hooks that were called, in order; those of one extension, if it is given."""
        return [call.hook for call in self.of(extension)]


@contextmanager
def hook_calls(app: App) -> Iterator[Calls]:
    """Record which implementations of hooks an application calls in a ``with`` block.

    Set-up hooks are recorded if the application is not initialised before. Extensions enlisted in the block are not.

    Args:
        app: The application.

    Yields:
        The calls; they are complete when the block ends, and can be looked at before.
    """
    calls = Calls()
    implementations = [
        impl for hook in app.plugins.specifications for impl in getattr(app.plugins.manager.hook, hook).get_hookimpls()
    ]
    originals = [(impl, impl.function) for impl in implementations]
    for impl, function in originals:
        impl.function = _recording(impl, function, calls)
    _compile_again(app)
    try:
        yield calls
    finally:
        for impl, function in originals:
            impl.function = function
        _compile_again(app)


def _recording(impl: HookImpl, function: Callable[..., Any], calls: Calls) -> Callable[..., Any]:
    hook, extension = impl.opts.get("specname") or function.__name__, impl.plugin_name

    def begun(args: Iterable[Any]) -> Call:
        call = Call(hook, extension, dict(zip(impl.argnames, args, strict=True)), len(calls))
        calls.append(call)
        return call

    def plain(*args: Any) -> Any:
        with _noting(begun(args)) as call:
            call.result = function(*args)
        return call.result

    def wrapper(*args: Any) -> Any:
        with _noting(begun(args)) as call:
            call.result = yield from function(*args)
        return call.result

    recording = update_wrapper(wrapper if impl.wrapper else plain, function)
    vars(recording)["owner"] = impl.plugin  # read by ferrule.hooks.owner_of, as __self__ of a bound method
    return recording


@contextmanager
def _noting(call: Call) -> Iterator[Call]:
    try:
        yield call
    except BaseException as error:
        call.error = error
        raise
    finally:
        call.done = True


def _compile_again(app: App) -> None:
    """Let an application look its hooks up anew, as it did when it was finalized."""
    app.plugins.hooks.forget()
    app._plans.clear()
    if app.finalized:
        app.router.compile(partial(_plan, cast(App, weakref.proxy(app))))


def _plan(app: App, rule: Any, method: str) -> Any:
    return plan_for(app, rule, method)


class Clock:
    """A clock that stands still until it is moved; :func:`stopped_clock` makes it.

    Everything that asks for the time sees it: ``datetime``, ``time.time``, sessions and their lifetimes, signed tokens.
    """

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller

    @property
    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)

    def move_to(self, when: datetime) -> None:
        """Set the clock.

        Args:
            when: The time, with its time zone.

        Raises:
            ValueError: It has none.
        """
        self._traveller.move_to(_aware(when), tick=False)

    def shift(self, by: timedelta | float) -> None:
        """Move the clock on, or back.

        Args:
            by: How far; a number is one of seconds.
        """
        self._traveller.shift(by)


@contextmanager
def stopped_clock(at: datetime = NOON) -> Iterator[Clock]:
    """Stop the clock in a ``with`` block, for the whole process.

    Args:
        at: The time that it shows, with its time zone.

    Yields:
        The clock, to be moved.

    Raises:
        ValueError: The time has no time zone.
    """
    with time_machine.travel(_aware(at), tick=False) as traveller:
        yield Clock(traveller)


def _aware(when: datetime) -> datetime:
    if when.tzinfo is None:
        raise ValueError(f"the clock cannot be set to {when!r}, which is another time in each place; give it a tzinfo")
    return when
