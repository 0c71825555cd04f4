"""Remember me on Flask with Flask-Login and on Ferrule, side by side: what is documented there holds here.

Where they differ on purpose, the differences are listed in docs/explanation/differences-from-flask.md.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import time
from typing import Any

import pytest
from werkzeug.http import parse_date

from .test_parity_with_flask_login import FERRULE, FLASK, OTHER, Kit, Site

COOKIE = "remember_token"


class RememberingSite(Site):
    """A site that remembers its users."""

    def __init__(self, kit: Kit, **settings: Any) -> None:
        prefix = "REMEMBER_COOKIE_" if kit.is_flask else "LOGIN_REMEMBER_COOKIE_"
        self.protection = settings.pop("protection", "basic")
        super().__init__(kit, self.protect, **{f"{prefix}{name}": value for name, value in settings.items()})

    def protect(self, manager: Any, site: Site) -> None:
        manager.session_protection = self.protection

    def add_views(self) -> None:
        super().add_views()
        login, web = self.kit.login, self.kit.web

        @self.app.route("/remember")
        def remember() -> Any:
            seconds = web.request.args.get("seconds", type=int)
            duration = None if seconds is None else timedelta(seconds=seconds)
            user = self.users[web.request.args.get("name", "ada")]
            return [login.login_user(user, remember=True, duration=duration)]

        @self.app.route("/plain")
        def plain() -> str:
            return "plain"


def both(**settings: Any) -> tuple[RememberingSite, RememberingSite]:
    return RememberingSite(FLASK, **settings), RememberingSite(FERRULE, **settings)


def cookies_in(answer: Any, name: str = COOKIE) -> list[dict[str, str]]:
    """The attributes of the remember cookies that an answer sets, without their values and without a default path."""
    found = []
    for header in answer.headers.getlist("Set-Cookie"):
        first, *parts = header.split("; ")
        if first.startswith(f"{name}="):
            pairs = (part.partition("=") for part in parts)
            found.append({key: value for key, _, value in pairs})
    return found


def remaining(cookie: dict[str, str]) -> timedelta:
    moment = parse_date(cookie["Expires"])
    assert moment is not None
    return moment - datetime.now(UTC)


@pytest.mark.parametrize(
    "settings",
    [
        {"SECURE": False, "SAMESITE": None},
        {"SECURE": True, "SAMESITE": "Lax"},
        {"SAMESITE": "Strict", "HTTPONLY": False, "SECURE": False},
        {"DOMAIN": "example.com", "PATH": "/state", "SECURE": True, "SAMESITE": None},
        {"NAME": "known", "SECURE": False, "SAMESITE": "Lax"},
    ],
    ids=repr,
)
def test_the_attributes_of_the_cookie_are_as_configured(settings: dict[str, Any]) -> None:
    (theirs,), (ours,) = (
        cookies_in(
            site.app.test_client().get("/remember", base_url="https://www.example.com"), settings.get("NAME", COOKIE)
        )
        for site in both(**settings)
    )
    assert theirs.keys() == ours.keys()
    assert {**ours, "Expires": ""} == {**theirs, "Expires": ""}


@pytest.mark.parametrize("duration", [timedelta(hours=2), 7200])
def test_the_duration_is_as_configured(duration: Any) -> None:
    for site in both(DURATION=duration):
        (cookie,) = cookies_in(site.app.test_client().get("/remember"))
        assert timedelta(hours=2) - timedelta(minutes=1) < remaining(cookie) <= timedelta(hours=2)


def test_the_duration_of_a_login_wins() -> None:
    for site in both():
        (cookie,) = cookies_in(site.app.test_client().get("/remember?seconds=600"))
        assert timedelta(minutes=9) < remaining(cookie) <= timedelta(minutes=10)


def states(site: RememberingSite, *steps: str) -> list[Any]:
    """Who the user is, whether fresh, and whether remembered, after each step; ``reopen`` closes the browser."""
    client, seen = site.app.test_client(), list[Any]()
    for step in steps:
        if step == "reopen":
            client.delete_cookie("session")
        elif step == "other":
            client.environ_base["HTTP_USER_AGENT"] = OTHER["User-Agent"]
        else:
            client.get(step)
        user, *_, fresh, remembered, _ = client.get("/state").json
        seen.append([step, user, fresh, remembered, client.get_cookie(COOKIE) is not None])
    return seen


@pytest.mark.parametrize(
    "steps",
    [
        ("/remember", "reopen", "/notes", "/plain"),
        ("/remember", "/logout", "reopen"),
        ("/login", "reopen"),
        ("/remember", "reopen", "/confirm", "reopen"),
        ("/remember", "reopen", "/logout", "reopen"),
        ("/remember?name=bob", "/remember?name=ada", "reopen"),
        ("/remember", "other", "reopen"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("protection", [None, "basic", "strong"])
def test_who_is_remembered_after_what(steps: tuple[str, ...], protection: str | None) -> None:
    if protection == "strong":
        steps = tuple(step for step in steps if step not in {"/notes", "/plain"})  # see the next test
    theirs, ours = (states(site, *steps) for site in both(protection=protection))
    assert ours == theirs


def test_who_comes_back_twice_is_remembered_twice_also_with_strong_protection() -> None:
    """In Flask-Login the session that a cookie begins is none of this browser's, and ends at once."""
    theirs, ours = (states(site, "/remember", "reopen", "/notes") for site in both(protection="strong"))
    assert [each[1] for each in theirs] == ["ada", "ada", None]
    assert [each[1] for each in ours] == ["ada", "ada", "ada"]


def test_a_forged_cookie_remembers_nobody() -> None:
    for site in both():
        client = site.app.test_client()
        client.set_cookie(COOKIE, "ada|made-up")
        assert client.get("/state").json[0] is None


@pytest.mark.parametrize("refresh", [False, True])
def test_the_cookie_is_sent_again_if_it_is_to_be_refreshed(refresh: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours when a hundredth of its time is over."""
    for site in both(REFRESH_EACH_REQUEST=refresh):
        client = site.app.test_client()
        client.get("/remember?seconds=1000")
        with monkeypatch.context() as patch:
            patch.setattr("ferrule_login.remembering.remember_cookie.time", lambda: time() + 20)
            assert bool(cookies_in(client.get("/state"))) is refresh
