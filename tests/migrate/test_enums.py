"""Enums: their values are compared with the database, and revisions change them without losing rows."""

from __future__ import annotations

import enum
import io
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from ferrule import App
from ferrule_migrate import Hazard, MigrationError, RevisionError, check, downgrade, migrate, upgrade
from ferrule_sqlalchemy import SQLAlchemy
from ferrule_sqlalchemy.metadatas import NAMING_CONVENTION

Project = Callable[..., App]


@pytest.fixture
def postgresql(request: pytest.FixtureRequest, postgresql_url: str) -> Any:
    """Return the URI of PostgreSQL, without tables and types at the end."""
    yield postgresql_url
    with sa.create_engine(postgresql_url, poolclass=sa.NullPool).begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
        connection.exec_driver_sql("GRANT USAGE ON SCHEMA public TO PUBLIC")


def note(*values: str, **more: Any) -> sa.MetaData:
    metadata = sa.MetaData(naming_convention=dict(NAMING_CONVENTION))
    options = {"name": "mood", **more}
    sa.Table(
        "note",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        *([sa.Column("mood", sa.Enum(*values, **options), nullable=True)] if values else []),
    )
    return metadata


def run(app: App, statement: str) -> list[tuple[Any, ...]]:
    with app.extension(SQLAlchemy).engine_of(app).begin() as connection:
        result = connection.exec_driver_sql(statement)
        return [tuple(row) for row in result.fetchall()] if result.returns_rows else []


def labels(app: App) -> dict[str, list[str]]:
    with app.extension(SQLAlchemy).engine_of(app).connect() as connection:
        inspector: Any = sa.inspect(connection)
        return {found["name"]: found["labels"] for found in inspector.get_enums()}


def applied(app: App, message: str) -> str:
    file = migrate(app, message)
    assert file is not None
    upgrade(app)
    assert migrate(app, "nothing is left") is None
    return file.read_text()


def test_a_type_is_created_once_for_all_tables_and_dropped_with_the_last(project: Project, postgresql: str) -> None:
    tables = note("sad", "ok")
    sa.Table("page", tables, sa.Column("mood", sa.Enum("sad", "ok", name="mood")))
    text = applied(project(postgresql, tables={None: tables}), "first")
    assert text.count("op.create_enum('mood', ['sad', 'ok'])") == 1
    assert text.count("sa.Enum('sad', 'ok', name='mood', create_type=False)") == 2

    app = project(postgresql, tables={None: note("sad", "ok")})
    file = migrate(app, "one less", allow_drop=True)
    assert file is not None
    assert "drop_enum" not in file.read_text().partition("def downgrade")[0]
    upgrade(app)
    tables = note()
    app = project(postgresql, tables={None: tables})
    migrate(app, "none", allow_drop=True)
    upgrade(app)
    assert labels(app) == {}
    downgrade(app)
    assert labels(app) == {"mood": ["sad", "ok"]}
    downgrade(app, "base")
    assert labels(app) == {}


def test_values_are_added_where_the_model_has_them_and_no_table_is_written_anew(
    project: Project, postgresql: str
) -> None:
    app = project(postgresql, tables={None: note("sad", "ok")})
    applied(app, "first")
    run(app, "INSERT INTO note VALUES (1, 'ok')")
    [(file_before,)] = run(app, "SELECT pg_relation_filenode('note')")
    app = project(postgresql, tables={None: note("furious", "sad", "so-so", "ok", "it's 100% fine: yes")})
    assert check(app).differences
    text = applied(app, "more")
    assert "op.add_enum_values('mood', ['furious', 'sad', 'so-so', 'ok'," in text
    assert labels(app) == {"mood": ["furious", "sad", "so-so", "ok", "it's 100% fine: yes"]}
    assert run(app, "SELECT pg_relation_filenode('note')") == [(file_before,)]
    downgrade(app)
    assert labels(app) == {"mood": ["sad", "ok"]}
    assert run(app, "SELECT id, mood::text FROM note") == [(1, "ok")]


def test_a_value_goes_by_a_new_type_which_keeps_rows_defaults_and_indexes(project: Project, postgresql: str) -> None:
    tables = note("sad", "ok", "gone")
    sa.Table(
        "page",
        tables,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("mood", sa.Enum("sad", "ok", "gone", name="mood"), server_default="ok", nullable=False, index=True),
        sa.Column("moods", sa.ARRAY(sa.Enum("sad", "ok", "gone", name="mood"))),
    )
    app = project(postgresql, tables={None: tables})
    applied(app, "first")
    run(app, "INSERT INTO page (id, moods) VALUES (1, '{sad,ok}')")
    smaller = note("sad", "ok")
    sa.Table(
        "page",
        smaller,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("mood", sa.Enum("sad", "ok", name="mood"), server_default="ok", nullable=False, index=True),
        sa.Column("moods", sa.ARRAY(sa.Enum("sad", "ok", name="mood"))),
    )
    app = project(postgresql, tables={None: smaller})
    told: list[Any] = []
    file = migrate(app, "less", on_hazards=told.extend)
    assert file is not None
    assert [(each.kind.name, each.detail) for each in told] == [("remove-enum-value", "'gone'")]
    assert "columns=['note.mood', 'page.mood', 'page.moods[]']" in file.read_text()
    upgrade(app)
    assert labels(app) == {"mood": ["sad", "ok"]}
    run(app, "INSERT INTO page (id) VALUES (2)")
    assert run(app, "SELECT id, mood::text, moods::text FROM page ORDER BY id") == [
        (1, "ok", "{sad,ok}"),
        (2, "ok", None),
    ]
    assert run(app, "SELECT count(*) FROM pg_indexes WHERE indexname = 'ix_page_mood'") == [(1,)]
    downgrade(app)
    assert labels(app) == {"mood": ["sad", "ok", "gone"]}


def test_a_row_with_a_value_that_goes_stops_the_revision_and_nothing_is_changed(
    project: Project, postgresql: str
) -> None:
    app = project(postgresql, tables={None: note("sad", "ok", "gone")})
    applied(app, "first")
    run(app, "INSERT INTO note VALUES (1, 'gone')")
    app = project(postgresql, tables={None: note("sad", "ok")})
    migrate(app, "less")
    with pytest.raises(RevisionError, match=r"(?s)invalid input value for enum mood: .gone.*Nothing was changed"):
        upgrade(app)
    assert labels(app) == {"mood": ["sad", "ok", "gone"]}
    assert run(app, "SELECT mood::text FROM note") == [("gone",)]


def test_a_value_that_was_renamed_is_one_line(project: Project, postgresql: str) -> None:
    app = project(postgresql, tables={None: note("sad", "ok")})
    applied(app, "first")
    run(app, "INSERT INTO note VALUES (1, 'ok')")
    app = project(postgresql, tables={None: note("sad", "fine")})
    told: list[Hazard] = []
    file = migrate(app, "renamed", on_hazards=told.extend)
    assert file is not None
    assert "if it was renamed: op.rename_enum_value('mood', 'ok', 'fine')" in told[0].detail
    head, _, _ = file.read_text().partition("def upgrade")
    file.write_text(
        f"{head}def upgrade() -> None:\n    op.rename_enum_value('mood', 'ok', 'fine')\n\n\n"
        "def downgrade() -> None:\n    op.rename_enum_value('mood', 'fine', 'ok')\n"
    )
    upgrade(app)
    assert run(app, "SELECT mood::text FROM note") == [("fine",)]
    assert migrate(app, "nothing is left") is None
    downgrade(app)
    assert labels(app) == {"mood": ["sad", "ok"]}


def test_text_becomes_an_enum_and_an_enum_text(project: Project, postgresql: str) -> None:
    tables = note()
    tables.tables["note"].append_column(sa.Column("mood", sa.String(20)))
    app = project(postgresql, tables={None: tables})
    applied(app, "first")
    run(app, "INSERT INTO note VALUES (1, 'ok')")
    app = project(postgresql, tables={None: note("sad", "ok")})
    applied(app, "to an enum")
    assert run(app, "SELECT mood FROM note WHERE mood = 'ok'::mood") == [("ok",)]
    downgrade(app)
    assert labels(app) == {}
    assert run(app, "SELECT mood FROM note") == [("ok",)]


def test_a_value_that_is_used_in_the_transaction_that_adds_it_is_told_with_the_cure(
    project: Project, postgresql: str
) -> None:
    app = project(postgresql, tables={None: note("sad", "ok")})
    applied(app, "first")
    app = project(postgresql, tables={None: note("sad", "ok", "new")})
    file = migrate(app, "more")
    assert file is not None
    head, end = file.read_text().split("\n\n\ndef downgrade")
    file.write_text(f"{head}\n    op.execute(\"INSERT INTO note VALUES (1, 'new')\")\n\n\ndef downgrade{end}")
    with pytest.raises(RevisionError, match=r"in the transaction that adds it.*autocommit_block"):
        upgrade(app)
    assert labels(app) == {"mood": ["sad", "ok"]}


def test_statements_of_enums_can_be_read_instead_of_run(project: Project, postgresql: str) -> None:
    app = project(postgresql, tables={None: note("sad", "ok", "gone")})
    applied(app, "first")
    app = project(postgresql, tables={None: note("sad", "ok")})
    migrate(app, "less")
    output = io.StringIO()
    upgrade(app, sql=output)
    assert "CREATE TYPE mood AS ENUM ('sad', 'ok', 'gone')" in output.getvalue()
    assert "ALTER TABLE note ALTER COLUMN mood TYPE mood USING mood::text::mood" in output.getvalue()


def test_an_enum_of_another_schema_is_no_other_application_s(project: Project, postgresql: str) -> None:
    """A type that no column of ours had is left alone."""
    app = project(postgresql, tables={None: note("sad", "ok", name="feeling", schema="public")})
    run(app, "CREATE TYPE somebodys AS ENUM ('x')")
    applied(app, "first")
    app = project(postgresql, tables={None: note()})
    migrate(app, "none", allow_drop=True)
    upgrade(app)
    assert labels(app) == {"somebodys": ["x"]}


def test_the_values_of_a_python_enum_are_compared(project: Project, postgresql: str) -> None:
    class Mood(enum.Enum):
        SAD = "sad"
        OK = "ok"

    metadata = sa.MetaData()
    sa.Table("note", metadata, sa.Column("mood", sa.Enum(Mood, values_callable=lambda kind: [m.value for m in kind])))
    app = project(postgresql, tables={None: metadata})
    text = applied(app, "first")
    assert "op.create_enum('mood', ['sad', 'ok'])" in text


@pytest.mark.parametrize("uri", ["mariadb"], indirect=True)
def test_mariadb_s_enums_are_compared_and_changed(project: Project, uri: str) -> None:
    app = project(uri, tables={None: note("sad", "ok")})
    applied(app, "first")
    run(app, "INSERT INTO note VALUES (1, 'ok')")
    app = project(uri, tables={None: note("sad", "ok", "new")})
    applied(app, "more")
    run(app, "INSERT INTO note VALUES (2, 'new')")
    app = project(uri, tables={None: note("sad", "ok")})
    told: list[Hazard] = []
    migrate(app, "less", on_hazards=told.extend)
    assert [each.kind.name for each in told] == ["remove-enum-value"]
    with pytest.raises(MigrationError, match="truncated"):
        upgrade(app)
    run(app, "DELETE FROM note WHERE id = 2")
    upgrade(app)
    assert run(app, "SELECT id, mood FROM note") == [(1, "ok")]


@pytest.mark.parametrize("uri", ["sqlite", "mariadb", "postgresql"], indirect=True)
def test_an_enum_that_is_a_check_is_compared_and_changed(project: Project, uri: str) -> None:
    options: dict[str, Any] = {"native_enum": False, "create_constraint": True, "length": 20}
    app = project(uri, tables={None: note("sad", "it's ok", **options)})
    applied(app, "first")
    run(app, "INSERT INTO note VALUES (1, 'it''s ok')")
    app = project(uri, tables={None: note("sad", "it's ok", "so-so", **options)})
    text = applied(app, "more")
    assert text.count("create_check_constraint") == 2
    run(app, "INSERT INTO note VALUES (2, 'so-so')")
    with pytest.raises(sa.exc.DBAPIError):
        run(app, "INSERT INTO note VALUES (3, 'other')")
    if sa.make_url(uri).get_backend_name() not in {"mariadb", "mysql"}:  # there, half of it would stay
        with pytest.raises(RevisionError):  # a row has the value that would go
            downgrade(app)
    run(app, "DELETE FROM note WHERE id = 2")
    downgrade(app)
    with pytest.raises(sa.exc.DBAPIError):
        run(app, "INSERT INTO note VALUES (2, 'so-so')")
    assert run(app, "SELECT id, mood FROM note") == [(1, "it's ok")]
