"""How the extension is enabled and set up, and what is refused before the first request."""

from __future__ import annotations

import gc
import sys
import weakref
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ferrule import App, ConfigError, ExtensionError, SetupError
from ferrule_login import Login, LoginSettings, UserMixin, current_user, login_user

KEY = "a key for tests, and for nothing else"


class User(UserMixin):
    def __init__(self, user_id: str) -> None:
        self.id = user_id


def make_app(*extensions: Any, config_file: Path | None = None, **config: Any) -> App:
    return App("site", config_file=config_file, env="testing", extensions=extensions or ["login"], config=config)


def is_found(app: App) -> bool:
    """Whether the user of a session is found by the application's loader."""
    app.config["SECRET_KEY"] = KEY
    app.add_url_rule("/in", "in", lambda: [login_user(User("ada"))])
    app.add_url_rule("/who", "who", lambda: [current_user.get_id()])
    client = app.test_client()
    client.get("/in")
    return client.get("/who").json == ["ada"]


def test_a_line_of_the_configuration_enables_it_and_the_loader_is_registered_through_the_application() -> None:
    app = make_app("login")

    @app.extension(Login).user_loader
    def load(user_id: str) -> User:
        return User(user_id)

    assert is_found(app)


def test_an_instance_can_be_enlisted_by_hand() -> None:
    login = Login()
    login.user_loader(User)
    app = App("site", config_file=None, env="testing")
    login.init_app(app)
    assert app.extension(Login) is login
    assert is_found(app)


def test_an_instance_of_a_module_serves_every_application_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = ModuleType("reading_room")
    module.login = Login()
    module.login.user_loader(User)
    monkeypatch.setitem(sys.modules, "reading_room", module)
    first, second = make_app("reading_room:login"), make_app("reading_room:login")
    assert first.extension(Login) is second.extension(Login) is module.login
    assert is_found(first)
    assert is_found(second)


def test_each_application_has_an_instance_of_its_own_by_the_name() -> None:
    assert make_app("login").extension(Login) is not make_app("login").extension(Login)


def test_a_subclass_is_found_as_the_extension() -> None:
    class Door(Login):
        name = "login"

    app = make_app(Door)
    app.extension(Login).user_loader(User)
    assert is_found(app)


def test_the_last_loader_wins() -> None:
    """A factory that makes a second application registers its loader again."""
    login = Login()
    login.user_loader(lambda user_id: None)
    login.user_loader(User)
    assert is_found(make_app(login))


def test_the_decorator_returns_the_loader() -> None:
    assert Login().user_loader(User) is User


@pytest.mark.parametrize("load", [7, None])
@pytest.mark.parametrize(
    ("decorator", "what"),
    [
        ("user_loader", "user loader"),
        ("request_loader", "request loader"),
        ("user_saver", "user saver"),
        ("unauthorized_handler", "unauthorized handler"),
        ("needs_refresh_handler", "needs-refresh handler"),
    ],
)
def test_what_cannot_be_called_is_refused(decorator: str, what: str, load: Any) -> None:
    with pytest.raises(SetupError, match=f"the {what} {load} cannot be called; give a function"):
        getattr(Login(), decorator)(load)


def test_the_settings_stand_in_the_table_login(tmp_path: Path) -> None:
    file = tmp_path / "ferrule.toml"
    file.write_text('[login]\nview = "accounts.login"\nmessage = ""\nmessage_category = "warning"\n')
    settings = make_app(config_file=file).config.settings(LoginSettings)
    assert settings == LoginSettings(view="accounts.login", message="", message_category="warning")


def test_the_settings_have_defaults() -> None:
    app = make_app()
    assert (app.config["LOGIN_VIEW"], app.config["LOGIN_MESSAGE_CATEGORY"]) == (None, "message")


def test_an_unknown_setting_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ferrule.toml"
    file.write_text('[login]\nveiw = "accounts.login"\n')
    with pytest.raises(ConfigError, match="did you mean 'view'"):
        make_app(config_file=file)


def test_a_missing_loader_and_an_unknown_login_view_are_refused_together(tmp_path: Path) -> None:
    file = tmp_path / "ferrule.toml"
    file.write_text('[login]\nview = "accounts.lgoin"\n')
    app = make_app(config_file=file)
    app.add_url_rule("/login", "accounts.login", lambda: "")
    with pytest.raises(ExtensionError) as caught:
        app.finalize()
    title, missing, unknown = str(caught.value).splitlines()
    assert title == "2 mistakes in the set-up of the extension 'login'"
    assert missing.startswith("  there is no user loader; put `@app.extension(Login).user_loader` above the function")
    assert unknown == (
        f"  {file} [login] view='accounts.lgoin': no rule has this endpoint; did you mean 'accounts.login'?"
    )


def test_a_login_view_like_no_endpoint_leads_to_the_list_of_them() -> None:
    app = make_app(LOGIN_VIEW="somewhere")
    app.extension(Login).user_loader(User)
    with pytest.raises(
        ExtensionError, match=r"view='somewhere': no rule has this endpoint; `ferrule routes` lists the"
    ):
        app.finalize()


def test_the_extension_keeps_no_application_alive() -> None:
    login = Login()
    login.user_loader(User)
    app = make_app(login)
    assert is_found(app)
    gone = weakref.ref(app)
    del app
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({}, set()),
        ({"LOGIN_DISABLED": True}, {"error login.disabled"}),
        ({"LOGIN_UNBOUND_SESSIONS": True}, {"warning login.unbound_sessions"}),
        ({"LOGIN_SESSION_PROTECTION": None}, {"info login.session_protection"}),
    ],
)
def test_what_is_risky_in_production_is_found_by_the_check_before_it(config: dict[str, Any], found: set[str]) -> None:
    app = make_app(**config)
    app.extension(Login).user_loader(User)
    app.finalize()

    def of_login(deploy: bool) -> set[str]:
        checks = app.hooks.check_app(app, deploy)
        return {f"{check.level} {check.id}" for check in checks if check.id.startswith("login.")}

    always = {"warning login.memory_store", "info login.addresses"}  # of an application without database and proxy
    assert of_login(True) - always == found
    assert of_login(False) == set()


@pytest.mark.parametrize(
    "hook", ["context_pushed", "before_request", "handle_request", "after_request", "request_finished"]
)
def test_a_request_that_asks_for_nobody_calls_nothing_of_login(hook: str) -> None:
    """A hook that is called in each request would cost those, too, that have nothing to do with users."""
    implemented_by = {candidate.name for candidate, _ in make_app().plugins.implementations(hook)}
    assert "login" not in implemented_by
