"""The hooks that the extension opens, each implemented by a small extension of somebody else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from ferrule import App, Context, Extension, ExtensionError, hookimpl
from ferrule_login import (
    Login,
    LoginHooks,
    UserMixin,
    UserProtocol,
    current_user,
    login_required,
    login_user,
    logout_user,
)

KEY = "a key for tests, and for nothing else"


class User(UserMixin):
    def __init__(self, user_id: str) -> None:
        self.id = user_id


class Audit(Extension):
    name = "audit"
    after = ("login",)

    def __init__(self) -> None:
        self.events: list[Any] = []

    @hookimpl(optionalhook=True)
    def login_user_loaded(self, ctx: Context, user: UserProtocol) -> None:
        self.events.append(("loaded", ctx.request.path, user.get_id(), current_user.get_id()))

    @hookimpl(optionalhook=True)
    def login_user_logged_in(self, ctx: Context, user: UserProtocol) -> None:
        ctx.session["seen"] = True
        self.events.append(("in", ctx.request.path, user.get_id(), current_user.get_id()))

    @hookimpl(optionalhook=True)
    def login_user_logged_out(self, ctx: Context, user: UserProtocol) -> None:
        self.events.append(("out", user.get_id(), current_user.get_id(), dict(ctx.session)))

    @hookimpl(optionalhook=True)
    def login_unauthorized(self, ctx: Context) -> None:
        self.events.append(("unauthorized", ctx.request.path))


def make_app(*extensions: str | Extension) -> App:
    app = App("site", config_file=None, env="testing", extensions=extensions, config={"SECRET_KEY": KEY})
    if "login" in app.extensions:
        app.extension(Login).user_loader(User)
    app.add_url_rule("/in", "in", lambda: [login_user(User("ada"))])
    app.add_url_rule("/out", "out", lambda: [logout_user()])
    app.add_url_rule("/who", "who", lambda: [current_user.get_id()])

    @app.get("/guarded")
    @login_required
    def guarded() -> str:
        return "guarded"

    return app


def requests(app: App, *paths: str) -> None:
    client = app.test_client()
    for path in paths:
        client.get(path)


def test_login_user_loaded_is_called_when_somebody_asks_for_the_user() -> None:
    audit = Audit()
    requests(make_app("login", audit), "/who", "/in", "/who")
    assert audit.events[1:] == [("loaded", "/who", "ada", "ada")]


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
