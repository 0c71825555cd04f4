"""The routes that the kit puts into an application, and what it compares of the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from ferrule import App, current_context, render_template_string
from ferrule.testing import FerruleClient

__all__ = ["ENDPOINTS", "Answer", "add_routes", "answers", "get", "stable"]

ENDPOINTS: Final = frozenset({"conformance_page", "conformance_number"})
"""The kit's own endpoints."""

_PLAIN: Final = (str, int, float, bool, type(None))


class Answer(NamedTuple):
    """What is compared of a response.

    Attributes:
        status: Its status code.
        body: Its body, decoded if it was compressed with nothing that the kit asked for.
        headers: Its header fields.
    """

    status: int
    body: str
    headers: Mapping[str, str]


def add_routes(app: App, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Add a page with a template, and a view that tells which request it serves and what templates would be given.

    Args:
        app: The application.
        meanwhile: Called in that view, between what comes before it and what comes after it.
    """

    def page() -> str:
        return render_template_string("<h1>{{ request.path }}</h1>")

    def number(number: int) -> dict[str, Any]:
        meanwhile()
        context = current_context()
        names: dict[str, Any] = {}
        context.app.update_template_context(names)
        seen = {name: value for name, value in names.items() if isinstance(value, _PLAIN)}
        return {"number": number, "path": context.request.path, "names": seen}

    app.add_url_rule("/conformance/page", "conformance_page", page)
    app.add_url_rule("/conformance/<int:number>", "conformance_number", number)


def get(client: FerruleClient, path: str) -> Answer:
    """Make a request and return what is compared of the answer."""
    response = client.get(path, buffered=True)
    return Answer(response.status_code, response.get_data(as_text=True), dict(response.headers))


def answers(app: App) -> Iterator[Answer]:
    """Ask for each of the kit's pages, in a client of its own."""
    client = app.test_client()
    yield get(client, "/conformance/page")
    yield get(client, "/conformance/1")


def stable(first: Answer, again: Answer) -> Answer:
    """Return of two answers to one request what does not change from one to the next, such as a date or an id does."""
    same = {name: value for name, value in first.headers.items() if again.headers.get(name) == value}
    return Answer(first.status, first.body if first.body == again.body else "", same)
