"""Open redirects: whatever a client says it wants to see next, it stays on this site."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ferrule_login import safe_next

BASE: Final = "https://site.example/accounts/login?next=x"
OWN: Final = ("https", "site.example")
SPECIAL: Final = frozenset({"http", "https", "ws", "wss", "ftp"})

TRICKS: Final = [
    "https://evil.example/",
    "HTTPS://evil.example/",
    "http://site.example/",
    "https://site.example/",
    "https://site.example:8443/",
    "https://site.example@evil.example/",
    "https://user:secret@site.example/",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "https:\\\\evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/////evil.example",
    "//evil.example@site.example",
    "//site.example:8443/",
    "//site.example/",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "\\evil.example",
    "/a\\..\\b",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    " //evil.example",
    " /notes",
    "\x00/notes",
    "\x1f//evil.example",
    "/notes\r\nSet-Cookie: session=x",
    "/notes\x7f",
    "ht\ntps://evil.example",
    "java\tscript:alert(1)",
    "javascript:alert(1)",
    "JavaScript:alert(1)//",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "mailto:a@evil.example",
    "/%2Fevil.example",
    "/%2fevil.example",
    "/%5Cevil.example",
    "/%5cevil.example",
    "/%09/evil.example",
    "/%0d%0aSet-Cookie:x",
    "/%00",
    "%2F%2Fevil.example",
    "%2F/evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/%2e//evil.example",
    "/%2e%2e/%2fevil.example",
    "/a/..//evil.example",
    "/a//b",
    "notes",
    "./notes",
    "../notes",
    "?q=a",
    "#top",
    "evil.example",
    "site.example@evil.example",
    "\uff0f\uff0fevil.example",
    "\u2028//evil.example",
    "/\ud800",
    "",
]
PLACES: Final = [
    "/",
    "/notes",
    "/notes/",
    "/notes?q=a+b&page=2",
    "/notes?q=//evil.example",
    "/notes?next=https%3A%2F%2Fevil.example",
    "/notes?q=%0A",
    "/notes#line-3",
    "/notes?q=a#line-3",
    "/@ada",
    "/a:b;c,d=e!$&'()*+~[]",
    "/caf%C3%A9",
    "/100%",
    "/a/../b",
]


@pytest.mark.parametrize("trick", TRICKS, ids=ascii)
def test_a_trick_gets_the_default(trick: str) -> None:
    assert safe_next(trick, "/home") == "/home"


@pytest.mark.parametrize("place", PLACES)
def test_a_place_of_this_site_stays_as_it_is(place: str) -> None:
    assert safe_next(place, "/home") == place


def test_nothing_gets_the_default_whatever_that_is() -> None:
    assert safe_next(None, "https://elsewhere.example/") == "https://elsewhere.example/"


@pytest.mark.parametrize(
    ("raw", "encoded"),
    [
        ("/café", "/caf%C3%A9"),
        ("/a b", "/a%20b"),
        ('/"><script>', "/%22%3E%3Cscript%3E"),
        ("/a\u2028", "/a%E2%80%A8"),
        ("/a?b\\c\t\r\nd", "/a?b%5Cc%09%0D%0Ad"),
        ("/a#\x00", "/a#%00"),
    ],
    ids=ascii,
)
def test_what_is_not_encoded_yet_comes_back_encoded(raw: str, encoded: str) -> None:
    assert safe_next(raw, "/home") == encoded


targets = st.lists(
    st.sampled_from(
        [*"/\\:@.?#%\t\n\r \x00;a", "%2f", "%5C", "%2e", "%09", "https", "javascript", "evil.example", "\uff0f", "é"]
    )
    | st.characters(),
    max_size=12,
).map("".join)


@given(targets)
@example("/.//evil.example")
@example("/\t/evil.example")
def test_whatever_comes_out_a_browser_stays_on_this_site(target: str) -> None:
    place = safe_next(target, "/home")
    assert place.isascii()
    assert place.isprintable()
    assert origin_of(place) == OWN
    assert urlsplit(urljoin(BASE, place))[:2] == OWN


@given(targets)
def test_nor_does_anyone_leave_who_decodes_it_once_too_often(target: str) -> None:
    path = re.split("[?#]", safe_next(target, "/home"), maxsplit=1)[0]
    assert origin_of(unquote(path)) == OWN


@given(targets)
def test_what_is_safe_is_safe_as_it_is(target: str) -> None:
    place = safe_next(target, "/home")
    assert safe_next(place, "/elsewhere") == place


def origin_of(text: str) -> tuple[str, str | None]:
    """Return scheme and authority of a URL as a browser resolves it against our page (the WHATWG's URL Standard)."""
    text = re.sub("[\t\n\r]", "", text.strip("".join(map(chr, range(0x21)))))
    scheme, rest = OWN[0], text
    if found := re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", text):
        scheme, rest = found[1].lower(), text[found.end() :]
        if scheme not in SPECIAL:
            return scheme, None
        if scheme != OWN[0] or rest.startswith("//"):
            return scheme, authority_in(rest)
    return OWN if not re.match(r"[/\\]{2}", rest) else (scheme, authority_in(rest))


def authority_in(rest: str) -> str:
    return re.split(r"[/\\?#]", rest.lstrip("/\\"), maxsplit=1)[0].lower()


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("/notes", OWN),
        ("notes", OWN),
        ("", OWN),
        ("https:notes", OWN),
        ("https:/notes", OWN),
        ("http:evil.example", ("http", "evil.example")),
        ("https://evil.example/x", ("https", "evil.example")),
        ("//EVIL.example?x", ("https", "evil.example")),
        ("/\\evil.example", ("https", "evil.example")),
        (" \t/\n/evil.example", ("https", "evil.example")),
        ("////evil.example", ("https", "evil.example")),
        ("//site.example@evil.example#x", ("https", "site.example@evil.example")),
        ("java\nscript:alert(1)", ("javascript", None)),
        ("/.//evil.example", OWN),
    ],
    ids=ascii,
)
def test_the_resolver_of_these_tests_knows_the_standard(text: str, origin: tuple[str, str | None]) -> None:
    assert origin_of(text) == origin
