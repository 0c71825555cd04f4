"""One history for several databases, which are changed together or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from ferrule import App
from ferrule_migrate import (
    MigrationError,
    RevisionError,
    check,
    current_of_all,
    downgrade,
    migrate,
    pending,
    revision,
    stamp,
    upgrade,
)
from ferrule_sqlalchemy import SQLAlchemy

Project = Callable[..., App]


def table(name: str, bind_key: str | None = None) -> sa.MetaData:
    metadata = sa.MetaData(info={"bind_key": bind_key})
    sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True))
    return metadata


def tables_in(app: App, bind_key: str | None = None) -> list[str]:
    with app.extension(SQLAlchemy).engine_of(app, bind_key).connect() as connection:
        return sorted(each for each in sa.inspect(connection).get_table_names() if not each.endswith("_digest"))


@pytest.fixture
def shop(project: Project, uri: str, tmp_path: Path) -> App:
    """An application with a default database of each kind, an archive, and a bind that is nobody's."""
    binds = {name: f"sqlite:///{tmp_path / name}.sqlite" for name in ("the-archive", "replica")}
    tables = {None: table("note"), "the-archive": table("old", "the-archive"), "replica": sa.MetaData()}
    return project(uri, tables=tables, SQLALCHEMY_BINDS=binds)


def test_each_database_gets_its_tables_from_one_revision(shop: App) -> None:
    file = migrate(shop, "first tables")
    assert file is not None
    text = file.read_text()
    assert 'def upgrade_the_archive() -> None:\n    """On the database of the bind \'the-archive\'."""' in text
    assert "replica" not in text
    assert [step.bind_key for step in upgrade(shop)] == [None, "the-archive"]
    assert tables_in(shop) == ["alembic_version", "note"]
    assert tables_in(shop, "the-archive") == ["alembic_version", "old"]
    assert tables_in(shop, "replica") == []
    assert not check(shop)
    assert migrate(shop, "again") is None
    downgrade(shop, "base")
    assert tables_in(shop) == tables_in(shop, "the-archive") == ["alembic_version"]


def test_a_revision_names_only_the_databases_that_it_changes(shop: App) -> None:
    migrate(shop, "first tables")
    upgrade(shop)
    shop.extension(SQLAlchemy).metadata.tables["note"].append_column(sa.Column("text", sa.String(20)))
    file = migrate(shop, "text")
    assert file is not None
    assert "archive" not in file.read_text()
    assert [step.bind_key for step in upgrade(shop)] == [None]
    assert {*current_of_all(shop)} == {None, "the-archive"}
    assert len({*current_of_all(shop).values()}) == 1


def test_an_empty_revision_has_a_place_for_each_database(shop: App) -> None:
    assert "def upgrade_the_archive() -> None:" in revision(shop, "by hand").read_text()


def test_a_bind_that_comes_later_is_taken_along(project: Project, uri: str, tmp_path: Path) -> None:
    app = project(uri, tables={None: table("note")})
    migrate(app, "first tables")
    upgrade(app)
    tables = {None: table("note"), "archive": table("old", "archive")}
    app = project(uri, tables=tables, SQLALCHEMY_BINDS={"archive": f"sqlite:///{tmp_path / 'archive.sqlite'}"})
    assert [revision.doc for revision in pending(app)] == ["first tables"]
    assert upgrade(app) == []
    assert migrate(app, "an archive") is not None
    assert [(step.doc, step.bind_key) for step in upgrade(app)] == [("an archive", None), ("an archive", "archive")]
    assert tables_in(app, "archive") == ["alembic_version", "old"]


def test_a_database_without_models_is_still_changed_by_the_revisions_that_name_it(
    project: Project, tmp_path: Path
) -> None:
    """The application that upgrades need not import what has the models."""
    binds = {"archive": f"sqlite:///{tmp_path / 'archive.sqlite'}"}
    app = project(tables={None: table("note"), "archive": table("old", "archive")}, SQLALCHEMY_BINDS=binds)
    migrate(app, "first tables")
    app = project(tables={None: sa.MetaData(), "archive": sa.MetaData()}, SQLALCHEMY_BINDS=binds)
    upgrade(app)
    assert tables_in(app, "archive") == ["alembic_version", "old"]


def test_an_error_in_one_database_undoes_the_others(project: Project, tmp_path: Path) -> None:
    binds = {"archive": f"sqlite:///{tmp_path / 'archive.sqlite'}"}
    app = project(tables={None: table("note"), "archive": table("old", "archive")}, SQLALCHEMY_BINDS=binds)
    file = migrate(app, "first tables")
    assert file is not None
    start, _, end = file.read_text().rpartition("op.create_table(")
    file.write_text(f"{start}raise RuntimeError('half way')\n    op.create_table({end}")
    with pytest.raises(RevisionError, match="half way"):
        upgrade(app)
    assert "note" not in tables_in(app)
    assert current_of_all(app) == {None: (), "archive": ()}


def test_all_databases_are_stamped(shop: App) -> None:
    revision(shop, "first", rev_id="aaa1")
    stamp(shop)
    assert current_of_all(shop) == {None: ("aaa1",), "the-archive": ("aaa1",)}


def test_the_statements_of_each_database_have_a_heading(shop: App, capsys: pytest.CaptureFixture[str]) -> None:
    migrate(shop, "first tables")
    upgrade(shop, sql=True)
    default, _, archive = capsys.readouterr().out.partition("-- For bind 'the-archive', sqlite:")
    assert "-- For the default bind" in default
    assert "CREATE TABLE note" in default
    assert "CREATE TABLE old" in archive
    assert tables_in(shop) == []


def test_two_binds_that_are_one_database_are_told_instead_of_waiting_for_each_other(project: Project, uri: str) -> None:
    app = project(uri, tables={None: table("note"), "same": table("old", "same")}, SQLALCHEMY_BINDS={"same": uri})
    with pytest.raises(MigrationError, match=r"the default bind and bind 'same' both have tables, and lead to"):
        migrate(app, "first tables")
    alone = project(uri, tables={None: table("note"), "same": sa.MetaData()}, SQLALCHEMY_BINDS={"same": uri})
    migrate(alone, "first tables")
    assert [step.bind_key for step in upgrade(alone)] == [None]
