"""Functions about what extensions ship, and what they leave."""

from __future__ import annotations

from ferrule import App

from ..left_behind import Leftover, leftovers_of
from ..revisions import OnStep, Step
from .arguments import Directory, app_or_current, nobody

__all__ = ["leftovers", "remove"]


def leftovers(app: App | None = None) -> list[Leftover]:
    """Return what extensions that are not enabled have left in the databases: their tables, and revisions.

    Args:
        app: The application; the current one unless given.

    Raises:
        MigrationError: What an enabled extension ships is at odds with the rest.
    """
    return leftovers_of(app_or_current(app))


def remove(
    app: App | None = None,
    extension: str = "",
    *,
    directory: Directory = None,
    allow_destructive: bool = False,
    on_step: OnStep = nobody,
) -> list[Step]:
    """Remove the tables of an extension from the databases, by undoing all of its revisions.

    The extension may be enabled or not, but its distribution has to be installed: nobody else knows how.

    Args:
        app: The application; the current one unless given.
        extension: Its name.
        directory: Another folder than the configuration's, relative to the working directory.
        allow_destructive: Remove them also if they have rows.
        on_step: Is told of each revision when it begins, and when it is done.

    Returns:
        What was done, in order; nothing if the databases have none of its revisions.

    Raises:
        MigrationError: It is not installed, its tables have rows, or another one's revisions depend on it.
    """
    from ..installed import shipped_by  # PERF: an application that starts does not load Alembic
    from ..operations import removing
    from ..scripts import opened

    app = app_or_current(app)
    shipment, is_enabled = shipped_by(app, extension)
    with opened(app, directory=directory, also=() if is_enabled else [shipment]) as repository:
        return removing.remove(repository, shipment, allow_destructive=allow_destructive, on_step=on_step)
