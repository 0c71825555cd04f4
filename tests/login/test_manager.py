"""``LoginManager`` as code for Flask-Login uses it: its attributes, and one instance for several applications."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ferrule import App, ExtensionError, get_flashed_messages
from ferrule_login import Login, LoginManager, LoginSettings, UserMixin, login_required

ATTRIBUTES = {
    "login_view": "view",
    "login_message": "message",
    "login_message_category": "message_category",
    "refresh_view": "refresh_view",
    "needs_refresh_message": "refresh_message",
    "needs_refresh_message_category": "refresh_message_category",
    "session_protection": "session_protection",
}


class User(UserMixin):
    id = "ada"


def make_app(manager: LoginManager, config_file: Path | None = None, **config: Any) -> App:
    config = {"SECRET_KEY": "a key for tests, and for nothing else"} | config
    named = [] if config_file is None else [manager]  # a table in a file is for an extension that is enabled there
    app = App("site", config_file=config_file, env="testing", extensions=named, config=config)
    manager.user_loader(lambda user_id: User())
    if config_file is None:
        manager.init_app(app)

    @app.get("/notes")
    @login_required
    def notes() -> str:
        return "notes"

    app.add_url_rule("/login", "log_in", lambda: [*get_flashed_messages()])
    app.add_url_rule("/door", "door", lambda: "door")
    return app


def test_it_is_another_name() -> None:
    assert LoginManager is Login


@pytest.mark.parametrize(("attribute", "setting"), ATTRIBUTES.items())
def test_an_attribute_is_a_setting(attribute: str, setting: str) -> None:
    manager = LoginManager()
    assert getattr(manager, attribute) == getattr(LoginSettings(), setting)
    setattr(manager, attribute, "basic")
    assert getattr(manager, attribute) == "basic"
    app = App("site", config_file=None, env="testing", extensions=[manager])
    assert getattr(manager.settings(app), setting) == "basic"


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_code_assigns_wins_over_the_file(tmp_path: Path, when: str) -> None:
    file = tmp_path / "ferrule.toml"
    file.write_text('[login]\nview = "door"\nmessage = "of the file"\n')
    manager = LoginManager()
    if when == "before":
        manager.login_view = "log_in"
    app = make_app(manager, file)
    if when == "after":
        manager.login_view = "log_in"
    client = app.test_client()
    assert client.get("/notes").location == "/login?next=/notes"
    assert client.get("/login").json == ["of the file"]


def test_an_attribute_tells_what_holds_in_the_current_application() -> None:
    manager = LoginManager()
    first, second = make_app(manager, LOGIN_VIEW="log_in"), make_app(manager, LOGIN_VIEW="door")
    with first.app_context():
        assert manager.login_view == "log_in"
    with second.app_context():
        assert manager.login_view == "door"
    assert manager.login_view is None


def test_one_instance_serves_several_applications() -> None:
    manager = LoginManager()
    first, second = make_app(manager, LOGIN_VIEW="log_in"), make_app(manager, LOGIN_VIEW="door")
    assert first.test_client().get("/notes").location == "/login?next=/notes"
    assert second.test_client().get("/notes").location == "/door?next=/notes"


def test_a_later_configuration_is_seen_beside_what_was_assigned() -> None:
    manager = LoginManager()
    manager.login_message = "assigned"
    app = make_app(manager, LOGIN_VIEW="log_in")
    client = app.test_client()
    assert client.get("/notes").location == "/login?next=/notes"
    app.config["LOGIN_VIEW"] = "door"
    assert client.get("/notes").location == "/door?next=/notes"
    assert client.get("/login").json == ["assigned", "assigned"]


def test_an_assigned_mode_of_protection_that_is_none_is_refused_at_the_start() -> None:
    manager = LoginManager()
    manager.session_protection = "strnog"
    with pytest.raises(ExtensionError, match="session_protection = 'strnog': expected 'basic', 'strong' or None"):
        make_app(manager).finalize()


def test_an_application_may_be_given_to_the_constructor() -> None:
    app = App("site", config_file=None, env="testing")
    manager = LoginManager(app)
    assert app.extension(Login) is manager
