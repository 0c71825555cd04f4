"""The kit as a pytest suite: one test for each promise."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import pytest

from ferrule import App, SetupError

from .promises import PROMISES
from .subject import Promise, Subject

__all__ = ["conformance"]

_BY_NAME: Final = {promise.name: promise for promise in PROMISES}
_NAMES: Final = ", ".join(_BY_NAME)


def conformance(
    name: str,
    *,
    settings: Mapping[str, Any] | None = None,
    config: Mapping[str, Any] | None = None,
    prepare: Callable[[App], object] | None = None,
    exports: Mapping[str, Collection[str]] | None = None,
    waived: Mapping[str, str] | None = None,
) -> Callable[..., None]:
    """Make the test that an extension keeps its promises, one id for each.

    ::

        from ferrule_devtools.conformance import conformance

        test_conformance = conformance("greeting")

    Args:
        name: The name of its entry point; its distribution is installed, be it editable.
        settings: Values of its settings, by their names in its table. Those without a default need one.
        config: Values of other keys, as ``app.config`` has them, for extensions that it requires.
        prepare: A function of the test's module that does with each application what the extension asks of its user,
            before the application is initialised.
        exports: Names outside of its namespace that it has on purpose, by kind, such as ``{"commands": ["db"]}``.
        waived: Promises that it does not give, each with the reason, which the test report shows.

    Returns:
        The test, to be assigned to a name that pytest collects.

    Raises:
        SetupError: There is no such kind of exports, or no such promise.
    """
    unknown = sorted(set(waived or {}) - set(_BY_NAME))
    if unknown:
        raise SetupError(f"conformance({name!r}): there is no promise {unknown[0]!r} to waive; write one of: {_NAMES}")
    subject = Subject(
        name=name,
        settings=settings or {},
        config=config or {},
        prepare=prepare,
        exports=exports or {},
        waived=waived or {},
    )

    @pytest.mark.parametrize("promise", PROMISES, ids=[promise.name for promise in PROMISES])
    def test(
        promise: Promise,
        request: pytest.FixtureRequest,
        tmp_path_factory: pytest.TempPathFactory,
        record_property: Callable[[str, object], None],
    ) -> None:
        if subject.cache is None:
            subject.folder = tmp_path_factory.mktemp(_FOLDER)
            cache = getattr(request.config, "cache", None)
            subject.cache = subject.folder if cache is None else cache.mkdir(_FOLDER)
        verdict = subject.verdict(promise, _BY_NAME)
        for key, value in subject.notes.items():
            if key.startswith(promise.name):
                record_property(key, value)
                print(f"{name}: {key} = {value}")  # noqa: T201  # pytest shows it with -rP
        if verdict.skipped:
            pytest.skip(verdict.skipped)
        if verdict.mistakes:
            pytest.fail(broken(subject, promise, verdict.mistakes), pytrace=False)

    return test


_FOLDER: Final = "ferrule-conformance"


def broken(subject: Subject, promise: Promise, mistakes: Collection[str]) -> str:
    """Return what a failing test says."""
    head = f"the extension {subject.name!r} breaks the promise {promise.name!r}. {promise.text}"
    return "\n  ".join([head, *mistakes])
