"""The pytest plugin: a budget of queries, tests that are rolled back, connections that are returned.

It stands beside the package because pytest loads it at its start, and SQLAlchemy, which the package imports, takes a
while.
"""

# ruff: noqa: INP001  # no package: see above

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # see above
    from ferrule import App
    from ferrule_sqlalchemy.budgets import QueryBudget

__all__ = ["pytest_configure", "pytest_runtest_call", "query_budget", "rolled_back"]

_MARK = "query_budget"


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", f"{_MARK}(most): the test may make so many queries, and no more")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Hold a test that is marked to its budget; what its fixtures do is not counted."""
    mark = item.get_closest_marker(_MARK)
    if mark is None:
        return (yield)
    from ferrule_sqlalchemy import budgets  # PERF: see the module's docstring

    if len(mark.args) != 1 or type(mark.args[0]) is not int or mark.kwargs:
        pytest.fail(f"write @pytest.mark.{_MARK}(3), with the number of queries", pytrace=False)
    try:
        with budgets.query_budget(mark.args[0]):
            return (yield)
    except budgets.QueryBudgetError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def query_budget() -> Callable[[int], AbstractContextManager[QueryBudget]]:
    """Hold a ``with`` block to a number of queries; the failure shows each with its place."""
    from ferrule_sqlalchemy import budgets  # PERF: see the module's docstring

    return budgets.query_budget


@pytest.fixture
def rolled_back(app: App) -> Iterator[None]:
    """Undo what the test does in the databases of ``app``, however often it commits, in any context or thread."""
    from ferrule_sqlalchemy import db, rollbacks  # PERF: see the module's docstring

    with rollbacks.rolled_back(db.engines_of(app).values()):
        yield


@pytest.fixture(autouse=True)
def _connections_returned() -> Iterator[None]:
    """Fail a test that leaves a connection checked out, and say where it was; a pool that is empty blocks all."""
    from ferrule_sqlalchemy.checkouts import checkouts  # PERF: see the module's docstring

    with checkouts() as seen:
        yield
    if seen.places:
        lines = "\n".join(f"  checked out at {place}" for place in seen.places.values())
        pytest.fail(f"the test left connections checked out, and should close what holds them:\n{lines}", pytrace=False)
