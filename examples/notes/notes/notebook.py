"""The notebook: the pages on which notes are read, written, found and deleted."""

from typing import Final

from werkzeug import Response

from ferrule import Blueprint, flash, redirect, render_template, request, url_for
from ferrule_login import login_required
from ferrule_sqlalchemy import db

from .forms import NoteForm, SearchForm
from .identity import current_user
from .library import own_note_or_404, page_of
from .models import Note

__all__ = ["notebook"]

notebook = Blueprint("notebook", __name__)

PER_PAGE: Final = 12
"""Full rows of one, two, three and four cards."""


@notebook.get("/")
def home() -> str | Response:
    if current_user.is_authenticated:
        return redirect(url_for("notebook.index"))
    return render_template("home.html")


@notebook.get("/notes")
@login_required
def index() -> str | tuple[str, int]:
    search = SearchForm.read(request.args)
    if search.mistake:
        return render_template("notebook/index.html", search=search, notes=None), 422
    notes = page_of(current_user, search.text, per_page=PER_PAGE)
    return render_template("notebook/index.html", search=search, notes=notes)


@notebook.get("/notes/<int:note_id>")
@login_required
def show(note_id: int) -> str:
    return render_template("notebook/show.html", note=own_note_or_404(current_user, note_id))


@notebook.get("/notes/new")
@login_required
def new() -> str:
    return render_template("notebook/edit.html", form=NoteForm())


@notebook.post("/notes/new")
def create() -> tuple[str, int] | Response:
    form = NoteForm.read(request.form)
    if not current_user.is_authenticated:
        return _kept(form)
    if form.mistakes:
        return render_template("notebook/edit.html", form=form), 422
    return _saved(Note(owner_id=current_user.id), form)


@notebook.get("/notes/<int:note_id>/edit")
@login_required
def edit(note_id: int) -> str:
    note = own_note_or_404(current_user, note_id)
    return render_template("notebook/edit.html", note_id=note.id, form=NoteForm.of(note))


@notebook.post("/notes/<int:note_id>/edit")
def update(note_id: int) -> tuple[str, int] | Response:
    form = NoteForm.read(request.form)
    if not current_user.is_authenticated:
        return _kept(form, note_id)
    note = own_note_or_404(current_user, note_id)
    if form.mistakes:
        return render_template("notebook/edit.html", note_id=note.id, form=form), 422
    return _saved(note, form)


@notebook.get("/notes/<int:note_id>/delete")
@login_required
def ask_to_delete(note_id: int) -> str:
    return render_template("notebook/delete.html", note=own_note_or_404(current_user, note_id))


@notebook.post("/notes/<int:note_id>/delete")
@login_required
def delete(note_id: int) -> Response:
    note = own_note_or_404(current_user, note_id)
    title = note.title
    db.session.delete(note)
    db.session.commit()
    flash(f"“{title}” is deleted.", "success")
    return redirect(url_for("notebook.index"))


def _saved(note: Note, form: NoteForm) -> Response:
    """Save a note, and show it."""
    form.write_to(note)
    db.session.add(note)
    db.session.commit()
    flash("The note is saved.", "success")
    return redirect(url_for("notebook.show", note_id=note.id))


def _kept(form: NoteForm, note_id: int | None = None) -> tuple[str, int]:
    """Show a note again whose writer is not logged in any more; ``login_required`` would send its text to oblivion."""
    return render_template("notebook/edit.html", note_id=note_id, form=form, logged_out=True), 403
