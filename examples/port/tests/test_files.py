"""Files that members put up, and the application's own."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from conftest import Person
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def put_up(person: Person, name: str, content: bytes = b"hello") -> TestResponse:
    data = {"file": (io.BytesIO(content), name)}
    return person.client.post("/files/", data=data, content_type="multipart/form-data")


def test_a_file_is_put_up_listed_and_sent(app: Flask, ann: Person) -> None:
    assert put_up(ann, "a note.txt").location == "/files/a_note.txt"
    assert '<a href="/files/a_note.txt">' in ann.client.get("/files").text
    with ann.client.get("/files/a_note.txt") as response:
        assert response.data == b"hello"
        assert response.mimetype == "text/plain"
        assert response.cache_control.max_age == 60
    assert (Path(app.instance_path) / "files/a_note.txt").read_bytes() == b"hello"


def test_a_file_is_sent_in_parts_and_only_when_it_changed(ann: Person) -> None:
    put_up(ann, "a.txt")
    with ann.client.get("/files/a.txt", headers={"Range": "bytes=1-3"}) as part:
        assert (part.status_code, part.data) == (206, b"ell")
        assert part.headers["Content-Range"] == "bytes 1-3/5"
        etag = part.headers["ETag"]
    with ann.client.get("/files/a.txt", headers={"If-None-Match": etag}) as unchanged:
        assert (unchanged.status_code, unchanged.data) == (304, b"")


def test_a_file_is_offered_for_download(ann: Person) -> None:
    put_up(ann, "a.txt")
    with ann.client.get("/files/a.txt?download=1") as response:
        assert response.headers["Content-Disposition"] == "attachment; filename=a.txt"


@pytest.mark.parametrize("name", ["a.exe", "", "..."])
def test_other_files_are_refused(ann: Person, name: str) -> None:
    assert put_up(ann, name).location.endswith("/files/")
    assert "Only text and pictures." in ann.client.get("/files").text


def test_a_file_that_is_too_large_is_refused(ann: Person) -> None:
    response = put_up(ann, "a.txt", b"x" * 70_000)
    assert response.status_code == 413
    assert "/files/ takes no more." in response.text


@pytest.mark.parametrize("path", ["../almanac.sqlite", "%2e%2e/almanac.sqlite", "none.txt", "a/b.txt"])
def test_nothing_else_is_sent(ann: Person, path: str) -> None:
    assert ann.client.get(f"/files/{path}").status_code == 404


def test_a_file_is_deleted(ann: Person) -> None:
    put_up(ann, "a.txt")
    assert ann.client.delete("/files/a.txt").status_code == 204
    assert ann.client.delete("/files/a.txt").status_code == 404


def test_files_are_for_members(client: FlaskClient) -> None:
    assert client.get("/files/").location == "/accounts/login?next=/files/"
    assert client.delete("/files/a.txt").location == "/accounts/login?next=/files/a.txt"


def test_static_files_are_kept_for_an_hour(client: FlaskClient) -> None:
    with client.get("/static/almanac.svg") as response:
        assert response.mimetype == "image/svg+xml"
        assert response.cache_control.max_age == 3600
    assert client.get("/favicon.ico").location == "http://localhost/static/almanac.svg"
