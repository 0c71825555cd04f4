"""Open redirects, asked of a real browser: where Chromium goes with the same ``Location``.

A sample in each run; ``TEST_REDIRECTS=20000`` asks for more, with another seed each time.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, sync_playwright

from ferrule import App
from ferrule_login import Login, redirect_to_next, safe_next

from .test_destinations import PLACES, TRICKS

pytestmark = pytest.mark.browser

SITE: Final = "http://site.example"
SAMPLE: Final = int(os.environ.get("TEST_REDIRECTS", "600"))
SEED: Final = random.randrange(2**32) if "TEST_REDIRECTS" in os.environ else 7
BATCH: Final = 500
QUIET: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PIECES: Final = [
    *(
        "/",
        "//",
        "\\",
        "/\\",
        ":",
        "@",
        ".",
        "..",
        "?",
        "#",
        "%",
        ";",
        "\t",
        "\n",
        "\r",
        "\0",
        " ",
        "\x7f",
        "\x85",
        "\u2028",
    ),
    *(
        "%2f",
        "%2F",
        "%5c",
        "%5C",
        "%2e",
        "%09",
        "%0a",
        "%00",
        "%25",
        "%252f",
        "%E3%80%82",
        "\u3002",
        "\uff0f",
        "\uff3c",
    ),
    *(
        "http:",
        "https:",
        "javascript:",
        "data:",
        "HTTP:",
        "ht\ttp:",
        "//evil.example",
        "evil.example",
        "evil.example:80",
    ),
    *("site.example", "site.example@evil.example", "[::1]", "user:secret@", ":8443", ":0", "127.0.0.1", "2130706433"),
    *("a", "é", "\ud800", "\U0001f600", "notes", "{", "|", "^", "`", '"', "<", "xn--"),
]
FETCH: Final = """
async ([kind, numbers]) => Promise.all(numbers.map(number =>
    fetch(`/${kind}/${number}`).then(response => response.url, error => "nowhere")))
"""


def generated(count: int) -> list[str]:
    """Return texts that are put together of what URLs are taken apart by."""
    source = random.Random(SEED)
    return ["".join(source.choices(PIECES, k=source.randint(1, 7))) for _ in range(count)]


class Server(ThreadingHTTPServer):
    """Answers ``/raw/3`` and ``/safe/3`` with a redirect, and everything else, on any host, with 200."""

    def __init__(self, locations: dict[str, list[bytes]]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.locations = locations


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        asked = re.fullmatch(r"/(raw|safe)/(\d{1,6})", self.path)
        found = self.server.locations[asked[1]][int(asked[2])] if asked else None
        self.send_response_only(200 if found is None else 302)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "0")
        self.flush_headers_with(b"" if found is None else b"Location: " + found + b"\r\n")

    def flush_headers_with(self, more: bytes) -> None:
        buffered: Any = self.__dict__["_headers_buffer"]
        self.wfile.write(b"".join(buffered) + more + b"\r\n")
        buffered.clear()

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def targets() -> list[str]:
    """What a client may say that it wants to see next."""
    return [*TRICKS, *PLACES, *generated(SAMPLE)]


@pytest.fixture(scope="module")
def page(chromium: str, targets: list[str]) -> Iterator[Page]:
    """A page of the site, in a browser for which every host is this machine."""
    raw = [b"" if set(target) & set("\r\n\0") else target.encode("utf-8", "surrogatepass") for target in targets]
    server = Server({"raw": raw, "safe": [location.encode("latin-1") for location in answered(targets)]})
    Thread(target=server.serve_forever, daemon=True).start()
    rules = f"--host-resolver-rules=MAP * 127.0.0.1:{server.server_port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*QUIET, rules])
        page = browser.new_page()
        page.goto(f"{SITE}/accounts/login?next=x")
        yield page
        browser.close()
    server.shutdown()
    server.server_close()


def answered(targets: Sequence[str]) -> Iterator[str]:
    """Yield the ``Location`` of the answer to each target, as a view gives it."""
    app = App("site", config_file=None, env="testing", extensions=["login"])
    app.extension(Login).user_loader(lambda _: None)
    app.add_url_rule("/home", "home", lambda: "")
    for target in targets:
        with app.test_request_context("/accounts/login", method="POST", base_url=SITE) as ctx:
            ctx.request.values = {"next": target}  # type: ignore[assignment]  # half a pair comes by JSON only
            headers = dict(redirect_to_next("home").get_wsgi_headers(ctx.request.environ))
        yield headers["Location"]


def followed(page: Page, kind: str, count: int) -> list[str]:
    """Return the address that the browser came to by each redirect; ``nowhere`` where it would not go."""
    found: list[str] = []
    for start in range(0, count, BATCH):
        found += page.evaluate(FETCH, [kind, list(range(start, min(start + BATCH, count)))])
    return found


@pytest.fixture(scope="module")
def safely(page: Page, targets: list[str]) -> list[str]:
    """Where the browser came to by each redirect that a view answered."""
    return followed(page, "safe", len(targets))


def test_chromium_stays_on_this_site_whatever_it_was_asked_for(targets: list[str], safely: list[str]) -> None:
    left = [pair for pair in zip(targets, safely, strict=True) if not pair[1].startswith(f"{SITE}/")]
    assert left == [], f"seed {SEED}"


def test_chromium_goes_where_it_was_asked_for_if_that_is_a_place_of_this_site(
    targets: list[str], safely: list[str]
) -> None:
    came_to = dict(zip(targets, safely, strict=True))
    for place in PLACES:
        expected = "/b" if place == "/a/../b" else place.partition("#")[0]
        assert unquote(came_to[place]) == unquote(f"{SITE}{expected}")
    assert {came_to[trick] for trick in TRICKS} == {f"{SITE}/home"}


def test_the_tricks_are_some(page: Page, targets: list[str]) -> None:
    """Without ``safe_next`` the browser leaves."""
    came_to = dict(zip(targets, followed(page, "raw", len(targets)), strict=True))
    gone = {target for target, url in came_to.items() if not url.startswith(f"{SITE}/")}
    for trick in ("//evil.example", "/\\evil.example", "/\t/evil.example", "https:evil.example", "////evil.example"):
        assert trick in gone
    assert came_to["//evil.example"] == "http://evil.example/"
    assert came_to["//evil.example@site.example"] != f"{SITE}/"
    assert len(gone) > len(targets) // 20
    assert [target for target in gone if safe_next(target, "/home") != "/home"] == []
