"""What goes wrong, as pages."""

from __future__ import annotations

from typing import Any

from flask import Flask, render_template, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge


class NotYoursError(Exception):
    """Somebody else wrote it."""


def show_http_error(error: HTTPException) -> Any:
    return render_template("error.html", title=error.name, text=error.description), error.code


def show_not_yours(error: NotYoursError) -> tuple[str, int]:
    return render_template("error.html", title="Not yours", text=f"{error} wrote it."), 403


def show_too_large(error: RequestEntityTooLarge) -> tuple[str, int]:
    return render_template("error.html", title="Too large", text=f"{request.path} takes no more."), 413


def show_broken(error: Any) -> tuple[str, int]:
    name = type(getattr(error, "original_exception", None) or error).__name__
    return render_template("error.html", title="Broken", text=f"Our mistake ({name})."), 500


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(NotYoursError, show_not_yours)
    app.register_error_handler(413, show_too_large)
    app.register_error_handler(500, show_broken)
