"""Fresh logins, and sessions that another browser uses."""

from __future__ import annotations

from typing import Any

import pytest

from ferrule import App, get_flashed_messages, session
from ferrule_login import (
    Login,
    NotAUserError,
    UserMixin,
    confirm_login,
    current_user,
    fresh_login_required,
    login_fresh,
    login_user,
    logout_user,
)

KEY = "a key for tests, and for nothing else"
OTHER = {"User-Agent": "another browser"}


class User(UserMixin):
    def __init__(self, user_id: str) -> None:
        self.id = user_id


def make_app(**config: Any) -> App:
    defaults = {"SECRET_KEY": KEY, "LOGIN_REFRESH_VIEW": "confirm", "LOGIN_VIEW": "log_in"}
    app = App("site", config_file=None, env="testing", extensions=["login"], config=defaults | config)
    app.extension(Login).user_loader(User)

    @app.get("/login")
    def log_in() -> list[bool]:
        return [login_user(User("ada"), fresh="stale" not in session)]

    @app.get("/stale")
    def stale() -> list[bool]:
        return [login_user(User("ada"), fresh=False)]

    @app.get("/permanent")
    def permanent() -> list[bool]:
        session.permanent = True
        return [login_user(User("ada"))]

    @app.get("/confirm")
    def confirm() -> str:
        confirm_login()
        return "confirmed"

    @app.get("/logout")
    def log_out() -> list[bool]:
        return [logout_user()]

    @app.get("/state")
    def state() -> list[Any]:
        return [current_user.get_id(), login_fresh(), get_flashed_messages(with_categories=True)]

    @app.route("/password", methods=["GET", "POST", "OPTIONS"])
    @fresh_login_required
    def password() -> str:
        return f"password of {current_user.get_id()}"

    return app


def test_a_login_is_fresh_until_somebody_says_otherwise() -> None:
    client = make_app().test_client()
    assert client.get("/state").json == [None, False, []]
    client.get("/login")
    assert client.get("/state").json == ["ada", True, []]
    client.get("/stale")
    assert client.get("/state").json == ["ada", False, []]
    client.get("/confirm")
    assert client.get("/state").json == ["ada", True, []]
    client.get("/logout")
    assert client.get("/state").json == [None, False, []]


def test_a_fresh_login_is_let_in_and_a_stale_one_is_sent_to_confirm() -> None:
    client = make_app().test_client()
    client.get("/stale")
    challenge = client.get("/password")
    assert (challenge.status_code, challenge.location) == (303, "/confirm?next=/password")
    assert client.get("/state").json == ["ada", False, [["message", "Confirm that it is you, to see this page."]]]
    client.get("/confirm")
    assert client.get("/password").text == "password of ada"


def test_who_is_not_logged_in_is_sent_to_the_login_page() -> None:
    assert make_app().test_client().get("/password").location == "/login?next=/password"


def test_the_message_and_its_category_are_settings() -> None:
    config = {"LOGIN_REFRESH_MESSAGE": "Once more?", "LOGIN_REFRESH_MESSAGE_CATEGORY": "warning"}
    client = make_app(**config).test_client()
    client.get("/stale")
    client.get("/password")
    assert client.get("/state").json == ["ada", False, [["warning", "Once more?"]]]


def test_without_a_page_to_confirm_at_the_answer_is_401() -> None:
    client = make_app(LOGIN_REFRESH_VIEW=None).test_client()
    client.get("/stale")
    answer = client.get("/password")
    assert answer.status_code == 401
    assert "Confirm that it is you" in answer.text


def test_options_is_let_in() -> None:
    assert make_app().test_client().options("/password").text == "password of None"


def test_nobody_cannot_confirm_a_login() -> None:
    with make_app().test_request_context(), pytest.raises(NotAUserError, match="AnonymousUserMixin"):
        confirm_login()


def test_a_confirmed_session_has_another_identity() -> None:
    client = make_app().test_client()
    client.get("/stale")
    with client.session_transaction() as before:
        pass
    client.get("/confirm")
    with client.session_transaction() as after:
        assert after["_sid"] != before["_sid"]


@pytest.mark.parametrize(
    ("mode", "login", "found"),
    [
        (None, "/login", ["ada", True, []]),
        ("basic", "/login", ["ada", False, []]),
        ("strong", "/login", [None, False, []]),
        ("strong", "/permanent", ["ada", False, []]),
    ],
)
def test_what_another_browser_finds(mode: str | None, login: str, found: list[Any]) -> None:
    client = make_app(LOGIN_SESSION_PROTECTION=mode).test_client()
    client.get(login)
    assert client.get("/state").json == ["ada", True, []]
    assert client.get("/state", headers=OTHER).json == found
    assert client.get("/state").json == found


def test_strong_protection_empties_the_session() -> None:
    client = make_app(LOGIN_SESSION_PROTECTION="strong").test_client()
    client.get("/login")
    client.get("/state", headers=OTHER)
    with client.session_transaction() as left:
        assert dict(left) == {}


def test_the_address_may_change() -> None:
    client = make_app(LOGIN_SESSION_PROTECTION="strong").test_client()
    client.get("/login", environ_base={"REMOTE_ADDR": "192.0.2.1"})
    found = client.get("/state", environ_base={"REMOTE_ADDR": "192.0.2.2"}, headers={"X-Forwarded-For": "192.0.2.3"})
    assert found.json == ["ada", True, []]


def test_a_browser_without_a_name_is_one_too() -> None:
    client = make_app().test_client()
    client.get("/login", environ_base={"HTTP_USER_AGENT": ""})
    assert client.get("/state", environ_base={"HTTP_USER_AGENT": ""}).json == ["ada", True, []]
    assert client.get("/state").json == ["ada", False, []]


def test_a_name_of_any_bytes_is_no_error() -> None:
    client = make_app().test_client()
    client.get("/login", environ_base={"HTTP_USER_AGENT": "\xff\udcff"})
    assert client.get("/state", environ_base={"HTTP_USER_AGENT": "\xff\udcff"}).json == ["ada", True, []]
