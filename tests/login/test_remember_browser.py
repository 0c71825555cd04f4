"""Remember me in a real browser, which is closed and opened again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import BrowserContext, sync_playwright
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from ferrule import request
from ferrule_login import current_user, fresh_login_required, login_user, redirect_to_next

from .remembering import COOKIE, Site, database_in, make_site

pytestmark = pytest.mark.browser

QUIET: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FORM: Final = """<!doctype html><title>{title}</title>
<form method=post>
<input name=password type=password>
<label><input name=remember type=checkbox>Remember me</label>
<button>Go</button>
</form>"""


def add_forms(site: Site) -> None:
    """Add a page to log in at, one to confirm the login at, and one that needs that."""

    @site.app.route("/form", methods=["GET", "POST"])
    def form() -> Response | str:
        if request.form.get("password") != "open sesame":
            return FORM.format(title="Log in")
        login_user(site.users["ada"], remember="remember" in request.form)
        return redirect_to_next("show")

    @site.app.route("/confirm", methods=["GET", "POST"])
    def confirm() -> Response | str:
        if request.form.get("password") != "open sesame":
            return FORM.format(title="Confirm")
        login_user(site.users["ada"], remember=True)
        return redirect_to_next("show")

    @site.app.get("/show")
    def show() -> str:
        return f"<title>{current_user.get_id()}</title>"

    @site.app.get("/sensitive")
    @fresh_login_required
    def sensitive() -> str:
        return "<title>Sensitive</title>"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The URL of a site with a store, on a real server."""
    site = make_site(database_in(tmp_path), LOGIN_REFRESH_VIEW="confirm")
    add_forms(site)
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    site.app.shutdown()


@contextmanager
def opened(chromium: str, folder: Path, url: str) -> Iterator[BrowserContext]:
    """Open a browser with what is left in its folder of the time before; close it at the end."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            folder, executable_path=chromium, args=QUIET, base_url=url
        )
        yield context
        context.close()


def test_who_closes_the_browser_is_remembered_by_it_and_asked_for_the_password_where_it_counts(
    chromium: str, tmp_path: Path, url: str
) -> None:
    folder = tmp_path / "browser"
    with opened(chromium, folder, url) as context:
        page = context.new_page()
        page.goto("/form")
        page.fill("input[name=password]", "open sesame")
        page.check("input[name=remember]")
        page.click("button")
        assert page.title() == "ada"
        page.goto("/sensitive")
        assert page.title() == "Sensitive"
        assert {cookie["name"] for cookie in context.cookies()} == {"session", COOKIE}
        (first,) = [cookie["value"] for cookie in context.cookies() if cookie["name"] == COOKIE]

    with opened(chromium, folder, url) as context:
        assert [cookie["name"] for cookie in context.cookies()] == [COOKIE]
        page = context.new_page()
        page.goto("/show")
        assert page.title() == "ada"
        (second,) = [cookie["value"] for cookie in context.cookies() if cookie["name"] == COOKIE]
        assert second != first
        page.goto("/sensitive")
        assert page.title() == "Confirm"
        page.fill("input[name=password]", "open sesame")
        page.click("button")
        assert page.title() == "Sensitive"
        page.request.post("/logout")
        page.goto("/show")
        assert page.title() == "None"

    with opened(chromium, folder, url) as context:
        assert context.cookies() == []
