"""Remember me: the cookie that logs people in when the session is gone, with a store and without."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.http import parse_date

from ferrule import Context, ContextError, Extension, ExtensionError, SetupError, abort, hookimpl
from ferrule_login import (
    Login,
    UserMixin,
    current_user,
    forget_device,
    forget_devices,
    login_remembered,
    login_required,
    login_user,
    remembered_devices,
)
from ferrule_login.exceptions import StoreError
from ferrule_login.remembering import tickets
from ferrule_login.stores.families import GRACE
from ferrule_login.stores.sqlalchemy.tables import REMEMBERED
from ferrule_sqlalchemy import db

from .remembering import COOKIE, Site, User, bearer_of, cookie_of, database_in, make_site, page, reopen, who

MakeSite = Callable[..., Site]


class Clock:
    """The time as remembering sees it."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time() + self.ahead

    def pass_by(self, seconds: float) -> None:
        self.ahead += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in ("remember_cookie", "devices"):
        monkeypatch.setattr(f"ferrule_login.remembering.{module}.time", clock)
    return clock


@pytest.fixture
def make(tmp_path: Path) -> Iterator[MakeSite]:
    """Make sites, and shut them down at the end."""
    sites: list[Site] = []

    def make(*, store: bool = False, **config: Any) -> Site:
        sites.append(make_site(database_in(tmp_path) if store else None, **config))
        return sites[-1]

    yield make
    for site in sites:
        site.app.shutdown()


@pytest.fixture(params=[False, True], ids=["cookie alone", "store"])
def site(request: pytest.FixtureRequest, make: MakeSite) -> Site:
    return make(store=request.param)


@pytest.fixture
def stored(make: MakeSite) -> Site:
    return make(store=True)


def set_cookies(response: Any) -> list[str]:
    """The remember cookies that a response sets or deletes."""
    return [header for header in response.headers.getlist("Set-Cookie") if header.startswith(f"{COOKIE}=")]


# What remembering is


def test_who_is_remembered_is_logged_in_when_the_session_is_gone_but_not_fresh(site: Site) -> None:
    client = reopen(site.browser("ada"))
    assert page(client) == {"who": "ada", "fresh": False, "remembered": True, "told": []}
    assert site.witness.seen == [("remembered", "ada")]


def test_who_was_remembered_has_a_session_again_and_the_cookie_is_not_looked_at(site: Site) -> None:
    client = reopen(site.browser("ada"))
    assert who(client) == "ada"
    client.delete_cookie(COOKIE)
    assert page(client) == {"who": "ada", "fresh": False, "remembered": False, "told": []}


def test_without_remember_no_cookie_is_set(site: Site) -> None:
    client = site.app.test_client()
    response = client.post("/login/ada")
    assert not set_cookies(response)
    assert page(client) == {"who": "ada", "fresh": True, "remembered": False, "told": []}
    assert who(reopen(client)) is None


def test_a_login_is_remembered_from_its_own_request_on(make: MakeSite) -> None:
    site = make()

    @site.app.post("/both")
    def both() -> list[bool]:
        login_user(site.users["ada"], remember=True)
        return [login_remembered()]

    assert site.app.test_client().post("/both").json == [True]


def test_a_view_that_does_not_ask_for_the_user_does_not_look_at_the_cookie(site: Site) -> None:
    client = reopen(site.browser("ada"))
    before = cookie_of(client)
    response = client.get("/plain")
    assert "Vary" not in response.headers
    assert "Set-Cookie" not in response.headers
    assert cookie_of(client) == before
    assert site.witness.seen == []


def test_a_view_that_asks_varies_by_cookie_and_asks_no_store_while_there_is_a_session(
    stored: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = stored.browser("ada")

    def refuse(*args: object) -> None:
        raise AssertionError("the store was asked")

    monkeypatch.setattr("ferrule_login.stores.sqlalchemy.remembered.run", refuse)
    response = client.get("/who")
    assert response.get_json()["who"] == "ada"
    assert "Cookie" in response.headers["Vary"]
    assert not set_cookies(response)


def test_a_view_that_needs_a_login_lets_in_who_is_remembered(site: Site) -> None:
    @site.app.get("/guarded")
    @login_required
    def guarded() -> str:
        return "guarded"

    assert reopen(site.browser("ada")).get("/guarded").text == "guarded"


def test_remembering_needs_a_secret_key() -> None:
    site = make_site(SECRET_KEY=None)
    with site.app.test_request_context(), pytest.raises(ContextError, match="no secret key is set"):
        login_user(site.users["ada"], remember=True)


# The cookie


def test_the_cookie_is_hidden_from_scripts_and_other_sites_and_lasts_thirty_days(site: Site) -> None:
    (cookie,) = set_cookies(site.app.test_client().post("/login/ada?remember=yes"))
    parts = cookie.split("; ")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} < set(parts)
    assert "Secure" not in parts
    (expires,) = [part.removeprefix("Expires=") for part in parts if part.startswith("Expires=")]
    moment = parse_date(expires)
    assert moment is not None
    assert timedelta(days=30) - timedelta(minutes=1) < moment - datetime.now(UTC) <= timedelta(days=30)


def test_in_production_the_cookie_goes_over_https_alone(make: MakeSite) -> None:
    response = make(env="production").app.test_client().post("/login/ada?remember=yes", base_url="https://localhost")
    assert "Secure" in set_cookies(response)[0].split("; ")


def test_each_attribute_of_the_cookie_can_be_set(make: MakeSite) -> None:
    names = {
        "NAME": "known",
        "DURATION": timedelta(hours=1),
        "DOMAIN": "example.com",
        "PATH": "/shop",
        "SECURE": True,
        "HTTPONLY": False,
        "SAMESITE": "Strict",
    }
    site = make(**{f"LOGIN_REMEMBER_COOKIE_{name}": value for name, value in names.items()})
    response = site.app.test_client().post("/login/ada?remember=yes", base_url="https://www.example.com")
    (cookie,) = [header for header in response.headers.getlist("Set-Cookie") if header.startswith("known=")]
    parts = set(cookie.split("; "))
    assert {"Domain=example.com", "Path=/shop", "Secure", "SameSite=Strict"} < parts
    assert "HttpOnly" not in parts


@pytest.mark.parametrize(
    "config",
    [
        {"LOGIN_REMEMBER_COOKIE_NAME": "__Host-remember"},
        {"LOGIN_REMEMBER_COOKIE_NAME": "__Secure-remember"},
        {"LOGIN_REMEMBER_COOKIE_SAMESITE": "None"},
    ],
)
def test_where_browsers_demand_it_the_cookie_is_secure_in_development_too(
    make: MakeSite, config: dict[str, str]
) -> None:
    site = make(**config)
    response = site.app.test_client().post("/login/ada?remember=yes")
    assert any("remember" in header and "Secure" in header for header in response.headers.getlist("Set-Cookie"))


def test_the_cookies_path_is_that_of_the_session(make: MakeSite) -> None:
    """Another application at the same host has its own keys, and would delete a cookie that it cannot read."""
    response = make(SESSION_COOKIE_PATH="/shop").app.test_client().post("/login/ada?remember=yes")
    assert "Path=/shop" in set_cookies(response)[0].split("; ")


def test_a_login_may_say_how_long_it_is_remembered(site: Site, clock: Clock) -> None:
    client = site.browser("ada", duration=600)
    clock.pass_by(599 - GRACE)
    assert who(reopen(client)) == "ada"
    clock.pass_by(GRACE + 1)
    assert who(reopen(client)) is None


@pytest.mark.parametrize(("duration", "error"), [(3600, TypeError), (timedelta(0), ValueError), ("P1D", TypeError)])
def test_a_duration_that_is_none_is_refused_with_what_it_was(
    make: MakeSite, duration: Any, error: type[Exception]
) -> None:
    site = make()
    with site.app.test_request_context(), pytest.raises(error, match=r"login_user\(duration=.*\): expected"):
        login_user(site.users["ada"], remember=True, duration=duration)


@pytest.mark.parametrize("duration", [timedelta(0), timedelta(days=-1), 0])
def test_a_duration_in_the_settings_that_is_none_stops_the_start(make: MakeSite, duration: Any) -> None:
    with pytest.raises(ExtensionError, match=r"remember_cookie_duration=.*: expected a second or more"):
        make(LOGIN_REMEMBER_COOKIE_DURATION=duration).app.finalize()


def test_a_loader_that_is_async_finds_who_is_remembered(site: Site) -> None:
    async def load(user_id: str) -> User | None:
        return site.users.get(user_id)

    site.app.extension(Login).user_loader(load)
    assert who(reopen(site.browser("ada"))) == "ada"


def test_the_cookie_names_nobody_to_who_reads_it(site: Site) -> None:
    site.users["grace-hopper"] = User("grace-hopper")
    cookie = cookie_of(site.browser("grace-hopper")) or ""
    assert cookie.isascii()
    assert "grace" not in cookie


# What ends it


def test_a_logout_deletes_the_cookie_and_ends_what_it_stands_for(site: Site) -> None:
    client = site.browser("ada")
    response = client.post("/logout")
    assert "Expires=Thu, 01 Jan 1970" in set_cookies(response)[0]
    assert cookie_of(client) is None
    assert who(reopen(client)) is None


def test_a_login_without_remember_forgets_the_login_before_it(site: Site) -> None:
    """Or whoever was remembered at this browser would come back after the next user."""
    client = site.browser("ada")
    client.post("/login/bob")
    assert cookie_of(client) is None
    assert who(reopen(client)) is None


def test_a_remembered_login_replaces_the_one_before_it(stored: Site) -> None:
    client = stored.browser("ada")
    client.post("/login/bob?remember=yes")
    assert [row.user_id for row in stored.rows()] == ["bob"]
    assert who(reopen(client)) == "bob"


def test_a_cookie_lasts_as_long_as_it_was_to_last_however_often_it_is_used(site: Site, clock: Clock) -> None:
    client = site.browser("ada", duration=1000)
    for _ in range(4):
        clock.pass_by(200)
        assert who(reopen(client)) == "ada"
    clock.pass_by(200)
    response = reopen(client).get("/who")
    assert response.get_json()["who"] is None
    assert "Expires=Thu, 01 Jan 1970" in set_cookies(response)[0]


def test_a_user_who_is_no_more_is_not_remembered(site: Site) -> None:
    client = reopen(site.browser("ada"))
    del site.users["ada"]
    response = client.get("/who")
    assert response.get_json()["who"] is None
    assert cookie_of(client) is None


def test_a_user_who_may_not_log_in_is_not_remembered(site: Site) -> None:
    client = reopen(site.browser("ada"))
    site.users["ada"].is_active = False
    assert who(client) is None
    site.users["ada"].is_active = True
    assert who(client) is None


def test_a_loader_that_raises_leaves_the_cookie_as_it_is(site: Site) -> None:
    client = reopen(site.browser("ada"))
    site.app.config["PROPAGATE_EXCEPTIONS"] = False

    def fail(user_id: str) -> UserMixin:
        raise ConnectionError("the database is away")

    site.app.extension(Login).user_loader(fail)
    assert client.get("/who").status_code == 500
    site.app.extension(Login).user_loader(site.users.get)
    assert who(client) == "ada"


def test_another_password_ends_all_cookies_but_that_of_who_changed_it(site: Site) -> None:
    client, other = site.browser("ada"), site.browser("ada")
    client.post("/password/new")
    assert who(reopen(other)) is None
    assert cookie_of(other) is None
    assert who(reopen(client)) == "ada"


def test_signing_out_everywhere_ends_all_cookies(site: Site) -> None:
    client, others = site.browser("ada"), [site.browser("ada"), site.browser("bob")]
    client.post("/everywhere")
    assert [who(reopen(each)) for each in (client, *others)] == [None, None, "bob"]


def test_signing_out_everywhere_leaves_no_row(stored: Site) -> None:
    stored.browser("ada")
    stored.browser("bob")
    stored.browser("ada").post("/everywhere")
    assert [row.user_id for row in stored.rows()] == ["bob"]


# The store: cookies that are replaced


def test_each_use_replaces_the_cookie(stored: Site) -> None:
    client, seen = stored.browser("ada"), set()
    for _ in range(3):
        seen.add(cookie_of(client))
        assert who(reopen(client)) == "ada"
    assert len(seen) == 3
    assert len(stored.rows()) == 1


def test_the_store_has_no_validator_that_would_log_anybody_in(stored: Site) -> None:
    ticket = tickets.read(stored.app, cookie_of(stored.browser("ada")) or "", time())
    assert ticket is not None
    (row,) = stored.rows()
    assert row.selector == ticket.selector
    assert ticket.validator not in map(str, row)


def test_of_two_requests_at_a_time_both_are_logged_in_and_one_replaces_the_cookie(stored: Site) -> None:
    together = threading.Barrier(4, timeout=30)

    @stored.app.get("/together")
    def meet() -> list[Any]:
        first = current_user.get_id()
        together.wait()
        return [first]

    cookie = cookie_of(stored.browser("ada")) or ""
    with ThreadPoolExecutor(4) as pool:
        responses = list(pool.map(lambda _: bearer_of(stored, cookie).get("/together"), range(4)))
    assert [response.json for response in responses] == [["ada"]] * 4
    assert len([each for response in responses for each in set_cookies(response)]) == 1
    assert stored.witness.seen == [("remembered", "ada")] * 4


def test_a_cookie_that_was_just_replaced_counts_once_more_and_is_not_replaced_again(stored: Site, clock: Clock) -> None:
    client = stored.browser("ada")
    old = cookie_of(client) or ""
    assert who(reopen(client)) == "ada"
    clock.pass_by(GRACE - 5)
    late = bearer_of(stored, old).get("/who")
    assert late.get_json()["who"] == "ada"
    assert not set_cookies(late)
    assert who(reopen(client)) == "ada"


def test_a_replayed_cookie_ends_the_family_and_each_browser_that_has_one_is_told(stored: Site, clock: Clock) -> None:
    """The user's is one of them, whoever of the two came second."""
    client = stored.browser("ada")
    stolen = cookie_of(client) or ""
    assert who(reopen(client)) == "ada"
    clock.pass_by(GRACE + 5)
    for browser in (bearer_of(stored, stolen), reopen(client)):
        answer = page(browser)
        assert answer["who"] is None
        assert "used twice" in answer["told"][0]
        assert cookie_of(browser) is None
        assert page(browser)["told"] == []
    assert stored.witness.seen == [("remembered", "ada"), ("replayed", "ada")]


def test_after_a_replay_the_user_logs_in_and_is_remembered_as_before(stored: Site, clock: Clock) -> None:
    client = stored.browser("ada")
    stolen = cookie_of(client) or ""
    assert who(reopen(client)) == "ada"
    clock.pass_by(GRACE + 5)
    assert who(bearer_of(stored, stolen)) is None
    assert who(reopen(stored.browser("ada"))) == "ada"


def test_what_is_said_of_a_replay_can_be_set_translated_and_switched_off(make: MakeSite, clock: Clock) -> None:
    def told(message: str | None) -> list[str]:
        site = make(store=True, LOGIN_REMEMBER_REPLAYED_MESSAGE=message)
        site.app.extension(Login).localize_callback = str.upper
        client = site.browser("ada")
        stolen = cookie_of(client) or ""
        assert who(reopen(client)) == "ada"
        clock.pass_by(GRACE + 5)
        found: list[str] = page(bearer_of(site, stolen))["told"]
        return found

    assert told("somebody has a copy") == ["SOMEBODY HAS A COPY"]
    assert told(None) == []


def test_a_cookie_is_replaced_by_an_error_page_too(stored: Site) -> None:
    stored.app.config["PROPAGATE_EXCEPTIONS"] = False

    @stored.app.get("/missing")
    def missing() -> None:
        abort(404, current_user.get_id())

    @stored.app.get("/broken")
    def broken() -> None:
        raise ArithmeticError(current_user.get_id())

    client = stored.browser("ada")
    for path, status in (("/missing", 404), ("/broken", 500)):
        before = cookie_of(client)
        assert reopen(client).get(path).status_code == status
        assert cookie_of(client) != before
    assert who(reopen(client)) == "ada"


def test_a_cookie_that_was_replaced_is_sent_though_the_response_fails_behind_it(stored: Site) -> None:
    class Clumsy(Extension):
        """Comes before login, so that its turn after the view is later."""

        name = "clumsy"
        before = ("login",)
        failed = False

        @hookimpl
        def after_request(self, ctx: Context) -> None:
            if ctx.request.path == "/who" and not self.failed:
                self.failed = True
                raise ArithmeticError("once")

    stored.app.config["PROPAGATE_EXCEPTIONS"] = False
    Clumsy().init_app(stored.app)
    client = stored.browser("ada")
    before = cookie_of(client)
    assert reopen(client).get("/who").status_code == 500
    assert cookie_of(client) != before
    assert who(reopen(client)) == "ada"


def test_a_cookie_that_no_response_can_carry_is_not_replaced(stored: Site) -> None:
    client = stored.browser("ada")
    with stored.app.test_request_context(headers={"Cookie": f"{COOKIE}={cookie_of(client)}"}):
        assert current_user.get_id() == "ada"
    assert who(reopen(client)) == "ada"


def test_where_the_database_is_locked_the_user_is_logged_in_and_the_cookie_stays(
    make: MakeSite, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site = make(store=True, SQLALCHEMY_SQLITE_PRAGMAS={"busy_timeout": 200})
    client = reopen(site.browser("ada"))
    before = cookie_of(client)
    writer = sqlite3.connect(tmp_path / "site.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    assert who(client) == "ada"
    writer.close()
    assert cookie_of(client) == before
    assert "could not be replaced" in caplog.text
    assert who(reopen(client)) == "ada"
    assert cookie_of(client) != before


def test_a_session_of_the_application_is_neither_committed_nor_rolled_back(make: MakeSite) -> None:
    site = make(store=True)

    @site.app.get("/reads")
    def reads() -> list[Any]:
        before = db.session.scalar(sa.text("SELECT count(*) FROM login_remembered"))
        return [before, current_user.get_id(), db.session.in_transaction()]

    assert reopen(site.browser("ada")).get("/reads").json == [1, "ada", True]


def test_what_a_request_writes_and_commits_at_its_end_does_not_keep_the_cookie_from_being_replaced(
    make: MakeSite,
) -> None:
    """SQLite has one writer, and the request's transaction lasts until autocommit ends it: before login's turn."""
    site = make(store=True, SQLALCHEMY_AUTOCOMMIT=True, SQLALCHEMY_SQLITE_PRAGMAS={"busy_timeout": 500})

    @site.app.get("/writes")
    def writes() -> list[Any]:
        user_id = current_user.get_id()
        db.session.execute(sa.text("CREATE TABLE written (id INTEGER)"))
        return [user_id]

    client = site.browser("ada")
    before = cookie_of(client)
    assert reopen(client).get("/writes").json == ["ada"]
    assert cookie_of(client) != before
    assert sa.inspect(db.engine_of(site.app)).has_table("written")


def test_cookies_of_a_time_without_a_store_log_nobody_in_with_one_and_the_reverse(make: MakeSite) -> None:
    without, with_store = make(), make(store=True)
    assert who(bearer_of(with_store, cookie_of(without.browser("ada")) or "")) is None
    assert who(bearer_of(without, cookie_of(with_store.browser("ada")) or "")) is None


def test_a_missing_table_is_told_with_its_cure(make: MakeSite) -> None:
    site = make(store=True, TESTING=True)
    REMEMBERED.drop(db.engine_of(site.app))
    with pytest.raises(StoreError, match=r"login_remembered.*ferrule db upgrade"):
        site.browser("ada")


# Refreshing


@pytest.mark.parametrize("store", [False, True])
def test_with_refresh_the_lifetime_begins_anew_as_long_as_the_user_comes_by(
    make: MakeSite, clock: Clock, store: bool
) -> None:
    site = make(store=store, LOGIN_REMEMBER_COOKIE_REFRESH_EACH_REQUEST=True)
    client = site.browser("ada", duration=1000)
    assert not set_cookies(client.get("/who"))  # not yet a hundredth of the time
    for _ in range(3):
        clock.pass_by(600)
        assert set_cookies(client.get("/who"))
        assert not set_cookies(client.get("/plain"))
    clock.pass_by(600)
    assert who(reopen(client)) == "ada"
    clock.pass_by(999)
    assert who(reopen(client)) == "ada"
    clock.pass_by(1001)
    assert who(reopen(client)) is None


def test_with_refresh_who_is_not_remembered_does_not_become_so(make: MakeSite) -> None:
    """In Flask-Login everybody does who is logged in."""
    client = make(LOGIN_REMEMBER_COOKIE_REFRESH_EACH_REQUEST=True).app.test_client()
    client.post("/login/ada")
    client.get("/who")
    assert cookie_of(client) is None


# Devices


def test_users_see_the_browsers_that_remember_them(stored: Site, clock: Clock) -> None:
    @stored.app.get("/devices")
    def show() -> list[Any]:
        return [[each.user_agent, each.is_current] for each in remembered_devices(current_user)]

    phone, laptop = stored.app.test_client(), stored.app.test_client()
    phone.post("/login/ada?remember=yes", headers={"User-Agent": "A phone\t\x7f"})
    clock.pass_by(100)
    laptop.post("/login/ada?remember=yes", headers={"User-Agent": "A laptop"})
    stored.browser("bob")
    assert laptop.get("/devices").json == [["A laptop", True], ["A phone  ", False]]
    assert phone.get("/devices").json == [["A laptop", False], ["A phone  ", True]]
    with stored.app.app_context():
        first = remembered_devices(stored.users["ada"])[0]
    assert first.created_at == first.last_used_at
    assert first.expires_at - first.created_at == timedelta(days=30)
    assert first.created_at.tzinfo is UTC


def test_users_can_end_one_of_their_browsers_and_nobody_elses(stored: Site) -> None:
    ada, bob = stored.browser("ada"), stored.browser("bob")
    with stored.app.app_context():
        (device,) = remembered_devices(stored.users["ada"])
        assert not forget_device(stored.users["bob"], device.id)
        assert forget_device(stored.users["ada"], device.id)
        assert not forget_device(stored.users["ada"], device.id)
        assert remembered_devices(stored.users["ada"]) == []
    assert [who(ada), who(reopen(ada)), who(reopen(bob))] == ["ada", None, "bob"]


def test_users_can_end_all_of_their_browsers(stored: Site) -> None:
    browsers = [stored.browser("ada"), stored.browser("ada"), stored.browser("bob")]
    with stored.app.app_context():
        assert forget_devices(stored.users["ada"]) == 2
        assert forget_devices(stored.users["ada"]) == 0
    assert [who(reopen(each)) for each in browsers] == [None, None, "bob"]


def test_browsers_that_another_password_ended_are_not_shown(stored: Site) -> None:
    stored.browser("ada")
    stored.users["ada"].password_hash = "another"
    with stored.app.app_context():
        assert remembered_devices(stored.users["ada"]) == []


def test_without_a_store_nobody_knows_the_browsers_and_the_error_says_so(make: MakeSite) -> None:
    site = make()
    with site.app.app_context(), pytest.raises(SetupError, match="enable sqlalchemy"):
        remembered_devices(site.users["ada"])
    with site.app.app_context(), pytest.raises(SetupError, match="enable sqlalchemy"):
        forget_devices(site.users["ada"])


# Other databases


@pytest.mark.parametrize("server", ["postgresql_url", "mariadb_url"])
def test_a_real_database_remembers_replaces_and_tells(
    server: str, request: pytest.FixtureRequest, clock: Clock
) -> None:
    site = make_site(request.getfixturevalue(server))
    try:
        client = site.browser("ada")
        stolen = cookie_of(client) or ""
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: who(bearer_of(site, stolen)), range(4)))
        assert found == ["ada"] * 4
        clock.pass_by(GRACE + 5)
        assert who(bearer_of(site, stolen)) is None
        assert site.witness.seen[-1] == ("replayed", "ada")
        assert "used twice" in page(reopen(client))["told"][0]
    finally:
        REMEMBERED.drop(db.engine_of(site.app))
        site.app.shutdown()


@pytest.mark.parametrize("store", [False, True])
def test_who_logs_in_again_without_remember_is_remembered_all_the_same(make: MakeSite, store: bool) -> None:
    """A page that asks for the password once more has no box to tick."""
    site = make(store=store)
    client = site.browser("ada")
    client.post("/login/ada")
    assert who(reopen(client)) == "ada"
