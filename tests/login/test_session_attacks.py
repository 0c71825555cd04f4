"""Attacks on sessions that have begun, or are to begin without their user: each as its attacker would go about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.wrappers import Response

from ferrule import App, Request
from ferrule.sessions import Session, SessionInterface, SessionMixin
from ferrule_login import (
    Login,
    UserMixin,
    confirm_login,
    current_user,
    fingerprint_of,
    login_user,
    logout_user,
    sign_out_everywhere,
)

KEY = "a key for tests, and for nothing else"
NEWER = "the key that comes after that one"


@dataclass(eq=False)
class User(UserMixin):
    id: str
    password_hash: str = "a hash"
    session_epoch: int = 0


class Site:
    """A site, its users, and the visitors of it."""

    def __init__(self, key: str = KEY, fallbacks: tuple[str, ...] = (), **config: Any) -> None:
        self.users = {name: User(name) for name in ("ada", "mallory")}
        keys = {"SECRET_KEY": key, "SECRET_KEY_FALLBACKS": list(fallbacks)}
        self.app = App("site", config_file=None, env="testing", extensions=["login"], config=keys | config)
        login = self.app.extension(Login)
        login.user_loader(self.users.get)
        login.user_saver(lambda user: None)
        self.app.post("/login/<name>")(self.log_in)
        self.app.post("/logout")(self.log_out)
        self.app.post("/everywhere")(self.sign_out)
        self.app.post("/password")(self.change_password)
        self.app.get("/who")(self.who)

    def log_in(self, name: str) -> list[bool]:
        return [login_user(self.users[name])]

    def log_out(self) -> list[bool]:
        return [logout_user()]

    def sign_out(self) -> str:
        sign_out_everywhere(current_user)
        return ""

    def change_password(self) -> str:
        current_user.password_hash = "another hash"  # none
        confirm_login()
        return ""

    def who(self) -> list[Any]:
        return [current_user.get_id()]


def session_of(client: Any) -> str:
    """Return the value of the session's cookie, as somebody copies it who sits at the browser for a moment."""
    return str(client.get_cookie("session").value)


def replay(site: Site, cookie: str) -> Any:
    """Return whom a copied cookie logs in at another browser, which calls itself as the victim's does."""
    thief = site.app.test_client()
    thief.set_cookie("session", cookie)
    return thief.get("/who").json


def test_logout_everywhere_ends_a_copied_cookie() -> None:
    site = Site(LOGIN_LOGOUT="everywhere")
    victim = site.app.test_client()
    victim.post("/login/ada")
    copied = session_of(victim)
    assert replay(site, copied) == ["ada"]
    victim.post("/logout")
    assert replay(site, copied) == [None]


def test_a_logout_here_cannot_call_a_copied_cookie_back() -> None:
    """Nobody can, who keeps no record: the documentation says so, and what to do about it."""
    site = Site()
    victim = site.app.test_client()
    victim.post("/login/ada")
    copied = session_of(victim)
    victim.post("/logout")
    assert replay(site, copied) == ["ada"]


def test_signing_out_everywhere_ends_every_session_also_the_current_one() -> None:
    site = Site()
    browsers = [site.app.test_client() for _ in range(3)]
    for browser in browsers:
        browser.post("/login/ada")
    copied = session_of(browsers[0])
    browsers[0].post("/everywhere")
    assert [browser.get("/who").json for browser in browsers] == [[None]] * 3
    assert replay(site, copied) == [None]
    browsers[0].post("/login/ada")
    assert browsers[0].get("/who").json == ["ada"]


def test_it_ends_nobody_elses_session() -> None:
    site = Site()
    other, victim = site.app.test_client(), site.app.test_client()
    other.post("/login/mallory")
    victim.post("/login/ada")
    victim.post("/everywhere")
    assert other.get("/who").json == ["mallory"]


def test_a_new_password_ends_a_copied_cookie_and_the_session_that_changed_it_goes_on() -> None:
    site = Site()
    victim = site.app.test_client()
    victim.post("/login/ada")
    copied = session_of(victim)
    victim.post("/password")
    assert victim.get("/who").json == ["ada"]
    assert replay(site, copied) == [None]


def test_a_key_that_was_taken_out_ends_the_sessions_that_were_made_with_it() -> None:
    old, both, new = Site(), Site(NEWER, (KEY,)), Site(NEWER)
    victim = old.app.test_client()
    victim.post("/login/ada")
    copied = session_of(victim)
    assert replay(both, copied) == ["ada"]
    assert replay(new, copied) == [None]


def test_a_session_that_is_used_while_keys_are_rotated_outlives_the_older_key() -> None:
    old, both, new = Site(), Site(NEWER, (KEY,)), Site(NEWER)
    victim = old.app.test_client()
    victim.post("/login/ada")
    visitor = both.app.test_client()
    visitor.set_cookie("session", session_of(victim))
    visitor.get("/who")
    assert replay(new, session_of(visitor)) == ["ada"]


class StoredSessions(SessionInterface):
    """Sessions on the server, under an id that the client keeps: no key is needed to read them."""

    def __init__(self, stored: dict[str, dict[str, Any]]) -> None:
        self.stored = stored

    def open_session(self, app: App, request: Request) -> SessionMixin:
        opened = _StoredSession(self.stored.get(request.cookies.get("session", ""), {}))
        opened.sid = request.cookies.get("session") or uuid4().hex
        return opened

    def save_session(self, app: App, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, _StoredSession)
        self.stored[session.sid] = dict(session)
        response.set_cookie("session", session.sid)


class _StoredSession(Session):
    sid = ""


def test_a_key_that_was_taken_out_ends_the_logins_of_a_store_too() -> None:
    old, both, new = Site(), Site(NEWER, (KEY,)), Site(NEWER)
    stored: dict[str, dict[str, Any]] = {}
    for site in (old, both, new):
        site.app.session_interface = StoredSessions(stored)
    victim = old.app.test_client()
    victim.post("/login/ada")
    kept = {sid: dict(values) for sid, values in stored.items()}
    assert replay(new, session_of(victim)) == [None]
    stored.update(kept)
    assert replay(both, session_of(victim)) == ["ada"]
    assert replay(new, session_of(victim)) == ["ada"]


def test_the_fingerprint_of_another_user_logs_nobody_in() -> None:
    site = Site()
    mallory = site.app.test_client()
    mallory.post("/login/mallory")
    for print_of in ("mallory", "ada"):
        with mallory.session_transaction() as session:
            session["_user_id"] = "ada"
            session["_user_print"] = fingerprint_of(site.app, site.users[print_of])
            session["_user_agent"] = "any"
        assert mallory.get("/who").json == [None if print_of == "mallory" else "ada"]


@pytest.mark.parametrize("left_out", ["_user_print", "_user_id"])
def test_a_session_that_lacks_a_half_logs_nobody_in(left_out: str) -> None:
    site = Site()
    client = site.app.test_client()
    client.post("/login/ada")
    with client.session_transaction() as session:
        del session[left_out]
    assert client.get("/who").json == [None]


def test_sessions_of_flask_login_are_let_in_only_where_the_settings_say_so_and_bound_from_then_on() -> None:
    site = Site(LOGIN_UNBOUND_SESSIONS=True)
    client = site.app.test_client()
    with client.session_transaction() as session:
        session.update({"_user_id": "ada", "_fresh": True, "_id": "of Flask-Login"})
    assert client.get("/who").json == ["ada"]
    site.users["ada"].session_epoch += 1
    assert client.get("/who").json == [None]


def test_fingerprints_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from ferrule_login import finding

    compared: list[tuple[str, str]] = []

    def compare(claimed: str, found: str) -> bool:
        compared.append((claimed, found))
        return claimed == found

    monkeypatch.setattr(finding, "compare_digest", compare)
    site = Site()
    client = site.app.test_client()
    client.post("/login/ada")
    client.get("/who")
    assert compared == [(fingerprint_of(site.app, site.users["ada"]),) * 2]


CROSS_SITE: list[Mapping[str, str]] = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "same-site", "Origin": "https://blog.localhost"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
]


@pytest.mark.parametrize("headers", CROSS_SITE, ids=repr)
def test_another_site_cannot_log_a_visitor_in_as_the_attacker(headers: Mapping[str, str]) -> None:
    """Login CSRF: what the victim then enters, the attacker reads."""
    site = Site()
    victim = site.app.test_client()
    assert victim.post("/login/mallory", headers=headers).status_code == 403
    assert victim.get("/who").json == [None]
    victim.post("/login/ada")
    assert victim.post("/login/mallory", headers=headers).status_code == 403
    assert victim.get("/who").json == ["ada"]


@pytest.mark.parametrize("headers", CROSS_SITE, ids=repr)
def test_another_site_cannot_log_a_user_out(headers: Mapping[str, str]) -> None:
    site = Site()
    victim = site.app.test_client()
    victim.post("/login/ada")
    assert victim.post("/logout", headers=headers).status_code == 403
    assert victim.get("/logout", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 405  # an image's way
    assert victim.get("/who").json == ["ada"]
