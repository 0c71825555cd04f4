"""Whose each revision is: the application's, or an extension's that ships it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from alembic.script import Script, ScriptDirectory

from .exceptions import MigrationError
from .shipping import Shipment

__all__ = ["add_folders", "check_owners", "heads_of", "owner_of"]


def owner_of(revision: str, shipments: Iterable[Shipment]) -> str | None:
    """Return the extension that a revision belongs to, ``None`` for the application.

    Args:
        revision: Its identifier.
        shipments: What the enabled extensions ship.
    """
    return next((each.extension for each in shipments if revision.startswith(each.prefix)), None)


def heads_of(scripts: ScriptDirectory, shipments: Iterable[Shipment], extension: str | None) -> list[str]:
    """Return the heads of one owner.

    Args:
        scripts: The revisions of all.
        shipments: What the enabled extensions ship.
        extension: Whose; ``None`` for the application.
    """
    shipments = tuple(shipments)
    return [head for head in scripts.get_heads() if owner_of(head, shipments) == extension]


def add_folders(scripts: ScriptDirectory, shipments: Iterable[Shipment]) -> None:
    """Let the folders of extensions be read beside the project's own."""
    own = [str(folder) for folder in scripts._version_locations]
    scripts.version_locations = list(dict.fromkeys([*own, *(str(each.folder) for each in shipments)]))
    scripts.__dict__.pop("_version_locations", None)


def check_owners(scripts: ScriptDirectory, shipments: Sequence[Shipment]) -> None:
    """See that each revision belongs to the extension in whose folder it is, and is on its branch.

    Args:
        scripts: The revisions of all.
        shipments: What the enabled extensions ship.

    Raises:
        MigrationError: Some are not; the text lists all mistakes.
    """
    if not shipments:
        return
    mistakes = [mistake for script in scripts.walk_revisions() for mistake in _mistakes(script, shipments)]
    if mistakes:
        raise MigrationError.listing("in the revisions of extensions", mistakes)


def _mistakes(script: Script, shipments: Sequence[Shipment]) -> Iterator[str]:
    path = Path(script.path)
    home = next((each for each in shipments if path.parent == each.folder or path.is_relative_to(each.folder)), None)
    named = next((each for each in shipments if script.revision.startswith(each.prefix)), None)
    whose = "the application" if home is None else str(home)
    if home is not named:
        if home is None:
            cure = f"that is what the revisions of {named} begin with; give it another identifier"
        else:
            cure = f"begin it with {home.prefix!r}, so that a database tells whose it is"
        yield f"{path}: revision {script.revision!r} of {whose}: {cure}"
        return
    for other in script._versioned_down_revisions:
        if owner_of(other, shipments) != (home and home.extension):
            cure = "a branch follows its own revisions only; name it in depends_on instead"
            yield f"{path}: revision {script.revision!r} of {whose} follows {other!r}, which is another's; {cure}"
    if home is not None and not script._versioned_down_revisions and home.label not in script.branch_labels:
        yield f"{path}: revision {script.revision!r} of {whose} begins its branch; write branch_labels = {home.label!r}"
