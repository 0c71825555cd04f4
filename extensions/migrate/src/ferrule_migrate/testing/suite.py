"""The promises as a pytest suite: one test for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from ferrule import App, FerruleError
from ferrule_sqlalchemy.scratch import scratch_databases

from ..scripts import opened
from .filling import Given
from .promises import PROMISES, Promise, Told
from .stairs import Broken

__all__ = ["migrations"]


def migrations(
    *,
    values: Given | None = None,
    rows: int = 2,
    irreversible: Mapping[str, str] | None = None,
    loses: Mapping[str, str] | None = None,
    extension: str | None = None,
) -> Callable[..., None]:
    """Make the test of an application's migrations, one id for each promise.

    ::

        from ferrule_migrate.testing import migrations

        test_migrations = migrations()

    The application is that of the fixture ``migration_app``, which is ``app`` unless a project has its own. The
    configured databases are not touched: see :func:`ferrule_sqlalchemy.scratch.scratch_databases`.

    Args:
        values: What made up rows have in a column, by ``table.column``: a value, or a function of the row's number,
            from 1. By ``table`` ``None``, for a table that is to stay empty.
        rows: How many rows each table gets; of two, one has all values, and the other as few as can be.
        irreversible: Revisions that cannot be undone, each with the reason.
        loses: Revisions that take rows or values away on purpose, each with the reason.
        extension: Whose models are compared with the revisions, where it is an extension's author who tests; the
            application's unless given.

    Returns:
        The test, to be assigned to a name that pytest collects.
    """
    told = Told(values=values or {}, rows=rows, irreversible=irreversible or {}, loses=loses or {})

    @pytest.mark.parametrize("promise", PROMISES, ids=[promise.name for promise in PROMISES])
    def test(promise: Promise, migration_app: App) -> None:
        try:
            with (
                scratch_databases(migration_app),
                migration_app.app_context(),
                opened(migration_app, extension=extension) as repository,
            ):
                promise.check(repository, told)
        except (Broken, FerruleError) as error:
            pytest.fail(f"{promise.text} It is not so:\n{error}", pytrace=False)

    return test
