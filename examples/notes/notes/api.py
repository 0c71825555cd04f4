"""The same notes for programs: JSON in and out, problem documents where something is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from werkzeug import Response
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import BadRequest, Unauthorized

from ferrule import Blueprint, request, url_for
from ferrule_sqlalchemy import db

from .errors import problem
from .forms import NoteForm, SearchForm
from .identity import current_user
from .library import own_note_or_404, page_of
from .models import Note

__all__ = ["api"]

api = Blueprint("api", __name__, url_prefix="/api")

_FIELDS: Final = frozenset({"title", "body"})


@dataclass(frozen=True, slots=True)
class NoteDocument:
    """A note, as a client sees it."""

    id: int
    url: str
    title: str
    body: str
    written: datetime
    changed: datetime


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of notes. ``next`` and ``previous`` are where there are such pages."""

    notes: list[NoteDocument]
    page: int
    pages: int
    total: int
    next: str | None
    previous: str | None


@api.before_request
def need_user() -> None:
    """Let in only who is logged in, with the session cookie that the pages use, too."""
    if not current_user.is_authenticated:
        # RFC 9110 (section 11.6.1) wants a challenge. No scheme is registered for cookies; browsers ignore this one.
        challenge = WWWAuthenticate("cookie", {"realm": "Ferrule Notes", "form-action": url_for("accounts.log_in")})
        raise Unauthorized("Log in first, and send the session cookie.", www_authenticate=challenge)


@api.get("/notes")
def list_notes() -> Listing | Response:
    search = SearchForm.read(request.args)
    if search.mistake:
        return problem(422, "The search cannot be made.", errors={"search": search.mistake})
    notes = page_of(current_user, search.text)

    return Listing(
        notes=[_document(note) for note in notes.items],
        page=notes.page,
        pages=notes.pages,
        total=notes.total or 0,
        next=_url_of_page(notes.next_num),
        previous=_url_of_page(notes.prev_num),
    )


@api.post("/notes")
def create_note() -> tuple[NoteDocument, int, dict[str, str]] | Response:
    form = _read_form({})
    if form.mistakes:
        return problem(422, "The note is not saved.", errors=form.mistakes)
    document = _saved(Note(owner_id=current_user.id), form)
    return document, 201, {"Location": document.url}


@api.get("/notes/<int:note_id>")
def get_note(note_id: int) -> NoteDocument:
    return _document(own_note_or_404(current_user, note_id))


@api.put("/notes/<int:note_id>")
def replace_note(note_id: int) -> NoteDocument | Response:
    return _updated(own_note_or_404(current_user, note_id), {})


@api.patch("/notes/<int:note_id>")
def change_note(note_id: int) -> NoteDocument | Response:
    note = own_note_or_404(current_user, note_id)
    return _updated(note, {"title": note.title, "body": note.body})


@api.delete("/notes/<int:note_id>")
def delete_note(note_id: int) -> tuple[str, int]:
    db.session.delete(own_note_or_404(current_user, note_id))
    db.session.commit()
    return "", 204


def _url_of_page(page: int | None) -> str | None:
    kept = {name: request.args[name] for name in ("search", "per_page") if name in request.args}
    return None if page is None else url_for("api.list_notes", page=page, **kept, _external=True)


def _updated(note: Note, kept: Mapping[str, str]) -> NoteDocument | Response:
    form = _read_form(kept)
    return problem(422, "The note is as it was.", errors=form.mistakes) if form.mistakes else _saved(note, form)


def _saved(note: Note, form: NoteForm) -> NoteDocument:
    form.write_to(note)
    db.session.add(note)
    db.session.commit()
    return _document(note)


def _document(note: Note) -> NoteDocument:
    url = url_for("api.get_note", note_id=note.id, _external=True)
    return NoteDocument(note.id, url, note.title, note.body, note.written, note.changed)


def _read_form(kept: Mapping[str, str]) -> NoteForm:
    """Read the body of the request by the rules of the form, all mistakes at once.

    Args:
        kept: The fields that stay as they are if they are not sent.

    Raises:
        HTTPException: It is no JSON object, by its type or by its text.
    """
    document = _read_json()
    if not isinstance(document, dict):
        raise BadRequest('Send a JSON object, such as {"title": "…", "body": "…"}.')
    texts = {name: value for name, value in document.items() if name in _FIELDS and isinstance(value, str)}
    form = NoteForm.read({**kept, **texts})
    strange = {name: _strangeness(name) for name in document if name not in texts}
    return NoteForm(title=form.title, body=form.body, mistakes={**form.mistakes, **strange})


def _read_json() -> Any:
    try:
        return request.get_json()
    except BadRequest as error:
        raise BadRequest("The body is no JSON.") from error


def _strangeness(name: str) -> str:
    return (
        "This is a text, in JSON a string." if name in _FIELDS else "A note has no such field; it has title and body."
    )
