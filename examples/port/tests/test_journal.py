"""Entries and comments: written, listed, found by day and tag, changed by their authors only."""

from __future__ import annotations

from datetime import date

import pytest
from almanac import database
from conftest import Person
from flask import Flask, g, request, session, url_for
from flask.testing import FlaskClient


def test_an_empty_journal_says_so(client: FlaskClient) -> None:
    assert "Nothing yet." in client.get("/").text


def test_an_entry_is_written_and_shown(ann: Person) -> None:
    response = ann.write("Snow", "It snowed.\n\nA <lot>.", "Winter garden winter")
    assert response.location == "/entries/1#top"
    text = ann.client.get("/entries/1").text
    assert "<title>Snow</title>" in text
    assert "<p>It snowed.</p>\n<p>A &lt;lot&gt;.</p>" in text
    assert '<p class="success">Written.</p>' in text
    assert '<a href="/entries/1/edit">Edit</a>' in text


def test_what_was_written_is_counted_in_the_session(ann: Person) -> None:
    with ann.client:
        ann.write("One")
        ann.write("Two")
        assert session["written"] == [1, 2]


def test_an_entry_needs_a_title_and_a_member(ann: Person, app: Flask) -> None:
    response = ann.write("  ")
    assert response.status_code == 422
    assert "An entry needs a title." in response.text
    assert app.test_client().get("/entries/new").location == "/accounts/login?next=/entries/new"


def test_the_form_for_an_entry_is_filled(ann: Person) -> None:
    ann.write("Snow", "white", "winter")
    assert 'name="day"' in ann.client.get("/entries/new").text
    text = ann.client.get("/entries/1/edit").text
    assert 'value="Snow"' in text
    assert 'value="winter"' in text
    assert "<button>Change</button>" in text


def test_pages_have_three_entries(ann: Person) -> None:
    for number in range(1, 6):
        ann.write(f"Entry {number}", day=f"2026-01-0{number}")
    first, second = ann.client.get("/").text, ann.client.get("/page/2").text
    assert first.index("Entry 5") < first.index("Entry 4") < first.index("Entry 3")
    assert "Entry 2" not in first
    assert 'rel="next" href="/page/2"' in first
    assert 'rel="prev" href="/"' in second
    assert "Entry 1" in second


def test_the_first_page_has_one_address_and_there_is_no_page_zero(client: FlaskClient) -> None:
    response = client.get("/page/1")
    assert response.status_code == 308
    assert response.location == "http://localhost/"
    assert client.get("/page/0").status_code == 404
    assert "There is no page 7." in client.get("/page/7").text


def test_entries_of_a_day(ann: Person) -> None:
    ann.write("Snow", day="2026-01-02")
    ann.write("Rain", day="2026-01-03")
    text = ann.client.get("/day/2026-01-02").text
    assert "<h1>2.1.2026</h1>" in text
    assert "Snow" in text
    assert "Rain" not in text
    assert ann.client.get("/day/2026-13-02").status_code == 404


def test_entries_that_have_all_of_some_tags(ann: Person) -> None:
    ann.write("Snow", tags="winter white")
    ann.write("Frost", tags="winter")
    text = ann.client.get("/tagged/white+winter/").text
    assert "<h1>white and winter</h1>" in text
    assert "Frost" not in text
    assert "Frost" in ann.client.get("/tagged/winter/").text


def test_a_missing_slash_is_mended_with_the_query(client: FlaskClient) -> None:
    response = client.get("/tagged/winter?page=2")
    assert response.status_code == 308
    assert response.location == "http://localhost/tagged/winter/?page=2"


def test_an_entry_is_changed_and_deleted(ann: Person) -> None:
    ann.write("Snow")
    response = ann.client.post("/entries/1/edit", data={"title": "Ice", "body": "", "tags": ""})
    assert response.location == "/entries/1"
    assert "<title>Ice</title>" in ann.client.get("/entries/1").text
    response = ann.client.post("/entries/1/delete", follow_redirects=True)
    assert "Gone." in response.text
    assert ann.client.get("/entries/1").status_code == 404


@pytest.mark.parametrize("action", ["edit", "delete"])
def test_only_its_author_changes_an_entry(ann: Person, bob: Person, action: str) -> None:
    ann.write("Snow")
    response = bob.client.post(f"/entries/1/{action}", data={"title": "Mine", "body": "", "tags": ""})
    assert response.status_code == 403
    assert "<p>Ann wrote it.</p>" in response.text
    assert "Edit" not in bob.client.get("/entries/1").text


def test_an_entry_that_is_none_is_told_by_its_number(client: FlaskClient) -> None:
    response = client.get("/entries/12")
    assert response.status_code == 404
    assert "There is no entry 12." in response.text
    assert "<title>Not Found - Almanac</title>" in response.text


def test_comments_stand_below_their_entry(ann: Person, bob: Person) -> None:
    ann.write("Snow")
    response = bob.client.post("/entries/1/comments/", data={"body": "Here, too."})
    assert response.location == "/entries/1#comments"
    assert response.headers["X-Comments"] == "1"
    assert "<p>Bob: Here, too.</p>" in ann.client.get("/entries/1").text
    assert bob.client.post("/entries/1/comments/", data={"body": " "}).headers["X-Comments"] == "1"
    assert bob.client.post("/entries/2/comments/").status_code == 404


def test_only_members_comment(ann: Person, app: Flask) -> None:
    ann.write("Snow")
    response = app.test_client().post("/entries/1/comments/", data={"body": "!"})
    assert (response.status_code, response.text) == (401, "Members only.")
    assert response.headers["X-Comments"] == "0"


def test_urls_are_built_with_what_is_at_hand(app: Flask, ann: Person) -> None:
    ann.write("Snow")
    with app.test_request_context("/entries/1"):
        app.preprocess_request()
        assert request.endpoint == "journal.entries.show"
        assert request.blueprints == ["journal.entries", "journal"]
        assert url_for(".edit") == "/entries/1/edit"
        assert url_for(".edit", number=2) == "/entries/2/edit"
        assert url_for("journal.by_day", day=date(2026, 1, 2), q="a b") == "/day/2026-01-02?q=a+b"
        assert url_for("journal.index", page=2, _external=True, _scheme="https") == "https://localhost/page/2"
        assert url_for("journal.by_tags", tags={"b", "a"}) == "/tagged/a+b/"
        assert url_for(".new", _method="POST", _anchor="ä") == "/entries/new#%C3%A4"
        assert g.entry["title"] == "Snow"


def test_the_connection_is_closed_with_the_context(app: Flask) -> None:
    with app.app_context():
        connection = database.connection()
        assert connection is database.connection()
    with pytest.raises(Exception, match="closed"):
        connection.execute("SELECT 1")
