"""Applications on a database: SQLite in memory and in a file, PostgreSQL, MariaDB."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa

from ferrule import App
from ferrule_sqlalchemy import Model, db
from ferrule_sqlalchemy.metadatas import METADATAS

MakeApp = Callable[..., App]
MakeTables = Callable[..., None]

FAIL_IF_LOCKED: Final = {
    "mariadb": "SET SESSION lock_wait_timeout = 5",
    "mysql": "SET SESSION lock_wait_timeout = 5",
    "postgresql": "SET LOCAL lock_timeout = '5s'",
}
"""What keeps a test that leaks a transaction from waiting for its own table."""


_of_other_modules: Final[dict[str | None, sa.MetaData]] = {}


@pytest.fixture(autouse=True)
def _own_binds(request: pytest.FixtureRequest) -> None:
    """Take the binds of models out of the way, but those that the test's module names in ``BINDS``.

    Models belong to the process, and the applications of other tests have one database.
    """
    own: tuple[str, ...] = getattr(request.module, "BINDS", ())
    for key in METADATAS.keys() - {None, *own}:
        _of_other_modules[key] = METADATAS.pop(key)
    METADATAS.update({key: _of_other_modules.pop(key) for key in own if key in _of_other_modules})


@pytest.fixture
def make_app(tmp_path: Path) -> Iterator[MakeApp]:
    """Make applications with the extension, by default on a database in memory, and shut them down at the end."""
    apps: list[App] = []

    def make(database_uri: str | sa.URL = "sqlite://", *, extensions: list[Any] | None = None, **settings: Any) -> App:
        app = App(
            "library",
            config_file=None,
            env="testing",
            instance_path=str(tmp_path / "instance"),
            extensions=extensions or ["sqlalchemy"],
            config={"SQLALCHEMY_DATABASE_URI": database_uri}
            | {f"SQLALCHEMY_{name.upper()}": value for name, value in settings.items()},
        )
        apps.append(app)
        return app

    yield make
    for app in apps:
        app.shutdown()


@pytest.fixture
def make_tables(make_app: MakeApp) -> Iterator[MakeTables]:
    """Create the tables of some models in an application's database, and drop them at the end."""
    created: list[tuple[App, list[sa.Table]]] = []

    def make(app: App, *models: type[Model]) -> None:
        tables = [table for model in models if isinstance(table := model.__table__, sa.Table)]
        created.append((app, tables))
        db.metadata.create_all(db.engine_of(app), tables)

    yield make
    for app, tables in created:
        with db.engine_of(app).begin() as connection:
            if statement := FAIL_IF_LOCKED.get(connection.dialect.name):
                connection.exec_driver_sql(statement)
            db.metadata.drop_all(connection, tables)


@pytest.fixture(params=["memory", "file", "postgresql", "mariadb"])
def database_uri(request: pytest.FixtureRequest) -> str:
    """The URI of each database in turn."""
    kind: str = request.param
    if kind in {"postgresql", "mariadb"}:
        url: str = request.getfixturevalue(f"{kind}_url")
        return url
    return {"memory": "sqlite://", "file": "sqlite:///library.db"}[kind]


@pytest.fixture(params=["file", "postgresql", "mariadb"])
def pooled_uri(request: pytest.FixtureRequest) -> str:
    """The URI of each database that has more than one connection, in turn."""
    kind: str = request.param
    if kind == "file":
        return "sqlite:///library.db"
    url: str = request.getfixturevalue(f"{kind}_url")
    return url
