"""The JSON API: the same notes for programs."""

from collections.abc import Callable
from typing import Any

import pytest

from ferrule import App
from ferrule.testing import FerruleClient

Member = Callable[[str], FerruleClient]
Write = Callable[..., str]

PROBLEM = "application/problem+json"


def test_a_note_is_created_read_changed_replaced_and_deleted(member: Member) -> None:
    client = member("ada")
    created = client.post("/api/notes", json={"title": "Brass", "body": "Copper and zinc."})
    assert created.status_code == 201
    assert created.json is not None
    assert created.get_json()["url"] == created.location == "http://localhost/api/notes/1"
    assert client.get(created.location).json == created.json

    changed = client.patch(created.location, json={"title": "Bronze"})
    assert (changed.status_code, changed.get_json()["title"], changed.get_json()["body"]) == (
        200,
        "Bronze",
        "Copper and zinc.",
    )
    assert changed.get_json()["written"] == created.get_json()["written"] < changed.get_json()["changed"]

    replaced = client.put(created.location, json={"title": "Zinc"})
    assert (replaced.status_code, replaced.get_json()["title"], replaced.get_json()["body"]) == (200, "Zinc", "")

    deleted = client.delete(created.location)
    assert (deleted.status_code, deleted.data) == (204, b"")
    assert client.get(created.location).status_code == 404
    assert client.delete(created.location).status_code == 404


def test_pages_and_api_have_the_same_notes(member: Member, write: Write) -> None:
    client = member("ada")
    path = write(client, "From the page")
    client.patch(f"/api{path}", json={"title": "From the API"})
    assert "<h1>From the API</h1>" in client.get(path).text


def test_a_listing_has_pages_with_links(member: Member, write: Write) -> None:
    client = member("ada")
    for number in range(5):
        write(client, f"Note {number}", "linen & thread")
    listing: Any = client.get("/api/notes?search=LINEN+%26&per_page=2&page=2").json
    assert [note["title"] for note in listing.pop("notes")] == ["Note 2", "Note 1"]
    assert listing == {
        "page": 2,
        "pages": 3,
        "total": 5,
        "next": "http://localhost/api/notes?page=3&search=LINEN+%26&per_page=2",
        "previous": "http://localhost/api/notes?page=1&search=LINEN+%26&per_page=2",
    }
    last: Any = client.get(listing["next"]).json
    assert (len(last["notes"]), last["next"]) == (1, None)


def test_an_empty_notebook_is_an_empty_listing(member: Member) -> None:
    listing = member("ada").get("/api/notes").json
    assert listing == {"notes": [], "page": 1, "pages": 0, "total": 0, "next": None, "previous": None}


@pytest.mark.parametrize(
    "query", ["page=0", "page=2", "page=x", f"page={'9' * 30}", "per_page=0", "per_page=x", f"per_page={'9' * 30}"]
)
def test_a_page_that_is_not_there_is_a_problem(member: Member, query: str) -> None:
    answer = member("ada").get(f"/api/notes?{query}")
    assert (answer.status_code, answer.mimetype) == (404, PROBLEM)


@pytest.mark.parametrize("query", ["endpoint=x", "_external=0", "_anchor=x", "_method=POST", "note_id=1", "a=b"])
def test_arguments_that_nobody_asked_for_change_no_link(member: Member, write: Write, query: str) -> None:
    client = member("ada")
    for _ in range(2):
        write(client, "A note")
    listing: Any = client.get(f"/api/notes?per_page=1&{query}").json
    assert listing["next"] == "http://localhost/api/notes?page=2&per_page=1"


@pytest.mark.parametrize("per_page", ["101", "1000000"])
def test_a_page_has_a_hundred_notes_at_most(member: Member, write: Write, per_page: str) -> None:
    client = member("ada")
    for number in range(101):
        write(client, f"Note {number}")
    listing: Any = client.get(f"/api/notes?per_page={per_page}").json
    assert (len(listing["notes"]), listing["total"]) == (100, 101)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/notes"),
        ("POST", "/api/notes"),
        ("GET", "/api/notes/1"),
        ("PUT", "/api/notes/1"),
        ("PATCH", "/api/notes/1"),
        ("DELETE", "/api/notes/1"),
        ("GET", "/api/notes/999"),
    ],
)
def test_strangers_are_told_to_log_in(app: App, member: Member, write: Write, method: str, path: str) -> None:
    write(member("ada"), "Brass")
    answer = app.test_client().open(path, method=method, json={"title": "x"})
    assert (answer.status_code, answer.mimetype) == (401, PROBLEM)
    assert answer.headers["WWW-Authenticate"] == 'Cookie realm="Ferrule Notes", form-action="/login"'


def test_a_script_logs_in_with_the_form_and_keeps_the_cookie(app: App, member: Member) -> None:
    member("ada")
    script = app.test_client()
    script.post("/login", data={"name": "ada", "password": "correct horse battery"})
    assert script.get("/api/notes").status_code == 200


def test_a_note_of_somebody_else_is_as_absent_as_one_that_never_was(member: Member, write: Write) -> None:
    ada, eva = member("ada"), member("eva")
    path = f"/api{write(ada, 'Private')}"
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        theirs = eva.open(path, method=method, json={"title": "Taken over"})
        none = eva.open("/api/notes/999", method=method, json={"title": "Taken over"})
        assert (theirs.status_code, theirs.mimetype) == (404, PROBLEM)
        assert theirs.data == none.data
    assert eva.get("/api/notes").get_json()["total"] == 0
    assert ada.get(path).get_json()["title"] == "Private"


@pytest.mark.parametrize(
    ("document", "errors"),
    [
        ({}, {"title": "A note needs a title."}),
        ({"title": ""}, {"title": "A note needs a title."}),
        ({"title": None}, {"title": "This is a text, in JSON a string."}),
        (
            {"title": 1, "body": ["x"]},
            {"title": "This is a text, in JSON a string.", "body": "This is a text, in JSON a string."},
        ),
        (
            {"title": "x", "id": 7, "owner_id": 2},
            {
                "id": "A note has no such field; it has title and body.",
                "owner_id": "A note has no such field; it has title and body.",
            },
        ),
        (
            {"title": "x" * 121, "body": "y" * 20_001},
            {
                "title": "At most 120 characters, please; this has 121.",
                "body": "At most 20,000 characters, please; this has 20,001.",
            },
        ),
        ({"title": "a\0b"}, {"title": "The character U+0000 cannot be stored."}),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/api/notes"), ("PUT", "/api/notes/1")])
def test_all_mistakes_of_a_note_are_told_at_once(
    member: Member, write: Write, method: str, path: str, document: Any, errors: dict[str, str]
) -> None:
    client = member("ada")
    write(client, "As it was")
    answer = client.open(path, method=method, json=document)
    assert (answer.status_code, answer.mimetype) == (422, PROBLEM)
    assert answer.get_json()["errors"] == errors
    assert [note["title"] for note in client.get("/api/notes").get_json()["notes"]] == ["As it was"]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b'{"title": "\\ud800"}', "application/json", 400),
        (b"[]", "application/json", 400),
        (b"null", "application/json", 400),
        (b'"text"', "application/json", 400),
        (b"title=x", "application/x-www-form-urlencoded", 415),
        (b'{"title": "x"}', "text/plain", 415),
        (b'{"title": "x", "body": "' + b"y" * 1_100_000 + b'"}', "application/json", 413),
    ],
)
def test_what_is_no_note_is_a_problem_of_the_right_kind(
    member: Member, body: bytes, content_type: str, status: int
) -> None:
    answer = member("ada").post("/api/notes", data=body, content_type=content_type)
    assert (answer.status_code, answer.mimetype, answer.get_json()["status"]) == (status, PROBLEM, status)
    assert answer.get_json()["type"] == "about:blank"


def test_a_search_that_cannot_be_made_is_a_problem(member: Member) -> None:
    answer = member("ada").get(f"/api/notes?search={'x' * 101}")
    assert (answer.status_code, answer.get_json()["errors"]) == (
        422,
        {"search": "At most 100 characters, please; this has 101."},
    )


def test_a_path_or_a_method_that_is_not_there_is_a_problem_too(member: Member) -> None:
    client = member("ada")
    missing, wrong = client.get("/api/nothing"), client.delete("/api/notes")
    assert (missing.status_code, missing.mimetype) == (404, PROBLEM)
    assert (wrong.status_code, wrong.mimetype) == (405, PROBLEM)
    assert {"GET", "POST"} <= set(wrong.headers["Allow"].split(", "))
