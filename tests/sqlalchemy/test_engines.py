"""Engines: one for each application, made when first used, and errors that never show a password."""

import gc
import importlib.util
import os
import re
import subprocess
import sys
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from ferrule import App, ConfigError, ExtensionError
from ferrule_sqlalchemy import db

MakeApp = Callable[..., App]


def error_of(app: App) -> str:
    """Return what making the engine raises."""
    with pytest.raises(ConfigError) as caught:
        db.engine_of(app)
    return str(caught.value)


def test_each_application_has_one_engine(make_app: MakeApp) -> None:
    first, second = make_app(), make_app()
    with first.app_context():
        assert db.engine is db.engine is db.engine_of(first)
    assert db.engine_of(first) is not db.engine_of(second)


def test_settings_can_be_written_until_the_engine_is_made(make_app: MakeApp) -> None:
    app = make_app("sqlite:///never.db")
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///other.db"
    assert str(db.engine_of(app).url).endswith("/instance/other.db")


def test_options_reach_the_engine(make_app: MakeApp) -> None:
    app = make_app("sqlite:///library.db", echo=False, engine_options={"pool_size": 3, "logging_name": "library"})
    engine = db.engine_of(app)
    assert isinstance(engine.pool, sa.QueuePool)
    assert engine.pool.size() == 3
    assert engine.logging_name == "library"


@pytest.mark.parametrize(
    ("env", "debug", "options", "is_hidden"),
    [
        ("production", False, {}, True),
        ("staging", False, {}, True),
        ("production", True, {}, False),
        ("development", False, {}, False),
        ("testing", False, {}, False),
        ("production", False, {"hide_parameters": False}, False),
        ("testing", False, {"hide_parameters": True}, True),
    ],
)
def test_outside_of_development_an_error_does_not_show_parameters(
    env: str, *, debug: bool, options: dict[str, bool], is_hidden: bool
) -> None:
    config = {"DEBUG": debug, "SQLALCHEMY_DATABASE_URI": "sqlite://", "SQLALCHEMY_ENGINE_OPTIONS": options}
    app = App("library", config_file=None, env=env, extensions=["sqlalchemy"], config=config)
    with app.app_context(), pytest.raises(sa.exc.OperationalError) as caught:
        db.session.execute(sa.text("SELECT :card FROM nowhere"), {"card": "4111 1111"})
    app.shutdown()
    assert "nowhere" in str(caught.value)
    assert ("4111 1111" not in str(caught.value)) is is_hidden


def test_a_bind_hides_parameters_by_itself() -> None:
    binds = {"plain": "sqlite://", "open": {"url": "sqlite://", "hide_parameters": False}}
    app = App("library", config_file=None, extensions=["sqlalchemy"], config={"SQLALCHEMY_BINDS": binds})
    hidden = {key: engine.hide_parameters for key, engine in db.engines_of(app).items()}
    app.shutdown()
    assert hidden == {"plain": True, "open": False}


def test_a_pool_class_can_be_named(make_app: MakeApp) -> None:
    app = make_app("sqlite:///library.db", engine_options={"poolclass": "NullPool"})
    assert isinstance(db.engine_of(app).pool, sa.NullPool)


def test_connect_args_are_added_to_those_of_a_database_in_memory(make_app: MakeApp) -> None:
    app = make_app(engine_options={"connect_args": {"cached_statements": 7}})
    with app.app_context():
        assert db.session.scalar(sa.select(1)) == 1


def test_connections_to_mysql_are_made_anew_before_the_server_closes_them(make_app: MakeApp) -> None:
    assert db.engine_of(make_app("mysql+pymysql://localhost/library")).pool._recycle == 7200


@pytest.mark.parametrize(
    ("uri", "found", "cure"),
    [
        (
            "postgres://ada:pa/QZX@host/library",
            "postgres://ada:***@host/library",
            "write sqlite:///app.db, postgresql+",
        ),
        (
            "postgresql+pg8000://ada:paQZX@host/x",
            "postgresql+pg8000://ada:***@host/x",
            "`pip install pg8000`, or write",
        ),
        (
            "oracle+cx_oracle://host/x?password=paQZX",
            "oracle+cx_oracle://host/x",
            "`pip install cx_Oracle`",
        ),
        ("sqlite://ada:paQZX@host/library", "sqlite://ada:***@host/library", "Invalid SQLite URL"),
        ("postgresql://ada:paQZX@host:port/library", "postgresql:…", "percent-encoded"),
        ("postgresql+psycopg://ada:pa@QZX@host/library", "postgresql+psycopg:…", "percent-encoded"),
        ("ada:paQZX@host", "ada:…", "it is no database URL"),
        ("paQZX", "…", "it is no database URL"),
        ("", "", "it is no database URL"),
    ],
)
def test_a_wrong_uri_is_an_error_that_shows_no_password(make_app: MakeApp, uri: str, found: str, cure: str) -> None:
    text = error_of(make_app(uri))
    assert text.startswith(f"App(config=…) SQLALCHEMY_DATABASE_URI={found!r}: ")
    assert cure in text
    assert "QZX" not in text


@pytest.mark.parametrize(("driver", "package"), [("psycopg2", "psycopg2-binary"), ("mysqldb", "mysqlclient")])
def test_a_missing_driver_is_an_error_that_names_packages(make_app: MakeApp, driver: str, package: str) -> None:
    if importlib.util.find_spec({"mysqldb": "MySQLdb"}.get(driver, driver)) is not None:
        pytest.skip(f"{driver} is installed")
    backend = "postgresql" if driver == "psycopg2" else "mysql"
    text = error_of(make_app(f"{backend}+{driver}://host/library"))
    assert f"`pip install {package}`, or write {backend}+" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [({"pool_szie": 5}, "Invalid argument(s) 'pool_szie'"), ({"poolclass": "Pond"}, "poolclass='Pond': no class")],
)
def test_a_wrong_option_is_an_error_that_names_it(make_app: MakeApp, options: dict[str, object], message: str) -> None:
    assert re.match(
        rf"App\(config=…\) SQLALCHEMY_ENGINE_OPTIONS.*{re.escape(message)}", error_of(make_app(engine_options=options))
    )


def test_errors_name_the_file_the_variable_or_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "ferrule.toml"
    file.write_text('extensions = ["sqlalchemy"]\n[sqlalchemy]\ndatabase_uri = "nothing://host"\n')
    app = App("library", config_file=file)
    assert f"{file} [sqlalchemy] database_uri='nothing://host': " in error_of(app)
    app.config["SQLALCHEMY_DATABASE_URI"] = "nothing://code"
    assert re.search(r"test_engines\.py:\d+ SQLALCHEMY_DATABASE_URI='nothing://code': ", error_of(app))
    monkeypatch.setenv("FERRULE_SQLALCHEMY_DATABASE_URI", "nothing://variable")
    app = App("library", config_file=file)
    assert "environment FERRULE_SQLALCHEMY_DATABASE_URI='nothing://variable': " in error_of(app)


def test_a_missing_uri_is_an_error_that_says_how_to_set_it() -> None:
    app = App("library", config_file=None, extensions=["sqlalchemy"])
    with pytest.raises(ConfigError, match="SQLALCHEMY_DATABASE_URI"):
        app.initialise()


def test_a_wrong_uri_stops_the_start(make_app: MakeApp) -> None:
    with pytest.raises((ConfigError, ExtensionError), match="SQLAlchemy knows no 'nothing'"):
        make_app("nothing://host").finalize()


def test_the_configuration_never_shows_the_password(make_app: MakeApp) -> None:
    app = make_app("postgresql+psycopg://ada:pa/QZX@host/library?password=paQZX")
    assert "QZX" not in str(app.config.rows())
    assert "QZX" not in repr(app.config)


@pytest.mark.parametrize("user", ["ada@", "", "user=ada&"])
def test_an_engine_never_shows_the_password(make_app: MakeApp, user: str) -> None:
    host, query = (user, "") if user.endswith("@") else ("", user)
    engine = db.engine_of(make_app(f"postgresql+psycopg://{host}host/library?{query}password=paQZX"))
    assert "QZX" not in repr(engine)
    assert engine.dialect.create_connect_args(engine.url)[1]["password"] == "paQZX"


def test_a_url_object_is_as_good_as_a_text(make_app: MakeApp) -> None:
    url = sa.URL.create("postgresql+psycopg", "ada", "pa@/QZX", "host", database="library")
    app = make_app(url, binds={"archive": url, "log": {"url": url, "pool_size": 3}})
    assert [engine.url for engine in db.engines_of(app).values()] == [url] * 3
    assert "QZX" not in str(app.config.rows())
    with pytest.raises(
        (ConfigError, ExtensionError), match=r"SQLALCHEMY_DATABASE_URI='nothing://ada:\*\*\*@host/library'"
    ):
        make_app(url.set(drivername="nothing")).finalize()


def test_an_application_is_freed_when_nobody_holds_it() -> None:
    app = App("library", config_file=None, extensions=["sqlalchemy"], config={"SQLALCHEMY_DATABASE_URI": "sqlite://"})
    with app.app_context():
        db.session.scalar(sa.select(1))
    db.engine_of(app).dispose()
    gone = weakref.ref(app)
    del app
    gc.collect()
    assert gone() is None


def test_shutdown_closes_the_connections_and_leaves_the_engine_usable(make_app: MakeApp, pooled_uri: str) -> None:
    app = make_app(pooled_uri)
    pool = db.engine_of(app).pool
    with app.app_context():
        db.session.scalar(sa.select(1))
    assert isinstance(pool, sa.QueuePool)
    assert pool.checkedin() == 1
    app.shutdown()
    assert pool.checkedin() == 0
    with app.app_context():
        assert db.session.scalar(sa.select(1)) == 1


def test_shutdown_of_an_application_that_used_no_database_is_quiet(make_app: MakeApp) -> None:
    make_app().shutdown()


FORK = """
import os, sys
import sqlalchemy as sa
from ferrule import App
from ferrule_sqlalchemy import db

app = App("library", config_file=None, extensions=["sqlalchemy"], config={"SQLALCHEMY_DATABASE_URI": sys.argv[1]})

def backend():
    with app.app_context():
        return db.session.scalar(sa.text("SELECT " + sys.argv[2]))

before = backend()
child = os.fork()
if not child:
    print(before != backend(), flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(before == backend())
app.shutdown()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize(("server", "function"), [("postgresql", "pg_backend_pid()"), ("mariadb", "CONNECTION_ID()")])
def test_a_forked_process_connects_by_itself(request: pytest.FixtureRequest, server: str, function: str) -> None:
    url = request.getfixturevalue(f"{server}_url")
    command = [sys.executable, "-W", "error", "-c", FORK, url, function]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["True", "True"]


@pytest.mark.parametrize("name", ["password", "passwd", "sslpassword"])
def test_a_password_among_the_options_of_an_engine_is_not_shown(make_app: MakeApp, name: str) -> None:
    app = make_app(engine_options={"pool_size": 3, "connect_args": {name: "hush"}})
    (shown,) = (row.value for row in app.config.rows() if row.key == "SQLALCHEMY_ENGINE_OPTIONS")
    assert "hush" not in str(shown)
    assert shown["pool_size"] == 3
