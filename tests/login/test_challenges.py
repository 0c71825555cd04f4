"""Who is not let in: handlers of the application's own, pages of blueprints, translated messages, exempt methods."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from ferrule import App, Blueprint, get_flashed_messages, session
from ferrule_login import (
    Login,
    UserMixin,
    current_user,
    fresh_login_required,
    login_required,
    login_user,
    redirect_to_next,
    set_login_view,
)

KEY = "a key for tests, and for nothing else"


class User(UserMixin):
    def __init__(self, user_id: str) -> None:
        self.id = user_id


def hello() -> str:
    return "hello"


def make_app(**config: Any) -> App:
    config = {"SECRET_KEY": KEY, "LOGIN_VIEW": "login", "LOGIN_REFRESH_VIEW": "login"} | config
    app = App("site", config_file=None, env="testing", extensions=["login"], config=config)
    app.extension(Login).user_loader(User)

    @app.route("/login", methods=["GET", "POST"])
    def login() -> Any:
        login_user(User("ada"), fresh=False)
        return redirect_to_next("home")

    @app.get("/")
    def home() -> list[Any]:
        return get_flashed_messages()

    @app.route("/notes", methods=["GET", "POST"])
    @login_required
    def notes() -> str:
        return f"notes of {current_user.get_id()}"

    @app.get("/fresh")
    @fresh_login_required
    def fresh() -> str:
        return "fresh"

    return app


def with_blueprints(app: App) -> App:
    admin, users, shop = Blueprint("admin", "site"), Blueprint("users", "site"), Blueprint("shop", "site")
    for blueprint in (admin, users, shop):
        blueprint.add_url_rule("/", "index", login_required(hello))
        blueprint.add_url_rule("/login", "login", lambda: "login")
    admin.register_blueprint(users, url_prefix="/users")
    app.register_blueprint(admin, url_prefix="/admin")
    app.register_blueprint(shop, url_prefix="/shop")
    return app


async def answer_later() -> tuple[str, int]:
    await asyncio.sleep(0)
    return "Who are you?", 418


def answer() -> tuple[str, int]:
    return "Who are you?", 418


@pytest.mark.parametrize("handler", [answer, answer_later])
def test_a_handler_of_the_applications_own_answers_who_is_not_logged_in(handler: Callable[[], Any]) -> None:
    app = make_app()
    assert app.extension(Login).unauthorized_handler(handler) is handler
    for path in ("/notes", "/fresh"):
        found = app.test_client().get(path)
        assert (found.status_code, found.text) == (418, "Who are you?")


@pytest.mark.parametrize("handler", [answer, answer_later])
def test_a_handler_of_the_applications_own_answers_whose_login_is_not_fresh(handler: Callable[[], Any]) -> None:
    app = make_app()
    assert app.extension(Login).needs_refresh_handler(handler) is handler
    client = app.test_client()
    assert client.get("/fresh").status_code == 303
    client.post("/login")
    assert client.get("/fresh").status_code == 418


def test_a_view_may_answer_so_by_itself() -> None:
    app = make_app()
    login = app.extension(Login)
    app.add_url_rule("/by-hand", "by_hand", login.unauthorized)
    app.add_url_rule("/once-more", "once_more", login.needs_refresh)
    client = app.test_client()
    assert client.get("/by-hand").location == "/login?next=/by-hand"
    assert client.get("/once-more").location == "/login?next=/once-more"


VIEWS = {"admin": "admin.login", "shop": None}


@pytest.mark.parametrize("way", ["settings", "attribute"])
@pytest.mark.parametrize(
    ("path", "page"), [("/admin/", "/admin/login"), ("/admin/users/", "/admin/login"), ("/shop/", "/login")]
)
def test_a_blueprint_has_a_login_page_of_its_own_and_so_have_those_in_it(way: str, path: str, page: str) -> None:
    app = with_blueprints(make_app(LOGIN_BLUEPRINT_VIEWS=VIEWS) if way == "settings" else make_app())
    if way == "attribute":
        app.extension(Login).blueprint_login_views.update(VIEWS)
    assert app.test_client().get(path).location == f"{page}?next={path}"


def test_a_login_page_is_set_for_all_or_for_a_blueprint() -> None:
    app = with_blueprints(make_app(LOGIN_VIEW=None))
    with app.app_context():
        set_login_view("login")
        set_login_view("shop.login", app.blueprints["shop"])
    client = app.test_client()
    assert client.get("/notes").location == "/login?next=/notes"
    assert client.get("/shop/").location == "/shop/login?next=/shop/"


def test_a_login_page_of_a_blueprint_that_is_no_endpoint_is_refused_at_the_start() -> None:
    app = with_blueprints(make_app(LOGIN_BLUEPRINT_VIEWS={"admin": "admin.lgoin"}))
    app.extension(Login).blueprint_login_views["shop"] = "shop.lgoin"
    with pytest.raises(Exception, match=r"did you mean 'admin.login'[\s\S]*did you mean 'shop.login'"):
        app.finalize()


@pytest.mark.parametrize(
    ("view", "location"),
    [
        ("/elsewhere", "/elsewhere?next=%2Fnotes"),
        ("/elsewhere?a=b", "/elsewhere?a=b&next=%2Fnotes"),
        ("https://id.example/login", "https://id.example/login?next=http%3A%2F%2Flocalhost%2Fnotes"),
        ("http://localhost/login", "http://localhost/login?next=%2Fnotes"),
    ],
)
def test_a_login_page_may_be_a_url(view: str, location: str) -> None:
    assert make_app(LOGIN_VIEW=view).test_client().get("/notes").location == location


class Lazy:
    """A message that is translated when it is shown, as of Flask-Babel's ``lazy_gettext``."""

    def __str__(self) -> str:
        return "Bitte anmelden."


def test_messages_are_translated_when_they_are_flashed() -> None:
    app = make_app()
    texts = {"Log in to see this page.": "Bitte anmelden.", "Confirm that it is you, to see this page.": "Noch einmal!"}
    app.extension(Login).localize_callback = texts.__getitem__
    client = app.test_client()
    client.get("/notes")
    client.post("/login")
    client.get("/fresh")
    assert client.get("/").json == ["Bitte anmelden.", "Noch einmal!"]


def test_a_lazy_message_is_a_text_once_it_is_flashed() -> None:
    app = make_app()
    app.extension(Login).login_message = Lazy()
    client = app.test_client()
    client.get("/notes")
    assert client.get("/").json == ["Bitte anmelden."]


def test_the_401_is_translated_too() -> None:
    app = make_app(LOGIN_VIEW=None)
    app.extension(Login).localize_callback = lambda message: "Bitte anmelden."
    assert "Bitte anmelden." in app.test_client().get("/notes").text


def test_the_exempt_methods_are_a_setting() -> None:
    client = make_app(LOGIN_EXEMPT_METHODS=["OPTIONS", "POST"]).test_client()
    assert client.post("/notes").text == "notes of None"
    assert client.get("/notes").status_code == 303
    assert make_app(LOGIN_EXEMPT_METHODS=[]).test_client().get("/notes").status_code == 303


def test_an_exempt_request_loads_nobody() -> None:
    app = make_app(LOGIN_EXEMPT_METHODS=["POST"])
    app.add_url_rule("/other", "other", login_required(hello), methods=["POST"])
    loaded: list[str] = []
    client = app.test_client()
    client.post("/login")
    app.extension(Login).user_loader(loaded.append)
    assert client.post("/other").text == "hello"
    assert loaded == []


def test_guards_can_be_switched_off_for_tests_and_check_says_so_in_production() -> None:
    app = make_app(LOGIN_DISABLED=True)
    client = app.test_client()
    assert client.get("/notes").text == "notes of None"
    assert client.get("/fresh").text == "fresh"
    (found,) = [check for check in app.hooks.check_app(app, True) if check.id == "login.disabled"]
    assert found.level == "error"
    assert "login.disabled" not in {check.id for check in make_app().hooks.check_app(make_app(), True)}


def test_the_way_back_can_stand_in_the_session() -> None:
    client = make_app(LOGIN_NEXT_IN_SESSION=True).test_client()
    assert client.get("/notes?page=2").location == "/login"
    with client.session_transaction() as opened:
        assert opened["next"] == "/notes?page=2"
    assert client.post("/login").location == "/notes?page=2"
    with client.session_transaction() as opened:
        assert "next" not in opened
    assert client.post("/login").location == "/"


def test_a_way_back_in_the_session_is_checked_too() -> None:
    app = make_app(LOGIN_NEXT_IN_SESSION=True)

    @app.get("/plant")
    def plant() -> str:
        session["next"] = "//evil.example"
        return ""

    client = app.test_client()
    client.get("/plant")
    assert client.post("/login").location == "/"
