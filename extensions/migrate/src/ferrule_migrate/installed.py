"""What extensions ship that are installed, and not enabled."""

from __future__ import annotations

from typing import Any

from ferrule import App
from ferrule.callers import described_error, place_of
from ferrule.extensions import Candidate, Catalog, attempt, functions_of
from ferrule.extensions.validation import mark_of

from .exceptions import MigrationError
from .shipping import VERSIONS, Shipment, label_of, mistakes_in, shipment_from, shipments_of

__all__ = ["shipped_by"]


def shipped_by(app: App, name: str) -> tuple[Shipment, bool]:
    """Return what an extension ships, and whether it is enabled. One that is not is imported for it, and not more.

    Args:
        app: The application.
        name: The extension's name, or the label of its branch.

    Raises:
        MigrationError: It is not installed, cannot be imported, or ships nothing.
    """
    for shipment in shipments_of(app):
        if name in {shipment.extension, shipment.label}:
            return shipment, True
    candidate = _installed(name)
    shipment = _asked(app, candidate)
    if mistakes := list(mistakes_in(shipment)):
        raise MigrationError.listing("in the migrations of extensions", mistakes)
    return shipment, False


def _installed(name: str) -> Candidate:
    known = {label_of(each): each for each in Catalog.installed().extensions()}
    if label_of(name) not in known:
        raise MigrationError(
            f"extension {name!r} is not installed, and only its own revisions know how to undo themselves; install its"
            f" distribution, which is often called ferrule-{name}, in the version that made the tables or a later one"
        )
    found, errors = attempt([(known[label_of(name)], "ferrule db")], Catalog.installed())
    if errors:
        raise MigrationError(str(errors[0][1])) from errors[0][1]
    return found[0]


def _asked(app: App, candidate: Candidate) -> Shipment:
    """Call the hook of an extension that is not enabled."""
    implementation = _implementation(candidate)
    if implementation is None:
        raise MigrationError(f"{candidate} ships no revisions: it does not implement {VERSIONS}")
    arguments = {"app": app} if "app" in implementation.__code__.co_varnames[1:2] else {}
    try:
        folder = implementation(candidate.extension, **arguments)
    except (Exception, SystemExit) as error:
        raise MigrationError(
            f"{candidate}: {VERSIONS} failed while it is not enabled: {described_error(error)}; enable it, run the"
            " command, and take it out again"
        ) from error
    return shipment_from(candidate.name, folder, candidate.source, place_of(implementation))


def _implementation(candidate: Candidate) -> Any:
    for attribute, function in functions_of(type(candidate.extension)).items():
        mark = mark_of(function)
        if mark is not None and (mark["specname"] or attribute) == VERSIONS:
            return function
    return None
