"""The journal for programs: JSON in and out, errors too."""

from __future__ import annotations

import sqlite3
from typing import Any

from flask import Blueprint, Response, abort, current_app, g, jsonify, request, url_for
from werkzeug.exceptions import HTTPException

from . import database

blueprint = Blueprint("api", __name__)
entries = Blueprint("entries", __name__, url_prefix="/entries")


@blueprint.errorhandler(HTTPException)
def as_json(error: HTTPException) -> Any:
    return jsonify(error=error.name, text=error.description, path=request.path), error.code


@blueprint.errorhandler(LookupError)
def as_missing(error: LookupError) -> tuple[dict[str, str], int]:
    return {"error": "Missing", "text": str(error.args[0])}, 400


@blueprint.after_request
def say_version(response: Response) -> Response:
    response.headers["X-Api"] = request.blueprints[-1]
    return response


def shown(entry: sqlite3.Row) -> dict[str, Any]:
    url = url_for(".one", number=entry["id"], _external=True)
    return {"id": entry["id"], "day": entry["day"], "title": entry["title"], "tags": entry["tags"].split(), "url": url}


@entries.get("/")
def every() -> list[dict[str, Any]]:
    tag = request.args.get("tag")
    found = [shown(entry) for entry in database.rows("SELECT * FROM entry ORDER BY id")]
    return [entry for entry in found if tag is None or tag in entry["tags"]]


@entries.post("/")
def add() -> Any:
    if g.person is None:
        abort(401, description="Log in first.")
    data = request.get_json()
    values = (g.person["id"], data["day"], data["title"], data.get("body", ""), " ".join(data.get("tags", [])))
    statement = "INSERT INTO entry (person_id, day, title, body, tags) VALUES (?, ?, ?, ?, ?)"
    number = database.write(statement, *values)
    return {"id": number}, 201, {"Location": url_for(".one", number=number)}


@entries.route("/<int:number>", methods=["GET", "PUT", "DELETE"])
def one(number: int) -> Any:
    entry = database.row("SELECT * FROM entry WHERE id = ?", number)
    if entry is None:
        raise LookupError(f"no entry {number}")
    if request.method == "GET":
        return shown(entry)
    if g.person is None or g.person["id"] != entry["person_id"]:
        abort(403)
    if request.method == "DELETE":
        database.write("DELETE FROM entry WHERE id = ?", number)
        return "", 204
    database.write("UPDATE entry SET title = ? WHERE id = ?", request.get_json()["title"], number)
    return jsonify(shown(database.rows("SELECT * FROM entry WHERE id = ?", number)[0]))


@blueprint.route("/options", methods=["GET", "OPTIONS"])
def options() -> Response:
    response = current_app.make_default_options_response()
    response.headers["Access-Control-Allow-Origin"] = "https://almanac.example"
    return response


blueprint.register_blueprint(entries)
