"""Operations that lose data, stop running code or block it are found, in directives and in files."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.operations import MigrateOperation, ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy.dialects import mysql, postgresql

from ferrule_migrate.hazards import KINDS, Hazard
from ferrule_migrate.hazards.finding import find
from ferrule_migrate.hazards.reading import Reading, read
from ferrule_migrate.hazards.recorded import Recorded, flattened
from ferrule_migrate.hazards.scanning import scanned
from ferrule_migrate.hazards.statements import destructive_parts
from ferrule_migrate.hazards.type_changes import change_of


def offline(dialect_name: str = "postgresql") -> MigrationContext:
    return MigrationContext.configure(dialect_name=dialect_name, opts={"as_sql": True, "output_buffer": io.StringIO()})


@pytest.fixture
def revision(tmp_path: Path) -> Callable[..., Reading]:
    """Return a function that reads a revision which does what a text says."""

    def reading(body: str, dialect_name: str = "postgresql") -> Reading:
        file = tmp_path / "revision.py"
        file.write_text(
            "import sqlalchemy as sa\nfrom alembic import op\n\ndef upgrade():\n"
            + (body if body.startswith("\n") else textwrap.indent(body, "    "))
        )
        return read(run_path(str(file))["upgrade"], str(file), offline(dialect_name))

    return reading


def told(operations: list[MigrateOperation], dialect_name: str = "postgresql") -> list[str]:
    return [f"{each.kind.name}: {each.subject}" for each in find([*flattened(operations)], dialect_name)]


NOT_NULL: Any = sa.Column("title", sa.String(20), nullable=False)


@pytest.mark.parametrize(
    ("operation", "found"),
    [
        (ops.DropTableOp("note"), "drop-table: table 'note'"),
        (ops.DropTableOp("note", schema="old"), "drop-table: table 'old.note'"),
        (ops.ModifyTableOps("note", [ops.DropColumnOp("note", "title")]), "drop-column: column 'note.title'"),
        (ops.AddColumnOp("note", NOT_NULL), "add-required: column 'note.title'"),
        (ops.AddColumnOp("note", sa.Column("x", sa.Integer, nullable=False, server_default="1")), ""),
        (ops.AddColumnOp("note", sa.Column("x", sa.Integer, sa.Computed("1"), nullable=False)), ""),
        (ops.AddColumnOp("note", sa.Column("x", sa.Integer)), ""),
        (ops.AlterColumnOp("note", "title", modify_nullable=False), "set-not-null: column 'note.title'"),
        (ops.AlterColumnOp("note", "title", modify_nullable=False, existing_nullable=False), ""),
        (ops.AlterColumnOp("note", "title", modify_nullable=True), ""),
        (
            ops.AlterColumnOp("note", "title", existing_type=sa.String(80), modify_type=sa.String(20)),
            "narrow-type: column 'note.title'",
        ),
        (ops.AlterColumnOp("note", "title", existing_type=sa.String(20), modify_type=sa.String(80)), ""),
        (
            ops.AlterColumnOp("note", "n", existing_type=sa.String(20), modify_type=sa.Integer()),
            "change-type: column 'note.n'",
        ),
        (ops.AlterColumnOp("note", "n", modify_type=sa.Integer()), "change-type: column 'note.n'"),
        (
            ops.AlterColumnOp("note", "mood", existing_type=sa.Enum("a", "b"), modify_type=sa.Enum("a")),
            "remove-enum-value: column 'note.mood'",
        ),
        (ops.AlterColumnOp("note", "title", modify_name="name"), "rename: column 'note.title'"),
        (ops.RenameTableOp("note", "notes"), "rename: table 'note'"),
        (ops.DropConstraintOp("uq_note", "note", "unique"), "drop-constraint: unique 'uq_note' of 'note'"),
        (ops.DropIndexOp("ix_note", "note"), "drop-index: index 'ix_note'"),
        (ops.CreateIndexOp("ix_note", "note", ["title"]), "blocking-index: index 'ix_note' of 'note'"),
        (ops.CreateIndexOp("ix_note", "note", ["title"], postgresql_concurrently=True), ""),
        (
            ops.CreateForeignKeyOp("fk_note", "note", "owner", ["o"], ["id"]),
            "blocking-constraint: foreignkey 'fk_note' of 'note'",
        ),
        (ops.CreateForeignKeyOp("fk_note", "note", "owner", ["o"], ["id"], postgresql_not_valid=True), ""),
        (ops.ExecuteSQLOp("DROP TABLE note"), "raw-sql: DROP TABLE note"),
        (ops.ExecuteSQLOp(sa.text("UPDATE note SET title = 'DROP TABLE x'")), ""),
        (ops.ExecuteSQLOp(sa.delete(sa.table("note"))), "raw-sql: DELETE FROM note"),
    ],
)
def test_an_operation_is_the_hazard_that_it_is(operation: MigrateOperation, found: str) -> None:
    assert told([operation]) == ([found] if found else [])


def test_what_is_made_in_the_same_run_has_no_rows_to_lose() -> None:
    new: set[str] = set()
    make = [Recorded(ops.CreateTableOp("note", [sa.Column("id", sa.Integer)]))]
    assert find(make, "postgresql", new_tables=new) == []
    change = [
        ops.AddColumnOp("note", NOT_NULL),
        ops.CreateIndexOp("ix_note", "note", ["title"]),
        ops.CreateUniqueConstraintOp("uq_note", "note", ["title"]),
        ops.AlterColumnOp("note", "title", modify_nullable=False),
        ops.RenameTableOp("note", "notes"),
        ops.DropColumnOp("notes", "title"),
        ops.DropTableOp("notes"),
    ]
    assert find([Recorded(each) for each in change], "postgresql", new_tables=new) == []
    assert [each.kind.name for each in find([Recorded(ops.DropTableOp("notes"))], "postgresql", new_tables=new)] == [
        "drop-table"
    ]


def dropped_column(name: str, kind: Any) -> MigrateOperation:
    return ops.AddColumnOp("note", sa.Column(name, kind)).reverse()


def test_a_column_that_is_dropped_where_one_like_it_is_added_may_have_been_renamed() -> None:
    added = ops.AddColumnOp("note", sa.Column("headline", sa.String(80)))
    found = find([Recorded(added), Recorded(dropped_column("title", sa.String(80)))], "postgresql")
    assert [str(each) for each in found] == ["rename-column: column 'note.title' (added: 'headline')"]
    assert "new_column_name=new" in found[0].kind.safe
    unlike = find([Recorded(added), Recorded(dropped_column("count", sa.Integer()))], "postgresql")
    assert [each.kind.name for each in unlike] == ["drop-column"]
    once = [Recorded(added), Recorded(ops.DropColumnOp("note", "a")), Recorded(ops.DropColumnOp("note", "b"))]
    assert [each.kind.name for each in find(once, "postgresql")] == ["rename-column", "drop-column"]


def test_a_table_that_is_dropped_where_one_like_it_is_created_may_have_been_renamed() -> None:
    columns = [sa.Column(name, sa.Integer) for name in ("id", "title", "owner")]
    dropped = ops.CreateTableOp("note", columns).reverse()
    assert told([ops.CreateTableOp("notes", columns), dropped]) == ["rename-table: table 'note'"]
    assert told([ops.CreateTableOp("owner", [sa.Column("id", sa.Integer)]), dropped]) == ["drop-table: table 'note'"]


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        (sa.String(20), sa.String(20), "none"),
        (sa.String(20), sa.Text(), "wider"),
        (sa.Text(), sa.String(20), "narrower"),
        (sa.Integer(), sa.BigInteger(), "wider"),
        (sa.BigInteger(), sa.Integer(), "narrower"),
        (sa.BIGINT(), sa.SmallInteger(), "narrower"),
        (mysql.INTEGER(unsigned=True), mysql.INTEGER(), "narrower"),
        (mysql.LONGTEXT(), sa.Text(), "narrower"),
        (mysql.TINYTEXT(), mysql.MEDIUMTEXT(), "wider"),
        (sa.Numeric(10, 2), sa.Numeric(12, 2), "wider"),
        (sa.Numeric(10, 2), sa.Numeric(10, 4), "narrower"),
        (sa.Numeric(10, 4), sa.Numeric(10, 2), "narrower"),
        (sa.Numeric(), sa.Float(), "other"),
        (sa.Integer(), sa.Numeric(12, 2), "wider"),
        (sa.Integer(), sa.Numeric(4, 2), "other"),
        (sa.Double(), sa.REAL(), "narrower"),
        (sa.String(20), sa.Integer(), "other"),
        (sa.DateTime(), sa.Date(), "other"),
        (sa.DateTime(), postgresql.TIMESTAMP(timezone=True), "other"),
        (sa.Enum("a", "b"), sa.Enum("a", "b", "c"), "wider"),
        (sa.Enum("a", "b"), sa.Enum("a"), "narrower"),
        (sa.Enum("a", "b"), sa.String(20), "wider"),
        (sa.String(20), sa.Enum("a"), "narrower"),
        (sa.Date(), sa.Date(), "none"),
    ],
)
def test_a_type_is_compared_by_what_it_holds(old: Any, new: Any, change: str) -> None:
    dialect = "mysql" if type(old).__module__.startswith("sqlalchemy.dialects.mysql") else "postgresql"
    assert change_of(old, new, dialect) == change


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        ("drop table a; DROP TABLE b", 2),
        ("ALTER TABLE a DROP COLUMN b", 1),
        ("ALTER TABLE a DROP b", 1),
        ("ALTER TABLE a ALTER COLUMN b TYPE int USING b::int", 1),
        ("ALTER TABLE a DROP CONSTRAINT b", 0),
        ("ALTER TABLE a ALTER COLUMN b DROP NOT NULL", 0),
        ("ALTER TABLE a ALTER COLUMN b DROP DEFAULT", 0),
        ("TRUNCATE a", 1),
        ("DELETE FROM a", 1),
        ("DELETE FROM a WHERE b = 1", 0),
        ("-- DROP TABLE a\nSELECT 1", 0),
        ("/* DROP TABLE a */ SELECT 'DROP TABLE a'", 0),
        ("INSERT INTO a VALUES ('it''s; DROP TABLE b')", 0),
    ],
)
def test_raw_sql_that_drops_or_empties_is_seen(sql: str, count: int) -> None:
    assert len([*destructive_parts(sql)]) == count


def test_a_revision_is_read_without_doing_what_it_says(revision: Callable[..., Reading], tmp_path: Path) -> None:
    found = revision(
        """
        table = op.create_table('owner', sa.Column('id', sa.Integer))
        op.bulk_insert(table, [{'id': 1}])
        with op.batch_alter_table('note') as note:
            note.drop_column('title')
            note.add_column(sa.Column('name', sa.String(20), nullable=False))
        with op.get_context().autocommit_block():
            op.execute('TRUNCATE note')
        """
    )
    assert found.stopped is None
    hazards = find(found.operations, "postgresql", revision="ab12")
    file = tmp_path / "revision.py"
    assert [f"{each.kind.name} {each.place}" for each in hazards] == [
        f"rename-column {file}:9",
        f"add-required {file}:10",
        f"raw-sql {file}:12",
    ]
    assert {each.revision for each in hazards} == {"ab12"}


def test_a_batch_on_sqlite_is_read_without_the_table(revision: Callable[..., Reading]) -> None:
    found = revision(
        "with op.batch_alter_table('note', recreate='always') as note:\n    note.drop_constraint('uq_note')\n", "sqlite"
    )
    assert [each.kind.name for each in find(found.operations, "sqlite")] == ["drop-constraint"]


def test_a_revision_that_looks_for_rows_finds_none_and_goes_on(revision: Callable[..., Reading]) -> None:
    found = revision(
        """
        bind = op.get_bind()
        for row in bind.execute(sa.text('SELECT id FROM note')).mappings().all():
            bind.execute(sa.text('UPDATE note SET title = NULL WHERE id = :id'), row)
        assert bind.scalar(sa.select(sa.func.max(sa.column('id')))) is None
        assert bind.exec_driver_sql("SELECT 'a:b'").first() is None
        bind.execute(sa.text('TRUNCATE note'))
        sa.Enum('a', name='kind').create(bind, checkfirst=True)
        op.drop_table('note')
        """
    )
    assert found.stopped is None
    assert [each.kind.name for each in find(found.operations, "postgresql")] == ["raw-sql", "drop-table"]


def test_a_revision_that_needs_rows_is_read_until_there_and_its_text_looked_at(
    revision: Callable[..., Reading], tmp_path: Path
) -> None:
    found = revision(
        """
        op.drop_column('note', 'title')
        first = op.get_bind().execute(sa.text('SELECT id FROM note')).scalar_one()
        op.drop_table('note')
        op.execute('DELETE FROM owner')

def downgrade():
        op.drop_table('owner')
        """
    )
    assert [each.kind.name for each in find(found.operations, "postgresql")] == ["drop-column"]
    file = tmp_path / "revision.py"
    assert (found.stopped, found.place) == ("NoResultFound: a revision that is read sees no rows", f"{file}:7")
    assert [*scanned(str(file), found.place)] == [
        ("drop-table", "table 'note'", f"{file}:8"),
        ("raw-sql", "DELETE FROM owner", f"{file}:9"),
    ]


def test_a_revision_that_waits_for_rows_is_not_read_for_ever(revision: Callable[..., Reading]) -> None:
    found = revision("while op.get_bind().execute(sa.text('SELECT 1')).scalar() != 1:\n    pass\n")
    assert "may wait for rows" in str(found.stopped)


def test_a_revision_gets_no_connection_of_its_own_while_it_is_read(
    revision: Callable[..., Reading], tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'note.sqlite'}"
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE note (id INTEGER)")
    found = revision(f"with sa.create_engine({url!r}).begin() as c:\n    c.exec_driver_sql('DROP TABLE note')\n")
    assert "a connection of its own" in str(found.stopped)
    with engine.connect() as connection:
        assert sa.inspect(connection).has_table("note")


def test_each_kind_says_why_and_what_is_safe() -> None:
    assert all(kind.why.endswith(".") and len(kind.safe) > 20 for kind in KINDS.values())


def test_a_hazard_says_what_and_where() -> None:
    hazard = Hazard(kind=KINDS["drop-table"], subject="table 'note'", place="a.py:7", bind_key="archive")
    assert str(hazard) == "drop-table: table 'note' of bind 'archive', a.py:7"
    assert hazard.is_destructive


def test_each_kind_is_documented() -> None:
    page = Path(__file__).parents[2] / "docs/how-to/change-a-schema-safely.md"
    text = page.read_text(encoding="utf-8")
    assert [name for name in KINDS if f"`{name}`" not in text] == []
