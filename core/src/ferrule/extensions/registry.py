"""The extensions of one application: registered with pluggy, kept in order, their hooks compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

import pluggy

from ..exceptions import ExtensionError
from ..hooks import PROJECT, Direction, Result
from .calls import Implementation, compile_call, compile_positional, wrapped
from .candidate import Candidate
from .marked import Manager
from .ordering import in_order
from .specifications import Specification, specifications_in
from .validation import check_implementations, opened_by

__all__ = ["HookRelay", "Registry"]

Concerns = Callable[[Implementation], bool]


def _everything(implementation: Implementation) -> bool:
    return True


class Registry:
    """The extensions of one application.

    Args:
        core_hooks: The module with the specifications of the core.
        builtins: The core's own extensions; they stand before all others.

    Attributes:
        manager: pluggy's manager, which holds specifications and implementations.
        specifications: Every hook by name.
        hooks: The compiled hooks, called as ``hooks.name(argument, …)``.
    """

    def __init__(self, core_hooks: ModuleType, builtins: Iterable[Candidate]) -> None:
        self.manager: Manager = Manager(PROJECT)
        self.manager.add_hookspecs(core_hooks)
        self.specifications: dict[str, Specification] = {s.name: s for s in specifications_in(core_hooks)}
        self.hooks: HookRelay = HookRelay(self)
        self._builtins: list[Candidate] = []
        self._enabled: list[Candidate] = []
        builtins = list(builtins)
        self._register(builtins)
        self._builtins = builtins

    def __iter__(self) -> Iterator[Candidate]:
        """Go through the enabled extensions, in order, without the built-ins."""
        return iter(self._enabled)

    @property
    def builtins(self) -> tuple[Candidate, ...]:
        """The core's own extensions."""
        return tuple(self._builtins)

    def add(self, candidates: Iterable[Candidate]) -> None:
        """Order, validate and register some more extensions; if anything is wrong, none of them.

        Raises:
            ExtensionError: They are misdeclared, incomplete, or at odds with those that are there.
        """
        candidates = list(candidates)
        self._refuse_repeated(candidates)
        ordered = in_order([*self._enabled, *candidates])
        self._register(candidates)
        self._enabled = ordered
        self.hooks.forget()

    def _refuse_repeated(self, candidates: Iterable[Candidate]) -> None:
        there = {candidate.name: candidate for candidate in (*self._builtins, *self._enabled)}
        mistakes = [
            f"{candidate.enabled_by}: {candidate} is already enabled by {there[candidate.name].enabled_by}"
            for candidate in candidates
            if candidate.name in there
        ]
        if mistakes:
            raise ExtensionError.listing("in the extensions of the application", mistakes)

    def _register(self, candidates: list[Candidate]) -> None:
        opened = opened_by([*self._builtins, *self._enabled, *candidates])
        specifications = {**self.specifications, **opened}
        check_implementations(candidates, specifications)
        self.specifications = specifications
        for candidate in candidates:
            if candidate.extension.hookspecs is not None:
                self.manager.add_hookspecs(candidate.extension.hookspecs)
        for candidate in candidates:
            self.manager.register(candidate.extension, candidate.name)
        self.manager.check_pending()

    def implementations(self, hook: str, concerns: Concerns = _everything) -> tuple[Implementation, ...]:
        """Return the implementations of a hook without wrappers, in the order in which they run.

        Args:
            hook: The hook's name.
            concerns: Tells of an implementation whether it is wanted; it sees the extension's own method.
        """
        found = tuple(self._adapted(hook, concerns, wrapper=False))
        return found if self.specifications[hook].declaration.direction is Direction.FORWARD else found[::-1]

    def steps(self, hook: str, concerns: Concerns = _everything) -> tuple[Implementation, ...]:
        """Return what to call one after the other for a hook; where it has wrappers, one callable that does it all."""
        plain = self.implementations(hook, concerns)
        wrappers = tuple(self._adapted(hook, concerns, wrapper=True))
        return (compile_positional(self.specifications[hook], plain, wrappers),) if wrappers else plain

    def wrapping(self, hook: str, concerns: Concerns = _everything) -> Callable[..., Callable[..., Any]] | None:
        """Return what puts the wrappers of a hook around a callable; ``None`` if there are none."""
        wrappers = tuple(self._adapted(hook, concerns, wrapper=True))
        return (lambda call: wrapped(call, wrappers)) if wrappers else None

    def _adapted(self, hook: str, concerns: Concerns, *, wrapper: bool) -> Iterator[Implementation]:
        by_plugin = {id(impl.plugin): impl for impl in getattr(self.manager.hook, hook).get_hookimpls()}
        for candidate in (*self._builtins, *self._enabled):
            impl = by_plugin.get(id(candidate.extension))
            if impl is not None and bool(impl.wrapper) is wrapper and concerns(impl.function):
                yield _adapt(impl, self.specifications[hook].arguments)

    def call_one(self, candidate: Candidate, hook: str, *args: Any) -> Any:
        """Call a hook of one extension only."""
        for impl in getattr(self.manager.hook, hook).get_hookimpls():
            if impl.plugin is candidate.extension:
                return _adapt(impl, self.specifications[hook].arguments)(*args)
        return None

    def compile(self, hook: str) -> Callable[..., Any]:
        """Return the callable that calls a hook."""
        specification = self.specifications[hook]
        plain = self.implementations(hook)
        if specification.declaration.result is Result.SINGLE and (others := self._without_builtins(plain)):
            ask = compile_positional(specification, others, ())
            ask_builtins = compile_positional(specification, tuple(i for i in plain if i not in others), ())
            plain = (lambda *args: ask(*args) or ask_builtins(*args),)
        return compile_call(specification, plain, tuple(self._adapted(hook, _everything, wrapper=True)))

    def _without_builtins(self, implementations: tuple[Implementation, ...]) -> tuple[Implementation, ...]:
        own = {id(candidate.extension) for candidate in self._builtins}
        return tuple(
            i for i in implementations if id(getattr(i, "__self__", None) or getattr(i, "owner", None)) not in own
        )


class HookRelay:
    """The hooks as attributes; each is compiled when it is first called after a change of the extensions."""

    def __init__(self, registry: Registry) -> None:
        self.__dict__["_registry"] = registry

    def __getattr__(self, name: str) -> Callable[..., Any]:
        registry: Registry = self.__dict__["_registry"]
        if name not in registry.specifications:
            raise AttributeError(f"there is no hook {name!r}; is the extension that opens it enabled?")
        call = self.__dict__[name] = registry.compile(name)
        return call

    def forget(self) -> None:
        """Drop what is compiled: the extensions have changed."""
        registry = self.__dict__["_registry"]
        self.__dict__.clear()
        self.__dict__["_registry"] = registry


def _adapt(impl: pluggy.HookImpl, arguments: tuple[str, ...]) -> Implementation:
    """Let an implementation take all arguments of its hook by position, whichever of them it names."""
    function: Implementation = impl.function
    wanted = impl.argnames
    if wanted == arguments:
        return function
    positions = [arguments.index(name) for name in wanted]
    if len(positions) == 1:  # PERF: the common case, in a quarter of the time
        (only,) = positions

        def adapted(*args: Any) -> Any:
            return function(args[only])
    else:

        def adapted(*args: Any) -> Any:
            return function(*[args[position] for position in positions])

    adapted.__name__ = function.__name__
    adapted.owner = impl.plugin  # type: ignore[attr-defined]  # read by note_owner, as __self__ of a bound method
    return adapted
