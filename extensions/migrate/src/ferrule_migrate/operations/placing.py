"""Where a new revision goes: whose folder, whose branch, and which identifier it gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from alembic.util import rev_id as new_id

from ..exceptions import MigrationError
from ..ownership import heads_of, owner_of
from ..scripts import Repository
from ..shipping import Shipment

__all__ = ["Wanted", "joining", "placed", "shipment_of"]

LENGTH: Final = 32
"""How long an identifier may be: the width of Alembic's column."""

_LEAST: Final = 4
"""How much of an identifier is left to tell an extension's revisions apart, at the least."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked of a new revision; see :func:`ferrule_migrate.revision`."""

    message: str | None = None
    head: str | Sequence[str] = "head"
    splice: bool = False
    branch_label: str | None = None
    version_path: str | None = None
    rev_id: str | None = None
    depends_on: str | Sequence[str] | None = None
    sql: bool = False


def placed(repository: Repository, wanted: Wanted) -> Wanted:
    """Return what is asked of a revision with its owner's branch, folder and kind of identifier.

    ``head`` is the head of the application's own revisions, or of the extension's that is written for.

    Args:
        repository: The revisions.
        wanted: What is asked.

    Raises:
        MigrationError: The owner has several heads, or the identifier is too long.
    """
    shipment = shipment_of(repository)
    if wanted.head == "head":
        wanted = replace(wanted, head=_head(repository))
    if shipment is not None:
        label = wanted.branch_label or (shipment.label if wanted.head == "base" else None)
        path = wanted.version_path or str(shipment.folder)
        return replace(wanted, branch_label=label, version_path=path, rev_id=_identifier(shipment, wanted.rev_id))
    if repository.shipments and wanted.head == "base" and wanted.version_path is None:
        return replace(wanted, version_path=str(repository.scripts._version_locations[0]))
    return wanted


def joining(repository: Repository, revisions: Sequence[str], rev_id: str | None) -> tuple[list[str], str]:
    """Return what a revision joins, ``heads`` being those of the application, and the revision's identifier.

    Args:
        repository: The revisions.
        revisions: What is to be joined.
        rev_id: The identifier that is asked for.

    Raises:
        MigrationError: They belong to several owners.
    """
    found = list(revisions)
    if found == ["heads"]:
        found = heads_of(repository.scripts, repository.shipments, repository.extension)
    scripts = repository.scripts.get_revisions(tuple(found))
    owners = {owner_of(script.revision, repository.shipments) for script in scripts}
    if len(owners) > 1:
        raise MigrationError(
            f"{', '.join(found)} belong to several owners, whose branches stay apart; let one depend on the other, with"
            " depends_on, if the order matters"
        )
    shipment = next((each for each in repository.shipments if each.extension in owners), None)
    return [each.revision for each in scripts], _identifier(shipment, rev_id) if shipment else rev_id or new_id()


def shipment_of(repository: Repository) -> Shipment | None:
    """Return what the extension ships that is written for; ``None`` for the application."""
    if repository.extension is None:
        return None
    return next(each for each in repository.shipments if each.extension == repository.extension)


def _head(repository: Repository) -> str:
    heads = heads_of(repository.scripts, repository.shipments, repository.extension)
    if len(heads) > 1:
        whose, what = "", "heads"
        if repository.extension is not None:
            whose, what = f" of extension {repository.extension!r}", " ".join(heads)
        raise MigrationError(
            f"there are {len(heads)} heads{whose}, {' and '.join(heads)}; join them with `ferrule db merge {what}`, or"
            " name what it follows with --head"
        )
    return heads[0] if heads else "base"


def _identifier(shipment: Shipment, given: str | None) -> str:
    rest = given.removeprefix(shipment.prefix) if given else new_id()[: max(LENGTH - len(shipment.prefix), _LEAST)]
    if len(found := f"{shipment.prefix}{rest}") > LENGTH:
        raise MigrationError(
            f"{found!r} has {len(found)} letters, and a version table has place for {LENGTH}; shorten --rev-id"
            ", or the name of the extension"
        )
    return found
