"""Attacks on the notebook, each written as its attacker would go about it."""

import html
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from ferrule import App
from ferrule.testing import FerruleClient

Member = Callable[[str], FerruleClient]
Write = Callable[..., str]

PASSWORD = "correct horse battery"
UNSAFE = [
    ("POST", "/login"),
    ("POST", "/register"),
    ("POST", "/logout"),
    ("POST", "/notes/new"),
    ("POST", "/notes/1/edit"),
    ("POST", "/notes/1/delete"),
    ("POST", "/api/notes"),
    ("PUT", "/api/notes/1"),
    ("PATCH", "/api/notes/1"),
    ("DELETE", "/api/notes/1"),
]
SCRIPT = "<script>alert(1)</script>"


class Markup(HTMLParser):
    """Notes down what a browser would run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.runs: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "iframe", "object", "embed"}:
            self.runs.append(tag)
        for name, value in attrs:
            if name.startswith("on") or (value or "").lower().startswith("javascript:"):
                self.runs.append(f"{tag} {name}={value}")


def what_runs_in(page: str) -> list[str]:
    return Markup(page).runs


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:8000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    ],
)
def test_a_page_of_another_site_changes_nothing(member: Member, write: Write, headers: dict[str, str]) -> None:
    client = member("ada")
    write(client, "As it was")
    for method, path in UNSAFE:
        answer = client.open(path, method=method, headers=headers, data={"title": "Changed"})
        assert answer.status_code == 403, (method, path)
    listing = client.get("/api/notes").get_json()
    assert [note["title"] for note in listing["notes"]] == ["As it was"]


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}, {}])
def test_a_page_of_its_own_does(member: Member, headers: dict[str, str]) -> None:
    assert member("ada").post("/notes/new", headers=headers, data={"title": "Written"}).status_code == 303


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "/%2Fevil.example",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/login", "/register"])
def test_nobody_is_sent_to_another_site_after_the_login(app: App, member: Member, path: str, target: str) -> None:
    member("ada")
    data = {"name": "ada" if path == "/login" else "eva", "password": PASSWORD, "repeated": PASSWORD, "next": target}
    assert app.test_client().post(path, data=data).location == "/notes"
    data["name"] = "ada" if path == "/login" else "eve"
    in_query = app.test_client().post(path, query_string={"next": target}, data=data)
    assert in_query.location == "/notes"


@pytest.mark.parametrize("text", [SCRIPT, '"><script>alert(1)</script>', "' onmouseover='alert(1)", "{{ 7 * 7 }}"])
def test_markup_in_a_note_is_shown_and_does_nothing(member: Member, write: Write, text: str) -> None:
    client = member("ada")
    path = write(client, text, text)
    pages = ["/notes", f"/notes?search={text[:12]}", path, f"{path}/edit", f"{path}/delete"]
    for page in [client.get(page).text for page in pages] + [client.post(f"{path}/delete", follow_redirects=True).text]:
        assert what_runs_in(page) == []
        assert text in html.unescape(re.sub("</?mark>", "", page))


@pytest.mark.parametrize("name", ["search", "page", "next", "x"])
@pytest.mark.parametrize("path", ["/notes", "/login", "/nothing"])
def test_markup_in_an_address_is_not_repeated(app: App, member: Member, path: str, name: str) -> None:
    for client in (member("ada"), app.test_client()):
        assert what_runs_in(client.get(path, query_string={name: SCRIPT}).text) == []


def test_pages_allow_no_script_no_frame_and_no_foreign_form(app: App, member: Member) -> None:
    for answer in (app.test_client().get("/"), member("ada").get("/notes"), app.test_client().get("/nothing")):
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none';")
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_pages_are_kept_out_of_caches_and_the_style_sheet_is_not(member: Member) -> None:
    client = member("ada")
    assert client.get("/notes").headers["Cache-Control"] == "no-store"
    assert client.get("/api/notes").headers["Cache-Control"] == "no-store"
    with client.get("/static/notes.css") as sheet:
        assert "no-store" not in sheet.headers.get("Cache-Control", "")


def test_a_session_of_before_the_login_is_not_one_of_after(app: App, member: Member) -> None:
    member("ada")
    client = app.test_client()
    client.get("/notes")
    planted = client.get_cookie("session")
    client.post("/login", data={"name": "ada", "password": PASSWORD})
    assert planted is not None
    intruder = app.test_client()
    intruder.set_cookie("session", planted.value)
    assert intruder.get("/notes").status_code == 303
