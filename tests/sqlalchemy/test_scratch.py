"""Databases for a moment: empty, beside the configured ones, and gone afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from ferrule import App
from ferrule_sqlalchemy import db
from ferrule_sqlalchemy.rollbacks import rolled_back
from ferrule_sqlalchemy.scratch import ScratchError, scratch_databases

MakeApp = Callable[..., App]


def databases_of(uri: str) -> set[str]:
    engine = sa.create_engine(uri, poolclass=sa.NullPool)
    asked = "SELECT datname FROM pg_database" if engine.dialect.name == "postgresql" else "SHOW DATABASES"
    with engine.connect() as connection:
        return set(connection.exec_driver_sql(asked).scalars())


@pytest.mark.parametrize("database", ["postgresql", "mariadb"])
def test_an_application_has_an_empty_database_of_the_same_server_for_a_block(
    request: pytest.FixtureRequest, make_app: MakeApp, database: str
) -> None:
    uri: str = request.getfixturevalue(f"{database}_url")
    app = make_app(uri)
    configured = db.engine_of(app)
    with scratch_databases(app) as engines:
        name = engines[None].url.database
        assert name in databases_of(uri) - {configured.url.database}
        assert (engines[None].url.host, engines[None].url.password) == (configured.url.host, configured.url.password)
        with db.engine_of(app).begin() as connection:
            connection.exec_driver_sql("CREATE TABLE made_in_scratch (id INTEGER)")
        assert sa.inspect(db.engine_of(app)).has_table("made_in_scratch")
        left_open = db.engine_of(app).connect()
        left_open.exec_driver_sql("SELECT 1")
        left_open.close()
    assert db.engine_of(app) is configured
    assert not sa.inspect(configured).has_table("made_in_scratch")
    assert name not in databases_of(uri)


def test_sqlite_gets_a_file_that_is_gone_afterwards_and_the_pragmas_stay(make_app: MakeApp) -> None:
    app = make_app("sqlite://", sqlite_pragmas={"cache_size": -1234})
    with db.engine_of(app).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE kept (id INTEGER)")
    with scratch_databases(app) as engines:
        file = Path(engines[None].url.database or "")
        with app.app_context():
            assert db.session.execute(sa.text("PRAGMA cache_size")).scalar() == -1234
            assert not sa.inspect(db.engine).has_table("kept")
        assert file.is_file()
    assert not file.parent.exists()
    assert sa.inspect(db.engine_of(app)).has_table("kept")


def test_each_bind_leads_elsewhere_and_binds_of_one_database_to_one(make_app: MakeApp, tmp_path: Path) -> None:
    same = f"sqlite:///{tmp_path / 'one.sqlite'}"
    app = make_app(same, binds={"same": same, "other": "sqlite://"})
    with scratch_databases(app) as engines:
        assert engines[None].url == engines["same"].url
        assert engines["other"].url != engines[None].url
    assert not (tmp_path / "one.sqlite").exists()


def test_a_test_that_is_rolled_back_can_have_one(make_app: MakeApp, postgresql_url: str) -> None:
    app = make_app(postgresql_url)
    with rolled_back(db.engines_of(app).values()), scratch_databases(app), db.engine_of(app).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE made_in_scratch (id INTEGER)")
    assert not sa.inspect(db.engine_of(app)).has_table("made_in_scratch")


def test_another_thread_is_led_there_too(make_app: MakeApp) -> None:
    app = make_app("sqlite://")
    seen: list[sa.Engine] = []
    with scratch_databases(app) as engines:
        thread = threading.Thread(target=lambda: seen.append(db.engine_of(app)))
        thread.start()
        thread.join()
        assert seen == [engines[None]]


def test_the_configured_databases_are_back_after_an_error(make_app: MakeApp) -> None:
    app = make_app("sqlite://")
    before = db.engine_of(app)
    with pytest.raises(KeyError), scratch_databases(app):
        raise KeyError
    assert db.engine_of(app) is before


def test_a_server_that_refuses_is_told_with_the_cure(make_app: MakeApp, postgresql_url: str) -> None:
    url = sa.make_url(postgresql_url)
    with sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("CREATE ROLE reader LOGIN PASSWORD 'hidden-password' NOCREATEDB")
        try:
            app = make_app(url.set(username="reader", password="hidden-password").render_as_string(False))
            refused = pytest.raises(ScratchError, match=r"permission denied.*let the user 'reader' create")
            with refused as caught, scratch_databases(app):
                pass
            assert "hidden-password" not in str(caught.value)
            app.shutdown()
        finally:
            connection.exec_driver_sql("DROP ROLE reader")
