"""The same code on Flask with Flask-Login and on Ferrule, side by side: each answers what the other does.

Where they differ on purpose, the differences are listed in docs/explanation/differences-from-flask.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import flask_login
import pytest

import ferrule
import ferrule_login
from ferrule import Context, Extension, hookimpl

KEY = "a key for tests, and for nothing else"
OTHER = {"User-Agent": "another browser"}


class Events(Extension):
    """Writes down what Flask-Login has signals for, by these signals' names."""

    name = "events"

    def __init__(self) -> None:
        self.seen: list[str] = []

    @hookimpl(optionalhook=True)
    def login_user_loaded(self, source: str) -> None:
        if source == "request":
            self.seen.append("user_loaded_from_request")

    @hookimpl(optionalhook=True)
    def login_user_logged_in(self) -> None:
        self.seen.append("user_logged_in")

    @hookimpl(optionalhook=True)
    def login_user_logged_out(self) -> None:
        self.seen.append("user_logged_out")

    @hookimpl(optionalhook=True)
    def login_confirmed(self) -> None:
        self.seen.append("user_login_confirmed")

    @hookimpl(optionalhook=True)
    def login_unauthorized(self, ctx: Context) -> None:
        self.seen.append("user_unauthorized")

    @hookimpl(optionalhook=True)
    def login_needs_refresh(self, ctx: Context) -> None:
        self.seen.append("user_needs_refresh")


# ``session_protected`` is sent for nobody's session, too, and in each request: a difference.
SIGNALS = (
    "user_loaded_from_request",
    "user_logged_in",
    "user_logged_out",
    "user_login_confirmed",
    "user_needs_refresh",
    "user_unauthorized",
)


@dataclass
class Kit:
    """A framework and its login: one of two."""

    web: ModuleType
    login: ModuleType

    @property
    def is_flask(self) -> bool:
        return self.web is flask

    def new_app(self, events: list[str]) -> Any:
        if not self.is_flask:
            extension = Events()
            extension.seen = events
            return ferrule.App("site", config_file=None, env="testing", extensions=[extension])
        app = flask.Flask("site")
        self.receivers = [
            getattr(flask_login, name).connect_via(app)(lambda sender, name=name, **_: events.append(name))
            for name in SIGNALS
        ]
        return app


FLASK, FERRULE = Kit(flask, flask_login), Kit(ferrule, ferrule_login)


class Site:
    """An application that is written once, in names that both have."""

    def __init__(self, kit: Kit, configure: Callable[[Any, Any], Any] | None = None, **config: Any) -> None:
        self.kit, self.events = kit, list[str]()
        self.app = kit.new_app(self.events)
        self.app.config.update(SECRET_KEY=KEY, TESTING=True, **config)
        self.manager = kit.login.LoginManager()
        self.manager.login_view = "log_in"
        self.manager.login_message = "Who are you?"
        self.manager.refresh_view = "confirm"
        self.manager.needs_refresh_message = "Is it you?"
        base: Any = kit.login.UserMixin

        class User(base):  # type: ignore[misc]  # a base that is known when it runs
            def __init__(self, name: str) -> None:
                self.id = name

            @property
            def is_active(self) -> bool:
                return bool(self.id != "eve")

        self.users = {name: User(name) for name in ("ada", "bob", "eve")}
        self.manager.user_loader(self.users.get)
        if configure is not None:
            configure(self.manager, self)
        self.manager.init_app(self.app)
        self.add_views()

    def add_views(self) -> None:
        login, web, app = self.kit.login, self.kit.web, self.app

        @app.route("/login")
        def log_in() -> Any:
            arguments = web.request.args
            user = self.users[arguments.get("name", "ada")]
            web.session.permanent = "permanent" in arguments
            return [login.login_user(user, fresh="stale" not in arguments, force="force" in arguments)]

        @app.route("/confirm")
        def confirm() -> str:
            login.confirm_login()
            return "confirmed"

        @app.route("/logout")
        def log_out() -> str:
            login.logout_user()
            return "out"

        @app.route("/state")
        def state() -> Any:
            user = login.current_user
            fresh = user.is_authenticated and login.login_fresh()  # whether nobody is fresh is a difference
            seen = [user.get_id(), user.is_authenticated, user.is_active, user.is_anonymous, fresh]
            return [*seen, login.login_remembered(), web.get_flashed_messages(with_categories=True)]

        @app.route("/page")
        def page() -> Any:
            return web.render_template_string("{{ current_user.get_id() }} {{ current_user.is_authenticated }}")

        @app.route("/notes", methods=["GET", "OPTIONS"], provide_automatic_options=False)
        @login.login_required
        def notes() -> str:
            return f"notes of {login.current_user.get_id()}"

        @app.route("/fresh")
        @login.fresh_login_required
        def fresh() -> str:
            return f"fresh for {login.current_user.get_id()}"

        shop = web.Blueprint("shop", "site")
        shop.add_url_rule("/", "index", login.login_required(lambda: "shop"))
        shop.add_url_rule("/login", "login", lambda: "shop login")
        app.register_blueprint(shop, url_prefix="/shop")

    def visit(self, *steps: str | tuple[str, dict[str, Any]], client: Any = None) -> list[Any]:
        """Return the answers to some requests of one client, as far as both frameworks write them alike."""
        client = client or self.app.test_client()
        answers = []
        for step in steps:
            path, more = step if isinstance(step, tuple) else (step, {})
            answer = client.open(path, **more)
            answers.append([path, answer.status_code, *_told(answer)])
        return [*answers, self.events]


def _told(answer: Any) -> list[Any]:
    """What an answer says: where it leads, or what stands in it. 302 and 303 are one of the differences."""
    if answer.status_code in (302, 303):
        answer.status_code = 302
        parts = urlsplit(answer.location)
        return [parts.path, parse_qs(parts.query)]
    return [answer.json if answer.is_json else answer.text if answer.status_code < 400 else ""]


def _normal(answers: list[Any]) -> list[Any]:
    return [[*answer[:1], 302, *answer[2:]] if answer[1:2] == [303] else answer for answer in answers]


def both(*steps: Any, configure: Callable[[Any, Any], Any] | None = None, **config: Any) -> list[Any]:
    """Visit both sites in the same way, and return what both answered."""
    flasks, ours = (Site(kit, configure, **config).visit(*steps) for kit in (FLASK, FERRULE))
    assert _normal(ours) == _normal(flasks)
    return ours


def test_nobody_is_sent_to_the_login_page_and_told_why() -> None:
    answers = both("/state", "/notes?page=2", "/fresh", "/state", "/page")
    assert answers[1][2:] == ["/login", {"next": ["/notes?page=2"]}]
    assert answers[3][2][-1] == [["message", "Who are you?"]] * 2


def test_a_user_comes_and_goes() -> None:
    answers = both("/login", "/state", "/notes", "/fresh", "/page", "/logout", "/state", "/notes")
    assert answers[2][2] == "notes of ada"
    assert answers[-1] == ["user_logged_in", "user_logged_out", "user_unauthorized"]


def test_an_inactive_user_is_refused_unless_forced() -> None:
    assert both("/login?name=eve", "/state", "/login?name=eve&force=1", "/state", "/notes")[2][2] == [True]


def test_one_user_after_another() -> None:
    assert both("/login", "/login?name=bob", "/state", "/notes")[-2][2] == "notes of bob"


def test_a_stale_login_is_sent_to_confirm() -> None:
    answers = both("/login?stale=1", "/state", "/notes", "/fresh", "/state", "/confirm", "/state", "/fresh")
    assert answers[3][2:] == ["/confirm", {"next": ["/fresh"]}]
    assert answers[-1] == ["user_logged_in", "user_needs_refresh", "user_login_confirmed"]


def test_without_pages_the_answer_is_401() -> None:
    def configure(manager: Any, site: Site) -> None:
        manager.login_view = manager.refresh_view = None

    answers = both("/notes", "/login?stale=1", "/fresh", configure=configure)
    assert [answer[1] for answer in answers[:-1]] == [401, 200, 401]


def test_messages_can_be_left_out_and_have_categories() -> None:
    def configure(manager: Any, site: Site) -> None:
        manager.login_message = None
        manager.login_message_category = "never"
        manager.needs_refresh_message_category = "warning"

    answers = both("/notes", "/login?stale=1", "/fresh", "/state", configure=configure)
    assert answers[3][2][-1] == [["warning", "Is it you?"]]


def test_messages_are_translated() -> None:
    def configure(manager: Any, site: Site) -> None:
        manager.localize_callback = str.upper

    answers = both("/notes", "/login?stale=1", "/fresh", "/state", configure=configure)
    assert answers[3][2][-1] == [["message", "WHO ARE YOU?"], ["message", "IS IT YOU?"]]


def test_handlers_answer_in_place_of_pages() -> None:
    def configure(manager: Any, site: Site) -> None:
        manager.unauthorized_handler(lambda: ("no", 418))
        manager.needs_refresh_handler(lambda: ("once more", 403))

    answers = both("/notes", "/fresh", "/login?stale=1", "/fresh", configure=configure)
    assert [answer[1] for answer in answers[:-1]] == [418, 418, 200, 403]


def test_blueprints_have_pages_of_their_own() -> None:
    def configure(manager: Any, site: Site) -> None:
        manager.blueprint_login_views = {"shop": "shop.login"}

    assert both("/shop/", "/notes", configure=configure)[0][2] == "/shop/login"


@pytest.mark.parametrize("view", ["/elsewhere", "https://id.example/login"])
def test_a_login_page_may_be_a_url(view: str) -> None:
    def configure(manager: Any, site: Site) -> None:
        manager.login_view = view

    both("/notes", configure=configure)


def test_a_loader_that_finds_nobody_makes_an_anonymous_user() -> None:
    def configure(manager: Any, site: Site) -> None:
        manager.user_loader(lambda user_id: None)

    both("/login", "/state", "/notes", configure=configure)


def test_an_anonymous_user_of_ones_own() -> None:
    def configure(manager: Any, site: Site) -> None:
        base: Any = site.kit.login.AnonymousUserMixin

        class Guest(base):  # type: ignore[misc]  # as above
            def get_id(self) -> str:
                return "a guest"

        manager.anonymous_user = Guest

    assert both("/state", "/page", configure=configure)[1][2] == "a guest False"


def test_a_request_loader_is_asked_where_no_session_names_anybody() -> None:
    def configure(manager: Any, site: Site) -> None:
        manager.request_loader(lambda request: site.users.get(request.headers.get("Api-Key", "")))

    key = {"headers": {"Api-Key": "bob"}}
    answers = both(("/state", key), ("/notes", key), "/state", "/login", ("/notes", key), configure=configure)
    assert [answers[1][2], answers[4][2]] == ["notes of bob", "notes of ada"]
    assert answers[-1] == ["user_loaded_from_request"] * 2 + ["user_logged_in"]


@pytest.mark.parametrize("mode", [None, "basic", "strong"])
@pytest.mark.parametrize("login", ["/login", "/login?permanent=1", "/login?stale=1"])
def test_another_browser_finds_what_the_protection_leaves(mode: str | None, login: str) -> None:
    def configure(manager: Any, site: Site) -> None:
        manager.session_protection = mode

    flasks, ours = (
        Site(kit, configure).visit(login, "/state", ("/state", {"headers": OTHER})) for kit in (FLASK, FERRULE)
    )
    assert ours == flasks


def test_options_and_disabled_guards_let_everybody_in() -> None:
    both(("/notes", {"method": "OPTIONS"}))
    assert both("/notes", "/fresh", LOGIN_DISABLED=True)[1][2] == "fresh for None"


def test_the_way_back_can_stand_in_the_session() -> None:
    flasks, ours = Site(FLASK, USE_SESSION_FOR_NEXT=True), Site(FERRULE, LOGIN_NEXT_IN_SESSION=True)
    for site in (flasks, ours):
        client = site.app.test_client()
        assert _normal(site.visit("/notes?page=2", client=client))[0][2:] == ["/login", {}]
        with client.session_transaction() as session:
            assert session["next"] == "/notes?page=2"


def test_login_pages_can_be_set_later() -> None:
    for kit in (FLASK, FERRULE):
        site = Site(kit, lambda manager, site: setattr(manager, "login_view", None))
        with site.app.app_context():
            kit.login.set_login_view("log_in")
        assert _normal(site.visit("/notes"))[0][2] == "/login"


def test_a_view_may_ask_for_a_login_by_itself() -> None:
    def configure(manager: Any, site: Site) -> None:
        site.app.add_url_rule("/by-hand", "by_hand", manager.unauthorized)
        site.app.add_url_rule("/once-more", "once_more", manager.needs_refresh)

    both("/by-hand", "/once-more", configure=configure)


URLS = [
    ("log_in", None, {}),
    ("log_in", "/notes", {}),
    ("log_in", "/notes?a=b", {"next_field": "to"}),
    ("log_in", "http://localhost/notes", {}),
    ("/elsewhere?x=y", "/notes", {}),
    ("https://id.example/login", "http://localhost/notes", {}),
]


@pytest.mark.parametrize(("view", "next_url", "more"), URLS)
def test_login_urls_are_built_alike(view: str, next_url: str | None, more: dict[str, Any]) -> None:
    built = []
    for kit in (FLASK, FERRULE):
        with Site(kit).app.test_request_context():
            parts = urlsplit(kit.login.login_url(view, next_url, **more))
            built.append((parts.scheme, parts.netloc, parts.path, parse_qs(parts.query)))
    assert built[0] == built[1]


@pytest.mark.parametrize(
    "login_url", ["/login", "http://site.example/login", "https://site.example/login", "//id.example"]
)
@pytest.mark.parametrize("current", ["http://site.example/notes?a=b", "/notes", "http://site.example/#x", ""])
def test_the_way_back_is_as_short_as_it_can_be(login_url: str, current: str) -> None:
    assert ferrule_login.make_next_param(login_url, current) == flask_login.make_next_param(login_url, current)


def test_users_are_compared_alike() -> None:
    for kit in (FLASK, FERRULE):
        users, others = Site(kit).users, Site(kit).users
        assert users["ada"] == users["ada"]
        assert users["ada"] != users["bob"]
        assert users["ada"] != "ada"
        assert len({*users.values()}) == 3
        assert others["ada"].get_id() == users["ada"].get_id() == "ada"


@pytest.mark.parametrize("fresh", [True, False])
def test_a_test_client_begins_with_a_user(fresh: bool) -> None:
    flasks, ours = Site(FLASK), Site(FERRULE)
    flasks.app.test_client_class = flask_login.FlaskLoginClient
    clients = [
        flasks.app.test_client(user=flasks.users["ada"], fresh_login=fresh),
        ours.app.test_client(user=ours.users["ada"], fresh=fresh),
    ]
    flasks.manager.session_protection = None  # the client's session names no browser
    seen = [
        site.visit("/state", "/notes", "/fresh", client=client)
        for site, client in zip((flasks, ours), clients, strict=True)
    ]
    assert _normal(seen[0])[:3] == _normal(seen[1])[:3]


def test_an_application_that_is_given_to_the_constructor_is_enlisted() -> None:
    for kit in (FLASK, FERRULE):
        app = kit.new_app([])
        app.config["SECRET_KEY"] = KEY
        manager = kit.login.LoginManager(app)
        manager.user_loader(lambda user_id: None)
        app.add_url_rule("/notes", "notes", kit.login.login_required(lambda: "notes"))
        assert app.test_client().get("/notes").status_code == 401


def test_users_of_two_classes_with_one_id_are_a_difference() -> None:
    equal = []
    for kit in (FLASK, FERRULE):
        base: Any = kit.login.UserMixin
        reader, admin = (type(name, (base,), {"id": 7})() for name in ("Reader", "Admin"))
        equal.append(reader == admin)
    assert equal == [True, False]
