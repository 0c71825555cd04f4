"""What can be told of the looks without eyes: contrast, labels, landmarks, and that nothing comes from elsewhere."""

import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

import notes
from ferrule.testing import FerruleClient

Member = Callable[[str], FerruleClient]
Write = Callable[..., str]
Element = tuple[str, dict[str, str]]

STATIC = Path(notes.__file__).parent / "static"
PAGES = ["/notes", "/notes?search=brass", "/notes/new", "/notes/1", "/notes/1/edit", "/notes/1/delete", "/nothing"]
ANONYMOUS_PAGES = ["/", "/login", "/register", "/nothing"]


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def named(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


def colours(scheme: str) -> dict[str, str]:
    sheet = (STATIC / "notes.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", sheet, flags=re.DOTALL)
    pairs = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks]
    assert len(pairs) == 2
    return pairs[0] if scheme == "light" else pairs[0] | pairs[1]


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *[(text, ground) for text in ("ink", "ink-soft", "accent", "danger") for ground in ("paper", "sheet")],
        ("ink", "accent-wash"),
        ("ink", "danger-wash"),
        ("ink", "found"),
        ("accent-strong", "accent-wash"),
        ("danger", "danger-wash"),
        ("danger-strong", "danger-wash"),
        ("on-accent", "accent"),
        ("on-accent", "accent-strong"),
        ("on-accent", "danger"),
        ("on-accent", "danger-strong"),
        ("brass-text", "paper"),
    ],
)
def test_texts_stand_out_from_their_ground(scheme: str, text: str, ground: str) -> None:
    palette = colours(scheme)
    assert contrast(palette[text], palette[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("sign", "ground"), [("edge", "sheet"), ("edge", "paper"), ("focus", "paper"), ("focus", "sheet")]
)
def test_edges_of_fields_and_the_focus_can_be_seen(scheme: str, sign: str, ground: str) -> None:
    palette = colours(scheme)
    assert contrast(palette[sign], palette[ground]) >= 3


def test_the_style_sheet_uses_what_it_declares_and_declares_what_it_uses() -> None:
    sheet = (STATIC / "notes.css").read_text(encoding="utf-8")
    assert set(re.findall(r"var\(--([\w-]+)", sheet)) == set(re.findall(r"^\s*--([\w-]+):", sheet, flags=re.MULTILINE))


def test_nothing_is_asked_of_another_host() -> None:
    for file in STATIC.iterdir():
        text = file.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"https?:|//\w|@import|url\(", text), file.name


@pytest.fixture
def pages(app: object, member: Member, write: Write) -> list[Page]:
    """Every page, as a member and as a stranger sees it, with and without mistakes."""
    client = member("ada")
    for number in range(14):
        write(client, f"Brass {number}", "Copper and zinc.")
    stranger = client.application.test_client()
    bad = {"name": "a b", "password": "short", "title": "", "body": "x" * 20_001}
    answers = [client.get(path) for path in PAGES] + [stranger.get(path) for path in ANONYMOUS_PAGES]
    answers += [client.post("/notes/new", data=bad), stranger.post("/register", data=bad)]
    answers += [stranger.post("/login", data=bad), client.get("/notes?search=" + "x" * 101)]
    return [Page(answer.text) for answer in answers]


def test_every_page_has_its_landmarks(pages: list[Page]) -> None:
    for page in pages:
        assert page.named("html") == [{"lang": "en"}]
        for tag in ("title", "header", "main", "h1", "footer"):
            assert len(page.named(tag)) == 1, tag
        assert page.named("a")[0] == {"class": "skip", "href": "#main"}
        assert any(a.get("aria-live") == "polite" for a in page.named("div"))
        assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.named("meta")


def test_every_id_is_there_once_and_every_reference_leads_to_one(pages: list[Page]) -> None:
    for page in pages:
        ids = Counter(attributes["id"] for _, attributes in page.elements if "id" in attributes)
        assert set(ids.values()) <= {1}
        for _, attributes in page.elements:
            described = attributes.get("aria-describedby", "").split()
            inside = [attributes["href"][1:]] if attributes.get("href", "").startswith("#") else []
            assert {*described, *inside, *filter(None, [attributes.get("for")])} <= set(ids)


def test_every_field_has_a_label_and_keeps_what_is_too_long(pages: list[Page]) -> None:
    for page in pages:
        labelled = {label["for"] for label in page.named("label")}
        for field in page.named("input", "textarea"):
            assert field["id"] in labelled
            assert "maxlength" not in field


def test_pages_have_no_script_and_no_style_of_their_own(pages: list[Page]) -> None:
    for page in pages:
        assert page.named("script", "style") == []
        assert not [
            name for _, attributes in page.elements for name in attributes if name == "style" or name[:2] == "on"
        ]


def test_every_change_is_made_by_a_form_that_posts(pages: list[Page]) -> None:
    for page in pages:
        for form in page.named("form"):
            assert form["method"] == "post" or form["action"] == "/notes"
