"""Accounts: who is writing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import (
    Blueprint,
    current_app,
    flash,
    g,
    get_flashed_messages,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.security import check_password_hash, generate_password_hash
from werkzeug.wrappers import Response

from . import database

blueprint = Blueprint("accounts", __name__, url_prefix="/accounts")


@blueprint.before_app_request
def recognise() -> None:
    """Know who asks, on every page."""
    number = session.get("person")
    g.person = None if number is None else database.row("SELECT * FROM person WHERE id = ?", number)


@blueprint.app_context_processor
def show_person() -> dict[str, Any]:
    return {"person": g.get("person")}


def members_only(view: Callable[..., Any]) -> Callable[..., Any]:
    """Send whoever is not logged in to the form, and back again."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if g.person is None:
            flash("Please log in first.", "notice")
            return redirect(url_for("accounts.login", next=request.path))
        return view(*args, **kwargs)

    return guarded


@blueprint.route("/register", methods=["GET", "POST"])
def register() -> Any:
    if request.method == "GET":
        return render_template("accounts/form.html", title="Register")
    name, password = request.form["name"].strip(), request.form["password"]
    if not name or len(password) < 8:
        flash("A name, and a password of eight letters at least.", "error")
        return render_template("accounts/form.html", title="Register"), 422
    hashed = generate_password_hash(password, method=current_app.config["PASSWORD_METHOD"])
    try:
        database.write("INSERT INTO person (name, password) VALUES (?, ?)", name, hashed)
    except sqlite3.IntegrityError:
        flash(f"{name} is taken.", "error")
        return render_template("accounts/form.html", title="Register"), 409
    flash("Welcome! Now log in.", "success")
    return redirect(url_for(".login"))


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> Any:
    if request.method == "GET":
        return render_template("accounts/form.html", title="Log in")
    found = database.row("SELECT * FROM person WHERE name = ?", request.form["name"])
    if found is None or not check_password_hash(found["password"], request.form["password"]):
        flash("No such name and password.", "error")
        return render_template("accounts/form.html", title="Log in"), 403
    session.clear()
    session["person"] = found["id"]
    session.permanent = "remember" in request.form
    target = request.args.get("next", "")
    return redirect(target if target.startswith("/") and not target.startswith("//") else url_for("journal.index"))


@blueprint.post("/logout")
def logout() -> Response:
    session.clear()
    flash("Goodbye.", "success")
    return redirect(url_for("journal.index"))


@blueprint.get("/me")
@members_only
def me() -> Response:
    response = make_response(render_template("accounts/me.html"), {"Cache-Control": "no-store"})
    response.set_cookie("seen", g.person["name"], max_age=60, httponly=True, samesite="Lax")
    return response


@blueprint.get("/messages")
def messages() -> dict[str, Any]:
    """Tell what was flashed, for a page that asks by script."""
    return {
        "errors": get_flashed_messages(category_filter=["error"]),
        "all": [": ".join(message) for message in get_flashed_messages(with_categories=True)],
    }
