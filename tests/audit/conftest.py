"""A site that records what happens, on a database in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ferrule import App, Extension, request
from ferrule_audit import AuditEvent, record
from ferrule_login import Login, UserMixin, confirm_login, current_user, login_user, logout_user, sign_out_everywhere
from ferrule_sqlalchemy import db

MakeApp = Callable[..., App]
Events = Callable[[App], list[AuditEvent]]


@dataclass(eq=False)
class User(UserMixin):
    id: str
    is_active: bool = True
    session_epoch: int = 0


@pytest.fixture
def make_app(tmp_path: Path) -> Iterator[MakeApp]:
    """Make applications whose database has the table, and shut them down at the end."""
    apps: list[App] = []

    def make(*more: str | Extension, uri: str = f"sqlite:///{tmp_path / 'site.db'}", **config: Any) -> App:
        extensions = ["sqlalchemy", *more, "audit"]
        values = {"SECRET_KEY": "a key for tests", "SQLALCHEMY_DATABASE_URI": uri, "AUDIT_READERS": ["ada"]}
        app = App("site", config_file=None, env="testing", extensions=extensions, config=values | config)
        apps.append(app)
        if "login" in more:
            _add_logins(app)
        app.add_url_rule("/note", "note", _note, methods=["POST"])
        app.initialise()
        db.metadata.tables[AuditEvent.__tablename__].create(db.engine_of(app))
        return app

    yield make
    for app in apps:
        db.metadata.tables[AuditEvent.__tablename__].drop(db.engine_of(app), checkfirst=True)
        app.shutdown()


def _note() -> str:
    record("note.written", title="<b>Shopping</b>")
    return "written"


def _add_logins(app: App) -> None:
    users = {name: User(name, is_active=name != "eve") for name in ("ada", "bob", "eve")}
    app.extension(Login).user_loader(users.get)
    app.extension(Login).user_saver(lambda user: None)

    @app.post("/login/<name>")
    def log_in(name: str) -> list[bool]:
        return [login_user(users[name], remember="remember" in request.args)]

    @app.post("/confirm")
    def confirm() -> str:
        confirm_login()
        return "confirmed"

    @app.post("/everywhere")
    def everywhere() -> str:
        sign_out_everywhere(current_user)
        return "signed out"

    @app.post("/logout")
    def log_out() -> list[bool]:
        return [logout_user()]

    @app.get("/who")
    def who() -> list[Any]:
        return [current_user.get_id()]


@pytest.fixture
def events() -> Events:
    """Return the events that an application has in its database, in their order."""

    def read(app: App) -> list[AuditEvent]:
        with app.app_context():
            found = [*db.session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id))]
            db.session.expunge_all()
            return found

    return read
