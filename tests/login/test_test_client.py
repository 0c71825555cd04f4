"""Test clients whom somebody is logged in at, through the same path as at a login page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from ferrule import App, Context, Extension, SetupError, hookimpl, session
from ferrule_login import (
    Login,
    UserMixin,
    UserProtocol,
    current_user,
    fresh_login_required,
    login_required,
    logout_user,
)

KEY = "a key for tests, and for nothing else"


@dataclass(eq=False)
class User(UserMixin):
    id: str
    is_active: bool = True


USERS = {name: User(name, name != "eve") for name in ("ada", "eve", "7")}


def make_app(*extensions: Extension) -> App:
    config = {"SECRET_KEY": KEY}
    app = App("site", config_file=None, env="testing", extensions=["login", *extensions], config=config)
    app.extension(Login).user_loader(USERS.get)

    @app.get("/who")
    @login_required
    def who() -> list[Any]:
        return [current_user.get_id(), sorted(session)]

    @app.get("/fresh")
    @fresh_login_required
    def fresh() -> str:
        return "fresh"

    return app


def seen_by(client: Any) -> Any:
    """Return the user's id and the keys of the session, as a page sees them."""
    return client.get("/who").json


def test_a_user_is_logged_in_at_a_client_and_at_no_other() -> None:
    app = make_app()
    assert seen_by(app.test_client(user=USERS["ada"]))[0] == "ada"
    assert app.test_client().get("/who").status_code == 401
    assert app.test_client(user=None).get("/who").status_code == 401


@pytest.mark.parametrize(("user", "found"), [("ada", "ada"), (7, "7")])
def test_an_id_stands_for_the_user_whom_the_loader_finds(user: Any, found: str) -> None:
    assert seen_by(make_app().test_client(user=user))[0] == found


def test_the_login_is_fresh_unless_it_is_not_to_be() -> None:
    app = make_app()
    assert app.test_client(user="ada").get("/fresh").text == "fresh"
    assert app.test_client(user="ada", fresh=False).get("/fresh").status_code == 401


def test_the_login_takes_the_real_path() -> None:
    class Audit(Extension):
        name = "audit"

        @hookimpl(optionalhook=True)
        def login_user_logged_in(self, ctx: Context, user: UserProtocol) -> None:
            ctx.session["told"] = user.get_id()

    with make_app(Audit()).test_client(user="ada") as client:
        assert seen_by(client)[1] == ["_fresh", "_sid", "_user_agent", "_user_id", "_user_print", "told"]


def test_the_user_can_log_out_again() -> None:
    app = make_app()
    app.add_url_rule("/out", "out", lambda: [logout_user()])
    client = app.test_client(user="ada")
    assert client.get("/out").json == [True]
    assert client.get("/who").status_code == 401


def test_who_cannot_log_in_is_told() -> None:
    app = make_app()
    with pytest.raises(SetupError, match=r"test_client\(user='nobody'\): the user loader finds nobody by this id"):
        app.test_client(user="nobody")
    with pytest.raises(SetupError, match=r"test_client\(user='eve'\): this user is not active"):
        app.test_client(user="eve")


def test_without_the_extension_there_is_no_such_keyword() -> None:
    app = App("site", config_file=None, env="testing", extensions=[])
    with pytest.raises(TypeError, match="'user'"):
        app.test_client(user="ada")
