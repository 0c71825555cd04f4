"""The notes of one user: what the pages and the API look up in the same way."""

from typing import Final

from sqlalchemy import Select, select

from ferrule import abort
from ferrule_sqlalchemy import Pagination, db

from .folding import fold
from .models import Note, User

__all__ = ["notes_of", "own_note_or_404", "page_of"]

_NO_NOTE: Final = "You have no such note."


def notes_of(owner: User, search: str = "") -> Select[Note]:
    """Select the notes of a user, the last changed first.

    Args:
        owner: The user.
        search: A part of the title or the text, in any case; ``%`` and ``_`` stand for themselves.
    """
    found = select(Note).where(Note.owner_id == owner.id)
    if search:
        found = found.where(Note.folded.contains(fold(search), autoescape=True))
    return found.order_by(Note.changed.desc(), Note.id.desc())


def page_of(owner: User, search: str, *, per_page: int | None = None) -> Pagination[Note]:
    """Return the page of these notes that ``?page=`` of the request asks for; 404 if there is none.

    Args:
        owner: The user.
        search: As for :func:`notes_of`.
        per_page: How many notes are on a page; ``?per_page=`` of the request unless given.
    """
    return db.paginate(notes_of(owner, search), per_page=per_page)


def own_note_or_404(owner: User, note_id: int) -> Note:
    """Return a note of a user; 404, and not 403, for somebody else's: that it exists is nobody's business either."""
    note = db.get_or_404(Note, note_id, description=_NO_NOTE)
    return note if note.owner_id == owner.id else abort(404, _NO_NOTE)
