"""The pytest plugin: which application's migrations are tested.

It stands beside the package because pytest loads it at its start, and what the package imports takes a while. The tests
themselves are :func:`ferrule_migrate.testing.migrations`.
"""

# ruff: noqa: INP001  # no package: see above

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # see above
    from ferrule import App

__all__ = ["migration_app"]


@pytest.fixture
def migration_app(app: App) -> App:
    """The application whose migrations are tested: that of the fixture ``app``, unless one of yours replaces this."""
    return app
