"""The extension under examination: how it is found and enabled, and which promises it keeps."""

from __future__ import annotations

import gc
import os
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import gettempdir
from typing import Any, Final, NamedTuple
from unittest.mock import patch

from ferrule import App, Extension, ExtensionError, SetupError, current_context, has_app_context
from ferrule.config import Section
from ferrule.extensions import Candidate, Catalog, InstalledPoint, candidate_from

__all__ = ["EXPORTS", "NotExamined", "Promise", "Subject", "Verdict", "clean_environment", "described"]

EXPORTS: Final = frozenset(
    {
        "attributes",
        "blueprints",
        "commands",
        "config keys",
        "context names",
        "context state",
        "endpoints",
        "plain settings",
        "template filters",
        "template globals",
        "template tests",
        "templates",
        "url converters",
    }
)
"""What an extension can be allowed to have outside of its namespace."""

_BASE: Final = {"SECRET_KEY": "a secret key for the conformance kit", "PROPAGATE_EXCEPTIONS": True}


class NotExamined(Exception):  # noqa: N818  # no error: a promise that does not apply, and the reason
    """A promise that cannot be examined here, or is not given; the text says why."""


@dataclass(frozen=True, eq=False)
class Promise:
    """Something that every extension promises.

    Attributes:
        name: Its id.
        text: What is promised, in a sentence.
        check: Yields what breaks it, each with its place and its cure.
        needs: The promises without which there is nothing to examine.
    """

    name: str
    text: str
    check: Callable[[Subject], Iterable[str]]
    needs: tuple[str, ...] = ()


class Verdict(NamedTuple):
    """What came of the examination of one promise.

    Attributes:
        mistakes: What breaks it; empty where it is kept.
        skipped: Why it was not examined; empty where it was.
    """

    mistakes: tuple[str, ...] = ()
    skipped: str = ""


@dataclass(eq=False, kw_only=True)
class Subject:
    """An extension under examination.

    Attributes:
        name: The name of its entry point.
        settings: Values of its settings, by their names in its table: for those that are required, at least.
        config: Values of other keys, as ``app.config`` has them: for extensions that it requires.
        prepare: What an application has to do for the extension to work, before it is initialised. A function of a
            module, for other processes to find it.
        exports: What it has outside of its namespace on purpose, by kind.
        waived: Promises that it does not give, each with the reason.
        folder: Where applications and the kit may write.
        cache: A folder that lasts, for what is quicker the second time; without one, ``folder``.
        notes: Numbers found on the way, for the report.
        reports: What other processes have told, each asked once.

    Raises:
        SetupError: There is no such kind of exports.
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[App], object] | None = None
    exports: Mapping[str, Collection[str]] = field(default_factory=dict)
    waived: Mapping[str, str] = field(default_factory=dict)
    folder: Path = field(default_factory=lambda: Path(gettempdir()) / "ferrule-conformance")
    cache: Path | None = None
    notes: dict[str, object] = field(default_factory=dict)
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._verdicts: dict[str, Verdict] = {}
        if unknown := sorted(set(self.exports) - EXPORTS):
            known = ", ".join(map(repr, sorted(EXPORTS)))
            raise SetupError(f"conformance({self.name!r}): exports has no kind {unknown[0]!r}; write one of: {known}")

    # what it is

    @cached_property
    def point(self) -> InstalledPoint:
        """Its entry point.

        Raises:
            ExtensionError: It has none, or two distributions offer it.
        """
        point = Catalog.installed().extension(self.name)
        if point is None:
            installed = ", ".join(sorted(Catalog.installed().extensions())) or "none"
            raise ExtensionError(
                f"no installed distribution has an entry point {self.name!r} in ferrule.extensions; installed:"
                f" {installed}. Write it into pyproject.toml and install the package anew: pip install -e ."
            )
        return point

    @cached_property
    def candidate(self) -> Candidate:
        """The extension with its origin."""
        return candidate_from(self.point.load(), "the conformance kit", self.point)

    @property
    def extension(self) -> Extension:
        """The extension: the one instance of its entry point, or one of many that its class has."""
        return self.candidate.extension

    @property
    def kind(self) -> type[Extension]:
        """The extension's class."""
        return type(self.extension)

    @property
    def package(self) -> str:
        """The top-level package of its entry point."""
        return self.point.value.partition(":")[0].partition(".")[0]

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The names of all extensions that it requires, and that these require."""
        found: dict[str, None] = {}
        waiting = list(self.extension.requires)
        while waiting:
            name = waiting.pop()
            point = Catalog.installed().extension(name)
            if name not in found and point is not None:
                found[name] = None
                waiting += candidate_from(point.load(), self.name, point).extension.requires
        return tuple(found)

    @property
    def prefix(self) -> str:
        """What the keys of its settings begin with."""
        return Section(self.name, object, self.name).prefix

    @property
    def values(self) -> dict[str, Any]:
        """What applications are configured with."""
        own = {f"{self.prefix}{name.upper()}": value for name, value in self.settings.items()}
        return {**_BASE, **self.config, **own}

    # applications

    def app(self, *beside: Any, **options: Any) -> App:
        """Make an application in which the extension is enabled, prepared, and not yet initialised.

        Args:
            *beside: Further extensions, after it.
            **options: In place of the usual arguments of the application.
        """
        given = {"extensions": [*self.required, self.name, *beside], "config": self.values, **options}
        with clean_environment():
            app = App(__name__, config_file=None, env="testing", **self._folders(), **given)
        if self.prepare is not None and self.name in app.extensions:
            self.prepare(app)
        return app

    def _folders(self) -> dict[str, Any]:
        return {"root_path": str(self.folder), "instance_path": str(self.folder / "instance")}

    @contextmanager
    def running(self, *beside: Any, declare: Callable[[App], object] = lambda _: None) -> Iterator[App]:
        """Make an application, let a function declare routes, finalize it; shut it down when the block ends."""
        app = self.app(*beside)
        declare(app)
        try:
            app.finalize()
            yield app
        finally:
            app.shutdown()

    # promises

    def verdict(self, promise: Promise, promises: Mapping[str, Promise]) -> Verdict:
        """Examine a promise, once.

        Args:
            promise: The promise.
            promises: All promises by name.
        """
        if promise.name not in self._verdicts:
            self._verdicts[promise.name] = self._examine(promise, promises)
        return self._verdicts[promise.name]

    def _examine(self, promise: Promise, promises: Mapping[str, Promise]) -> Verdict:
        if promise.name in self.waived:
            return Verdict(skipped=f"not promised: {self.waived[promise.name]}")
        for need in promise.needs:
            verdict = self.verdict(promises[need], promises)
            if verdict.mistakes or verdict.skipped.startswith("cannot be examined"):
                return Verdict(skipped=f"cannot be examined before the promise {need!r} is kept")
        with _leaving_no_context(), patch.dict(os.environ):  # which another process is to see as it was
            try:
                mistakes = tuple(promise.check(self))
            except NotExamined as reason:
                return Verdict(skipped=str(reason))
            except Exception as error:
                cure = f"repair it, or declare what it needs in conformance({self.name!r}, …)"
                mistakes = (f"{described(error)}; {cure}",)
        if mistakes or ("candidate" in vars(self) and self.kind.single_instance):
            gc.collect()  # errors hold applications, and the next promise may ask for an only one
        return Verdict(mistakes)

    def allows(self, kind: str, name: str) -> bool:
        """Tell whether something outside of the extension's namespace was declared."""
        return name in self.exports.get(kind, ())


def described(error: BaseException) -> str:
    """Return an error with the line that raised it, and those of a group's."""
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(map(described, error.exceptions))
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno}: " if frames else ""
    return f"{place}{type(error).__name__}: {error}"


@contextmanager
def _leaving_no_context() -> Iterator[None]:
    """Pop in the end what a broken extension left pushed, or the tests that follow would see it."""
    before = current_context() if has_app_context() else None
    try:
        yield
    finally:
        while has_app_context() and (left := current_context()) is not before:
            with suppress(Exception):  # that it was left is what the promises tell
                left.pop()


@contextmanager
def clean_environment(**variables: str) -> Iterator[None]:
    """Let the environment say nothing to Ferrule in a ``with`` block but what is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FERRULE_")}
    with patch.dict(os.environ, {**kept, **variables}, clear=True):
        yield
