"""The tests that users have of their migrations: what they find, and what they say of it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ferrule import App
from ferrule_migrate.testing import PROMISES, migrations
from ferrule_sqlalchemy import SQLAlchemy

from .shipping_projects import Shipping, make_app, write_revision

BY_NAME = {promise.name: promise for promise in PROMISES}

USER = """op.create_table(
    "user",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("email", sa.String(50), nullable=False, unique=True),
    sa.Column("age", sa.Integer),
    sa.CheckConstraint("age >= 18", name="ck_user_adult"),
)
op.create_table(
    "note",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("user_id", sa.Integer, sa.ForeignKey("user.id"), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)"""
NO_USER = "op.drop_table('note')\nop.drop_table('user')"


def versions(folder: Path) -> Path:
    return folder / "migrations" / "versions"


def verdict(app: App, promise: str, **told: Any) -> str:
    """Examine a promise; return what the test that fails says, nothing if it passes."""
    try:
        migrations(**told)(BY_NAME[promise], app)
    except pytest.fail.Exception as failure:
        return str(failure)
    return ""


def batch(table: str, change: str) -> str:
    return f"with op.batch_alter_table({table!r}) as table:\n    table.{change}"


@pytest.fixture
def history(tmp_path: Path) -> Callable[..., None]:
    """Return a function that writes the revision ``second`` after one that makes two tables."""

    def write(up: str, undo: str = "pass") -> None:
        write_revision(versions(tmp_path), "first", up=USER, undo=NO_USER)
        write_revision(versions(tmp_path), "second", "first", up=up, undo=undo)

    return write


def test_a_history_that_is_well_made_keeps_every_promise(
    tmp_path: Path, uri: str, history: Callable[..., None]
) -> None:
    quoted = "`user`" if "mariadb" in uri else '"user"'
    history(
        f"""op.add_column("user", sa.Column("name", sa.String(20)))
op.execute('UPDATE {quoted} SET name = email')
{batch("user", 'alter_column("name", existing_type=sa.String(20), nullable=False)')}""",
        batch("user", 'drop_column("name")'),
    )
    app, tables = make_app(tmp_path, uri)
    sa.Table(
        "user",
        tables,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.String(50), nullable=False, unique=True),
        sa.Column("age", sa.Integer),
        sa.Column("name", sa.String(20), nullable=False),
    )
    sa.Table(
        "note",
        tables,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.ForeignKey("user.id"), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    assert {name: verdict(app, name) for name in BY_NAME} == dict.fromkeys(BY_NAME, "")
    assert not sa.inspect(app.extension(SQLAlchemy).engine_of(app)).get_table_names()
    app.shutdown()


def test_two_heads_are_found(tmp_path: Path, history: Callable[..., None]) -> None:
    history("pass")
    write_revision(versions(tmp_path), "other", "first")
    app, _ = make_app(tmp_path, "sqlite://")
    assert "2 heads" in verdict(app, "one_head")
    app.shutdown()


def test_a_revision_that_is_named_and_not_there_is_found(tmp_path: Path, history: Callable[..., None]) -> None:
    history("pass")
    app, _ = make_app(tmp_path, "sqlite://")
    said = verdict(app, "one_head", loses={"third": "gone"}, irreversible={"second": "no way back"})
    assert "names 'third', and there is no such revision" in said
    app.shutdown()


def test_models_that_have_no_revision_are_found(tmp_path: Path, history: Callable[..., None]) -> None:
    history("pass")
    app, tables = make_app(tmp_path, "sqlite://")
    sa.Table("user", tables, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table("label", tables, sa.Column("id", sa.Integer, primary_key=True))
    said = verdict(app, "models_match")
    assert "create table label" in said
    assert "drop table note" in said
    assert "`ferrule db migrate -m …`" in said
    app.shutdown()


def test_a_required_column_that_rows_do_not_have_is_found_with_rows_only(
    tmp_path: Path, uri: str, history: Callable[..., None]
) -> None:
    history(
        batch("note", 'add_column(sa.Column("title", sa.String(20), sa.ForeignKey("user.email"), nullable=False))')
        if "mariadb" in uri  # which fills rows with what the type has for nothing, and nothing refers to nobody
        else batch("note", 'add_column(sa.Column("title", sa.String(20), nullable=False))'),
        batch("note", 'drop_column("title")'),
    )
    app, _ = make_app(tmp_path, uri)
    if "mariadb" not in uri:
        assert verdict(app, "empty_database") == ""
    said = verdict(app, "rows_survive")
    assert "the upgrade of 'second' (second of the test) fails on a database with rows" in said
    assert "second.py" in said
    app.shutdown()


def test_a_downgrade_that_leaves_something_or_fails_is_found(tmp_path: Path, history: Callable[..., None]) -> None:
    history(
        'op.create_table("label", sa.Column("id", sa.Integer))\nop.create_index("ix_age", "user", ["age"])',
        'op.drop_index("ix_age", "user")',
    )
    app, _ = make_app(tmp_path, "sqlite://")
    said = verdict(app, "empty_database")
    assert "the downgrade of 'second' (second of the test) does not undo its upgrade" in said
    assert "table 'label' is left" in said
    assert "ix_age" not in said
    assert "migrations(irreversible={'second': …})" in said
    assert verdict(app, "empty_database", irreversible={"second": "it is so"}) == ""
    history("pass", "raise NotImplementedError('no way back')")
    said = verdict(app, "empty_database")
    assert "the downgrade of 'second' (second of the test) fails on an empty database" in said
    assert "NotImplementedError: no way back" in said
    app.shutdown()


def test_rows_and_values_that_an_upgrade_loses_are_found(
    tmp_path: Path, uri: str, history: Callable[..., None]
) -> None:
    quoted = "`user`" if "mariadb" in uri else '"user"'
    history(f"op.execute('UPDATE {quoted} SET age = NULL')\nop.execute('DELETE FROM note')")
    app, _ = make_app(tmp_path, uri)
    said = verdict(app, "rows_survive")
    assert "the upgrade of 'second' (second of the test) loses data" in said
    assert "table 'note' had 2 rows, and has 0" in said
    assert "column 'user.age' had a value in 1 rows, and has one in 0" in said
    assert "migrations(loses={'second': …})" in said
    assert verdict(app, "rows_survive", loses={"second": "on purpose"}) == ""
    app.shutdown()


def test_a_table_that_no_row_can_be_made_up_for_is_told_until_values_are_given(
    tmp_path: Path, history: Callable[..., None]
) -> None:
    history(
        'op.create_table("odd", sa.Column("id", sa.Integer, primary_key=True), sa.Column("x", sa.Integer,'
        ' nullable=False), sa.CheckConstraint("x * x - 71 * x + 1188 = 0", name="odd"))',
        'op.drop_table("odd")',
    )
    app, _ = make_app(tmp_path, "sqlite://")
    said = verdict(app, "rows_survive")
    assert "no row can be made up for what there is at 'second'" in said
    assert "table 'odd': CHECK constraint failed" in said
    assert 'migrations(values={"table.column": value})' in said
    assert verdict(app, "rows_survive", values={"odd.x": 27}) == ""
    assert verdict(app, "rows_survive", values={"odd.x": lambda number: (27, 44)[number % 2]}) == ""
    assert verdict(app, "rows_survive", values={"odd": None}) == ""
    app.shutdown()


def test_branches_of_extensions_and_merges_are_gone_through_as_well(tmp_path: Path) -> None:
    entry = "op.create_table('mail_sent', sa.Column('id', sa.Integer, primary_key=True))"
    write_revision(tmp_path / "mail", "mail__1", label="mail", up=entry, undo="op.drop_table('mail_sent')")
    write_revision(versions(tmp_path), "a1", up=USER, undo=NO_USER)
    for name in ("b1", "b2"):
        made = f"op.create_table('{name}', sa.Column('id', sa.Integer, primary_key=True))"
        write_revision(versions(tmp_path), name, "a1", up=made, undo=f"op.drop_table('{name}')")
    file = write_revision(versions(tmp_path), "c1", "b1", depends_on="mail__1")
    file.write_text(file.read_text().replace("down_revision = 'b1'", "down_revision = ('b1', 'b2')"))
    app, _ = make_app(tmp_path, "sqlite://", Shipping("mail", tmp_path / "mail"))
    for name in ("one_head", "empty_database", "rows_survive"):
        assert verdict(app, name) == ""
    app.shutdown()


def run_pytest(folder: Path, *options: str) -> str:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("FERRULE_", "PYTEST_"))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "error"]
    done = subprocess.run(
        [*command, "--rootdir", str(folder), *options],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout + done.stderr


def test_two_lines_in_a_project_are_enough(tmp_path: Path) -> None:
    """In a test run of its own, as a user's; the plugin finds the application that the configuration file names."""
    files = {
        "ferrule.toml": """
            application = "shop:app"
            extensions = ["sqlalchemy", "migrate"]
            [sqlalchemy]
            database_uri = "sqlite:///shop.sqlite"
        """,
        "shop.py": """
            from sqlalchemy.orm import Mapped, mapped_column
            from ferrule import App
            from ferrule_sqlalchemy import Model

            class Article(Model):
                id: Mapped[int] = mapped_column(primary_key=True)

            app = App(__name__)
        """,
        "test_migrations.py": """
            from ferrule_migrate.testing import migrations
            test_migrations = migrations()
        """,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(textwrap.dedent(text))
    made = "op.create_table('article', sa.Column('id', sa.Integer, primary_key=True))"
    write_revision(versions(tmp_path), "a1", up=made, undo="op.drop_table('article')")
    assert "4 passed" in run_pytest(tmp_path)
    assert not (tmp_path / "instance" / "shop.sqlite").exists()
    write_revision(versions(tmp_path), "b1", "a1", up="op.add_column('article', sa.Column('x', sa.Integer))")
    shown = run_pytest(tmp_path)
    assert "3 failed, 1 passed" in shown
    assert "drop column article.x" in shown
    assert "column 'article.x' is left" in shown
    assert "Traceback" not in shown
