"""Whether the databases are as the code needs them: for probes, checks, and the developer's terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Any, Final, Literal, cast

from sqlalchemy.exc import SQLAlchemyError

from ferrule import App, Check
from ferrule_sqlalchemy import SQLAlchemy
from ferrule_sqlalchemy.settings import phase_of
from ferrule_sqlalchemy.sqlite import is_missing

from .exceptions import MigrationError, UnknownRevisionError
from .left_behind import leftovers_of
from .revisions import Revision
from .shipping import shipments_of

__all__ = ["PATIENCE", "Readiness", "Slot", "findings", "is_ready", "readiness", "tell_developer"]

PATIENCE: Final = 3.0
"""Seconds that a probe waits for the databases."""

_SHOWN: Final = 5
"""How many pending revisions are named."""

State = Literal["ready", "pending", "unknown", "unreachable", "broken"]


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """Whether the databases of an application are as its code needs them; true if they are.

    Attributes:
        state: ``ready``; ``pending`` while revisions are not applied; ``unknown`` where a database is at a revision
            that nobody has, and so ahead of the code; ``unreachable``; ``broken`` where the revisions themselves are.
        reason: What was found, and what cures it; for a log, not for strangers, since it may name files and servers.
        pending: The revisions that are not applied, the next one first.
    """

    state: State
    reason: str = ""
    pending: tuple[Revision, ...] = ()

    def __bool__(self) -> bool:
        """Whether the application can be used."""
        return self.state == "ready"


def readiness(app: App, *, timeout: float) -> Readiness:
    """Ask the databases; see :func:`ferrule_migrate.readiness`."""
    return _slot(app).ask(app, timeout)


def is_ready(app: App, *, timeout: float) -> bool:
    """Ask the databases until they are ready; see :func:`ferrule_migrate.is_ready`."""
    slot = _slot(app)
    slot.was_ready = slot.was_ready or bool(slot.ask(app, timeout))
    return slot.was_ready


class Slot:
    """What is known of one application's databases."""

    def __init__(self) -> None:
        self.was_ready: bool = False
        self._lock = Lock()
        self._asking: Thread | None = None
        self._found: list[Readiness] = []

    def ask(self, app: App, timeout: float) -> Readiness:
        """Return what the databases answer within a time; a question that is still open is not asked again."""
        with self._lock:
            if self._asking is None:
                found: list[Readiness] = []
                self._found = found
                self._asking = Thread(
                    target=lambda: found.append(_asked(app)), name="ferrule-migrate-probe", daemon=True
                )
                self._asking.start()
            asking, answers = self._asking, self._found
        asking.join(timeout)
        if asking.is_alive():
            return Readiness(state="unreachable", reason=f"the databases did not answer within {timeout:g} s")
        with self._lock:
            if self._asking is asking:
                self._asking = None
        return answers[0]


def _slot(app: App) -> Slot:
    return cast(Slot, _migrate(app).state(app))


def _migrate(app: App) -> Any:
    """Return the extension; its class stands above this module."""
    return app.extensions["migrate"]


def _asked(app: App) -> Readiness:
    from .api.looking import history, pending  # PERF: an application that starts does not load Alembic
    from .standing import is_certainly_current

    try:
        is_made = not _has_missing_file(app)  # connecting would make a file that is not there
        if is_made and is_certainly_current(app, _migrate(app).directory(app)):
            return Readiness(state="ready")
        lacking: tuple[Revision, ...] = tuple(pending(app) if is_made else reversed(history(app)))
    except UnknownRevisionError as error:
        return Readiness(state="unknown", reason=str(error))
    except Exception as error:
        is_down = isinstance(error, SQLAlchemyError) or isinstance(error.__cause__, SQLAlchemyError)
        return Readiness(state="unreachable" if is_down else "broken", reason=str(error))
    if lacking:
        return Readiness(state="pending", reason=f"{_named(lacking)}; {_UPGRADE}", pending=lacking)
    return Readiness(state="ready")


_UPGRADE: Final = "run `ferrule db upgrade`"


def _named(pending: tuple[Revision, ...]) -> str:
    named = [f"{each.revision} {each.doc}" for each in pending[:_SHOWN]]
    more = [f"{len(pending) - _SHOWN} more"] if len(pending) > _SHOWN else []
    return f"{len(pending)} revision{'' if len(pending) == 1 else 's'} pending: {', '.join([*named, *more])}"


_FINDINGS: Final[dict[str, tuple[str, str]]] = {
    "pending": ("migrate.pending", "run `ferrule db upgrade` before the new code answers requests"),
    "unknown": ("migrate.unknown_revision", "deploy the code that has the revision"),
    "unreachable": ("migrate.unreachable", "let this machine reach the database, then check again"),
    "broken": ("migrate.broken", "see `ferrule db history`"),
}
"""By state, the id of a finding and what cures it."""


def findings(app: App, *, deploy: bool) -> Iterator[Check]:
    """Yield what is wrong with the migrations of an application; for production, with its databases too.

    Args:
        app: The application.
        deploy: Ask the databases.
    """
    try:
        shipments_of(app)
    except MigrationError as error:
        yield Check("migrate.extensions", "error", str(error), "tell the author, or leave the extension out")
        return
    if not deploy:
        return
    found = readiness(app, timeout=PATIENCE)
    if not found:
        name, cure = _FINDINGS[found.state]
        yield Check(name, "error", found.reason.removesuffix(f"; {_UPGRADE}"), cure)
    if found.state in {"ready", "pending"} and not _has_missing_file(app):
        for left in leftovers_of(app):
            yield Check("migrate.left_behind", "info", str(left).removesuffix(f"; {left.cure}"), left.cure)


def _has_missing_file(app: App) -> bool:
    return any(is_missing(engine.url) for engine in app.extension(SQLAlchemy).engines_of(app).values())


def tell_developer(app: App) -> None:
    """Say on the log, in a thread, that revisions are pending; nothing in production, whose log is no place for it.

    Args:
        app: The application that the development server serves.
    """
    if phase_of(app) == "development":
        Thread(target=_tell, args=[app], name="ferrule-migrate-notice", daemon=True).start()


def _tell(app: App) -> None:
    found: Any = _asked(app)
    if not found:
        app.logger.warning("Migrations: %s", found.reason)
