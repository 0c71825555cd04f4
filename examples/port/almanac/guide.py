"""How to use the journal, in several languages; the language is a part of each path."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, get_template_attribute, render_template, render_template_string

blueprint = Blueprint("guide", __name__, url_prefix="/<any(en, de):language>/guide")

_TITLES = {"en": "Guide", "de": "Anleitung"}


@blueprint.url_value_preprocessor
def take_language(endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.language = (values or {}).pop("language", "en")


@blueprint.url_defaults
def put_language(endpoint: str, values: dict[str, Any]) -> None:
    values.setdefault("language", g.get("language", "en"))


@blueprint.context_processor
def title() -> dict[str, str]:
    return {"title": _TITLES[g.language]}


@blueprint.get("/")
def index() -> str:
    return render_template("help/index.html")


@blueprint.get("/<topic>")
def topic(topic: str) -> str:
    box = get_template_attribute("parts/boxes.html", "box")
    return render_template_string("{{ title }}: {{ box(topic) }} {{ url_for('.index') }}", box=box, topic=topic)
