"""Attacks on the login, each written as its attacker would go about it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.wrappers import Response

from ferrule import App, Request, flash, get_flashed_messages, session
from ferrule.sessions import Session, SessionInterface, SessionMixin
from ferrule_login import Login, UserMixin, current_user, login_required, login_user, logout_user, redirect_to_next

KEY = "a key for tests, and for nothing else"


@dataclass(eq=False)
class User(UserMixin):
    id: str
    site: str = ""


def make_app(name: str = "site", load: Callable[[str], Any] | None = None, *extensions: Login, **config: Any) -> App:
    defaults = {"SECRET_KEY": KEY, "LOGIN_VIEW": "login", "LOGIN_MESSAGE": None}
    app = App(name, config_file=None, env="testing", extensions=extensions or ["login"], config=defaults | config)
    app.extension(Login).user_loader(load or (lambda user_id: User(user_id, name)))

    @app.route("/login", methods=["GET", "POST"])
    def login() -> Response:
        login_user(User("ada"))
        return redirect_to_next("who")

    @app.post("/login/<name>")
    def login_as(name: str) -> list[bool]:
        return [login_user(User(name))]

    @app.post("/logout")
    def logout() -> list[bool]:
        return [logout_user()]

    @app.get("/who")
    def who() -> list[Any]:
        return [current_user.get_id(), session.get("secret"), get_flashed_messages()]

    @app.post("/secret")
    def keep() -> str:
        session["secret"] = f"of {current_user.get_id()}"
        flash(f"for the eyes of {current_user.get_id()}")
        return ""

    @app.get("/guarded")
    @login_required
    def guarded() -> str:
        return "guarded"

    return app


def cookie_of(client: Any) -> str:
    found = client.get_cookie("session")
    return "" if found is None else found.value


def who(client: Any) -> Any:
    """The user's id, the secret in the session and the flashed messages, as a page sees them."""
    return client.get("/who").json


class StoredSessions(SessionInterface):
    """Sessions on the server, under an id that the client keeps."""

    def __init__(self) -> None:
        self.stored: dict[str, dict[str, Any]] = {}

    def open_session(self, app: App, request: Request) -> SessionMixin:
        sid = request.cookies.get("session", "")
        opened = _StoredSession(self.stored.get(sid, {}))
        opened.sid = sid if sid in self.stored else uuid4().hex
        return opened

    def save_session(self, app: App, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, _StoredSession)
        self.stored[session.sid] = dict(session)
        response.set_cookie("session", session.sid)

    def renew(self, session: SessionMixin) -> None:
        assert isinstance(session, _StoredSession)
        self.stored.pop(session.sid, None)
        session.sid = uuid4().hex


class _StoredSession(Session):
    sid = ""


@pytest.fixture(params=["cookie", "store"])
def app(request: pytest.FixtureRequest) -> App:
    """The site, with its sessions in the cookie or on the server."""
    app = make_app()
    if request.param == "store":
        app.session_interface = StoredSessions()
    return app


def test_fixation_a_session_planted_before_the_login_is_not_logged_in_by_it(app: App) -> None:
    attacker, victim = app.test_client(), app.test_client()
    attacker.post("/secret")
    planted = cookie_of(attacker)
    victim.set_cookie("session", planted)
    victim.post("/login")
    assert who(victim)[0] == "ada"
    assert cookie_of(victim) != planted
    attacker.set_cookie("session", planted)
    assert who(attacker)[0] is None


def test_fixation_each_login_gives_the_session_another_identity(app: App) -> None:
    client, seen = app.test_client(), set()
    for _ in range(3):
        client.post("/login")
        seen.add(cookie_of(client))
    assert len(seen) == 3


def test_a_login_over_the_session_of_another_user_takes_nothing_over(app: App) -> None:
    """Nor does an attacker who plants a session of his own read what its next user does, or write for her."""
    client = app.test_client()
    client.post("/login/mallory")
    client.post("/secret")
    client.post("/login/ada")
    assert who(client) == ["ada", None, []]


def test_a_user_who_logs_in_again_keeps_the_session(app: App) -> None:
    client = app.test_client()
    client.post("/login/ada")
    client.post("/secret")
    client.post("/login/ada")
    assert who(client) == ["ada", "of ada", ["for the eyes of ada"]]


def test_the_next_visitor_at_the_same_browser_finds_nothing_of_who_logged_out(app: App) -> None:
    client = app.test_client()
    client.post("/login/ada")
    client.post("/secret")
    client.post("/logout")
    assert who(client) == [None, None, []]
    client.post("/login/bob")
    assert who(client) == ["bob", None, []]


def test_the_next_visitor_at_the_same_browser_finds_nothing_of_a_user_who_is_no_more() -> None:
    there = {"ada", "bob"}
    client = make_app("site", lambda user_id: User(user_id) if user_id in there else None).test_client()
    client.post("/login/ada")
    client.post("/secret")
    there.remove("ada")
    assert who(client) == [None, None, []]
    client.post("/login/bob")
    assert who(client) == ["bob", None, []]


def test_a_cookie_that_was_changed_logs_nobody_in() -> None:
    app = make_app()
    client = app.test_client()
    client.post("/login")
    cookie = cookie_of(client)
    for position in range(len(cookie)):
        changed = "A" if cookie[position] != "A" else "B"
        client.set_cookie("session", f"{cookie[:position]}{changed}{cookie[position + 1 :]}")
        # The last character of base64 may carry bits that are not used; the session is then the very same.
        assert who(client) == [None, None, []] or position == len(cookie) - 1


@pytest.mark.parametrize("cookie", ["", "x", "ada", '{"_user_id": "ada"}', "A" * 200, "é", "%00"])
def test_a_cookie_that_was_made_up_logs_nobody_in(cookie: str) -> None:
    header = f"session={cookie}".encode().decode("latin1")
    assert make_app().test_client().get("/who", headers={"Cookie": header}).json == [None, None, []]


def test_a_cookie_of_a_site_with_another_key_logs_nobody_in() -> None:
    elsewhere, here = make_app(SECRET_KEY="the key of another site").test_client(), make_app().test_client()
    elsewhere.post("/login")
    here.set_cookie("session", cookie_of(elsewhere))
    assert who(here)[0] is None


@pytest.mark.parametrize(
    "trick", ["https://evil.example/", "//evil.example", "/\\evil.example", "/%09/evil.example", "javascript:alert(1)"]
)
def test_a_link_to_the_login_page_leads_nowhere_else(trick: str) -> None:
    client = make_app().test_client()
    assert client.get("/login", query_string={"next": trick}).location == "/who"
    assert client.post("/login", data={"next": trick}).location == "/who"


@pytest.mark.parametrize("path", ["//evil.example/guarded", "/\\evil.example", "/guarded?next=//evil.example"])
def test_a_path_that_looks_like_another_site_leads_nowhere_else(path: str) -> None:
    app = make_app()

    @app.get("/<path:anything>")
    @login_required
    def show(anything: str) -> str:
        return anything

    client = app.test_client()
    challenge = client.get(path, base_url="http://localhost/")
    while challenge.location and not challenge.location.startswith("/login"):
        challenge = client.get(challenge.location)
    assert client.get(challenge.location).location.startswith(("/guarded", "/who", "/evil.example/guarded"))


@pytest.mark.parametrize("shared", [False, True], ids=["an instance each", "one instance"])
def test_a_request_within_a_request_of_another_application_has_its_own_user(shared: bool) -> None:
    one = (Login(),) if shared else ()
    outer, inner = make_app("outer", None, *one), make_app("inner", None, *one)
    client = inner.test_client()
    client.post("/login/bob")

    @outer.get("/nested")
    def nested() -> list[Any]:
        login_user(User("ada", "outer"))
        cookie = {"Cookie": f"session={cookie_of(client)}"}
        with inner.test_request_context(headers=cookie):
            inside = current_user.get_id()
        with inner.test_request_context():
            stranger = current_user.get_id()
        with outer.app_context():
            outside = current_user.get_id()
        return [inside, stranger, outside, current_user.get_id()]

    assert outer.test_client().get("/nested").json == ["bob", None, None, "ada"]


def test_requests_at_the_same_time_have_each_their_own_user() -> None:
    app = make_app()
    names = [f"user-{number}" for number in range(8)]
    together = threading.Barrier(len(names), timeout=30)

    @app.get("/together")
    def meet() -> list[Any]:
        first = current_user.get_id()
        together.wait()
        return [first, current_user.get_id()]

    def visit(name: str) -> Any:
        client = app.test_client()
        client.post(f"/login/{name}")
        return [client.get("/together").json for _ in range(5)]

    with ThreadPoolExecutor(len(names)) as pool:
        assert list(pool.map(visit, names)) == [[[name, name]] * 5 for name in names]
