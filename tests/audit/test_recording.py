"""What is recorded, when it is written, and what becomes of it if it cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time
from typing import Any

import pytest
import sqlalchemy as sa

from ferrule import App, ContextError, Extension, abort, hookimpl
from ferrule_audit import Audit, AuditEvent, AuditHooks, record
from ferrule_audit.commands import audit
from ferrule_login import authenticate
from ferrule_login.stores.families import GRACE
from ferrule_login.stores.sqlalchemy import TABLES
from ferrule_sqlalchemy import db

from .conftest import Events, MakeApp


class Nobody:
    password_hash = ""


class Listener(Extension):
    """Is told of what was recorded."""

    name = "listener"

    def __init__(self) -> None:
        self.heard: list[list[str]] = []

    @hookimpl(optionalhook=True)
    def audit_recorded(self, app: App, events: Sequence[AuditEvent]) -> None:
        with db.engine_of(app).connect() as connection:
            count = connection.scalar(sa.select(sa.func.count()).select_from(AuditEvent))
        self.heard.append([*(event.action for event in events), f"{count} in the table"])


def told(events: list[AuditEvent]) -> list[Any]:
    return [(event.action, event.user_id, event.details) for event in events]


def test_who_logs_in_and_out_is_recorded_with_when_where_from_and_how(make_app: MakeApp, events: Events) -> None:
    app = make_app("login")
    client = app.test_client()
    client.environ_base["HTTP_USER_AGENT"] = "A browser"
    client.post("/login/ada")
    client.post("/logout")
    login, logout = events(app)
    assert told([login, logout]) == [("login", "ada", {}), ("logout", "ada", {})]
    assert (login.address, login.user_agent, login.request) == ("127.0.0.1", "A browser", "POST /login/ada")
    assert timedelta(0) <= datetime.now(UTC).replace(tzinfo=None) - login.at < timedelta(minutes=1)


def test_what_becomes_of_a_remembered_login_is_recorded(
    make_app: MakeApp, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app("login")
    db.metadata.create_all(db.engine_of(app), TABLES)
    client, thief = app.test_client(), app.test_client()
    client.post("/login/ada?remember=1")
    cookie = client.get_cookie("remember_token")
    assert cookie
    thief.set_cookie("remember_token", cookie.value)
    client.delete_cookie("session")
    client.post("/confirm")
    monkeypatch.setattr("ferrule_login.remembering.remember_cookie.time", lambda: time() + GRACE + 1)
    thief.get("/who")
    client.post("/everywhere")
    actions = ["login", "login.remembered", "login.confirmed", "login.remember_replayed", "logout.everywhere"]
    assert told(events(app)) == [(action, "ada", {}) for action in actions]


def test_a_login_that_is_refused_is_recorded_with_the_reason(make_app: MakeApp, events: Events) -> None:
    app = make_app("login")
    app.test_client().post("/login/eve")
    assert told(events(app)) == [("login.refused", "eve", {"reason": "inactive"})]


def test_a_wrong_password_is_recorded_without_what_was_entered_and_those_that_come_too_fast_are_not(
    make_app: MakeApp, events: Events
) -> None:
    app = make_app("login")
    db.metadata.create_all(db.engine_of(app), TABLES)

    def find(account: str) -> Nobody | None:
        return None

    @app.post("/form")
    def form() -> str:
        return str(authenticate("hunter2", "wrong", find))

    client = app.test_client()
    statuses = [client.post("/form").status_code for _ in range(12)]
    recorded = told(events(app))
    assert recorded == [("login.refused", None, {"reason": "credentials"})] * statuses.count(200)
    assert 429 in statuses
    assert "hunter2" not in str(recorded)


def test_a_session_that_another_browser_uses_is_recorded(make_app: MakeApp, events: Events) -> None:
    app = make_app("login")
    client = app.test_client()
    client.post("/login/ada")
    client.get("/who", headers={"User-Agent": "Another"})
    assert told(events(app))[1:] == [("session.protected", "ada", {"mode": "basic"})]


def test_the_application_records_what_its_users_do(make_app: MakeApp, events: Events) -> None:
    app = make_app("login")
    client = app.test_client()
    client.post("/login/bob")
    client.post("/note")
    assert told(events(app))[1:] == [("note.written", "bob", {"title": "<b>Shopping</b>"})]


def test_without_login_nobody_is_known_and_there_is_no_page(make_app: MakeApp, events: Events) -> None:
    app = make_app()
    client = app.test_client()
    client.post("/note")
    assert told(events(app)) == [("note.written", None, {"title": "<b>Shopping</b>"})]
    assert client.get("/audit").status_code == 404


def test_a_command_records_too(make_app: MakeApp, events: Events) -> None:
    app = make_app()
    with app.app_context():
        record("import.done", rows=7)
    (event,) = events(app)
    assert told([event]) == [("import.done", None, {"rows": 7})]
    assert (event.address, event.user_agent, event.request) == ("", "", "")


def test_outside_of_a_context_nothing_can_be_recorded() -> None:
    with pytest.raises(ContextError):
        record("lost")


def test_what_was_rolled_back_is_recorded_all_the_same(make_app: MakeApp, events: Events) -> None:
    """Also in SQLite, where the request's own transaction holds the only lock."""
    app = make_app(SQLALCHEMY_SQLITE_PRAGMAS={"busy_timeout": 500})

    @app.post("/fails")
    def fail() -> None:
        db.session.execute(sa.text("CREATE TABLE undone (id INTEGER)"))
        record("tried")
        abort(409)

    assert app.test_client().post("/fails").status_code == 409
    assert told(events(app)) == [("tried", None, {})]
    assert not sa.inspect(db.engine_of(app)).has_table("undone")


def test_an_action_in_a_nested_context_is_recorded_by_its_own(make_app: MakeApp, events: Events) -> None:
    app = make_app()
    with app.app_context():
        record("outer")
        with app.app_context():
            record("inner")
        assert [event.action for event in events(app)] == ["inner"]
    assert [event.action for event in events(app)] == ["inner", "outer"]


def test_others_are_told_once_all_events_of_a_context_are_written(make_app: MakeApp) -> None:
    listener = Listener()
    app = make_app(listener)
    with app.app_context():
        record("one")
        record("two")
    assert listener.heard == [["one", "two", "2 in the table"]]


def test_events_that_cannot_be_written_are_in_the_log_and_the_answer_stands(
    make_app: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    listener = Listener()
    app = make_app(listener)
    db.metadata.tables[AuditEvent.__tablename__].drop(db.engine_of(app))
    assert app.test_client().post("/note").text == "written"
    assert "1 events could not be written" in caplog.text
    assert "note.written" in caplog.text
    assert listener.heard == []


def test_addresses_can_be_left_out(make_app: MakeApp, events: Events) -> None:
    app = make_app(AUDIT_ADDRESSES=False)
    app.test_client().post("/note")
    assert events(app)[0].address == ""


@pytest.mark.parametrize("server", ["sqlite", "postgresql_url", "mariadb_url"])
def test_every_database_takes_what_a_client_may_send(
    server: str, request: pytest.FixtureRequest, make_app: MakeApp, events: Events, tmp_path: Path
) -> None:
    """NUL bytes, which PostgreSQL refuses, texts longer than their columns, and letters of all planes."""
    uri = f"sqlite:///{tmp_path / 'own.db'}" if server == "sqlite" else request.getfixturevalue(server)
    app = make_app(uri=uri)

    @app.post("/<path:anything>")
    def anything(anything: str) -> str:
        record("x" * 100, what=anything)
        return ""

    answer = app.test_client().post("/a\0b\U0001f600" + "c" * 300, headers={"User-Agent": "\xff" * 400})
    assert answer.status_code == 200
    (event,) = events(app)
    assert (event.action, len(event.user_agent), len(event.request)) == ("x" * 64, 255, 255)
    assert event.request.startswith("POST /a\N{REPLACEMENT CHARACTER}b\U0001f600c")
    assert event.details == {"what": "a\0b\U0001f600" + "c" * 300}


def test_old_events_are_purged_by_a_command(make_app: MakeApp, events: Events) -> None:
    app = make_app()
    with app.app_context():
        record("new")
        record("old")
    with db.engine_of(app).begin() as connection:
        before = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=31)
        connection.execute(sa.update(AuditEvent).where(AuditEvent.action == "old").values(at=before))
    result = app.test_cli_runner().invoke(audit, ["purge", "--days", "30"])
    assert result.output.startswith("Deleted 1 events")
    assert [event.action for event in events(app)] == ["new"]


@pytest.mark.parametrize(
    ("config", "mistake"),
    [
        ({"AUDIT_PATH": "audit"}, "path='audit': expected one path"),
        ({"AUDIT_PATH": "/<x>"}, "expected one path"),
        ({"AUDIT_PER_PAGE": 0}, "per_page=0: expected 1 to 500"),
    ],
)
def test_settings_that_cannot_be_meant_stop_the_start(make_app: MakeApp, config: dict[str, Any], mistake: str) -> None:
    with pytest.raises(Exception, match=mistake):
        make_app(**config)


def test_every_hook_that_it_opens_is_heard_in_these_tests() -> None:
    assert {name for name in vars(AuditHooks) if name.startswith("audit_")} <= set(vars(Listener))


def test_the_extension_is_found_by_its_class(make_app: MakeApp) -> None:
    assert isinstance(make_app().extension(Audit), Audit)
