"""The promises of applications that come and go: they start, twice over, share nothing, and are freed."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from collections import deque
from collections.abc import Iterator, Mapping
from types import CellType, FunctionType, MethodType
from typing import Any, Final

from ferrule import App, Extension, ExtensionError, SetupError
from ferrule.callers import described as function_at

from .manifest import place_of_class
from .probing import add_routes, answers
from .subject import NotExamined, Subject, described

__all__ = ["freed", "isolated", "starts", "twice"]

_CONTAINERS: Final = (dict, list, set, deque)
_PLAIN: Final = (bool, int, float, str, bytes, type(None))
_DEPTH: Final = 5
"""How far a container is looked into that holds others."""

_SERVER_ERROR: Final = 500
_PATIENCE: Final = 2.0
"""How long a thread may take to end, in seconds."""


def starts(subject: Subject) -> Iterator[str]:
    """An application enables it by its name, starts, answers, and shuts down."""
    before = set(threading.enumerate())
    try:
        with subject.running(declare=add_routes) as app:
            for answer in answers(app):
                if answer.status >= _SERVER_ERROR:
                    yield f"an application that enables it answers {answer.status}: {answer.body[:200]}"
    except Exception as error:
        yield (
            f"an application that enables it fails: {described(error)}; repair it. If it needs settings, a required"
            f" extension's configuration, or something from its application, write conformance({subject.name!r},"
            " settings={…}, config={…}, prepare=…)"
        )
    for thread in set(threading.enumerate()) - before:
        if thread.name == "ferrule-event-loop":  # which the applications of a process share
            continue
        thread.join(_PATIENCE)
        if thread.is_alive():
            yield (
                f"{place_of_class(subject)}: the thread {thread.name!r} goes on after the application was shut down;"
                " end it in app_shutdown, and wait for it"
            )


def twice(subject: Subject) -> Iterator[str]:
    """Twice in the list, and once more by ``init_app``, it is refused; a second application may enable it."""
    try:
        subject.app(extensions=[*subject.required, subject.name, subject.name])
    except ExtensionError as error:
        if "already enabled" not in str(error):
            yield f"twice in the list of extensions, the error is another than that: {error}"
    else:
        yield f"{place_of_class(subject)}: twice in the list of extensions, it is not refused; leave that to Ferrule"
    gc.collect()  # the error held an application
    app = subject.app()
    try:
        subject.kind.init_app(subject.candidate.extension, app)
    except (ExtensionError, SetupError):
        pass
    else:
        where = function_at(subject.kind.init_app)
        yield f"enlisted once more by {where}, it is not refused; let it call super().init_app(app), or leave it out"
    if not subject.kind.single_instance:
        yield from _in_two_applications(subject)


def _in_two_applications(subject: Subject) -> Iterator[str]:
    try:
        with subject.running(declare=add_routes) as first, subject.running(declare=add_routes) as second:
            _ = list(answers(second)), list(answers(first))
    except Exception as error:
        yield (
            f"a second application in the process fails: {described(error)}; keep what belongs to an application in"
            " self.state(app), or say single_instance = True in the class"
        )


def isolated(subject: Subject) -> Iterator[str]:
    """Two applications have settings and state of their own, and neither writes over what the other has written."""
    if subject.kind.single_instance:
        raise NotExamined("it says single_instance = True: no two applications of a process enable it")
    with subject.running(declare=add_routes) as first:
        _ = list(answers(first))
        before = _shared(subject, first)
        with subject.running(declare=add_routes) as second:
            _ = list(answers(second))
            yield from _same_in_both(subject, first, second)
            after = _shared(subject, second)
    for name in before.keys() & after.keys():
        if before[name] != after[name]:
            yield f"{name} was written by both applications; keep what belongs to one in self.state(app)"


def _same_in_both(subject: Subject, first: App, second: App) -> Iterator[str]:
    one, other = (app.extensions[subject.name] for app in (first, second))
    state = one.state(first)
    if state is other.state(second) and _is_mutable(state):
        where = function_at(subject.kind.make_state)
        yield f"{where}: both applications have one state, {type(state).__name__}; let make_state make one for each"
    settings_class = subject.kind.settings_class
    if settings_class is not None and first.config.settings(settings_class) is second.config.settings(settings_class):
        yield "both applications have one settings object; read it with app.config.settings(…)"


def _is_mutable(value: Any) -> bool:
    return hasattr(value, "__dict__") or isinstance(value, _CONTAINERS)


def _shared(subject: Subject, app: App) -> dict[str, Any]:
    """Return what the process has but once: attributes of the classes, of a shared instance, globals of the modules.

    Each is stood for by something that differs once it is written: the object's identity, or what a container holds.
    """
    extension = app.extensions[subject.name]
    owners: dict[str, Mapping[str, Any]] = {
        f"{kind.__module__}:{kind.__qualname__}": vars(kind) for kind in _own_classes(subject.kind)
    }
    if extension is subject.candidate.extension and not isinstance(subject.point.load(), type):
        owners[f"the one instance {subject.point.value}"] = vars(extension)
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == subject.package and module is not None:
            owners[name] = vars(module)
    return {
        f"{owner}.{name}": _trace(value, subject.package)
        for owner, values in owners.items()
        for name, value in _data(values)
    }


def _own_classes(kind: type) -> list[type]:
    return [base for base in kind.__mro__ if base not in Extension.__mro__]


def _data(values: Any) -> Iterator[tuple[str, Any]]:
    for name, value in list(values.items()):
        if not (name.startswith("__") or name in ("_source", "_states")):
            yield name, value


def _trace(value: Any, package: str, depth: int = _DEPTH) -> Any:
    """Return what tells whether a value was written.

    It is a plain value itself; of a container, and of an object of the package's own, what it holds; else which it is.
    """
    kind = type(value)  # isinstance() would ask a proxy for what it stands for
    if issubclass(kind, _PLAIN):
        return value
    held: Any = None
    if depth <= 0 and not issubclass(kind, tuple):  # pairs are made anew, and their identity says nothing
        return id(value)
    if issubclass(kind, dict):
        held = list(value.items())
    elif issubclass(kind, (*_CONTAINERS, tuple)):
        held = list(value)
    elif kind.__module__.partition(".")[0] == package and kind.__dictoffset__:
        held = list(_data(object.__getattribute__(value, "__dict__")))
    if held is None:
        return id(value)
    return (
        id(value) * (not issubclass(kind, tuple)),
        [_trace(item, package, depth - (kind is not tuple)) for item in held],
    )


def freed(subject: Subject) -> Iterator[str]:
    """The last reference to an application is the last: nothing of the extension holds it, nor is it in a circle."""
    app = _used(subject)
    gone = weakref.ref(app)
    gc.collect()
    enabled = gc.isenabled()
    gc.disable()
    try:
        extension = weakref.ref(app.extensions[subject.name])
        del app
        if (left := gone()) is None:
            return
        holders = "; ".join(sorted(set(_holders(left, extension()))))
        del left
    finally:
        if enabled:
            gc.enable()
    gc.collect()
    how = "is never freed" if gone() is not None else "waits for the garbage collector: it is in a circle"
    yield (
        f"an application that nobody uses any more {how}; it is held by {holders or 'something that cannot be told'}."
        " Keep weakref.ref(app), or what hooks are given: app, ctx.app, current_app"
    )


def _used(subject: Subject) -> App:
    with subject.running(declare=add_routes) as app:
        _ = list(answers(app))
    return app


def _holders(app: App, extension: Extension | None) -> Iterator[str]:
    for holder in gc.get_referrers(app):
        if extension is not None and holder is vars(extension):
            names = [name for name, value in vars(extension).items() if value is app]
            yield f"the attribute {', '.join(names)} of {extension!r}"
        elif isinstance(holder, CellType):
            yield from (f"the function {place}" for place in _closures_with(holder))
        elif isinstance(holder, MethodType | FunctionType):
            yield f"the function {function_at(holder)}"
        elif isinstance(holder, dict):
            yield from (f"a {type(owner).__name__}" for owner in gc.get_referrers(holder) if _has(owner, holder))


def _closures_with(cell: CellType) -> Iterator[str]:
    for closure in gc.get_referrers(cell):
        if isinstance(closure, tuple):
            yield from (function_at(f) for f in gc.get_referrers(closure) if isinstance(f, FunctionType))


def _has(owner: Any, attributes: dict[Any, Any]) -> bool:
    return getattr(owner, "__dict__", None) is attributes and not isinstance(owner, App)
