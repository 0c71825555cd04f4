"""Ferrule Notes in a real browser, on the server that ``ferrule run`` starts, on a database that migrations made."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Response, expect, sync_playwright

pytestmark = pytest.mark.browser

PASSWORD: Final = "correct horse battery"
QUIET: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""A browser that asks nobody else for anything, and runs as root in a container."""


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser, site: str) -> Iterator[BrowserContext]:
    """A browser that has never been here; nothing that it loads may fail or come from elsewhere."""
    context = browser.new_context(base_url=site, viewport={"width": 390, "height": 844})
    context.set_default_timeout(20_000)
    strange: list[str] = []

    def note(response: Response) -> None:
        if response.status >= 500 or urlsplit(response.url).netloc != urlsplit(site).netloc:
            strange.append(f"{response.status} {response.url}")

    def dismiss(dialog: Dialog) -> None:
        strange.append(dialog.message)
        dialog.dismiss()

    context.on("response", note)
    context.on("weberror", lambda error: strange.append(str(error.error)))
    context.on("dialog", dismiss)
    yield context
    context.close()
    assert strange == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def fill_first(page: Page, label: str, text: str) -> None:
    """Fill the field that a form puts the cursor into, once it has: Chromium complains of one who is quicker."""
    expect(page.get_by_label(label)).to_be_focused()
    page.get_by_label(label).fill(text)


def register(page: Page, name: str) -> None:
    page.goto("/register")
    fill_first(page, "Name", name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password, once more").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Register").click()
    expect(page.get_by_role("status").first).to_contain_text(f"Welcome, {name}.")


def write(page: Page, title: str, text: str = "") -> None:
    page.goto("/notes/new")
    fill_first(page, "Title", title)
    page.get_by_label("Text").fill(text)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def test_a_person_registers_logs_in_writes_finds_changes_and_deletes_a_note(page: Page) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))

    page.goto("/")
    page.get_by_role("link", name="Start a notebook").click()
    fill_first(page, "Name", "ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password, once more").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="An empty notebook")).to_be_visible()

    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("status")).to_contain_text("You are logged out.")
    page.get_by_role("navigation").get_by_role("link", name="Log in").click()
    fill_first(page, "Name", "Ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")

    page.get_by_role("link", name="Write a note").click()
    fill_first(page, "Title", "Brass")
    page.get_by_label("Text").fill("\n\nCopper & zinc.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("The note is saved.")
    write(page, "Something else")

    page.get_by_role("link", name="All notes").click()
    expect(page.locator(".note")).to_have_count(2)
    page.get_by_role("searchbox", name="Search in your notes").fill("COPPER")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".note")).to_have_count(1)
    expect(page.locator("mark")).to_have_text("Copper")
    page.get_by_role("link", name="Brass").click()

    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_label("Text")).to_have_value("\n\nCopper & zinc.")
    expect(page.get_by_label("Text")).to_be_focused()
    page.get_by_label("Title").fill("Brass, an alloy")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Brass, an alloy")

    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_contain_text("“Brass, an alloy” is deleted.")
    expect(page.locator(".note")).to_have_count(1)
    assert complaints == []


def test_no_page_is_wider_than_a_small_phone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    register(page, "x" * 40)
    write(page, "W" * 120, "i" * 500)
    paths = ["/notes", "/notes/new", "/nothing", "/notes?search=" + "w" * 100, "/notes?search=" + "w" * 101]
    shown = urlsplit(page.url).path
    page.goto("/notes")
    card = page.locator(".note h2 a").get_attribute("href")
    for path in [*paths, f"{card}", f"{card}/edit", f"{card}/delete", shown]:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
    page.get_by_role("button", name="Log out").click()
    for path in ("/", "/login", "/register"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_everything_can_be_reached_from_the_keyboard(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Start a notebook")).to_be_focused()


def test_the_pages_follow_the_colours_of_the_system(page: Page) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        page.goto("/")
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(247, 244, 238)", "rgb(20, 25, 26)"]


def test_what_was_written_outlives_the_session(page: Page, context: BrowserContext) -> None:
    register(page, "eva")
    page.goto("/notes/new")
    page.get_by_label("Title").fill("Written for hours")
    page.get_by_label("Text").fill("Every word of it")
    context.clear_cookies()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("nothing is saved yet")
    with context.expect_page() as opened:
        page.get_by_role("alert").get_by_role("link").click()
    other = opened.value
    other.get_by_label("Name").fill("eva")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_label("Password").press("Enter")
    expect(other.get_by_role("heading", name="An empty notebook")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Written for hours")
    expect(page.locator(".body")).to_have_text("Every word of it")


def test_who_uses_the_computer_next_cannot_go_back_to_the_notes(page: Page) -> None:
    register(page, "bob")
    write(page, "For nobody else")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("status")).to_contain_text("You are logged out.")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome back")


@pytest.mark.parametrize(("name", "origin"), [("mallory", "http://evil.example"), ("oscar", "http://127.0.0.1:9")])
def test_a_page_of_another_site_cannot_write_a_note(
    page: Page, context: BrowserContext, browser: Browser, site: str, name: str, origin: str
) -> None:
    """The second is of the same site, as cookies count sites: it sends the cookie, and is refused for its origin."""
    register(page, name)
    prize = (
        f'<form method="post" action="{site}/notes/new"><input name="title" value="Forged"><button>Win</button></form>'
    )
    with browser.new_context(storage_state=context.storage_state()) as victim:
        victim.route(f"{origin}/**", lambda route: route.fulfill(content_type="text/html", body=prize))
        elsewhere = victim.new_page()
        elsewhere.goto(f"{origin}/prize")
        with elsewhere.expect_response(f"{site}/notes/new") as answered:
            elsewhere.get_by_role("button", name="Win").click()
        assert answered.value.status == 403
        expect(elsewhere.get_by_role("heading", level=1)).to_have_text("Not from there")
    page.goto("/notes")
    expect(page.get_by_role("heading", name="An empty notebook")).to_be_visible()


def test_the_login_leads_to_no_other_site(page: Page, site: str) -> None:
    register(page, "carol")
    page.get_by_role("button", name="Log out").click()
    page.goto("/login?next=//evil.example/")
    page.get_by_label("Name").fill("carol")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")
    page.wait_for_url(f"{site}/notes")


def test_a_script_in_a_note_is_a_text(page: Page) -> None:
    attack = "<img src=x onerror=\"document.title='taken'; alert(1)\"><script>alert(2)</script>"
    register(page, "trudy")
    write(page, attack, attack)
    for path in ("/notes", "/notes?search=script", page.url, f"{page.url}/edit", f"{page.url}/delete"):
        page.goto(path)
        assert page.title().endswith("Ferrule Notes")
        assert page.locator("main img, main script").count() == 0
