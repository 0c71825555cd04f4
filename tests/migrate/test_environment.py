"""Alembic's environment: what it compares, what hooks say to it, and how a project takes it over."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.operations import ops

from ferrule import App, Extension, hookimpl
from ferrule_migrate import Migrate, MigrationError, check, current, init, list_templates, migrate, revision, upgrade
from ferrule_sqlalchemy import SQLAlchemy

Project = Callable[..., App]


def app_with(project: Project, uri: str, *columns: sa.Column[Any], **more: Any) -> App:
    metadata = sa.MetaData()
    sa.Table("note", metadata, sa.Column("id", sa.Integer, primary_key=True), *columns)
    return project(uri, tables={None: metadata}, **more)


def run(app: App, statement: str) -> None:
    with app.extension(SQLAlchemy).engine_of(app).begin() as connection:
        connection.exec_driver_sql(statement)


def test_another_type_and_another_default_are_seen(project: Project, uri: str) -> None:
    app = app_with(project, uri, sa.Column("size", sa.Integer, server_default="1"))
    migrate(app, "first")
    upgrade(app)
    assert not check(app)
    app = app_with(project, uri, sa.Column("size", sa.String(30), server_default="1"))
    assert any("note.size" in line for line in check(app).differences)
    app = app_with(project, uri, sa.Column("size", sa.Integer, server_default="2"))
    assert any("note.size" in line for line in check(app).differences)
    assert not check(
        app_with(project, uri, sa.Column("size", sa.Integer, server_default="2"), MIGRATE_COMPARE_SERVER_DEFAULT=False)
    )


def test_changes_of_a_table_are_written_as_a_copy_where_the_database_needs_it(project: Project, uri: str) -> None:
    app = app_with(project, uri)
    migrate(app, "first")
    upgrade(app)
    file = migrate(app_with(project, uri, sa.Column("size", sa.Integer)), "size")
    assert file is not None
    assert ("batch_alter_table" in file.read_text()) == uri.startswith("sqlite")
    file.unlink()
    file = migrate(app_with(project, uri, sa.Column("size", sa.Integer), MIGRATE_RENDER_AS_BATCH=True), "size")
    assert file is not None
    assert "batch_alter_table" in file.read_text()


def test_tables_in_schemas_of_the_models_are_compared_and_others_left_alone(
    project: Project, postgresql_url: str
) -> None:
    metadata = sa.MetaData()
    sa.Table("note", metadata, sa.Column("id", sa.Integer, primary_key=True), schema="sales")
    app = project(postgresql_url, tables={None: metadata})
    run(app, "CREATE SCHEMA sales")
    run(app, "CREATE SCHEMA of_others")
    try:
        run(app, "CREATE TABLE of_others.theirs (id int)")
        file = migrate(app, "first")
        assert file is not None
        assert "schema='sales'" in file.read_text()
        assert "theirs" not in file.read_text()
        upgrade(app)
        assert not check(app)
        found = check(project(postgresql_url, tables={None: metadata}, MIGRATE_SCHEMAS=["of_others"]))
        assert any("of_others.theirs" in line for line in found.differences)
    finally:
        for statement in ("DROP SCHEMA sales CASCADE", "DROP SCHEMA of_others CASCADE", "DROP TABLE alembic_version"):
            run(app, statement)


class Audit(Extension):
    """What a project says of its migrations."""

    name = "audit"
    description = "Says what a project says of its migrations"
    api_version = "0.1"
    requires = ("migrate",)

    def __init__(self) -> None:
        self.told: list[tuple[str | None, bool]] = []

    @hookimpl(optionalhook=True)
    def migrate_configure(self, app: App, bind_key: str | None, options: Mapping[str, Any]) -> dict[str, Any]:
        self.told.append((bind_key, options["compare_type"]))
        return {"version_table": "versions_of_audit"}

    @hookimpl(optionalhook=True)
    def migrate_include_object(self, name: str | None, type_: str) -> bool | None:
        return False if type_ == "table" and name == "theirs" else None

    @hookimpl(optionalhook=True)
    def migrate_process_revision(self, app: App, directives: list[ops.MigrationScript]) -> None:
        operations = directives[0].upgrade_ops
        assert operations is not None
        operations.ops.append(ops.ExecuteSQLOp("SELECT 1"))


def test_hooks_configure_leave_out_and_add(project: Project, uri: str) -> None:
    audit = Audit()
    app = app_with(project, uri, extensions=(audit,))
    run(app, "CREATE TABLE theirs (id integer)")
    file = migrate(app, "first")
    assert file is not None
    text = file.read_text()
    assert "op.execute('SELECT 1')" in text
    assert "theirs" not in text
    assert (None, True) in audit.told
    upgrade(app)
    with app.extension(SQLAlchemy).engine_of(app).connect() as connection:
        assert sa.inspect(connection).has_table("versions_of_audit")
        assert not sa.inspect(connection).has_table("alembic_version")
    assert current(app) != ()


def test_a_hook_may_leave_nothing_to_be_written(project: Project, tmp_path: Path) -> None:
    class Never(Extension):
        name = "never"
        api_version = "0.1"

        @hookimpl(optionalhook=True)
        def migrate_process_revision(self, directives: list[ops.MigrationScript]) -> None:
            directives.clear()

    assert migrate(app_with(project, "", extensions=(Never(),)), "first") is None
    assert list((tmp_path / "migrations" / "versions").glob("*.py")) == []


def test_what_the_extension_was_given_comes_over_configuration_and_hooks(project: Project) -> None:
    given = Migrate(version_table="given", compare_type=False)
    audit = Audit()
    app = app_with(project, "", migrate=given, extensions=(audit,))
    revision(app, "first")
    upgrade(app)
    with app.extension(SQLAlchemy).engine_of(app).connect() as connection:
        assert sa.inspect(connection).has_table("given")
    seen: list[Config] = []
    given.configure(seen.append)
    check(app)
    assert [config.get_main_option("script_location") for config in seen] != []


def test_an_ejected_environment_is_run_instead_of_the_packages_own(project: Project, tmp_path: Path) -> None:
    app = app_with(project, "")
    folder = tmp_path / "migrations"
    assert {file.relative_to(folder).as_posix() for file in init(app, package=True)} == {
        *("env.py", "script.py.mako", "__init__.py", "versions/__init__.py")
    }
    env = folder / "env.py"
    env.write_text(env.read_text().replace("context))", 'context), version_table="of_mine")'))
    mako = folder / "script.py.mako"
    mako.write_text(f"# ours\n{mako.read_text()}")
    file = migrate(app, "first")
    assert file is not None
    assert file.read_text().startswith("# ours")
    upgrade(app)
    with app.extension(SQLAlchemy).engine_of(app).connect() as connection:
        assert sa.inspect(connection).has_table("of_mine")
    with pytest.raises(MigrationError, match="is there already"):
        init(app)


def test_a_template_may_be_a_folder_of_ones_own(project: Project, tmp_path: Path) -> None:
    app = app_with(project, "")
    template = tmp_path / "mine"
    template.mkdir()
    for name in ("env.py", "script.py.mako"):
        (template / name).write_text(f"# mine: {name}, for ferrule_migrate\n")
    init(app, template=str(template))
    assert (tmp_path / "migrations" / "env.py").read_text().startswith("# mine")
    assert [*list_templates()] == ["ferrule"]
    with pytest.raises(MigrationError, match=r"there is no template 'nonsense', .*there are: ferrule"):
        init(app, template="nonsense")


def test_an_application_that_starts_does_not_load_alembic(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from ferrule import App\n"
        "app = App('shop', extensions=['sqlalchemy', 'migrate'], config={'SQLALCHEMY_DATABASE_URI': 'sqlite://'})\n"
        "app.route('/')(lambda: 'hello')\n"
        "assert app.test_client().get('/').text == 'hello'\n"
        "print([name for name in sys.modules if name.partition('.')[0] in {'alembic', 'mako'}])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
