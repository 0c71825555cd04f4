"""Views that need a login, and what others get."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from ferrule import App, Blueprint, get_flashed_messages, session
from ferrule.views import MethodView
from ferrule_login import (
    Login,
    UserMixin,
    current_user,
    fresh_login_required,
    login_required,
    login_user,
    redirect_to_next,
)

KEY = "a key for tests, and for nothing else"


class User(UserMixin):
    def __init__(self, user_id: str) -> None:
        self.id = user_id


def make_app(**config: Any) -> App:
    defaults = {"SECRET_KEY": KEY, "LOGIN_VIEW": "login"}
    app = App("site", config_file=None, env="testing", extensions=["login"], config=defaults | config)
    app.extension(Login).user_loader(User)

    @app.route("/login", methods=["GET", "POST"])
    def login() -> Response:
        login_user(User("ada"))
        return redirect_to_next("home")

    @app.get("/")
    def home() -> list[Any]:
        return get_flashed_messages(with_categories=True)

    @app.route("/notes", methods=["GET", "POST", "PUT", "DELETE", "OPTIONS"])
    @login_required
    def notes() -> str:
        return f"notes of {current_user.get_id()}"

    return app


def test_a_user_is_let_in() -> None:
    client = make_app().test_client()
    client.post("/login")
    assert client.get("/notes").text == "notes of ada"


@pytest.mark.parametrize("path", ["/async", "/class"])
def test_views_that_are_async_or_classes_are_guarded(path: str) -> None:
    app = make_app()

    @app.get("/async")
    @login_required
    async def view() -> str:
        await asyncio.sleep(0)
        return f"async for {current_user.get_id()}"

    class Guarded(MethodView):
        decorators = (login_required,)

        async def get(self) -> str:
            return f"async for {current_user.get_id()}"

    app.add_url_rule("/class", view_func=Guarded.as_view("class"))
    client = app.test_client()
    assert client.get(path).status_code == 303
    client.post("/login")
    assert client.get(path).text == "async for ada"


def test_others_are_sent_to_the_login_page_and_told_why() -> None:
    client = make_app().test_client()
    answer = client.get("/notes")
    assert (answer.status_code, answer.location) == (303, "/login?next=/notes")
    assert client.get("/").json == [["message", "Log in to see this page."]]


def test_the_message_and_its_category_are_settings() -> None:
    client = make_app(LOGIN_MESSAGE="Who are you?", LOGIN_MESSAGE_CATEGORY="warning").test_client()
    client.get("/notes")
    assert client.get("/").json == [["warning", "Who are you?"]]


@pytest.mark.parametrize("message", ["", None])
def test_without_a_message_nothing_is_flashed(message: str | None) -> None:
    client = make_app(LOGIN_MESSAGE=message).test_client()
    assert "Set-Cookie" not in client.get("/notes").headers


def test_after_the_login_the_way_leads_back_with_path_and_query() -> None:
    client = make_app().test_client()
    challenge = client.get("/notes?q=a%26b&tag=caf%C3%A9&again=%2F%2F")
    assert client.get(challenge.location).location == "/notes?q=a%26b&tag=caf%C3%A9&again=%2F%2F"


def test_the_way_back_leads_below_the_mount_point() -> None:
    client = make_app().test_client()
    challenge = client.get("/notes", base_url="http://localhost/app/")
    assert challenge.location == "/app/login?next=/app/notes"


def test_head_has_a_way_back() -> None:
    assert make_app().test_client().head("/notes").location == "/login?next=/notes"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_an_unsafe_method_has_no_way_back(method: str) -> None:
    """A redirect comes back by GET, and would find another view or none."""
    answer = make_app().test_client().open("/notes", method=method)
    assert (answer.status_code, answer.location) == (303, "/login")


def test_options_is_let_in() -> None:
    assert make_app().test_client().options("/notes").text == "notes of None"


def test_without_a_login_view_the_answer_is_401() -> None:
    answer = make_app(LOGIN_VIEW=None).test_client().get("/notes")
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers


def test_the_401_goes_through_the_error_handlers() -> None:
    app = make_app(LOGIN_VIEW=None)

    @app.errorhandler(401)
    def refuse(error: Unauthorized) -> tuple[dict[str, Any], int]:
        return {"error": error.description}, 401

    assert app.test_client().get("/notes").json == {"error": "Log in to see this page."}


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 401),
        ("application/json, text/plain, */*", 401),
        ("text/html;q=0.5, application/json", 401),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 303),
        ("text/html, application/json;q=0.9", 303),
        ("*/*", 303),
        ("image/png", 303),
        ("", 303),
    ],
)
def test_a_client_that_prefers_json_gets_401(accept: str, status: int) -> None:
    assert make_app().test_client().get("/notes", headers={"Accept": accept}).status_code == status


def test_a_client_that_sends_json_gets_401() -> None:
    assert make_app().test_client().post("/notes", json={}).status_code == 401


def test_a_login_view_that_needs_a_login_is_no_circle() -> None:
    app = make_app(LOGIN_VIEW="locked")

    @app.get("/locked")
    @login_required
    def locked() -> str:
        return "locked"

    assert app.test_client().get("/notes").location == "/locked?next=/notes"
    assert app.test_client().get("/locked").status_code == 401


def test_the_view_keeps_its_name_its_arguments_and_what_it_returns() -> None:
    app = make_app()

    @login_required
    def add(a: int, *, b: int) -> int:
        """Add."""
        return a + b

    assert (add.__name__, add.__doc__) == ("add", "Add.")
    with app.test_request_context():
        login_user(User("ada"))
        assert add(1, b=2) == 3


def test_a_guard_holds_before_the_functions_of_a_blueprint() -> None:
    app = make_app()
    blueprint = Blueprint("admin", "site", url_prefix="/admin")

    @blueprint.before_request
    @login_required
    def check() -> None:
        """Let users pass."""

    @blueprint.get("/")
    def index() -> str:
        return "index"

    app.register_blueprint(blueprint)
    client = app.test_client()
    assert client.get("/admin/").location == "/login?next=/admin/"
    client.post("/login")
    assert client.get("/admin/").text == "index"


def test_a_guard_above_the_route_holds_too() -> None:
    """Elsewhere the route has taken the open view by then, and nothing says so."""
    app = make_app()

    @login_required
    @app.get("/above")
    def above() -> str:
        return "above"

    client = app.test_client()
    assert client.get("/above").location == "/login?next=/above"
    client.post("/login")
    assert client.get("/above").text == "above"


def test_a_guard_holds_that_is_parted_from_the_route_below_it_by_another_decorator() -> None:
    app = make_app()

    def shouting(view: Callable[[], str]) -> Callable[[], str]:
        @wraps(view)
        def shouts() -> str:
            return view().upper()

        return shouts

    @login_required
    @shouting
    @app.get("/above")
    def above() -> str:
        return "above"

    client = app.test_client()
    assert client.get("/above").location == "/login?next=/above"
    client.post("/login")
    assert client.get("/above").text == "ABOVE"


@pytest.mark.parametrize("guards", [[login_required, fresh_login_required], [fresh_login_required, login_required]])
def test_of_two_guards_above_a_route_both_hold(guards: list[Callable[..., Any]]) -> None:
    app = make_app()

    @app.get("/above")
    def above() -> str:
        return "above"

    @app.post("/by-mail")
    def log_in_by_mail() -> str:
        login_user(User("ada"), fresh=False)
        return "not fresh"

    first, second = guards
    second(first(above))
    client = app.test_client()
    assert client.get("/above").location == "/login?next=/above"
    client.post("/by-mail")
    assert client.get("/above").status_code == 401
    client.post("/login")
    assert client.get("/above").text == "above"


def test_a_guard_above_the_route_of_a_blueprint_holds_too() -> None:
    app = make_app()
    blueprint = Blueprint("admin", "site")

    @login_required
    @blueprint.get("/above")
    def above() -> str:
        return "above"

    app.register_blueprint(blueprint)
    assert app.test_client().get("/above").location == "/login?next=/above"


def test_a_view_that_is_registered_open_and_guarded_is_both() -> None:
    app = make_app()

    def page() -> str:
        return "page"

    app.add_url_rule("/open", "open", page)
    app.add_url_rule("/guarded", "guarded", login_required(page))
    client = app.test_client()
    assert client.get("/open").text == "page"
    assert client.get("/guarded").status_code == 303


def test_a_guard_is_not_put_in_place_of_what_wraps_the_view() -> None:
    app = make_app()

    def page() -> str:
        return "page"

    login_required(page)

    @wraps(page)
    def louder() -> str:
        return page().upper()

    app.add_url_rule("/page", "page", louder)
    assert app.test_client().get("/page").text == "PAGE"


def test_a_method_can_be_guarded() -> None:
    app = make_app()

    class Pages:
        def page(self) -> str:
            return "page"

    app.add_url_rule("/page", "page", login_required(Pages().page))
    assert app.test_client().get("/page").status_code == 303


def test_a_guard_without_the_extension_says_how_to_enable_it() -> None:
    app = App("site", config_file=None, env="testing", extensions=[], config={"TESTING": True})

    @app.get("/")
    @login_required
    def home() -> str:
        return "home"

    with pytest.raises(LookupError, match="the extension 'login' is not enabled in 'site'"):
        app.test_client().get("/")


def test_the_challenge_does_not_touch_what_the_session_holds() -> None:
    app = make_app(LOGIN_MESSAGE=None)
    seen: list[dict[str, Any]] = []

    @app.after_request
    def look(response: Callable[..., Any]) -> Callable[..., Any]:
        seen.append(dict(session))
        return response

    client = app.test_client()
    with client.session_transaction() as opened:
        opened["cart"] = [7]
    client.get("/notes")
    assert seen == [{"cart": [7]}]
