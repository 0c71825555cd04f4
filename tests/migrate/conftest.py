"""A project whose models change from one application to the next, on each kind of database."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from ferrule import App, Extension
from ferrule_migrate import Migrate
from ferrule_migrate.cli import db
from ferrule_sqlalchemy import SQLAlchemy
from ferrule_sqlalchemy.metadatas import NAMING_CONVENTION

Project = Callable[..., App]


class OwnTables(SQLAlchemy):
    """An extension with tables of its own: the default one's are the process', and these tests change theirs."""

    def __init__(self, tables: Mapping[str | None, sa.MetaData]) -> None:
        super().__init__()
        self.tables: dict[str | None, sa.MetaData] = dict(tables)

    @property
    def metadata(self) -> sa.MetaData:
        return self.metadatas[None]

    @property
    def metadatas(self) -> dict[str | None, sa.MetaData]:
        return self.tables


def tables_with(*columns: str) -> sa.MetaData:
    """Return two tables, one of which refers to the other; none without columns."""
    metadata = sa.MetaData(naming_convention=dict(NAMING_CONVENTION))
    if columns:
        sa.Table(
            "owner",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            *(sa.Column(c, sa.String(20)) for c in columns),
        )
        sa.Table(
            "note",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("owner_id", sa.ForeignKey("owner.id", ondelete="CASCADE"), nullable=False),
        )
    return metadata


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URI of a database that is empty, and that is emptied again."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'project.sqlite'}"
        return
    found: str = request.getfixturevalue(f"{request.param}_url")
    yield found
    engine = sa.create_engine(found, poolclass=sa.NullPool)
    left = sa.MetaData()
    left.reflect(engine)
    left.drop_all(engine)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Return a function that makes the application of one project, each time with the columns that it then has.

    ``tables`` gives the tables of binds, ``extensions`` more extensions, and the rest is configuration.
    """
    made: list[App] = []
    file = tmp_path / "ferrule.toml"
    file.write_text("")

    def make(
        uri: str = "",
        *columns: str,
        tables: Mapping[str | None, sa.MetaData] | None = None,
        extensions: tuple[type[Extension] | Extension, ...] = (),
        migrate: Migrate | type[Migrate] = Migrate,
        **config: Any,
    ) -> App:
        app = App(
            "project",
            root_path=str(tmp_path),
            config_file=file,
            extensions=[OwnTables(tables or {None: tables_with(*columns)}), migrate, *extensions],
            config={
                "TESTING": True,  # in production, what loses data asks for permission
                "SQLALCHEMY_DATABASE_URI": uri or f"sqlite:///{tmp_path / 'project.sqlite'}",
                **config,
            },
        )
        app.initialise()
        made.append(app)
        return app

    yield make
    for app in made:
        app.shutdown()


@pytest.fixture
def ferrule_db() -> Callable[..., Result]:
    """Return a function that runs a command of ``ferrule db`` on an application, in this process."""

    def run(app: App, *arguments: str) -> Result:
        with app.app_context():
            return CliRunner().invoke(db, arguments, catch_exceptions=False)

    return run


@pytest.fixture(autouse=True)
def _modules_forgotten() -> Iterator[None]:
    """Let no module that a test's project imports outlive the test."""
    before = {*sys.modules}
    yield
    for name in {*sys.modules} - before:
        if name.startswith("project_"):
            del sys.modules[name]
