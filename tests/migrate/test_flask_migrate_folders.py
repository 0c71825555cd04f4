"""A folder that Flask-Migrate wrote works as it is: with its env.py, its alembic.ini, and its revisions."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from ferrule import App
from ferrule_migrate import check, current, current_of_all, downgrade, history, init, migrate, revision, upgrade
from ferrule_migrate.exceptions import MigrationError
from ferrule_sqlalchemy import SQLAlchemy

Project = Callable[..., App]

IN_FLASK = """
import sys
from flask import Flask
from flask_migrate import Migrate, init, migrate, upgrade
from flask_sqlalchemy import SQLAlchemy

several = sys.argv[1] == "multidb"
app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///" + sys.argv[2] + "/default.sqlite"
if several:
    app.config["SQLALCHEMY_BINDS"] = {"engine1": "sqlite:///" + sys.argv[2] + "/engine1.sqlite"}
db = SQLAlchemy(app)
Migrate(app, db)

class Member(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(20))

if several:
    class Visit(db.Model):
        __bind_key__ = "engine1"
        id = db.Column(db.Integer, primary_key=True)

with app.app_context():
    init(multidb=several)
    migrate(message="from flask")
    upgrade()
"""


@pytest.fixture(scope="module", params=["single", "multidb"])
def written_by_flask(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A folder that the installed Flask-Migrate has made, and the databases that it has brought up to date."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    command = [sys.executable, "-c", IN_FLASK, request.param, str(folder)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env={**os.environ, "PYTHONWARNINGS": "ignore"})
    return request.param, folder


def models(kind: str, *columns: str) -> dict[str | None, sa.MetaData]:
    """Return what the application's models are, as in Flask, and the columns that came since."""
    default, engine1 = sa.MetaData(), sa.MetaData(info={"bind_key": "engine1"})
    more = [sa.Column(name, sa.String(20)) for name in columns]
    sa.Table("member", default, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20)), *more)
    if kind == "single":
        return {None: default}
    more = [sa.Column(name, sa.String(20)) for name in columns]
    sa.Table("visit", engine1, sa.Column("id", sa.Integer, primary_key=True), *more)
    return {None: default, "engine1": engine1}


def application(project: Project, kind: str, folder: Path, databases: Path, *columns: str) -> App:
    binds = {} if kind == "single" else {"engine1": f"sqlite:///{databases / 'engine1.sqlite'}"}
    return project(
        f"sqlite:///{databases / 'default.sqlite'}",
        tables=models(kind, *columns),
        SQLALCHEMY_BINDS=binds,
        MIGRATE_DIRECTORY=str(folder / "migrations"),
    )


def tables_in(app: App, bind_key: str | None = None) -> dict[str, list[str]]:
    with app.extension(SQLAlchemy).engine_of(app, bind_key).connect() as connection:
        inspector = sa.inspect(connection)
        names = [name for name in inspector.get_table_names() if not name.startswith("alembic_version")]
        return {name: [column["name"] for column in inspector.get_columns(name)] for name in names}


def test_what_flask_migrate_wrote_is_applied_continued_and_undone(
    project: Project, written_by_flask: tuple[str, Path], tmp_path: Path
) -> None:
    kind, folder = written_by_flask
    (tmp_path / "new").mkdir()
    keys = [None] if kind == "single" else [None, "engine1"]
    app = application(project, kind, folder, tmp_path / "new")
    steps = upgrade(app)
    assert [(step.doc, step.bind_key) for step in steps] == [("from flask", key) for key in keys]
    assert tables_in(app) == {"member": ["id", "name"]}
    assert not check(app)

    app = application(project, kind, folder, tmp_path / "new", "nick")
    file = migrate(app, "in ferrule")
    assert file is not None
    try:
        assert [(step.doc, step.bind_key) for step in upgrade(app)] == [("in ferrule", key) for key in keys]
        assert tables_in(app) == {"member": ["id", "name", "nick"]}
        if kind == "multidb":
            assert tables_in(app, "engine1") == {"visit": ["id", "nick"]}
        assert len(downgrade(app, "base")) == 2 * len(keys)
    finally:
        file.unlink()
    assert [tables_in(app, key) for key in keys] == [{} for _ in keys]


def test_a_database_that_flask_migrate_has_upgraded_is_up_to_date(
    project: Project, written_by_flask: tuple[str, Path]
) -> None:
    kind, folder = written_by_flask
    app = application(project, kind, folder, folder)
    assert upgrade(app) == []
    assert not check(app)
    assert [revision.doc for revision in history(app)] == ["from flask"]
    assert set(current_of_all(app).values()) == {current(app)}


def test_the_settings_of_its_alembic_ini_are_kept(project: Project, written_by_flask: tuple[str, Path]) -> None:
    kind, folder = written_by_flask
    ini = folder / "migrations" / "alembic.ini"
    before = ini.read_text()
    ini.write_text(before.replace("[alembic]", "[alembic]\nfile_template = kept_%%(rev)s", 1))
    file = revision(application(project, kind, folder, folder), "named", rev_id="aaa1")
    ini.write_text(before)
    file.unlink()
    assert file.name == "kept_aaa1.py"


def test_its_loggers_do_not_take_over_those_of_the_application(
    project: Project, written_by_flask: tuple[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    """Its alembic.ini configures the root logger, and with it Python disables all loggers that there are."""
    kind, folder = written_by_flask
    ours = logging.getLogger("project_of_ours")
    app = application(project, kind, folder, folder)
    root = logging.getLogger()
    before = (root.level, [*root.handlers], logging.getLogger("alembic").level)
    upgrade(app)
    check(app)
    assert (root.level, [*root.handlers], logging.getLogger("alembic").level) == before
    assert not ours.disabled
    assert not app.logger.disabled
    with caplog.at_level(logging.INFO):
        ours.info("still heard")
    assert "still heard" in caplog.text


def test_an_environment_is_not_written_over_its_own(project: Project, written_by_flask: tuple[str, Path]) -> None:
    kind, folder = written_by_flask
    env = folder / "migrations" / "env.py"
    before = env.read_text()
    with pytest.raises(MigrationError, match=r"is there already; move it away first"):
        init(application(project, kind, folder, folder))
    assert env.read_text() == before


def test_that_its_environment_is_not_run_is_told_by_the_check(
    project: Project, written_by_flask: tuple[str, Path], tmp_path: Path
) -> None:
    kind, folder = written_by_flask
    (found,) = application(project, kind, folder, folder).hooks.check_app(
        app=application(project, kind, folder, folder), deploy=False
    )
    assert (found.id, found.level) == ("migrate.environment", "info")
    assert f"{folder / 'migrations' / 'env.py'} is not run" in found.message
    ejected = project()
    init(ejected)
    assert not [each for each in ejected.hooks.check_app(app=ejected, deploy=False) if each.id == "migrate.environment"]
