"""Session options: of the constructor, of the settings, and those that cannot be."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ferrule import App, ConfigError, Context, Extension, ExtensionError, hookimpl
from ferrule_sqlalchemy import SQLAlchemy, db
from ferrule_sqlalchemy.sessions import ContextSession

MakeApp = Callable[..., App]


class OwnSession(Session):
    """An application's own."""

    def __init__(self, *args: Any, tenant: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        self.tenant = tenant


class Audit(Extension):
    name = "audit"

    @hookimpl(optionalhook=True)
    def sqlalchemy_models_committed(self, ctx: Context) -> None: ...


def test_options_of_the_constructor_reach_the_session(make_app: MakeApp) -> None:
    own = SQLAlchemy(session_options={"expire_on_commit": False, "autoflush": False})
    with make_app(extensions=[own]).app_context():
        assert db.session is own.session
        assert (own.session.expire_on_commit, own.session.autoflush) == (False, False)


def test_options_of_the_settings_come_before_those_of_the_constructor(make_app: MakeApp) -> None:
    own = SQLAlchemy(session_options={"expire_on_commit": False, "autoflush": False})
    with make_app(extensions=[own], session_options={"autoflush": True}).app_context():
        assert (own.session.expire_on_commit, own.session.autoflush) == (False, True)


@pytest.mark.parametrize("extensions", [[], [Audit()]], ids=["alone", "with a listener"])
def test_a_session_class_of_the_application_gives_its_connections_back_too(
    make_app: MakeApp, extensions: list[Extension]
) -> None:
    own = SQLAlchemy(session_options={"class_": OwnSession, "tenant": "north"})
    app = make_app("sqlite:///library.db", extensions=[own, *extensions])
    pool = db.engine_of(app).pool
    assert isinstance(pool, sa.QueuePool)
    with app.app_context():
        session = db.session
        assert isinstance(session, OwnSession)
        assert isinstance(session, ContextSession)
        assert (type(session).__name__, session.tenant) == ("OwnSession", "north")
        session.scalar(sa.select(1))
        assert session.is_connected
        assert pool.checkedout() == 1
    assert pool.checkedout() == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"expire_on_comit": False}, "expire_on_comit"),
        ({"class_": dict}, "expected a subclass of sqlalchemy.orm.Session"),
        ({"class_": "Session"}, "expected a subclass of sqlalchemy.orm.Session"),
        ({"scopefunc": id}, "the session belongs to the context"),
        ({"bind": None}, "that of the application"),
        ({"binds": {}}, "__bind_key__"),
        ({"close_resets_only": True}, "ends with its context"),
    ],
)
def test_a_wrong_option_stops_the_start_and_names_the_place(
    make_app: MakeApp, options: dict[str, Any], message: str
) -> None:
    with pytest.raises((ConfigError, ExtensionError), match=rf"SQLAlchemy\(session_options=…\): .*{message}"):
        make_app(extensions=[SQLAlchemy(session_options=options)]).finalize()
    with pytest.raises((ConfigError, ExtensionError), match=rf"SQLALCHEMY_SESSION_OPTIONS: .*{message}"):
        make_app(session_options=options).finalize()


def test_all_wrong_options_are_told_at_once(make_app: MakeApp) -> None:
    own = SQLAlchemy(session_options={"class_": dict, "scopefunc": id})
    app = make_app(extensions=[own], session_options={"expire_on_comit": False})
    with app.app_context(), pytest.raises(ConfigError, match=r"(?s)class_=.*scopefunc: .*SESSION_OPTIONS: .*on_comit"):
        _ = db.session


def test_a_wrong_option_in_the_file_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "ferrule.toml"
    file.write_text(
        'extensions = ["sqlalchemy"]\n[sqlalchemy]\ndatabase_uri = "sqlite://"\nsession_options = { tenant = 1 }\n'
    )
    app = App("library", config_file=file)
    with app.app_context(), pytest.raises(ConfigError, match=r"ferrule\.toml \[sqlalchemy\] session_options: .*tenant"):
        _ = db.session


def test_a_listener_that_comes_before_the_freeze_is_heard(make_app: MakeApp) -> None:
    app = make_app()
    with app.app_context():
        first = type(db.session)
    Audit().init_app(app)
    with app.app_context():
        assert type(db.session) is not first
