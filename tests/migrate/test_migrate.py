"""Migrations, as a project lives through them: on SQLite, PostgreSQL and MariaDB."""

from __future__ import annotations

import io
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from ferrule import App, ExtensionError
from ferrule_migrate import (
    MigrationError,
    RevisionError,
    current,
    downgrade,
    history,
    migrate,
    pending,
    revision,
    upgrade,
)
from ferrule_sqlalchemy import SQLAlchemy

Project = Callable[..., App]


def engine_of(app: App) -> sa.Engine:
    return app.extension(SQLAlchemy).engine_of(app)


def columns_of(app: App, table: str) -> list[str]:
    with engine_of(app).connect() as connection:
        return sorted(column["name"] for column in sa.inspect(connection).get_columns(table))


def run(app: App, statement: str) -> list[tuple[object, ...]]:
    with engine_of(app).begin() as connection:
        result = connection.exec_driver_sql(statement)
        return [tuple(row) for row in result.fetchall()] if result.returns_rows else []


def test_a_schema_grows_with_its_models_and_keeps_its_rows(project: Project, uri: str) -> None:
    app = project(uri, "name")
    first = migrate(app, "first tables")
    assert first is not None
    assert first.parent == app.config_file.parent / "migrations" / "versions"  # type: ignore[union-attr]  # it has one
    assert [script.doc for script in pending(app)] == ["first tables"]
    upgrade(app)
    assert not pending(app)
    run(app, "INSERT INTO owner (id, name) VALUES (1, 'Ada')")
    run(app, "INSERT INTO note (id, owner_id) VALUES (7, 1)")
    assert migrate(app, "again") is None

    app = project(uri, "name", "nick")
    assert migrate(app, "nick names") is not None
    upgrade(app)
    assert columns_of(app, "owner") == ["id", "name", "nick"]
    assert [script.doc for script in history(app)] == ["nick names", "first tables"]
    assert current(app) == (history(app)[0].revision,)
    downgrade(app)
    assert columns_of(app, "owner") == ["id", "name"]
    assert run(app, "SELECT id, owner_id FROM note") == [(7, 1)]
    downgrade(app, "base")
    assert current(app) == ()
    with engine_of(app).connect() as connection:
        assert not sa.inspect(connection).has_table("owner")


def test_a_revision_that_fails_leaves_the_database_as_it_was(project: Project, tmp_path: Path) -> None:
    app = project()
    file = revision(app, "half way")
    file.write_text(
        file.read_text().replace(
            "def upgrade() -> None:\n    pass",
            "def upgrade() -> None:\n    op.create_table('half', sa.Column('id', sa.Integer))\n"
            "    raise RuntimeError('half way')",
        )
    )
    with pytest.raises(RevisionError, match="RuntimeError: half way\n  Nothing was changed"):
        upgrade(app)
    with engine_of(app).connect() as connection:
        assert not sa.inspect(connection).has_table("half")
    assert current(app) == ()


def test_a_copied_table_takes_nothing_that_refers_to_it_with_it(project: Project) -> None:
    """SQLite alters a table by copying it; with foreign keys on, dropping the old one would cascade."""
    app = project("", "name")
    migrate(app, "first tables")
    upgrade(app)
    run(app, "INSERT INTO owner (id, name) VALUES (1, 'Ada')")
    run(app, "INSERT INTO note (id, owner_id) VALUES (7, 1)")
    file = revision(app, "required")
    file.write_text(
        file.read_text().replace(
            "def upgrade() -> None:\n    pass",
            "def upgrade() -> None:\n    with op.batch_alter_table('owner') as owner:\n"
            "        owner.alter_column('name', existing_type=sa.String(20), nullable=False)",
        )
    )
    upgrade(app)
    assert run(app, "SELECT id, owner_id FROM note") == [(7, 1)]
    assert run(app, "PRAGMA foreign_keys") == [(1,)]


def test_a_revision_that_breaks_references_is_undone_and_told(project: Project) -> None:
    app = project("", "name")
    migrate(app, "first tables")
    upgrade(app)
    before = current(app)
    run(app, "INSERT INTO owner (id, name) VALUES (1, 'Ada')")
    run(app, "INSERT INTO note (id, owner_id) VALUES (7, 1)")
    file = revision(app, "break")
    file.write_text(
        file.read_text().replace(
            "def upgrade() -> None:\n    pass", "def upgrade() -> None:\n    op.execute('DELETE FROM owner')"
        )
    )
    with pytest.raises(MigrationError, match="note, row 7: refers to a row of owner that is gone"):
        upgrade(app)
    assert run(app, "SELECT name FROM owner") == [("Ada",)]
    assert current(app) == before


def test_a_type_of_the_applications_own_is_written_as_what_it_is_in_the_database(project: Project) -> None:
    class Moment(sa.types.TypeDecorator[object]):
        impl = sa.DateTime(timezone=True)
        cache_ok = True

    app = project("", "name")
    app.extension(SQLAlchemy).metadata.tables["owner"].append_column(sa.Column("seen", Moment()))
    file = migrate(app, "first tables")
    assert file is not None
    assert "sa.Column('seen', sa.DateTime(timezone=True)" in file.read_text()
    upgrade(app)


def test_statements_can_be_read_instead_of_run(project: Project, uri: str) -> None:
    app = project(uri, "name")
    migrate(app, "first tables")
    output = io.StringIO()
    upgrade(app, sql=output)
    assert "CREATE TABLE owner" in output.getvalue()
    assert current(app) == ()


def test_the_names_of_constraints_follow_the_convention(project: Project) -> None:
    file = migrate(project("", "name"), "first tables")
    assert file is not None
    assert "fk_note_owner_id_owner" in file.read_text()


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (lambda app: migrate(app, "nothing"), "there are no models.*models = "),
        (lambda app: upgrade(app, "nonsense"), "nonsense.*ferrule db history"),
        (downgrade, "no revision that far"),
    ],
    ids=["no models", "no such revision", "nothing to undo"],
)
def test_a_mistake_is_told_with_its_cure(project: Project, action: Callable[[App], object], message: str) -> None:
    app = project()
    revision(app, "first")
    if "models" in message:
        upgrade(app)
    with pytest.raises(MigrationError, match=message):
        action(app)


def test_a_revision_is_not_made_of_a_database_that_is_behind(project: Project) -> None:
    app = project("", "name")
    migrate(app, "first tables")
    with pytest.raises(MigrationError, match="not up to date; run `ferrule db upgrade` first"):
        migrate(app, "second")


def test_a_module_with_models_that_cannot_be_imported_is_told_with_its_place(project: Project) -> None:
    app = project("", "name")
    app.config["MIGRATE_MODELS"] = ["nowhere.models"]
    with pytest.raises(ExtensionError, match=r"\[migrate\] models: 'nowhere.models' cannot be imported"):
        migrate(app, "first")


def test_a_folder_with_an_odd_name_is_no_trouble(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "50% of: my project"
    app = project("", "name", MIGRATE_DIRECTORY=str(folder))
    assert migrate(app, "first tables") is not None
    upgrade(app)
    assert not pending(app)
    assert (folder / "versions").is_dir()


def test_the_commands_work_from_any_folder_of_a_project(tmp_path: Path) -> None:
    """The real command, in processes of its own."""
    (tmp_path / "ferrule.toml").write_text(
        textwrap.dedent(
            """
            application = "project:app"
            extensions = ["sqlalchemy", "migrate"]
            [sqlalchemy]
            database_uri = "sqlite:///project.sqlite"
            """
        )
    )
    (tmp_path / "project.py").write_text(
        textwrap.dedent(
            """
            from sqlalchemy.orm import Mapped, mapped_column
            from ferrule import App
            from ferrule_sqlalchemy import Model

            class Note(Model):
                id: Mapped[int] = mapped_column(primary_key=True)

            app = App(__name__)
            """
        )
    )
    below = tmp_path / "some" / "folder"
    below.mkdir(parents=True)

    def ferrule(*arguments: str) -> str:
        command = [sys.executable, "-c", "from ferrule.cli.main import main; main()", *arguments]
        done = subprocess.run(command, cwd=below, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    assert "make the first" in ferrule("db", "history")
    assert "first_tables.py" in ferrule("db", "migrate", "-m", "first tables")
    assert "Applied" in ferrule("db", "upgrade")
    assert "Nothing to do" in ferrule("db", "upgrade")
    assert "first tables" in ferrule("db", "current")
    assert "Undid" in ferrule("db", "downgrade")
    shown = ferrule("db", "current")
    assert "at no revision" in shown
    assert "1 pending" in shown
    wrong = ferrule("db", "upgrade", "nonsense")
    assert "MigrationError" in wrong
    assert "Traceback" not in wrong
    assert (tmp_path / "migrations" / "versions").is_dir()
