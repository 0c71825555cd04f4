"""The hooks that the extension opens, each implemented by a small extension of somebody else."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from time import time
from typing import Any

import pytest

from ferrule import App, Context, Extension, ExtensionError, hookimpl
from ferrule_login import (
    Login,
    LoginHooks,
    UserMixin,
    UserProtocol,
    confirm_login,
    current_user,
    fresh_login_required,
    login_fresh,
    login_required,
    login_user,
    logout_user,
    sign_out_everywhere,
)
from ferrule_login.stores.families import GRACE
from ferrule_login.stores.sqlalchemy.tables import REMEMBERED
from ferrule_sqlalchemy import db

KEY = "a key for tests, and for nothing else"


class User(UserMixin):
    session_epoch = 0

    def __init__(self, user_id: str) -> None:
        self.id = user_id

    @property
    def is_active(self) -> bool:
        return self.id != "eve"


class Audit(Extension):
    name = "audit"
    after = ("login",)

    def __init__(self) -> None:
        self.events: list[Any] = []

    @hookimpl(optionalhook=True)
    def login_user_loaded(self, ctx: Context, user: UserProtocol, source: str) -> None:
        self.events.append(("loaded", ctx.request.path, user.get_id(), current_user.get_id(), source))

    @hookimpl(optionalhook=True)
    def login_user_logged_in(self, ctx: Context, user: UserProtocol) -> None:
        ctx.session["seen"] = True
        self.events.append(("in", ctx.request.path, user.get_id(), current_user.get_id()))

    @hookimpl(optionalhook=True)
    def login_user_logged_out(self, ctx: Context, user: UserProtocol) -> None:
        self.events.append(("out", user.get_id(), current_user.get_id(), dict(ctx.session)))

    @hookimpl(optionalhook=True)
    def login_user_remembered(self, ctx: Context, user: UserProtocol) -> None:
        self.events.append(("remembered", user.get_id()))

    @hookimpl(optionalhook=True)
    def login_remember_replayed(self, ctx: Context, user: UserProtocol) -> None:
        self.events.append(("replayed", user.get_id(), current_user.get_id()))

    @hookimpl(optionalhook=True)
    def login_confirmed(self, ctx: Context, user: UserProtocol) -> None:
        self.events.append(("confirmed", user.get_id(), login_fresh()))

    @hookimpl(optionalhook=True)
    def login_signed_out_everywhere(self, ctx: Context, user: UserProtocol) -> None:
        self.events.append(("everywhere", user.get_id(), ctx.has_request))

    @hookimpl(optionalhook=True)
    def login_refused(self, ctx: Context, user: UserProtocol | None, reason: str) -> None:
        self.events.append(("refused", user and user.get_id(), reason, current_user.get_id()))

    @hookimpl(optionalhook=True)
    def login_session_protected(self, ctx: Context, mode: str, user_id: str) -> None:
        self.events.append(("protected", mode, user_id))

    @hookimpl(optionalhook=True)
    def login_needs_refresh(self, ctx: Context) -> None:
        self.events.append(("refresh", ctx.request.path, current_user.get_id()))

    @hookimpl(optionalhook=True)
    def login_unauthorized(self, ctx: Context) -> None:
        self.events.append(("unauthorized", ctx.request.path))


def make_app(*extensions: str | Extension, **config: Any) -> App:
    app = App("site", config_file=None, env="testing", extensions=extensions, config={"SECRET_KEY": KEY, **config})
    users = {name: User(name) for name in ("ada", "eve")}
    if "login" in app.extensions:
        app.extension(Login).user_loader(users.get)
        app.extension(Login).user_saver(lambda user: None)
    app.add_url_rule("/in", "in", lambda: [login_user(users["ada"])])
    app.add_url_rule("/remember", "remember", lambda: [login_user(users["ada"], remember=True)])
    app.add_url_rule("/stale", "stale", lambda: [login_user(users["ada"], fresh=False)])
    app.add_url_rule("/inactive", "inactive", lambda: [login_user(users["eve"])])
    app.add_url_rule("/out", "out", lambda: [logout_user()])
    app.add_url_rule("/who", "who", lambda: [current_user.get_id()])

    @app.get("/confirm")
    def confirm() -> str:
        confirm_login()
        return "confirmed"

    @app.get("/everywhere")
    def everywhere() -> str:
        sign_out_everywhere(current_user)
        return "signed out"

    @app.get("/guarded")
    @login_required
    def guarded() -> str:
        return "guarded"

    @app.get("/fresh")
    @fresh_login_required
    def fresh() -> str:
        return "fresh"

    return app


def requests(app: App, *paths: str) -> None:
    client = app.test_client()
    for path in paths:
        client.get(path)


def test_login_user_loaded_is_called_when_somebody_asks_for_the_user() -> None:
    audit = Audit()
    requests(make_app("login", audit), "/who", "/in", "/who")
    assert audit.events[1:] == [("loaded", "/who", "ada", "ada", "session")]


def test_login_user_logged_in_is_called_after_the_session_is_the_users() -> None:
    audit = Audit()
    client = make_app("login", audit).test_client()
    client.get("/in")
    assert audit.events == [("in", "/in", "ada", "ada")]
    with client.session_transaction() as session:
        assert session["seen"]


def test_login_user_logged_out_is_called_with_who_it_was_and_an_empty_session() -> None:
    audit = Audit()
    requests(make_app("login", audit), "/out", "/in", "/out")
    assert audit.events[-1] == ("out", "ada", None, {})
    assert [event[0] for event in audit.events] == ["in", "loaded", "out"]


def test_login_unauthorized_is_called_when_somebody_is_refused() -> None:
    audit = Audit()
    requests(make_app("login", audit), "/guarded", "/in", "/guarded")
    assert audit.events[0] == ("unauthorized", "/guarded")
    assert [event[0] for event in audit.events] == ["unauthorized", "in", "loaded"]


def test_login_refused_is_called_for_who_is_not_active() -> None:
    audit = Audit()
    requests(make_app("login", audit), "/inactive")
    assert audit.events == [("refused", "eve", "inactive", None)]


def test_login_refused_is_called_when_a_session_is_used_that_has_ended() -> None:
    audit = Audit()
    requests(make_app("login", audit), "/in", "/everywhere", "/who", "/who")
    assert audit.events[2:] == [("everywhere", "ada", True), ("refused", "ada", "ended", None)]


def test_login_signed_out_everywhere_is_called_in_a_command_too() -> None:
    audit = Audit()
    with make_app("login", audit).app_context():
        sign_out_everywhere(User("ada"))
    assert audit.events == [("everywhere", "ada", False)]


def test_login_confirmed_is_called_once_the_login_is_fresh() -> None:
    audit = Audit()
    requests(make_app("login", audit), "/stale", "/confirm")
    assert audit.events[-1] == ("confirmed", "ada", True)


def test_login_needs_refresh_is_called_when_a_login_is_not_fresh_enough() -> None:
    audit = Audit()
    requests(make_app("login", audit), "/stale", "/fresh", "/confirm", "/fresh")
    assert [event[:3] for event in audit.events if event[0] == "refresh"] == [("refresh", "/fresh", "ada")]


def test_login_session_protected_is_called_once_when_another_browser_has_the_session() -> None:
    audit = Audit()
    client = make_app("login", audit).test_client()
    client.get("/in")
    for _ in range(2):
        client.get("/who", headers={"User-Agent": "another browser"})
    assert [event for event in audit.events if event[0] == "protected"] == [("protected", "basic", "ada")]


def test_login_user_remembered_is_called_before_the_user_is_loaded() -> None:
    audit = Audit()
    client = make_app("login", audit).test_client()
    client.get("/remember")
    client.delete_cookie("session")
    client.get("/who")
    assert audit.events[1:] == [("remembered", "ada"), ("loaded", "/who", "ada", "ada", "remember")]


def test_login_remember_replayed_is_called_for_a_cookie_that_was_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit = Audit()
    app = make_app("sqlalchemy", "login", audit, SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'site.db'}")
    REMEMBERED.create(db.engine_of(app))
    client = app.test_client()
    client.get("/remember")
    cookie = client.get_cookie("remember_token")
    client.delete_cookie("session")
    client.get("/who")
    monkeypatch.setattr("ferrule_login.remembering.remember_cookie.time", lambda: time() + GRACE + 1)
    thief = app.test_client()
    thief.set_cookie("remember_token", cookie.value if cookie else "")
    thief.get("/who")
    assert audit.events[-1] == ("replayed", "ada", None)
    app.shutdown()


def test_who_implements_the_hooks_can_do_without_the_extension() -> None:
    assert make_app(Audit()).test_client().get("/none").status_code == 404


def test_a_misspelt_hook_is_refused_while_the_extension_is_enabled() -> None:
    class Misspelt(Extension):
        name = "misspelt"

        @hookimpl(optionalhook=True)
        def login_user_logged_inn(self, user: UserProtocol) -> None: ...

    with pytest.raises(ExtensionError, match=r"'login_user_logged_inn'; did you mean 'login_user_logged_in'\?"):
        make_app("login", Misspelt())


def test_every_hook_has_an_implementation_in_these_tests() -> None:
    def hooks(names: Iterable[str]) -> set[str]:
        return {name for name in names if name.startswith("login_")}

    assert hooks(vars(LoginHooks)) == hooks(vars(Audit))
