"""The journal for programs."""

from __future__ import annotations

import pytest
from conftest import Person
from flask.testing import FlaskClient

SNOW = {"day": "2026-01-02", "title": "Schnee ❄", "tags": ["winter"]}


def test_an_entry_is_added_and_read(ann: Person) -> None:
    response = ann.client.post("/api/entries/", json=SNOW)
    assert response.status_code == 201
    assert response.json == {"id": 1}
    assert response.location == "/api/entries/1"
    url = "http://localhost/api/entries/1"
    assert ann.client.get("/api/entries/1").json == {**SNOW, "id": 1, "url": url}
    assert ann.client.get("/api/entries/").get_json() == [{**SNOW, "id": 1, "url": url}]


def test_both_names_of_the_api_know_their_own_urls(ann: Person) -> None:
    response = ann.client.post("/api/v1/entries/", json=SNOW)
    assert response.location == "/api/v1/entries/1"
    assert response.headers["X-Api"] == "api_v1"
    assert ann.client.get("/api/entries/").headers["X-Api"] == "api"


def test_entries_are_chosen_by_tag(ann: Person) -> None:
    ann.client.post("/api/entries/", json=SNOW)
    assert len(ann.client.get("/api/entries/", query_string={"tag": "winter"}).json) == 1
    assert ann.client.get("/api/entries/?tag=summer").json == []


def test_an_entry_is_changed_and_deleted_by_its_author(ann: Person, bob: Person) -> None:
    ann.client.post("/api/entries/", json=SNOW)
    assert bob.client.put("/api/entries/1", json={"title": "Mine"}).status_code == 403
    assert ann.client.put("/api/entries/1", json={"title": "Ice"}).json["title"] == "Ice"
    assert ann.client.delete("/api/entries/1").status_code == 204
    response = ann.client.get("/api/entries/1")
    assert (response.status_code, response.json) == (400, {"error": "Missing", "text": "no entry 1"})


def test_strangers_are_told_in_json(client: FlaskClient) -> None:
    response = client.post("/api/v1/entries/", json=SNOW)
    assert response.status_code == 401
    assert response.json == {"error": "Unauthorized", "text": "Log in first.", "path": "/api/v1/entries/"}


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [("{", "application/json", 400), ("{}", "text/plain", 415), ("{}", "application/json", 400)],
)
def test_what_is_no_entry_is_refused(ann: Person, body: str, kind: str, status: int) -> None:
    response = ann.client.post("/api/entries/", data=body, content_type=kind)
    assert response.status_code == status
    assert response.json["error"]


def test_options_say_what_is_allowed(client: FlaskClient) -> None:
    response = client.options("/api/options")
    assert response.headers["Access-Control-Allow-Origin"] == "https://almanac.example"
    assert set(response.allow) == {"GET", "HEAD", "OPTIONS"}
    assert set(client.options("/api/entries/1").allow) == {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"}
    assert client.post("/api/entries/1").status_code == 405


def test_head_is_get_without_a_body(ann: Person) -> None:
    full, head = ann.client.get("/api/entries/"), ann.client.head("/api/entries/")
    assert head.data == b""
    assert head.headers["Content-Length"] == full.headers["Content-Length"]


def test_unicode_and_html_survive(ann: Person) -> None:
    ann.client.post("/api/entries/", json={**SNOW, "title": "<é>"})
    assert ann.client.get("/api/entries/1").json["title"] == "<é>"
