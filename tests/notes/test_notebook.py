"""The notebook: notes are written, read, changed, found and deleted, each by its owner."""

import html
import re
from collections.abc import Callable

import pytest

from ferrule import App
from ferrule.testing import FerruleClient

Member = Callable[[str], FerruleClient]
Write = Callable[..., str]


def titles(page: str) -> list[str]:
    headings = re.findall(r'<h2><a href="/notes/\d+">(.*?)</a></h2>', page, flags=re.DOTALL)
    return [html.unescape(re.sub("</?mark>", "", heading)) for heading in headings]


def shown(page: str, name: str) -> str:
    """Return what a field shows, as a browser reads it: without the line break after the tag."""
    field = r"<textarea {}[^>]*>\n?(.*?)</textarea>" if name == "body" else r'{}[^>]* value="([^"]*)"'
    found = re.search(field.format(f'id="{name}"'), page, flags=re.DOTALL)
    assert found is not None, page
    return html.unescape(found[1])


def test_the_front_page_invites_and_leads_its_own_people_on(app: App, member: Member) -> None:
    assert "Start a notebook" in app.test_client().get("/").text
    assert member("ada").get("/").location == "/notes"


def test_an_empty_notebook_says_how_to_begin(member: Member) -> None:
    page = member("ada").get("/notes").text
    assert "An empty notebook" in page
    assert 'type="search"' not in page


def test_a_note_that_was_written_is_shown_and_listed(member: Member, write: Write) -> None:
    client = member("ada")
    path = write(client, "Brass", "Copper and zinc.")
    page = client.get(path).text
    assert "The note is saved." in page
    assert "<h1>Brass</h1>" in page
    assert ">Copper and zinc.</div>" in page
    assert titles(client.get("/notes").text) == ["Brass"]


def test_the_note_that_was_changed_last_stands_first(member: Member, write: Write) -> None:
    client = member("ada")
    first = write(client, "First")
    write(client, "Second")
    assert titles(client.get("/notes").text) == ["Second", "First"]
    client.post(f"{first}/edit", data={"title": "First, changed", "body": ""})
    assert titles(client.get("/notes").text) == ["First, changed", "Second"]


def test_a_note_is_deleted_by_a_form_and_not_by_a_link(member: Member, write: Write) -> None:
    client = member("ada")
    path = write(client, "Brass")
    assert "Delete this note?" in client.get(f"{path}/delete").text
    assert client.get(path).status_code == 200
    assert "“Brass” is deleted." in client.post(f"{path}/delete", follow_redirects=True).text
    assert client.get(path).status_code == 404


def test_the_editor_shows_the_text_to_the_letter(member: Member, write: Write) -> None:
    client = member("ada")
    body = '\n\n  <b>&amp;</b>\n\t"Ä", 🪵 </textarea> x'
    path = write(client, "  A   title ", body.replace("\n", "\r\n"))
    page = client.get(f"{path}/edit").text
    assert shown(page, "title") == "A title"
    assert shown(page, "body") == body


@pytest.mark.parametrize(
    ("title", "body", "mistake"),
    [
        ("", "A text that was typed with care.", "A note needs a title."),
        (" \t ", "A text that was typed with care.", "A note needs a title."),
        ("\u200b\u200e", "A text that was typed with care.", "A note needs a title."),
        ("x" * 121, "A text that was typed with care.", "At most 120 characters, please; this has 121."),
        ("A title", "x" * 20_001, "At most 20,000 characters, please; this has 20,001."),
        ("A title", "NUL: \0", "The character U+0000 cannot be stored."),
    ],
)
@pytest.mark.parametrize("path", ["/notes/new", "/notes/1/edit"])
def test_a_mistake_costs_nothing_that_was_typed(
    member: Member, write: Write, path: str, title: str, body: str, mistake: str
) -> None:
    client = member("ada")
    write(client, "As it was", "before")
    answer = client.post(path, data={"title": title, "body": body})
    assert answer.status_code == 422
    assert mistake in answer.text
    assert shown(answer.text, "body") == body
    assert shown(answer.text, "title") == title.strip()
    assert titles(client.get("/notes").text) == ["As it was"]


@pytest.mark.parametrize(("title", "body"), [("x" * 120, "y" * 20_000), ("﷽" * 120, "\ufdfa" * 20_000), ("x", "")])
def test_the_longest_and_the_shortest_note_are_saved_whole(member: Member, write: Write, title: str, body: str) -> None:
    client = member("ada")
    page = client.get(f"{write(client, title, body)}/edit").text
    assert (shown(page, "title"), shown(page, "body")) == (title, body)


def test_two_mistakes_are_listed_above_the_form_too(member: Member) -> None:
    answer = member("ada").post("/notes/new", data={"title": "", "body": "x" * 20_001})
    assert "2 things need another look:" in answer.text


@pytest.mark.parametrize("path", ["/notes/new", "/notes/1/edit"])
def test_what_was_written_survives_a_session_that_ended_meanwhile(member: Member, write: Write, path: str) -> None:
    client = member("ada")
    write(client, "As it was")
    client.post("/logout")
    answer = client.post(path, data={"title": "Written for hours", "body": "Every word of it"})
    assert answer.status_code == 403
    assert "nothing is saved yet" in answer.text
    assert (shown(answer.text, "title"), shown(answer.text, "body")) == ("Written for hours", "Every word of it")


@pytest.mark.parametrize("path", ["/notes", "/notes/new", "/notes/1", "/notes/1/edit", "/notes/1/delete", "/notes/999"])
def test_pages_of_the_notebook_lead_strangers_to_the_login(app: App, member: Member, write: Write, path: str) -> None:
    write(member("ada"), "Brass")
    answer = app.test_client().get(path)
    assert (answer.status_code, answer.location) == (303, f"/login?next={path}")


def test_a_stranger_deletes_nothing(app: App, member: Member, write: Write) -> None:
    client = member("ada")
    path = write(client, "Brass")
    assert app.test_client().post(f"{path}/delete").status_code == 303
    assert client.get(path).status_code == 200


def test_a_note_of_somebody_else_is_as_absent_as_one_that_never_was(member: Member, write: Write) -> None:
    ada, eva = member("ada"), member("eva")
    eva.get("/notes")  # the welcome is seen
    path = write(ada, "Private", "for nobody else")
    for way in ("", "/edit", "/delete"):
        theirs, none = eva.get(f"{path}{way}"), eva.get(f"/notes/999{way}")
        assert theirs.status_code == none.status_code == 404
        assert theirs.text == none.text
    for way in ("/edit", "/delete"):
        assert eva.post(f"{path}{way}", data={"title": "Taken over", "body": ""}).status_code == 404
    assert "Private" not in eva.get("/notes?search=private").text
    assert titles(ada.get("/notes").text) == ["Private"]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("brass", ["Brass & bronze"]),
        ("BRASS &", ["Brass & bronze"]),
        ("opper", ["Brass & bronze"]),
        ("ÄPFEL", ["Obst"]),
        ("strasse", ["Weg"]),
        ("a\u0308pfel", ["Obst"]),
        ("100%", ["Share"]),
        ("%", ["Share"]),
        ("_", ["snake_case"]),
        ("\\", ["Path"]),
        ("/", ["Path"]),
        ("'", ["Quote"]),
        ('"', ["Quote"]),
        ("  brass  ", ["Brass & bronze"]),
        ("nothing like it", []),
        ("<script>", []),
    ],
)
def test_a_search_finds_a_part_of_title_or_text_in_any_case(
    member: Member, write: Write, search: str, found: list[str]
) -> None:
    client = member("ada")
    for title, body in [
        ("Brass & bronze", "Copper, with zinc or tin"),
        ("Obst", "Äpfel und Quitten"),
        ("Weg", "Lange Straße"),
        ("Share", "100% of 1000"),
        ("snake_case", "and camels"),
        ("Path", "C:\\temp or /tmp"),
        ("Quote", 'it\'s "quoted"'),
    ]:
        write(client, title, body)
    page = client.get("/notes", query_string={"search": search}).text
    assert titles(page) == found
    assert shown(page, "search") == search.strip()


def test_what_was_found_is_marked(member: Member, write: Write) -> None:
    client = member("ada")
    write(client, "Brass", "No more BRASS.")
    page = client.get("/notes?search=brass").text
    assert "<mark>Brass</mark>" in page
    assert "No more <mark>BRASS</mark>." in page
    assert "1 note with “brass”." in page


@pytest.mark.parametrize(("search", "mistake"), [("x" * 101, "At most 100"), ("a\0b", "U+0000 cannot be stored")])
def test_a_search_that_cannot_be_made_says_why(member: Member, write: Write, search: str, mistake: str) -> None:
    client = member("ada")
    write(client, "Brass")
    answer = client.get("/notes", query_string={"search": search})
    assert answer.status_code == 422
    assert mistake in answer.text


def test_a_notebook_has_pages_and_a_search_keeps_to_its_own(member: Member, write: Write) -> None:
    client = member("ada")
    for number in range(26):
        write(client, f"Note {number}", "odd" if number % 2 else "even")
    first, last = client.get("/notes").text, client.get("/notes?page=3").text
    assert titles(first) == [f"Note {number}" for number in range(25, 13, -1)]
    assert titles(last) == ["Note 1", "Note 0"]
    assert 'rel="next" href="/notes?page=2"' in first
    assert 'rel="prev"' not in first
    assert 'rel="prev" href="/notes?page=2"' in last
    assert 'rel="next"' not in last
    found = client.get("/notes?search=odd").text
    assert "13 notes with “odd”." in found
    assert 'rel="next" href="/notes?page=2&amp;search=odd"' in found


@pytest.mark.parametrize("page", ["0", "-1", "2", "x", "", "1.5", "9" * 30, "%00", "٣"])
def test_a_page_that_is_not_there_is_not_found(member: Member, page: str) -> None:
    assert member("ada").get(f"/notes?page={page}").status_code == 404


@pytest.mark.parametrize("number", ["0", "9" * 10, "9" * 19, "9" * 30])
@pytest.mark.parametrize("way", ["", "/edit", "/delete"])
def test_a_number_that_no_note_has_is_not_found(member: Member, number: str, way: str) -> None:
    client = member("ada")
    assert client.get(f"/notes/{number}{way}").status_code == 404
    if way:
        assert client.post(f"/notes/{number}{way}", data={"title": "x"}).status_code == 404
