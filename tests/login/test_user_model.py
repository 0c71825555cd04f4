"""Users of a model that the configuration names: no loader to write, and no id that ends in an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ferrule import App, ExtensionError, SetupError
from ferrule_login import (
    Login,
    UserMixin,
    confirm_login,
    current_user,
    login_required,
    login_user,
    logout_user,
    sign_out_everywhere,
    typed_current_user,
)
from ferrule_sqlalchemy import Model, db

KEY = "a key for tests, and for nothing else"


class Reader(UserMixin, Model):
    __tablename__ = "login_reader"
    id: Mapped[int] = mapped_column(primary_key=True)
    password_hash: Mapped[str] = mapped_column(sa.String(80), default="a hash")
    session_epoch: Mapped[int] = mapped_column(default=0)


class Epochless(UserMixin, Model):
    __tablename__ = "login_epochless"
    id: Mapped[int] = mapped_column(primary_key=True)
    session_epoch: Mapped[int | None]


class Named(UserMixin, Model):
    __tablename__ = "login_named"
    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)


class Device(UserMixin, Model):
    __tablename__ = "login_device"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)


class Pair(UserMixin, Model):
    __tablename__ = "login_pair"
    first: Mapped[int] = mapped_column(primary_key=True)
    second: Mapped[int] = mapped_column(primary_key=True)


class Dated(UserMixin, Model):
    __tablename__ = "login_dated"
    id: Mapped[float] = mapped_column(sa.Float, primary_key=True)


class NoUser(Model):
    __tablename__ = "login_no_user"
    id: Mapped[int] = mapped_column(primary_key=True)


TABLES = [cast(sa.Table, kind.__table__) for kind in (Reader, Epochless, Named, Device)]
reader = typed_current_user(Reader)

MakeApp = Callable[..., App]


@pytest.fixture
def make_app() -> Iterator[MakeApp]:
    apps: list[App] = []

    def make(model: str = "Reader", uri: str = "sqlite://", **config: Any) -> App:
        config = {"SECRET_KEY": KEY, "SQLALCHEMY_DATABASE_URI": uri, "LOGIN_USER_MODEL": f"{__name__}:{model}"} | config
        app = App("site", config_file=None, env="testing", extensions=["login", "sqlalchemy"], config=config)
        apps.append(app)
        app.add_url_rule("/who", "who", lambda: [current_user.get_id()])
        return app

    yield make
    for app in apps:
        with app.app_context():
            Model.metadata.drop_all(db.engine, tables=TABLES)
        app.shutdown()


def with_tables(app: App, *users: Any) -> App:
    with app.app_context():
        Model.metadata.create_all(db.engine, tables=TABLES)
        db.session.add_all(users)
        db.session.commit()
    return app


def client_as(app: App, kind: type[Any]) -> Any:
    """Return a client whom the only user of a kind is logged in at."""
    client = app.test_client()
    app.add_url_rule("/in", "in", lambda: [login_user(db.session.scalars(sa.select(kind)).one())])
    client.get("/in")
    return client


@pytest.mark.parametrize(
    ("kind", "user_id"), [(Reader, 7), (Named, "ada"), (Device, UUID("12345678123456781234567812345678"))]
)
def test_users_are_found_by_the_primary_key(make_app: MakeApp, kind: type[Any], user_id: Any) -> None:
    client = client_as(with_tables(make_app(kind.__name__), kind(id=user_id)), kind)
    assert client.get("/who").json == [str(user_id)]


def test_the_current_user_is_of_the_model(make_app: MakeApp) -> None:
    app = with_tables(make_app(), Reader(id=7))
    app.add_url_rule("/kind", "kind", lambda: [isinstance(current_user, Reader), reader.password_hash])
    assert client_as(app, Reader).get("/kind").json == [True, "a hash"]


NO_NUMBERS = ["", "x", "-1", " 7", "07", "+7", "7.0", "1_0", "\u0667", "0x7", "9" * 30, "9" * 5000, "3" * 10, "\0"]
NO_IDS = {"Reader": NO_NUMBERS, "Named": ["", "\0", "x" * 5000, "é", "'"], "Device": ["", "x", "7", "\0", "9" * 40]}


@pytest.mark.parametrize("database", ["sqlite", "postgresql", "mariadb"])
@pytest.mark.parametrize("model", NO_IDS)
def test_an_id_that_cannot_be_one_is_nobodys_and_no_error(
    make_app: MakeApp, request: pytest.FixtureRequest, database: str, model: str
) -> None:
    uri = "sqlite://" if database == "sqlite" else request.getfixturevalue(f"{database}_url")
    app = with_tables(make_app(model, uri), Reader(id=7), Named(id="ada"), Device())
    client = app.test_client()
    for user_id in NO_IDS[model]:
        with client.session_transaction() as session:
            session.update({"_user_id": user_id, "_user_print": "x"})
        answer = client.get("/who")
        assert (answer.status_code, answer.json) == (200, [None])


def test_a_user_who_was_deleted_is_nobody(make_app: MakeApp) -> None:
    app = with_tables(make_app(), Reader(id=7))
    client = client_as(app, Reader)
    with app.app_context():
        db.session.execute(sa.delete(Reader))
        db.session.commit()
    assert client.get("/who").json == [None]


def test_a_loader_of_the_applications_own_wins(make_app: MakeApp) -> None:
    app = with_tables(make_app(), Reader(id=7))
    app.extension(Login).user_loader(lambda user_id: None)
    assert client_as(app, Reader).get("/who").json == [None]


def test_a_view_that_does_not_ask_sends_no_statement(make_app: MakeApp) -> None:
    app = with_tables(make_app(), Reader(id=7))
    app.add_url_rule("/plain", "plain", lambda: "plain")
    client = client_as(app, Reader)
    statements: list[str] = []
    with app.app_context():
        sa.event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    client.get("/plain")
    assert statements == []
    client.get("/who")
    assert len(statements) == 1


def test_a_new_password_ends_all_sessions_but_the_one_that_confirms_it(make_app: MakeApp) -> None:
    app = with_tables(make_app(), Reader(id=7))

    @app.get("/password")
    @login_required
    def change() -> str:
        reader.password_hash = "another hash"  # none
        db.session.commit()
        confirm_login()
        return "changed"

    client, other = client_as(app, Reader), app.test_client()
    other.get("/in")
    client.get("/password")
    assert client.get("/who").json == ["7"]
    assert other.get("/who").json == [None]


@pytest.mark.parametrize("path", ["/everywhere", "/out"])
def test_signing_out_everywhere_is_saved(make_app: MakeApp, path: str) -> None:
    app = with_tables(make_app(LOGIN_LOGOUT="everywhere"), Reader(id=7))

    @app.get("/everywhere")
    def everywhere() -> str:
        sign_out_everywhere(current_user)
        return "signed out"

    app.add_url_rule("/out", "out", lambda: [logout_user()])
    client, other = client_as(app, Reader), app.test_client()
    other.get("/in")
    client.get(path)
    with app.app_context():
        assert db.session.get_one(Reader, 7).session_epoch == 1
    assert client.get("/who").json == other.get("/who").json == [None]


def test_two_who_sign_out_at_a_time_raise_the_epoch_twice(make_app: MakeApp) -> None:
    """Otherwise whoever logged in between the two would stay."""
    app = with_tables(make_app(), Reader(id=7))
    with app.app_context():
        first = db.session.get_one(Reader, 7)
        assert first.session_epoch == 0
        with app.app_context():
            sign_out_everywhere(db.session.get_one(Reader, 7))
        sign_out_everywhere(first)
        assert first.session_epoch == 2


def test_an_epoch_that_was_never_set_can_be_raised(make_app: MakeApp) -> None:
    app = with_tables(make_app("Epochless"), Epochless(id=7))
    with app.app_context():
        user = db.session.get_one(Epochless, 7)
        sign_out_everywhere(user)
        assert user.session_epoch == 1


def test_a_model_without_an_epoch_cannot_be_logged_out_everywhere(make_app: MakeApp) -> None:
    with pytest.raises(ExtensionError, match=r"logout='everywhere': .*:Named has no session_epoch to raise; give it a"):
        make_app("Named", LOGIN_LOGOUT="everywhere").finalize()


@pytest.mark.parametrize(("model", "found"), [("Reader", []), ("Named", ["login.endless_sessions"])])
def test_the_check_tells_of_users_whose_logins_nothing_ends(make_app: MakeApp, model: str, found: list[str]) -> None:
    app = make_app(model)
    app.finalize()
    checks = [check.id for check in app.hooks.check_app(app, True)]
    assert [check for check in checks if check == "login.endless_sessions"] == found


def test_within_a_transaction_it_is_saved_with_the_rest(make_app: MakeApp) -> None:
    app = with_tables(make_app(), Reader(id=7))
    with app.app_context():
        with db.transaction() as session:
            sign_out_everywhere(db.session.get_one(Reader, 7))
            session.rollback()
        assert db.session.get_one(Reader, 7).session_epoch == 0


def test_a_user_without_an_epoch_cannot_be_signed_out_and_the_error_says_what_is_missing(make_app: MakeApp) -> None:
    app = with_tables(make_app("Named"), Named(id="ada"))
    complaint = "the logins of a Named cannot be ended: it has no session_epoch"
    with app.app_context(), pytest.raises(SetupError, match=complaint):
        sign_out_everywhere(db.session.get_one(Named, "ada"))


@pytest.mark.parametrize(
    ("named", "complaint"),
    [
        ("nowhere_at_all:User", "cannot be imported: No module named 'nowhere_at_all'"),
        (f"{__name__}:Raeder", "cannot be imported: module .* has no attribute 'Raeder'"),
        (f"{__name__}.Reader", "expected `module:class`"),
        (f"{__name__}:KEY", "is no model of SQLAlchemy"),
        (f"{__name__}:NoUser", "NoUser has no get_id, is_active, is_anonymous, is_authenticated; derive it from"),
        (f"{__name__}:Pair", r"the primary key of Pair is first \(Integer\(\)\), second \(Integer\(\)\); users are"),
        (f"{__name__}:Dated", r"the primary key of Dated is id \(Float\(\)\); users are found by one column"),
    ],
)
def test_a_model_that_cannot_be_one_of_users_is_refused_at_the_start(
    make_app: MakeApp, named: str, complaint: str
) -> None:
    with pytest.raises(ExtensionError, match=rf"user_model='{named}': .*{complaint}"):
        make_app(LOGIN_USER_MODEL=named).finalize()


def test_without_sqlalchemy_a_model_of_users_is_refused_at_the_start() -> None:
    config = {"LOGIN_USER_MODEL": f"{__name__}:Reader"}
    app = App("site", config_file=None, env="testing", extensions=["login"], config=config)
    with pytest.raises(ExtensionError, match="the extension 'sqlalchemy' is not enabled"):
        app.finalize()
