"""Flashed messages: kept for the next page that shows them, and shown once."""

from __future__ import annotations

from typing import Any

import pytest
from markupsafe import Markup

from ferrule import App, ContextError, Extension, flash, get_flashed_messages, hookimpl, render_template_string


def make_app(*extensions: Extension) -> App:
    app = App(__name__, config_file=None, extensions=extensions, config={"SECRET_KEY": "k" * 32})

    @app.get("/flash")
    def leave() -> str:
        flash("first")
        flash("second", "error")
        return ""

    return app


def test_messages_are_shown_once_in_their_order() -> None:
    app = make_app()
    app.get("/show", endpoint="show")(lambda: [get_flashed_messages(), get_flashed_messages()])
    client = app.test_client()
    client.get("/flash")
    client.get("/flash")
    four = ["first", "second", "first", "second"]
    assert client.get("/show").json == [four, four]
    assert client.get("/show").json == [[], []]


def test_messages_are_sorted_by_category() -> None:
    app = make_app()
    app.get("/show", endpoint="show")(
        lambda: {
            "pairs": get_flashed_messages(with_categories=True),
            "errors": get_flashed_messages(category_filter=["error"]),
            "error pairs": get_flashed_messages(with_categories=True, category_filter=("error",)),
            "none": get_flashed_messages(category_filter=["other"]),
        }
    )
    client = app.test_client()
    client.get("/flash")
    assert client.get("/show").json == {
        "pairs": [["message", "first"], ["error", "second"]],
        "errors": ["second"],
        "error pairs": [["error", "second"]],
        "none": [],
    }


def test_a_message_can_be_shown_by_the_request_that_leaves_it() -> None:
    app = make_app()

    @app.get("/both")
    def both() -> list[Any]:
        flash("now")
        return get_flashed_messages()

    client = app.test_client()
    assert client.get("/both").json == ["now"]
    assert client.get("/both").json == ["now"]


def test_what_was_flashed_after_the_look_is_for_the_next_page() -> None:
    app = make_app()

    @app.get("/late")
    def late() -> list[Any]:
        before = get_flashed_messages()
        flash("late")
        return [*before, *get_flashed_messages()]

    client = app.test_client()
    assert [client.get("/late").json for _ in range(2)] == [[], ["late", "late"]]


def test_a_message_is_escaped_unless_it_is_markup() -> None:
    app = make_app()

    @app.get("/markup")
    def markup() -> str:
        flash("<b>")
        flash(Markup("<i>"))
        return ""

    app.get("/show", endpoint="show")(lambda: render_template_string("{{ get_flashed_messages()|join(' ') }}"))
    client = app.test_client()
    client.get("/markup")
    assert client.get("/show").text == "&lt;b&gt; <i>"


def test_a_page_without_messages_sends_no_cookie() -> None:
    app = make_app()
    app.get("/show", endpoint="show")(lambda: str(get_flashed_messages()))
    assert "Set-Cookie" not in app.test_client().get("/show").headers


def test_extensions_are_told() -> None:
    told: list[tuple[str, str]] = []

    class Listening(Extension):
        name = "listening"

        @hookimpl
        def message_flashed(self, message: str, category: str) -> None:
            told.append((message, category))

    make_app(Listening()).test_client().get("/flash")
    assert told == [("first", "message"), ("second", "error")]


def test_a_message_needs_a_request() -> None:
    with make_app().app_context(), pytest.raises(ContextError, match="outside of request context"):
        flash("nobody")
