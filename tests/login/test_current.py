"""The current user: when it is loaded, and how it comes and goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from werkzeug.local import LocalProxy

from ferrule import App, ContextError, SetupError, copy_current_request_context, render_template_string, session
from ferrule.context import current_context
from ferrule_login import (
    AnonymousUserMixin,
    Login,
    NotAUserError,
    UserMixin,
    current_user,
    fingerprint_of,
    login_user,
    logout_user,
    typed_current_user,
)

KEY = "a key for tests, and for nothing else"


@dataclass(eq=False)
class User(UserMixin):
    id: str
    is_active: bool = True


@dataclass
class Users:
    """What a database would hold, and what was asked of it."""

    by_id: dict[str, User] = field(default_factory=lambda: {name: User(name) for name in ("ada", "bob")})
    asked: list[str] = field(default_factory=list)

    def load(self, user_id: str) -> User | None:
        self.asked.append(user_id)
        return self.by_id.get(user_id)


def make_app(load: Callable[[str], Any], **config: Any) -> App:
    app = App("site", config_file=None, env="testing", extensions=["login"], config={"SECRET_KEY": KEY, **config})
    app.extension(Login).user_loader(load)

    @app.post("/login/<name>")
    def log_in(name: str) -> list[Any]:
        return [login_user(User(name)), current_user.id]

    @app.post("/logout")
    def log_out() -> list[Any]:
        return [logout_user(), current_user.is_anonymous]

    @app.get("/who")
    def who() -> list[Any]:
        return [current_user.get_id(), current_user.get_id()]

    return app


def test_a_user_who_logs_in_is_the_current_user_at_once_without_being_loaded() -> None:
    users = Users()
    assert make_app(users.load).test_client().post("/login/ada").json == [True, "ada"]
    assert users.asked == []


def test_the_user_is_loaded_once_in_each_request_that_asks() -> None:
    users = Users()
    client = make_app(users.load).test_client()
    client.post("/login/ada")
    assert client.get("/who").json == ["ada", "ada"]
    assert users.asked == ["ada"]
    client.get("/who")
    assert users.asked == ["ada", "ada"]


def test_a_view_that_does_not_ask_opens_no_session_and_loads_nobody() -> None:
    users, opened = Users(), []
    app = make_app(users.load)

    @app.get("/plain")
    def plain() -> str:
        opened.append(current_context().opened_session)
        return "plain"

    client = app.test_client()
    client.post("/login/ada")
    assert "Vary" not in client.get("/plain").headers
    assert (users.asked, opened) == ([], [None])


def test_a_page_that_asks_varies_by_cookie() -> None:
    assert make_app(Users().load).test_client().get("/who").headers["Vary"] == "Cookie"


def test_who_is_not_logged_in_is_nobody_and_nobody_is_loaded() -> None:
    users = Users()
    assert make_app(users.load).test_client().get("/who").json == [None, None]
    assert users.asked == []


def test_after_logout_the_current_user_is_nobody_at_once_and_later() -> None:
    users = Users()
    client = make_app(users.load).test_client()
    client.post("/login/ada")
    assert client.post("/logout").json == [True, True]
    assert client.get("/who").json == [None, None]


def test_logout_of_nobody_says_so() -> None:
    assert make_app(Users().load).test_client().post("/logout").json == [False, True]


def test_outside_of_a_request_nobody_is_logged_in() -> None:
    with make_app(Users().load).app_context():
        assert current_user.is_anonymous
        assert isinstance(current_user, AnonymousUserMixin)


def test_outside_of_any_application_there_is_no_current_user() -> None:
    with pytest.raises(ContextError, match="outside of application context"):
        _ = current_user.is_anonymous


def test_without_the_extension_the_current_user_says_how_to_enable_it() -> None:
    app = App("site", config_file=None, env="testing", extensions=[])
    with app.app_context(), pytest.raises(LookupError, match="the extension 'login' is not enabled in 'site'"):
        _ = current_user.is_anonymous


def test_login_needs_a_request_and_a_secret_key() -> None:
    app = make_app(Users().load, SECRET_KEY=None)
    with app.app_context(), pytest.raises(ContextError, match="outside of request context"):
        login_user(User("ada"))
    with app.test_request_context(), pytest.raises(ContextError, match="no secret key is set"):
        login_user(User("ada"))


def test_an_inactive_user_is_not_logged_in_unless_by_force() -> None:
    with make_app(Users().load).test_request_context():
        assert not login_user(User("ada", is_active=False))
        assert current_user.is_anonymous
        assert dict(session) == {}
        assert login_user(User("ada", is_active=False), force=True)
        assert current_user.id == "ada"


def test_a_user_who_becomes_inactive_is_authenticated_no_longer() -> None:
    users = Users()
    app = make_app(users.load)

    @app.get("/in")
    def is_in() -> list[bool]:
        return [current_user.is_authenticated]

    client = app.test_client()
    client.post("/login/ada")
    assert client.get("/in").json == [True]
    users.by_id["ada"].is_active = False
    assert client.get("/in").json == [False]


def test_nobody_cannot_log_in() -> None:
    with make_app(Users().load).test_request_context():
        with pytest.raises(NotAUserError, match=r"AnonymousUserMixin\.get_id\(\) returned None"):
            login_user(AnonymousUserMixin(), force=True)
        with pytest.raises(NotAUserError, match="was given None"):
            login_user(None)  # type: ignore[arg-type]  # type checkers say so too
        assert dict(session) == {}


def test_the_current_user_may_be_logged_in_again() -> None:
    with make_app(Users().load).test_request_context():
        login_user(User("ada"))
        assert login_user(current_user)
        assert current_user.id == "ada"


def test_any_proxy_of_a_user_may_log_in() -> None:
    with make_app(Users().load).test_request_context():
        ada = User("ada")
        proxy: Any = LocalProxy(lambda: ada)
        assert login_user(proxy)
        assert current_user._get_current_object() is ada


def test_what_was_in_the_session_before_the_login_stays() -> None:
    with make_app(Users().load).test_request_context():
        session["cart"] = [7]
        login_user(User("ada"))
        assert session["cart"] == [7]


def test_what_is_put_into_the_session_after_the_logout_stays() -> None:
    with make_app(Users().load).test_request_context():
        login_user(User("ada"))
        session["cart"] = [7]
        logout_user()
        session["goodbye"] = True
        assert dict(session) == {"goodbye": True}


def test_a_user_who_is_no_more_is_nobody_and_leaves_an_empty_session() -> None:
    users = Users()
    client = make_app(users.load).test_client()
    client.post("/login/ada")
    with client.session_transaction() as opened:
        opened["draft"] = "Dear diary"
    del users.by_id["ada"]
    assert client.get("/who").json == [None, None]
    assert users.asked == ["ada"]
    with client.session_transaction() as opened:
        assert dict(opened) == {}


def test_a_loader_that_raises_ends_the_request_and_leaves_the_session() -> None:
    asked = []

    def load(user_id: str) -> User:
        asked.append(user_id)
        if len(asked) == 1:
            raise ConnectionError("the database is away")
        return User(user_id)

    client = make_app(load, TESTING=True).test_client()
    client.post("/login/ada")
    with pytest.raises(ConnectionError, match="the database is away"):
        client.get("/who")
    assert client.get("/who").json == ["ada", "ada"]


def test_the_error_page_after_a_loader_that_raises_is_shown_to_nobody() -> None:
    """It asks for the user as all pages do: the loader is not tried again, and the page does not fail too."""
    asked = []

    def load(user_id: str) -> User:
        asked.append(user_id)
        raise ConnectionError("the database is away")

    app = make_app(load, PROPAGATE_EXCEPTIONS=False)

    @app.errorhandler(500)
    def sorry(error: Exception) -> str:
        return render_template_string("Sorry, {{ current_user.get_id() }}.")

    client = app.test_client()
    client.post("/login/ada")
    assert client.get("/who").text == "Sorry, None."
    assert asked == ["ada"]


def test_a_loader_that_raises_keeps_nobody_from_logging_out() -> None:
    def load(user_id: str) -> User:
        raise ConnectionError("the database is away")

    client = make_app(load, PROPAGATE_EXCEPTIONS=False).test_client()
    client.post("/login/ada")
    assert client.post("/logout").status_code == 500
    assert client.get("/who").json == [None, None]


def test_while_the_loader_runs_nobody_is_logged_in() -> None:
    """A loader whose query is audited by user, say, does not run for ever."""
    seen = []

    def load(user_id: str) -> User:
        seen.append(current_user.is_anonymous)
        return User(user_id)

    client = make_app(load).test_client()
    client.post("/login/ada")
    assert client.get("/who").json == ["ada", "ada"]
    assert seen == [True]


def test_a_loader_that_returns_no_user_is_named_with_its_place_and_what_it_returned() -> None:
    def load(user_id: str) -> Any:
        return {"id": user_id, "password": "hunter2"}

    client = make_app(load, TESTING=True).test_client()
    client.post("/login/ada")
    with pytest.raises(NotAUserError) as caught:
        client.get("/who")
    place = f"{__file__}:{load.__code__.co_firstlineno}"
    assert f"load ({place}) returned a dict, which is no user: it has no get_id, is_active" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("bond", [None, 7, b"ada", {}, {"id": "ada"}, ["ada"]], ids=repr)
def test_a_session_that_names_no_user_as_this_version_does_is_nobodys(bond: object) -> None:
    users = Users()
    client = make_app(users.load).test_client()
    with client.session_transaction() as opened:
        opened["_user_id"] = bond
    assert client.get("/who").json == [None, None]
    assert users.asked == []


def test_a_session_holds_id_and_fingerprint_and_nothing_else_of_the_user() -> None:
    app = make_app(Users().load)
    client = app.test_client()
    client.post("/login/ada")
    with client.session_transaction() as opened:
        assert opened["_user_id"] == "ada"
        assert set(opened) == {"_user_id", "_user_print", "_user_agent", "_fresh", "_sid"}
        assert opened["_user_print"] == fingerprint_of(app, User("ada"))


def test_a_session_that_names_a_user_needs_a_loader() -> None:
    app = App("site", config_file=None, env="testing", extensions=["login"], config={"SECRET_KEY": KEY})
    with app.test_request_context():
        session["_user_id"] = "ada"
        with pytest.raises(SetupError, match="there is no user loader; put `@app"):
            _ = current_user.is_anonymous


def test_templates_see_the_current_user_and_imported_ones_too(tmp_path: Any) -> None:
    users = Users()
    app = make_app(users.load)
    app.template_folder = str(tmp_path)
    (tmp_path / "greeting.html").write_text("{% macro greet() %}Hello {{ current_user.id }}{% endmacro %}")

    @app.get("/greeting")
    def greeting() -> str:
        return render_template_string("{% from 'greeting.html' import greet %}{{ greet() }}, {{ current_user.id }}")

    @app.get("/plain")
    def plain() -> str:
        return render_template_string("plain")

    client = app.test_client()
    client.post("/login/ada")
    client.get("/plain")
    assert users.asked == []
    assert client.get("/greeting").text == "Hello ada, ada"
    assert users.asked == ["ada"]


def test_a_copied_request_has_the_same_user() -> None:
    with make_app(Users().load).test_request_context():
        login_user(User("ada"))

        @copy_current_request_context
        def who() -> Any:
            return current_user.get_id()

        assert who() == "ada"


def test_a_typed_current_user_is_the_current_user() -> None:
    assert typed_current_user(User) is current_user


def test_a_typed_current_user_needs_a_class() -> None:
    with pytest.raises(TypeError, match="needs the class of the users and was given 'User'"):
        typed_current_user("User")  # type: ignore[arg-type]  # type checkers say so too
