"""Which extensions an application is made of: those that are wanted; where failures are tolerated, those that work."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import make_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from . import hookspecs
from .builtin import CoreChecks, OriginGuard, Sessions, StaticFiles
from .config import Config, Section, Source
from .exceptions import ExtensionError, FerruleError
from .extensions import Candidate, Catalog, Registry, Wanted, attempt, candidate_from, in_order

if TYPE_CHECKING:
    from .app import App

__all__ = [
    "Failed",
    "LeftOut",
    "Trial",
    "leave_out",
    "leaving_out",
    "left_out",
    "new_registry",
    "salvage",
    "section_of",
    "trial_config",
]


class Failed(NamedTuple):
    """Why an extension was left out.

    Attributes:
        phase: What it failed in: import, order, validation, settings, or the hook.
        error: What was raised.
        candidate: The extension; ``None`` if it could not be imported.
    """

    phase: str
    error: FerruleError
    candidate: Candidate | None = None


LeftOut: TypeAlias = dict[str, Failed]
"""The extensions that were left out, by name; by what the list says of one that could not be imported."""

_tolerated: Final[ContextVar[LeftOut | None]] = ContextVar("ferrule.tolerated", default=None)


@contextmanager
def leaving_out() -> Iterator[LeftOut]:
    """Let what is made and started in a block leave out the extensions that fail; yield which, as they are met."""
    found: LeftOut = {}
    token = _tolerated.set(found)
    try:
        yield found
    finally:
        _tolerated.reset(token)


def left_out() -> LeftOut | None:
    """Return the extensions that were left out so far; ``None`` where a failure stops the start, as it should."""
    return _tolerated.get()


class Trial(Registry):
    """A registry to look at, which keeps no application from what only one of a process may have."""

    def _claim_process(self, candidates: Sequence[Candidate]) -> None:
        pass


def new_registry(kind: type[Registry] = Registry) -> Registry:
    """Return a registry with the core's own extensions."""
    return kind(
        hookspecs, [candidate_from(kind, "ferrule") for kind in (Sessions, StaticFiles, OriginGuard, CoreChecks)]
    )


def section_of(candidate: Candidate) -> Section:
    """Return the table of the configuration that an extension declares."""
    return Section(candidate.name, candidate.extension.settings_class or _no_settings(), str(candidate))


@cache
def _no_settings() -> type[Any]:
    """Make the settings of an extension that has none: its table is then known, and every key in it a mistake."""
    return make_dataclass("NoSettings", [], frozen=True, kw_only=True)


def salvage(
    registry: Registry, wanted: Iterable[Wanted], config: Config | None = None, without: Iterable[str] = ()
) -> LeftOut:
    """Import, order, check and register extensions one by one, so that one that fails spoils no other.

    Args:
        registry: What they are added to.
        wanted: Each with the place where it was written.
        config: A configuration to try their settings in, see :func:`trial_config`; ``None`` not to.
        without: Names of extensions to pass over.

    Returns:
        Why those that are not added cannot be.
    """
    found, errors = attempt(wanted, Catalog.installed())
    failed = {name: Failed("import", error) for name, error in errors}
    refused: dict[Candidate, Failed] = {}
    waiting = [candidate for candidate in found if candidate.name not in without]
    while waiting:  # once more as long as it helps: what one requires may come later in the list
        refused = {each: why for each in waiting if (why := _refusal(each, registry, config)) is not None}
        if len(refused) == len(waiting):
            break
        waiting = list(refused)
    while waiting:
        candidate = next((each for each in waiting if _lost(each, failed)), waiting[0])
        lost = _lost(candidate, failed)
        failed[candidate.name] = Failed("order", _lacks(candidate, lost), candidate) if lost else refused[candidate]
        waiting.remove(candidate)
    return failed


def trial_config(source: Source, core: Section) -> Config | None:
    """Return a configuration that sections can be tried in; ``None`` if the core's own keys have mistakes.

    Args:
        source: The configuration file and the environment.
        core: The core's section of it.
    """
    config = Config(os.getcwd())
    try:
        config.load(source.enabling((), "code", "none yet"), [core])
    except FerruleError:
        return None
    return config


def _refusal(candidate: Candidate, registry: Registry, config: Config | None) -> Failed | None:
    """Add an extension to a registry, or say why that cannot be."""
    phase = "order"
    try:
        in_order([*registry, candidate], registry.builtins)
        phase = "settings"
        if config is not None:
            config.add_section(section_of(candidate))
        phase = "validation"
        registry.add([candidate])
    except FerruleError as error:
        return Failed(phase, error, candidate)
    return None


def _lost(candidate: Candidate, failed: LeftOut) -> list[str]:
    return [name for name in candidate.extension.requires if name in failed]


def _lacks(candidate: Candidate, names: Iterable[str]) -> ExtensionError:
    return ExtensionError(f"{candidate} requires {' and '.join(map(repr, names))}, which failed; repair that first")


def leave_out(app: App, candidate: Candidate, phase: str, error: FerruleError) -> bool:
    """Take an extension out of an application, and what requires it, if failures are tolerated; tell whether so."""
    tolerated = left_out()
    if tolerated is None or candidate not in app.plugins:
        return False
    tolerated[candidate.name] = Failed(phase, error, candidate)
    app.plugins.remove(candidate)
    app.extensions.pop(candidate.name, None)
    for other in app.plugins:
        if candidate.name in other.extension.requires:
            leave_out(app, other, phase, _lacks(other, [candidate.name]))
    return True
