"""What templates have beside Jinja's own."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Flask, current_app, request, url_for
from markupsafe import Markup


def paragraphs(text: str) -> Markup:
    return Markup("\n").join(Markup("<p>{}</p>").format(part) for part in text.split("\n\n"))


def written_day(value: str | date) -> str:
    day = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{day.day}.{day.month}.{day.year}"


def is_written_by(entry: Any, person: Any) -> bool:
    return person is not None and entry["person_id"] == person["id"]


def page_url(page: int) -> str:
    return url_for("journal.index", page=page)


def init_app(app: Flask) -> None:
    app.add_template_filter(written_day, "day")
    app.add_template_filter(date.fromisoformat, "as_date")
    app.add_template_test(is_written_by, "written_by")

    @app.template_filter("paragraphs")
    def filter_paragraphs(text: str) -> Markup:
        return paragraphs(text)

    app.template_global("page_url")(page_url)

    @app.context_processor
    def place() -> dict[str, Any]:
        return {"here": request.endpoint, "site": current_app.config.get("SITE", "Almanac")}

    @app.shell_context_processor
    def names() -> dict[str, Any]:
        return {"paragraphs": paragraphs}
