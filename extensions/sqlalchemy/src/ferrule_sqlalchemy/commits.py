"""What a transaction changed: collected while it lasts, told when it is committed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.orm import SessionTransaction, UOWTransaction

from .hookspecs import Change, Operation
from .sessions import ContextSession

__all__ = ["RecordingSession"]


class RecordingSession(ContextSession):
    """A session that tells what was committed. Made only where somebody wants to know: each flush costs more.

    Attributes:
        tell: Called with the changes after each commit that has some.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.tell: Callable[[Sequence[Change]], None] | None = None
        self._changes: list[Change] = []
        self._committed: list[Change] = []
        self._marks: dict[SessionTransaction, int] = {}

    def finish(self) -> None:
        """Close for good, and let go of the context."""
        self.tell = None
        super().finish()


@event.listens_for(RecordingSession, "after_flush")
def _note_updates(session: RecordingSession, _flush: UOWTransaction) -> None:
    """Note what a flush changed, while the session still knows it."""
    session._changes += [
        (model, "update") for model in session.dirty if session.is_modified(model, include_collections=False)
    ]


@event.listens_for(RecordingSession, "pending_to_persistent")
def _note_insert(session: RecordingSession, model: object) -> None:
    session._changes.append((model, "insert"))


@event.listens_for(RecordingSession, "persistent_to_deleted")
def _note_delete(session: RecordingSession, model: object) -> None:
    """Note a deletion: one that was asked for, or of an orphan that the flush found."""
    session._changes.append((model, "delete"))


@event.listens_for(RecordingSession, "after_transaction_create")
def _mark_savepoint(session: RecordingSession, transaction: SessionTransaction) -> None:
    if transaction.nested:
        session._marks[transaction] = len(session._changes)


@event.listens_for(RecordingSession, "after_soft_rollback")
def _forget_changes(session: RecordingSession, previous: SessionTransaction) -> None:
    """Forget what a rollback undid: all, or what came after a savepoint."""
    if previous.nested:
        del session._changes[session._marks.get(previous, 0) :]
    elif previous.parent is None:
        session._changes.clear()


@event.listens_for(RecordingSession, "after_commit")
def _keep_changes(session: RecordingSession) -> None:
    if not session.in_nested_transaction():
        session._committed, session._changes = _in_sum(session._changes), []


@event.listens_for(RecordingSession, "after_transaction_end")
def _tell_changes(session: RecordingSession, transaction: SessionTransaction) -> None:
    """Tell when all is over, so that who hears of it can use the session again."""
    if transaction.parent is not None:
        return
    session._marks.clear()
    changes, session._committed = session._committed, []
    session._changes.clear()
    if changes and session.tell is not None:
        session.tell(changes)


def _in_sum(changes: Sequence[Change]) -> list[Change]:
    """Make one of several changes of an object; one that was new and is deleted has not happened."""
    found: dict[int, Change] = {}
    for model, operation in changes:
        before = found.pop(id(model), (model, ""))[1]
        if (total := _SUMS.get((before, operation), operation)) is not None:
            found[id(model)] = (model, total)
    return list(found.values())


_SUMS: Final[Mapping[tuple[str, str], Operation | None]] = {
    ("insert", "update"): "insert",
    ("insert", "delete"): None,
    ("delete", "insert"): "update",
}
