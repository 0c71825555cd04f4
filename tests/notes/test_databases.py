"""The notebook on each database that the SQLAlchemy extension is tested with."""

import html
from collections.abc import Callable
from pathlib import Path

import pytest

from ferrule import App

MakeApp = Callable[..., App]

PASSWORD = "correct horse battery"


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def notebook(request: pytest.FixtureRequest, make_app: MakeApp, tmp_path: Path) -> App:
    """The application, on each database in turn."""
    sqlite = f"sqlite:///{tmp_path / 'notes.db'}"
    uri = sqlite if request.param == "sqlite" else request.getfixturevalue(f"{request.param}_url")
    return make_app(SQLALCHEMY_DATABASE_URI=uri)


def test_the_longest_note_in_any_script_is_kept_and_found(notebook: App) -> None:
    client = notebook.test_client()
    client.post("/register", data={"name": "Straße", "password": PASSWORD, "repeated": PASSWORD})
    title, body = "🪵" * 120, "\ufdfa" * 19_995 + "ÄPFEL"
    path = client.post("/notes/new", data={"title": title, "body": body}).location
    client.post("/notes/new", data={"title": "100 percent", "body": ""})
    assert body in html.unescape(client.get(path).text)
    found = client.get("/api/notes?search=äpfel").get_json()["notes"]
    assert [note["title"] for note in found] == [title]
    assert client.get("/api/notes?search=100%25").get_json()["total"] == 0
    assert client.get("/api/notes?search=1_0").get_json()["total"] == 0


def test_a_name_that_is_taken_is_a_mistake_and_a_strange_one_is_refused(notebook: App) -> None:
    client = notebook.test_client()
    client.post("/register", data={"name": "Straße", "password": PASSWORD, "repeated": PASSWORD})
    other = notebook.test_client()
    again = other.post("/register", data={"name": "STRASSE", "password": PASSWORD, "repeated": PASSWORD})
    assert again.status_code == 422
    assert "This name is taken." in again.text
    for name in ("\0", "' OR '1'='1", "x" * 10_000):
        assert other.post("/login", data={"name": name, "password": PASSWORD}).status_code == 422
    assert other.post("/login", data={"name": "STRASSE", "password": PASSWORD}).status_code == 303


@pytest.mark.parametrize("number", ["0", str(2**31), str(2**63), "9" * 40])
def test_a_number_that_no_note_has_is_not_found(notebook: App, number: str) -> None:
    client = notebook.test_client()
    client.post("/register", data={"name": "ada", "password": PASSWORD, "repeated": PASSWORD})
    assert client.get(f"/api/notes/{number}").status_code == 404
    assert client.get(f"/api/notes?page={number}").status_code == 404
