"""Fixtures for the tests of extensions: ``pytest_plugins = ["ferrule_devtools.fixtures"]`` in a ``conftest.py``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TypeAlias

import pytest

from ferrule import App
from ferrule.extensions import Catalog

from .testing import Calls, Clock, Distribution, catalog, hook_calls, stopped_clock

__all__ = ["clock", "install", "record"]

Install: TypeAlias = Callable[..., Catalog]
Record: TypeAlias = Callable[[App], Calls]


@pytest.fixture
def clock() -> Iterator[Clock]:
    """A clock that stands still at noon of the first day of 2026, UTC, until the test moves it."""
    with stopped_clock() as stopped:
        yield stopped


@pytest.fixture
def install() -> Iterator[Install]:
    """A function that lets nothing be installed but the distributions that it is given; see ``testing.catalog``."""
    with ExitStack() as until_the_end:

        def installed(*distributions: Distribution, and_installed: bool = False) -> Catalog:
            return until_the_end.enter_context(catalog(*distributions, and_installed=and_installed))

        yield installed


@pytest.fixture
def record() -> Iterator[Record]:
    """A function that records the hook calls of an application until the test ends; see ``testing.hook_calls``."""
    with ExitStack() as until_the_end:
        yield lambda app: until_the_end.enter_context(hook_calls(app))
