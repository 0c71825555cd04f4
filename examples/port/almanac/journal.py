"""The journal: entries by day, by tag and by page, with comments below."""

from __future__ import annotations

import sqlite3
from datetime import date
from typing import Any

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from . import database
from .accounts import members_only
from .errors import NotYoursError

blueprint = Blueprint("journal", __name__)
comments = Blueprint("comments", __name__, url_prefix="/<int:number>/comments")
entries = Blueprint("entries", __name__, url_prefix="/entries")

_LISTED = """
    SELECT entry.*, person.name AS author, (SELECT count(*) FROM comment WHERE entry_id = entry.id) AS comments
    FROM entry JOIN person ON person.id = entry.person_id
"""


@blueprint.route("/", defaults={"page": 1})
@blueprint.route("/page/<int(min=1):page>")
def index(page: int) -> str:
    size = current_app.config["ENTRIES_ON_A_PAGE"]
    found = database.rows(f"{_LISTED} ORDER BY day DESC, id DESC LIMIT ? OFFSET ?", size + 1, size * (page - 1))
    if page > 1 and not found:
        abort(404, description=f"There is no page {page}.")
    return render_template("journal/list.html", entries=found[:size], page=page, more=len(found) > size)


@blueprint.get("/day/<day:day>")
def by_day(day: date) -> str:
    found = database.rows(f"{_LISTED} WHERE day = ? ORDER BY id", day.isoformat())
    return render_template("journal/list.html", entries=found, day=day)


@blueprint.get("/tagged/<words:tags>/")
def by_tags(tags: frozenset[str]) -> str:
    found = [entry for entry in database.rows(f"{_LISTED} ORDER BY id") if tags <= set(entry["tags"].split())]
    return render_template(["journal/tagged.html", "journal/list.html"], entries=found, tags=tags)


@entries.url_value_preprocessor
def find_entry(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Every view below an entry's number finds the entry in ``g``."""
    if values and "number" in values:
        number = values.pop("number")
        g.entry = database.row(f"{_LISTED} WHERE entry.id = ?", number)
        if g.entry is None:
            abort(404, description=f"There is no entry {number}.")


@entries.url_defaults
def keep_entry(endpoint: str, values: dict[str, Any]) -> None:
    """A URL below an entry means the entry at hand unless it says another."""
    if "entry" in g and current_app.url_map.is_endpoint_expecting(endpoint, "number"):
        values.setdefault("number", g.entry["id"])


def own_entry() -> sqlite3.Row:
    if g.entry["person_id"] != g.person["id"]:
        raise NotYoursError(g.entry["author"])
    entry: sqlite3.Row = g.entry
    return entry


def fields() -> tuple[str, str, str]:
    title, body, tags = (request.form[name].strip() for name in ("title", "body", "tags"))
    if not title:
        abort(422, description="An entry needs a title.")
    return title, body, " ".join(sorted(set(tags.lower().split())))


@entries.route("/new", methods=["GET", "POST"])
@members_only
def new() -> Any:
    if request.method == "GET":
        return render_template("journal/edit.html", entry=None)
    day = request.form.get("day", type=date.fromisoformat) or date(2026, 11, 22)
    statement = "INSERT INTO entry (person_id, day, title, body, tags) VALUES (?, ?, ?, ?, ?)"
    number = database.write(statement, g.person["id"], day.isoformat(), *fields())
    session.setdefault("written", []).append(number)
    session.modified = True
    flash("Written.", "success")
    return redirect(url_for(".show", number=number, _anchor="top"))


@entries.get("/<int:number>")
def show() -> str:
    statement = "SELECT comment.*, name FROM comment JOIN person ON person.id = person_id WHERE entry_id = ?"
    return render_template("journal/show.html", entry=g.entry, comments=database.rows(statement, g.entry["id"]))


@entries.route("/<int:number>/edit", methods=["GET", "POST"])
@members_only
def edit() -> Any:
    entry = own_entry()
    if request.method == "GET":
        return render_template("journal/edit.html", entry=entry)
    database.write("UPDATE entry SET title = ?, body = ?, tags = ? WHERE id = ?", *fields(), entry["id"])
    flash("Changed.", "success")
    return redirect(url_for(".show"))


@entries.post("/<int:number>/delete")
@members_only
def delete() -> Response:
    database.write("DELETE FROM entry WHERE id = ?", own_entry()["id"])
    flash("Gone.", "success")
    return redirect(url_for("journal.index"))


@comments.before_request
def only_members_comment() -> Any:
    return None if g.person is not None else ("Members only.", 401)


@comments.after_request
def count(response: Response) -> Response:
    if g.entry is not None:
        found = database.rows("SELECT id FROM comment WHERE entry_id = ?", g.entry["id"])
        response.headers["X-Comments"] = str(len(found))
    return response


@comments.post("/")
def add() -> Response:
    text = request.form.get("body", "").strip()
    if text:
        statement = "INSERT INTO comment (entry_id, person_id, body) VALUES (?, ?, ?)"
        database.write(statement, g.entry["id"], g.person["id"], text)
    return redirect(url_for("journal.entries.show", _anchor="comments"))


entries.register_blueprint(comments)
blueprint.register_blueprint(entries)
