"""The tables of the stores, as the revision that the extension ships makes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from ferrule import App
from ferrule_login import Login, UserMixin
from ferrule_login.stores import Limit, stores_of
from ferrule_login.stores.sqlalchemy import TABLES
from ferrule_migrate import downgrade, upgrade
from ferrule_sqlalchemy import db


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[App]:
    """An application without tables of its own, on each database in turn."""
    uri = "sqlite:///site.db" if request.param == "sqlite" else request.getfixturevalue(f"{request.param}_url")
    app = App(
        "site",
        config_file=None,
        env="testing",
        instance_path=str(tmp_path),
        root_path=str(tmp_path),
        extensions=["sqlalchemy", "migrate", "login"],
        config={"SQLALCHEMY_DATABASE_URI": uri, "MIGRATE_DIRECTORY": str(tmp_path / "migrations")},
    )
    app.extension(Login).user_loader(lambda _: UserMixin())
    yield app
    left = sa.MetaData()
    left.reflect(db.engine_of(app))
    left.drop_all(db.engine_of(app))
    app.shutdown()


def differences(engine: sa.Engine) -> list[object]:
    """Compare the tables of the stores with those in a database."""
    names = {table.name for table in TABLES}
    options = {
        "compare_type": True,
        "include_name": lambda name, kind, _: kind != "table" or name in names,
        "include_object": lambda thing, name, kind, *_: kind != "table" or name in names,
    }
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, db.metadata))


def test_the_revision_makes_what_the_stores_use_and_takes_it_away(app: App) -> None:
    engine = db.engine_of(app)
    upgrade(app)
    assert differences(engine) == []
    limit = Limit(free=1, forget=60, first_delay=1, max_delay=1)
    assert stores_of(app).attempts.charge({"0" * 32: limit}, 1e9) == 0
    assert stores_of(app).tokens.spend("0" * 32, 1e9, 1e9)
    downgrade(app, "login@base")
    assert not {*sa.inspect(engine).get_table_names()} & {table.name for table in TABLES}


def test_without_migrations_create_all_makes_them(app: App) -> None:
    app.initialise()
    engine = db.engine_of(app)
    db.metadata.create_all(engine, TABLES)
    assert differences(engine) == []
