"""A revision that is edited after a database has applied it is told, unless the edit does not matter to a database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from ferrule import App
from ferrule_migrate import MigrationError, check, current, downgrade, migrate, revision, stamp, upgrade
from ferrule_migrate.digests import digest_of
from ferrule_sqlalchemy import SQLAlchemy

Project = Callable[..., App]

REVISION = '''\
"""books

Revision: aaa1
"""

import sqlalchemy as sa
from alembic import op

revision: str = 'aaa1'
down_revision: str | None = None
branch_labels: str | None = None


def upgrade() -> None:
    op.create_table('book', sa.Column('id', sa.Integer, primary_key=True))


def downgrade() -> None:
    op.drop_table('book')
'''


def recorded(app: App) -> list[str]:
    with app.extension(SQLAlchemy).engine_of(app).connect() as connection:
        rows = connection.exec_driver_sql("SELECT revision FROM alembic_version_digest ORDER BY revision")
        return [row[0] for row in rows]


def applied(project: Project, uri: str = "") -> tuple[App, Path]:
    app = project(uri)
    file = revision(app, "books", rev_id="aaa1")
    file.write_text(REVISION)
    upgrade(app)
    return app, file


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("sa.Integer", "sa.BigInteger"),
        ("down_revision: str | None = None", "down_revision: str | None = 'bbb1'"),
        ("    op.create_table('book'", "    op.execute('SELECT 1')\n    op.create_table('book'"),
    ],
    ids=["a type", "what it follows", "a statement"],
)
def test_an_edited_revision_is_refused(project: Project, uri: str, before: str, after: str) -> None:
    app, file = applied(project, uri)
    if "bbb1" in after:
        (file.parent / "bbb1.py").write_text(REVISION.replace("aaa1", "bbb1").replace("'book'", "'other'"))
    file.write_text(REVISION.replace(before, after))
    told = rf"1 mistake in revisions that are applied, so nothing was done\.(?s:.*){file.name}: was edited"
    with pytest.raises(MigrationError, match=told):
        upgrade(app)
    assert current(app) == ("aaa1",)
    file.write_text(REVISION)
    if "bbb1" in after:
        (file.parent / "bbb1.py").unlink()
    assert upgrade(app) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("'book', sa", '"book", sa'),
        ("import sqlalchemy as sa\n", "from typing import Any\n\nimport sqlalchemy as sa\n"),
        ("def upgrade() -> None:\n", 'def upgrade():\n    """Books."""\n    # made in spring\n'),
        ("op.drop_table('book')", "op.execute('DROP TABLE book')"),
        ("branch_labels: str | None = None", "branch_labels = 'books'"),
        ("\n", "\r\n"),
        ('"""books', '"""Books of the library'),
    ],
    ids=["quotes", "imports", "comments", "the way back", "a label", "line ends", "docstring"],
)
def test_an_edit_that_does_not_matter_to_a_database_is_none(project: Project, before: str, after: str) -> None:
    app, file = applied(project)
    file.write_bytes(REVISION.replace(before, after).encode())
    assert file.read_bytes() != REVISION.encode()
    assert upgrade(app) == []


def test_an_edit_that_is_meant_is_said_by_stamp(project: Project) -> None:
    app, file = applied(project)
    file.write_text(REVISION.replace("sa.Integer", "sa.BigInteger"))
    with pytest.raises(MigrationError, match="`ferrule db stamp REVISION`"):
        upgrade(app)
    stamp(app, "aaa1")
    assert upgrade(app) == []


def test_what_is_undone_may_be_edited(project: Project, uri: str) -> None:
    app, file = applied(project, uri)
    assert recorded(app) == ["aaa1"]
    downgrade(app)
    assert recorded(app) == []
    file.write_text(REVISION.replace("sa.Integer", "sa.BigInteger"))
    assert len(upgrade(app)) == 1
    assert recorded(app) == ["aaa1"]


def test_nothing_is_recorded_of_a_revision_that_fails(project: Project) -> None:
    app, _ = applied(project)
    second = revision(app, "second")
    second.write_text(second.read_text().replace("    pass", "    1 / 0", 1))
    with pytest.raises(Exception, match="division"):
        upgrade(app)
    assert recorded(app) == ["aaa1"]


def test_a_database_that_others_have_upgraded_is_taken_as_it_is(project: Project) -> None:
    """Flask-Migrate, or statements that were printed and run by hand, leave no digests."""
    app, file = applied(project)
    with app.extension(SQLAlchemy).engine_of(app).begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version_digest")
    file.write_text(REVISION.replace("sa.Integer", "sa.BigInteger"))
    assert upgrade(app) == []


def test_nobody_has_to_have_digests(project: Project) -> None:
    app = project(MIGRATE_CHECK_EDITS=False)
    file = revision(app, "books", rev_id="aaa1")
    file.write_text(REVISION)
    upgrade(app)
    with app.extension(SQLAlchemy).engine_of(app).connect() as connection:
        assert not sa.inspect(connection).has_table("alembic_version_digest")
    file.write_text(REVISION.replace("sa.Integer", "sa.BigInteger"))
    assert upgrade(app) == []


def test_the_table_of_digests_is_no_difference_to_the_models(project: Project, uri: str) -> None:
    app = project(uri, "name")
    migrate(app, "first tables")
    upgrade(app)
    assert not check(app)
    assert migrate(app, "again") is None


def test_a_digest_is_told_of_a_file_that_is_broken() -> None:
    assert digest_of("def upgrade(:") != digest_of("def upgrade():")
