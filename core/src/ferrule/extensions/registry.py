"""The extensions of one application: registered with pluggy, kept in order, their hooks compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import update_wrapper
from types import ModuleType
from typing import Any, Final
from weakref import WeakKeyDictionary, ref

import pluggy

from ..exceptions import ExtensionError
from ..hooks import PROJECT, Direction, Result, owner_of
from ..typed.suggest import did_you_mean
from .calls import Implementation, by_name, compile_call, wrapped
from .catalog import InstalledPoint
from .extension import Extension
from .finding import Candidate
from .ordering import in_order
from .specifications import Specification, specifications_in
from .validation import check_implementations, functions_of, mark_of, opened_by

__all__ = ["HookRelay", "Registry"]

Concerns = Callable[[Implementation], bool]


_SINGLE: Final[WeakKeyDictionary[type[Extension], ref[Registry]]] = WeakKeyDictionary()
"""The extensions that allow of one application in a process, each with whose it is."""


def _everything(implementation: Implementation) -> bool:
    return True


class Manager(pluggy.PluginManager):
    """pluggy's manager, which reads the marks of a class once.

    PERF: pluggy looks every attribute up statically, twice, for each instance: 2 ms for each application.
    """

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        """Return the mark of a method."""
        return mark_of(functions_of(type(plugin)).get(name))


class Registry:
    """The extensions of one application.

    Args:
        core_hooks: The module with the specifications of the core.
        builtins: The core's own extensions; they stand before all others.

    Attributes:
        manager: pluggy's manager, which holds specifications and implementations.
        specifications: Every hook by name.
        hooks: The compiled hooks, called as ``hooks.name(argument, …)``.
        builtins: The core's own extensions.
        measure: What is put around each implementation, to see how long it takes.
        commands: The commands that come with the enabled extensions, each with its extension's name.
    """

    def __init__(self, core_hooks: ModuleType, builtins: Iterable[Candidate]) -> None:
        self.manager: Manager = Manager(PROJECT)
        self.manager.add_hookspecs(core_hooks)
        self.specifications: dict[str, Specification] = {s.name: s for s in specifications_in(core_hooks)}
        self.hooks: HookRelay = HookRelay(self)
        self.measure: Callable[[Implementation], Implementation] | None = None
        self.commands: list[tuple[str, InstalledPoint]] = []
        self.builtins: tuple[Candidate, ...] = ()
        self._enabled: list[Candidate] = []
        builtins = tuple(builtins)
        self._register(builtins)
        self.builtins = builtins

    def __iter__(self) -> Iterator[Candidate]:
        """Go through the enabled extensions, in order, without the built-ins."""
        return iter(self._enabled)

    @property
    def everyone(self) -> tuple[Candidate, ...]:
        """The built-ins and the enabled extensions, in order."""
        return (*self.builtins, *self._enabled)

    def add(self, candidates: Iterable[Candidate]) -> None:
        """Order, validate and register some more extensions; if anything is wrong, none of them.

        Raises:
            ExtensionError: They are misdeclared, incomplete, or at odds with those that are there.
        """
        candidates = list(candidates)
        ordered = in_order([*self._enabled, *candidates], self.builtins)
        self._claim_process(candidates)
        self._register(candidates)
        self._enabled = ordered
        self.hooks.forget()

    def unsafe(self, flag: str) -> str:
        """Return, for messages, the enabled extensions whose class denies a flag such as ``thread_safe``."""
        return ", ".join(str(candidate) for candidate in self if not getattr(candidate.extension, flag))

    def owner(self, candidate: Candidate) -> str:
        """Return whose the declarations of an extension are: its own, or the application's for one of the core's."""
        return "" if candidate in self.builtins else candidate.name

    def _claim_process(self, candidates: Sequence[Candidate]) -> None:
        """Refuse an extension that another application has, if it allows of one only."""
        for candidate in candidates:
            if candidate.extension.single_instance:
                other = _SINGLE.setdefault(type(candidate.extension), ref(self))()
                if other not in {None, self}:
                    raise ExtensionError(
                        f"{candidate}, enabled by {candidate.enabled_by}: another application of this process has it,"
                        " and its single_instance allows of one; leave it out, or run them in processes of their own"
                    )
                _SINGLE[type(candidate.extension)] = ref(self)

    def add_builtin(self, candidate: Candidate) -> None:
        """Register one more of the core's own extensions, before all others: its wrappers are the outermost."""
        self._register([candidate])
        self.builtins = (candidate, *self.builtins)
        self.hooks.forget()

    def remove(self, candidate: Candidate) -> None:
        """Take an extension out again, and its implementations."""
        self.manager.unregister(candidate.extension)
        self._enabled = [other for other in self._enabled if other is not candidate]
        self.commands = [(owner, point) for owner, point in self.commands if owner != candidate.name]
        self.hooks.forget()

    def _register(self, candidates: Sequence[Candidate]) -> None:
        opened = opened_by([*self.everyone, *candidates])
        specifications = {**self.specifications, **opened}
        check_implementations(candidates, specifications)
        self.specifications = specifications
        for candidate in candidates:
            if candidate.extension.hookspecs is not None:
                self.manager.add_hookspecs(candidate.extension.hookspecs)
            taken = self.manager.has_plugin(candidate.name)  # only by one of the core's own that came late
            self.manager.register(candidate.extension, None if taken else candidate.name)
        self.manager.check_pending()

    def steps(self, hook: str, concerns: Concerns = _everything) -> tuple[Implementation, ...]:
        """Return what to call one after the other for a hook; where it has wrappers, one callable that does it all.

        Args:
            hook: The hook's name.
            concerns: Tells of an implementation whether it is wanted; it sees the extension's own method.
        """
        plain, wrappers = self._implementations(hook, concerns)
        return (compile_call(self.specifications[hook].result, plain, wrappers),) if wrappers else plain

    def wrapping(self, hook: str, concerns: Concerns = _everything) -> Callable[..., Callable[..., Any]] | None:
        """Return what puts the wrappers of a hook around a callable; ``None`` if there are none."""
        _, wrappers = self._implementations(hook, concerns)
        must_answer = self.specifications[hook].result is Result.WRAPPED
        return (lambda call: wrapped(call, wrappers, must_answer=must_answer)) if wrappers else None

    def _implementations(
        self, hook: str, concerns: Concerns = _everything
    ) -> tuple[tuple[Implementation, ...], tuple[Implementation, ...]]:
        """Return the implementations of a hook in the order in which they run, and the wrappers around them."""
        specification = self.specifications[hook]
        wanted = [impl for _, impl in self.implementations(hook) if concerns(impl.function)]
        plain = tuple(self._callable(impl, specification) for impl in wanted if not impl.wrapper)
        return plain, tuple(self._callable(impl, specification) for impl in wanted if impl.wrapper)

    def implementations(self, hook: str) -> list[tuple[Candidate, pluggy.HookImpl]]:
        """Return who implements a hook, and how: wrappers first, the outermost first, then the others as they run."""
        by_plugin = {id(impl.plugin): impl for impl in getattr(self.manager.hook, hook).get_hookimpls()}
        everyone = ((candidate, by_plugin.get(id(candidate.extension))) for candidate in self.everyone)
        found = [(candidate, impl) for candidate, impl in everyone if impl is not None]
        plain = [each for each in found if not each[1].wrapper]
        forward = self.specifications[hook].direction is Direction.FORWARD
        return [*(each for each in found if each[1].wrapper), *(plain if forward else plain[::-1])]

    def _callable(self, impl: pluggy.HookImpl, specification: Specification) -> Implementation:
        adapted = _adapt(impl, specification.arguments)
        if specification.names and not impl.wrapper:
            adapted = _naming(adapted, impl.plugin, specification)
        return adapted if self.measure is None else self.measure(adapted)

    def call_one(self, candidate: Candidate, hook: str, *args: Any) -> Any:
        """Call a hook of one extension only."""
        for impl in getattr(self.manager.hook, hook).get_hookimpls():
            if impl.plugin is candidate.extension:
                specification = self.specifications[hook]
                only = (self._callable(impl, specification),)
                return compile_call(Result.NOTHING, (), only)(*args) if impl.wrapper else only[0](*args)
        return None

    def compile(self, hook: str) -> Callable[..., Any]:
        """Return the callable that calls a hook."""
        specification = self.specifications[hook]
        plain, wrappers = self._implementations(hook)
        if specification.result is not Result.SINGLE:
            return by_name(specification, compile_call(specification.result, plain, wrappers))
        builtins = {id(candidate.extension) for candidate in self.builtins}
        own = tuple(each for each in plain if id(owner_of(each)) in builtins)
        others = tuple(each for each in plain if each not in own)
        in_turn = tuple(compile_call(Result.SINGLE, group, ()) for group in (others, own))  # the core's own stand back
        return by_name(specification, compile_call(Result.FIRST, in_turn, wrappers))


class HookRelay:
    """The hooks as attributes; each is compiled when it is first called after a change of the extensions."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in self._registry.specifications:
            known, absent = self._registry.specifications, "is the extension that opens it enabled?"
            raise AttributeError(f"there is no hook {name!r}{did_you_mean(name, known, otherwise=absent)}")
        call = self._registry.compile(name)
        setattr(self, name, call)
        return call

    def forget(self) -> None:
        """Drop what is compiled: the extensions have changed."""
        self.__dict__ = {"_registry": self._registry}


def _naming(implementation: Implementation, extension: Any, specification: Specification) -> Implementation:
    """Let an implementation return none but the names that its class lists."""
    listed = frozenset(getattr(extension, specification.names))

    def named(*args: Any) -> Any:
        result = implementation(*args)
        if result and not result.keys() <= listed:
            others = ", ".join(sorted(map(repr, result.keys() - listed)))
            where = f"{type(extension).__module__}:{type(extension).__qualname__}"
            raise ExtensionError(
                f"{extension!r}: {specification.name} returns {others}; list them in {specification.names} of {where}"
            )
        return result

    update_wrapper(named, implementation).owner = extension  # type: ignore[attr-defined]  # read by owner_of
    return named


_SHORT: Final[dict[tuple[int, tuple[int, ...]], Callable[[Implementation], Implementation]]] = {
    (1, ()): lambda function: lambda _: function(),
    (2, ()): lambda function: lambda _, __: function(),
    (2, (0,)): lambda function: lambda first, _: function(first),
    (2, (1,)): lambda function: lambda _, second: function(second),
}
"""PERF: the usual adapters, by the number of a hook's arguments and the places of those wanted, in half of the time."""


def _adapt(impl: pluggy.HookImpl, arguments: tuple[str, ...]) -> Implementation:
    """Let an implementation take all arguments of its hook by position, whichever of them it names."""
    function: Implementation = impl.function
    wanted = impl.argnames
    if wanted == arguments:
        return function
    positions = tuple(arguments.index(name) for name in wanted)
    make = _SHORT.get((len(arguments), positions))
    if make is not None:
        adapted = make(function)
    else:

        def adapted(*args: Any) -> Any:
            return function(*[args[position] for position in positions])

    adapted.__name__ = function.__name__
    adapted.__wrapped__ = function  # type: ignore[attr-defined]  # read by place_of
    adapted.owner = impl.plugin  # type: ignore[attr-defined]  # read by note_owner, as __self__ of a bound method
    return adapted
