"""Revisions that extensions ship: a branch of their own, beside the application's, in one version table."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ferrule import App
from ferrule_migrate import (
    MigrationError,
    check,
    current,
    downgrade,
    heads,
    history,
    init,
    leftovers,
    merge,
    migrate,
    pending,
    revision,
    stamp,
    upgrade,
)
from ferrule_sqlalchemy import SQLAlchemy

from .shipping_projects import Shipping, make_app, write_revision

ENTRY = "op.create_table('ledger_entry', sa.Column('id', sa.Integer, primary_key=True))"
DROP = "op.drop_table('ledger_entry')"


@pytest.fixture
def ledger(tmp_path: Path) -> Shipping:
    """An extension with one revision and the table that it makes."""
    folder = tmp_path / "ferrule_ledger" / "versions"
    write_revision(folder, "ledger__1", label="ledger", up=ENTRY, undo=DROP)
    table = sa.Table("ledger_entry", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))
    return Shipping("ledger", folder, table)


def engine_of(app: App) -> sa.Engine:
    return app.extension(SQLAlchemy).engine_of(app)


def tables_of(app: App) -> set[str]:
    return {*sa.inspect(engine_of(app)).get_table_names()} - {"alembic_version", "alembic_version_digest"}


def rows_of_versions(app: App) -> set[str]:
    with engine_of(app).connect() as connection:
        return {*connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars()}


def add_note(tables: sa.MetaData, *columns: Any) -> None:
    sa.Table("note", tables, sa.Column("id", sa.Integer, primary_key=True), *columns)


def first_revision(app: App) -> str:
    """Write the application's first revision of its models, and return its identifier."""
    file = migrate(app, "notes")
    assert file is not None
    return next(each.revision for each in history(app) if each.path == file)


def test_the_branches_of_all_are_applied_and_each_revision_has_its_owner(
    tmp_path: Path, uri: str, ledger: Shipping
) -> None:
    app, tables = make_app(tmp_path, uri, ledger)
    assert [(each.revision, each.extension) for each in heads(app)] == [("ledger__1", "ledger")]
    upgrade(app)
    add_note(tables)
    own = first_revision(app)
    assert {each.revision: each.extension for each in history(app)} == {"ledger__1": "ledger", own: None}
    assert [each.revision for each in pending(app)] == [own]
    upgrade(app)
    assert tables_of(app) == {"ledger_entry", "note"}
    assert rows_of_versions(app) == {"ledger__1", own} == {*current(app)}
    assert migrate(app, "nothing") is None
    assert not check(app)
    assert isinstance(ledger.folder, Path)
    added = "op.add_column('ledger_entry', sa.Column('x', sa.Integer))"
    write_revision(ledger.folder, "ledger__2", "ledger__1", up=added)
    assert [each.revision for each in upgrade(app)] == ["ledger__2"]
    app.shutdown()


def test_the_application_s_revisions_leave_the_tables_of_extensions_alone(tmp_path: Path, ledger: Shipping) -> None:
    app, tables = make_app(tmp_path, f"sqlite:///{tmp_path / 'project.sqlite'}", ledger)
    ledger.tables = (sa.Table("ledger_entry", tables, sa.Column("id", sa.Integer, primary_key=True)),)
    add_note(tables)
    upgrade(app)
    file = migrate(app, "notes")
    assert file is not None
    assert "'note'" in file.read_text()
    assert "ledger" not in file.read_text()
    assert file.parent == tmp_path / "migrations" / "versions"
    app.shutdown()


def test_a_revision_that_refers_to_an_extension_s_table_depends_on_what_makes_it(
    tmp_path: Path, uri: str, ledger: Shipping
) -> None:
    app, tables = make_app(tmp_path, uri, ledger)
    ledger.tables = (sa.Table("ledger_entry", tables, sa.Column("id", sa.Integer, primary_key=True)),)
    upgrade(app)
    add_note(tables, sa.Column("entry_id", sa.ForeignKey("ledger_entry.id")))
    own = first_revision(app)
    (made,) = [each for each in history(app) if each.revision == own]
    assert made.depends_on == ("ledger__1",)
    downgrade(app, "base")
    assert [each.revision for each in upgrade(app, own)] == ["ledger__1", own]
    assert tables_of(app) == {"ledger_entry", "note"}
    assert not pending(app)
    app.shutdown()


def test_a_step_back_is_one_of_the_application_s(tmp_path: Path, ledger: Shipping) -> None:
    app, tables = make_app(tmp_path, f"sqlite:///{tmp_path / 'project.sqlite'}", ledger)
    upgrade(app)
    with pytest.raises(MigrationError, match="of extensions there are ledger@-1"):
        downgrade(app)
    add_note(tables)
    own = first_revision(app)
    upgrade(app)
    assert [each.revision for each in downgrade(app)] == [own]
    assert [each.revision for each in upgrade(app, "+1")] == [own]
    assert [each.revision for each in downgrade(app, "ledger@-1")] == ["ledger__1"]
    assert tables_of(app) == {"note"}
    app.shutdown()


def test_an_extension_that_is_not_enabled_leaves_its_tables_and_that_is_told(
    tmp_path: Path, uri: str, ledger: Shipping
) -> None:
    app, _ = make_app(tmp_path, uri, ledger)
    upgrade(app)
    app.shutdown()

    app, tables = make_app(tmp_path, uri)
    (left,) = leftovers(app)
    assert (left.extension, left.is_installed, left.revisions, left.bind_key) == ("ledger", False, ("ledger__1",), None)
    assert "'ledger', which is not installed, are left (at ledger__1); to remove them, install" in str(left)
    assert "`ferrule db remove ledger`" in str(left)
    assert upgrade(app) == []
    assert current(app) == ()
    assert pending(app) == []
    add_note(tables)
    own = first_revision(app)
    assert "ledger" not in history(app)[0].path.read_text()
    upgrade(app)
    assert not check(app)
    assert rows_of_versions(app) == {"ledger__1", own}
    assert tables_of(app) == {"ledger_entry", "note"}
    assert [each.revision for each in downgrade(app)] == [own]
    assert rows_of_versions(app) == {"ledger__1"}
    app.shutdown()


def test_a_revision_that_nobody_has_and_no_extension_could_have_is_an_error(tmp_path: Path, ledger: Shipping) -> None:
    app, _ = make_app(tmp_path, f"sqlite:///{tmp_path / 'project.sqlite'}", ledger)
    upgrade(app)
    for unknown in ("0123456789ab", "ledger__9"):
        with engine_of(app).begin() as connection:
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{unknown}'")
        with pytest.raises(MigrationError, match=unknown):
            upgrade(app)
    app.shutdown()


def test_an_author_writes_revisions_into_the_extension_s_folder(tmp_path: Path, ledger: Shipping) -> None:
    app, tables = make_app(tmp_path, f"sqlite:///{tmp_path / 'project.sqlite'}", ledger)
    entry = sa.Table("ledger_entry", tables, sa.Column("id", sa.Integer, primary_key=True))
    ledger.tables = (entry,)
    add_note(tables)
    upgrade(app)
    ledger.tables = ()
    with pytest.raises(MigrationError, match=r"'ledger' claims no table that is in db\.metadata"):
        migrate(app, "nothing to compare", extension="ledger")
    ledger.tables = (entry,)
    assert migrate(app, "nothing new", extension="ledger") is None
    entry.append_column(sa.Column("who", sa.String(20)))
    file = migrate(app, "who did it", extension="ledger", rev_id="2")
    assert file is not None
    assert file.parent == ledger.folder
    assert "'note'" not in file.read_text()
    (made,) = [each for each in history(app) if each.path == file]
    assert (made.revision, made.down_revisions, made.extension) == ("ledger__2", ("ledger__1",), "ledger")
    upgrade(app)
    empty = revision(app, "empty", extension="ledger")
    (made,) = [each for each in history(app) if each.path == empty]
    assert made.revision.startswith("ledger__")
    assert made.down_revisions == ("ledger__2",)
    app.shutdown()


def test_the_first_revision_of_an_extension_begins_its_branch_and_makes_the_folder(tmp_path: Path) -> None:
    extension = Shipping("mail-queue", tmp_path / "ferrule_mail" / "versions")
    app, tables = make_app(tmp_path, f"sqlite:///{tmp_path / 'project.sqlite'}", extension)
    extension.tables = (sa.Table("mail_queue", tables, sa.Column("id", sa.Integer, primary_key=True)),)
    file = migrate(app, "first", extension="mail-queue")
    assert file is not None
    (made,) = history(app)
    assert (made.path, made.branch_labels, made.extension) == (file, ("mail_queue",), "mail-queue")
    assert made.revision.startswith("mail_queue__")
    upgrade(app)
    assert tables_of(app) == {"mail_queue"}
    app.shutdown()


@pytest.mark.parametrize(
    ("extension", "folder", "message"),
    [
        ("nobody", "versions", "'nobody' ships no revisions, or is not enabled; those that do: 'ledger'"),
        ("ledger", "site-packages/ferrule_ledger", r"belongs to an installed distribution.*`pip install -e`"),
    ],
    ids=["not there", "installed"],
)
def test_a_revision_for_an_extension_that_is_not_one_s_own_is_refused(
    tmp_path: Path, extension: str, folder: str, message: str
) -> None:
    write_revision(tmp_path / folder, "ledger__1", label="ledger")
    app, _ = make_app(tmp_path, "sqlite://", Shipping("ledger", tmp_path / folder))
    with pytest.raises(MigrationError, match=message):
        revision(app, "mine", extension=extension)
    assert [file.name for file in (tmp_path / folder).glob("*.py")] == ["ledger__1.py"]
    app.shutdown()


def test_revisions_that_are_not_on_their_owner_s_branch_are_refused_all_at_once(
    tmp_path: Path, ledger: Shipping
) -> None:
    assert isinstance(ledger.folder, Path)
    other = tmp_path / "ferrule_mail" / "versions"
    write_revision(ledger.folder, "2", "ledger__1")
    write_revision(ledger.folder, "ledger__3")
    write_revision(other, "mail__1", "ledger__1", label="mail")
    write_revision(tmp_path / "migrations" / "versions", "ledger__4", "ledger__1")
    app, _ = make_app(tmp_path, "sqlite://", ledger, Shipping("mail", other))
    with pytest.raises(MigrationError, match="4 mistakes in the revisions of extensions") as caught:
        upgrade(app)
    text = str(caught.value)
    assert "revision '2' of extension 'ledger'" in text
    assert "begin it with 'ledger__', so that a database tells whose it is" in text
    assert "revision 'ledger__3' of extension 'ledger'" in text
    assert "write branch_labels = 'ledger'" in text
    assert "revision 'mail__1' of extension 'mail'" in text
    assert "name it in depends_on instead" in text
    assert "revision 'ledger__4' of the application: that is what the revisions of extension 'ledger'" in text
    app.shutdown()


def test_two_files_with_one_revision_are_refused(tmp_path: Path, ledger: Shipping) -> None:
    assert isinstance(ledger.folder, Path)
    file = write_revision(ledger.folder, "ledger__2", "ledger__1")
    file.with_name("copy.py").write_text(file.read_text())
    app, _ = make_app(tmp_path, "sqlite://", ledger)
    with pytest.raises(MigrationError, match="are both revision 'ledger__2'"):
        history(app)
    app.shutdown()


def test_a_revision_that_depends_on_an_extension_that_is_not_enabled_is_told_with_the_cure(tmp_path: Path) -> None:
    write_revision(tmp_path / "migrations" / "versions", "a1", depends_on="ledger__1")
    app, _ = make_app(tmp_path, "sqlite://")
    with pytest.raises(
        MigrationError, match=r"a1\.py: depends on 'ledger__1'.*extension 'ledger', which is not enabled"
    ):
        upgrade(app)
    app.shutdown()


def test_branches_of_several_owners_are_not_joined(tmp_path: Path, ledger: Shipping) -> None:
    versions = tmp_path / "migrations" / "versions"
    write_revision(versions, "a1")
    write_revision(versions, "b1", "a1")
    write_revision(versions, "b2", "a1")
    app, _ = make_app(tmp_path, "sqlite://", ledger)
    with pytest.raises(MigrationError, match="belong to several owners"):
        merge(app, ["b1", "ledger__1"])
    with pytest.raises(MigrationError, match=r"2 heads, b1 and b2; join them with `ferrule db merge heads`"):
        revision(app, "more")
    merged = merge(app)
    assert merged.parent == versions
    assert {each.extension for each in heads(app)} == {None, "ledger"}
    app.shutdown()


def test_statements_of_all_branches_can_be_read_instead_of_run(tmp_path: Path, uri: str, ledger: Shipping) -> None:
    write_revision(tmp_path / "migrations" / "versions", "a1", depends_on="ledger__1", up=ENTRY.replace("ledger_", ""))
    app, _ = make_app(tmp_path, uri, ledger)
    output = io.StringIO()
    upgrade(app, sql=output)
    statements = output.getvalue()
    assert statements.index("CREATE TABLE ledger_entry") < statements.index("CREATE TABLE entry")
    assert tables_of(app) == set()
    app.shutdown()


def test_what_an_extension_left_is_kept_by_a_stamp_and_forgotten_by_a_purge(tmp_path: Path, ledger: Shipping) -> None:
    uri = f"sqlite:///{tmp_path / 'project.sqlite'}"
    write_revision(tmp_path / "migrations" / "versions", "a1")
    app, _ = make_app(tmp_path, uri, ledger)
    upgrade(app)
    app.shutdown()
    app, _ = make_app(tmp_path, uri)
    stamp(app, "base")
    assert rows_of_versions(app) == {"ledger__1"}
    stamp(app, "a1")
    assert rows_of_versions(app) == {"a1", "ledger__1"}
    stamp(app, "a1", purge=True)
    assert rows_of_versions(app) == {"a1"}
    app.shutdown()


def test_a_stamp_says_nothing_of_the_tables_of_extensions_unless_it_is_asked_to(
    tmp_path: Path, ledger: Shipping
) -> None:
    """Who adopts a database says that its own tables are there; those of extensions are still to be made."""
    app, _ = make_app(tmp_path, f"sqlite:///{tmp_path / 'project.sqlite'}", ledger)
    with pytest.raises(MigrationError, match=r"the application has no revision.*ledger@head"):
        stamp(app)
    write_revision(tmp_path / "migrations" / "versions", "a1", up=ENTRY)
    stamp(app)
    assert rows_of_versions(app) == {"a1"}
    assert [step.revision for step in upgrade(app)] == ["ledger__1"]
    downgrade(app, "ledger@base")
    stamp(app, "heads")
    assert rows_of_versions(app) == {"a1", "ledger__1"}
    app.shutdown()


def test_a_revision_of_the_application_s_own_may_look_like_an_extension_s(tmp_path: Path) -> None:
    write_revision(tmp_path / "migrations" / "versions", "add__users")
    app, _ = make_app(tmp_path, f"sqlite:///{tmp_path / 'project.sqlite'}")
    upgrade(app)
    assert current(app) == ("add__users",)
    assert leftovers(app) == []
    assert upgrade(app) == []
    app.shutdown()


def test_an_environment_of_the_project_s_own_has_the_branches_too(tmp_path: Path, ledger: Shipping) -> None:
    uri = f"sqlite:///{tmp_path / 'project.sqlite'}"
    app, _ = make_app(tmp_path, uri, ledger)
    init(app)
    assert [step.revision for step in upgrade(app)] == ["ledger__1"]
    app.shutdown()
    app, _ = make_app(tmp_path, uri)
    assert upgrade(app) == []
    assert current(app) == ()
    app.shutdown()


def test_an_extension_has_tables_in_another_bind(tmp_path: Path) -> None:
    tables = {None: sa.MetaData(), "archive": sa.MetaData(info={"bind_key": "archive"})}
    sa.Table("note", tables[None], sa.Column("id", sa.Integer, primary_key=True))
    old = sa.Table("ledger_old", tables["archive"], sa.Column("id", sa.Integer, primary_key=True))
    extension = Shipping("ledger", tmp_path / "ferrule_ledger", old)
    binds = {"archive": f"sqlite:///{tmp_path / 'archive.sqlite'}"}
    app, _ = make_app(
        tmp_path, f"sqlite:///{tmp_path / 'project.sqlite'}", extension, tables=tables, SQLALCHEMY_BINDS=binds
    )
    file = migrate(app, "first", extension="ledger")
    assert file is not None
    assert "def upgrade_archive()" in file.read_text()
    assert "note" not in file.read_text()
    upgrade(app)
    archive = app.extension(SQLAlchemy).engine_of(app, "archive")
    assert {*sa.inspect(archive).get_table_names()} == {"alembic_version", "alembic_version_digest", "ledger_old"}
    assert tables_of(app) == set()
    own = migrate(app, "notes")
    assert own is not None
    assert "ledger" not in own.read_text()
    upgrade(app)
    app.shutdown()
    app, _ = make_app(tmp_path, f"sqlite:///{tmp_path / 'project.sqlite'}", tables=tables, SQLALCHEMY_BINDS=binds)
    assert {left.bind_key for left in leftovers(app)} == {None, "archive"}
    assert [each.revision for each in pending(app)] == []
    app.shutdown()


def test_an_extension_has_tables_in_a_schema_of_its_name(tmp_path: Path, postgresql_url: str) -> None:
    extension = Shipping("ledger", tmp_path / "ferrule_ledger")
    app, tables = make_app(tmp_path, postgresql_url, extension)
    extension.tables = (sa.Table("entry", tables, sa.Column("id", sa.Integer, primary_key=True), schema="ledger"),)
    add_note(tables)
    engine = engine_of(app)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA ledger")
    try:
        file = migrate(app, "first", extension="ledger")
        assert file is not None
        assert "schema='ledger'" in file.read_text()
        upgrade(app)
        own = first_revision(app)
        upgrade(app)
        assert not check(app)
        assert sa.inspect(engine).has_table("entry", schema="ledger")
        assert "ledger" not in next(each.path for each in history(app) if each.revision == own).read_text()
        downgrade(app, "base")
        assert not sa.inspect(engine).has_table("entry", schema="ledger")
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA ledger CASCADE")
            connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version, note")
        app.shutdown()
