"""What loses data is listed when a revision is made and when it is applied, and production asks for permission."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from ferrule import App
from ferrule_migrate import (
    DestructiveError,
    Hazard,
    MigrationError,
    current,
    migrate,
    pending_hazards,
    revision,
    upgrade,
)
from ferrule_sqlalchemy import SQLAlchemy

from .replicas import write_project

Project = Callable[..., App]
FIRST = "op.create_table('note', sa.Column('id', sa.Integer, primary_key=True), sa.Column('title', sa.String(20)))"
DROP = "op.drop_column('note', 'title')"


def columns_of(app: App, table: str) -> set[str]:
    with app.extension(SQLAlchemy).engine_of(app).connect() as connection:
        return {column["name"] for column in sa.inspect(connection).get_columns(table)}


def written(file: Path | None, body: str) -> Path:
    assert file is not None
    file.write_text(file.read_text().replace("def upgrade() -> None:\n    pass", f"def upgrade() -> None:\n    {body}"))
    return file


def test_production_refuses_what_loses_data_and_says_how_to_do_without(project: Project, uri: str) -> None:
    app = project(uri, TESTING=False)
    written(revision(app, "first"), FIRST)
    assert upgrade(app)  # what is made in the same run has nothing to lose
    file = written(revision(app, "last"), DROP)
    with pytest.raises(DestructiveError) as error:
        upgrade(app)
    assert [(each.kind.name, each.subject) for each in error.value.hazards] == [("drop-column", "column 'note.title'")]
    text = str(error.value)
    assert f"drop-column: column 'note.title', {file}:" in text
    assert "The safe way: Contract:" in text
    assert "--allow-destructive" in text
    assert isinstance(error.value, MigrationError)
    assert columns_of(app, "note") == {"id", "title"}
    if sa.make_url(uri).get_backend_name() != "sqlite":
        upgrade(app, allow_destructive=True)
        assert columns_of(app, "note") == {"id"}


def test_development_lists_it_and_goes_on(project: Project) -> None:
    app = project(DEBUG=True, TESTING=False)
    written(revision(app, "first"), FIRST)
    upgrade(app)
    written(revision(app, "last"), DROP.replace("op.drop_column", "op.drop_index"))
    told: list[Sequence[Hazard]] = []
    with pytest.raises(MigrationError):  # there is no such index, which nobody can know who only reads
        upgrade(app, on_hazards=told.append)
    assert [each.kind.name for each in told[0]] == ["drop-index"]


@pytest.mark.parametrize("uri", ["postgresql"], indirect=True)
def test_what_only_asks_for_caution_is_not_refused(project: Project, uri: str) -> None:
    app = project(uri, TESTING=False)
    written(revision(app, "first"), FIRST)
    upgrade(app)
    written(revision(app, "index"), "op.create_index('ix_note_title', 'note', ['title'])")
    told: list[Sequence[Hazard]] = []
    upgrade(app, on_hazards=told.append)
    assert [each.kind.name for each in told[0]] == ["blocking-index"]


def test_what_is_pending_can_be_asked_for(project: Project) -> None:
    app = project()
    first = written(revision(app, "first"), FIRST)
    written(revision(app, "last"), DROP)
    assert pending_hazards(app) == []  # the table is made in the same run
    upgrade(app, "+1")
    [hazard] = pending_hazards(app)
    assert (hazard.kind.name, hazard.bind_key) == ("drop-column", None)
    assert hazard.place is not None
    assert str(first.parent) in hazard.place
    assert columns_of(app, "note") == {"id", "title"}
    assert pending_hazards(app, current(app)[0]) == []


def test_a_revision_that_looks_into_the_database_is_said_to_be_unread(project: Project) -> None:
    app = project(TESTING=False)
    written(revision(app, "first"), FIRST)
    upgrade(app)
    look = "op.get_bind().execute(sa.text('SELECT 1')).scalar_one()"
    file = written(revision(app, "look"), look)
    [hazard] = pending_hazards(app)
    assert hazard.kind.name == "unread"
    assert (hazard.place or "").startswith(f"{file}:")
    file.write_text(file.read_text().replace(look, f"{look}\n    {DROP}"))
    with pytest.raises(DestructiveError, match=r"drop-column: column 'note.title' \(it was not read, but seen\)"):
        upgrade(app)
    file.write_text(file.read_text().replace(DROP, ""))
    assert upgrade(app)


def test_a_revision_that_is_made_says_what_it_will_lose(project: Project, uri: str) -> None:
    app = project(uri, "name", "nick")
    migrate(app, "first tables")
    upgrade(app)
    app = project(uri, "name", "alias")
    told: list[Sequence[Hazard]] = []
    assert migrate(app, "renamed?", on_hazards=told.append) is not None
    assert [(each.kind.name, each.detail) for each in told[0]] == [("rename-column", "added: 'alias'")]


def test_the_commands_list_what_loses_data_and_refuse_it_in_production(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "project"
    drop = "with op.batch_alter_table('note') as note:\n    note.drop_column('title')"
    project = write_project(folder, f"sqlite:///{tmp_path / 'a.sqlite'}", [FIRST, drop])
    monkeypatch.setenv("FERRULE_ENV", "production")
    monkeypatch.setenv("FERRULE_SECRET_KEY", "long enough for a test of migrations")
    assert project.at_once(1, "db", "upgrade", "r1")[0][0] == 0
    [(code, output)] = project.at_once(1, "db", "upgrade")
    assert code == 1
    assert "drop-column: column 'note.title'" in output
    assert "Traceback" not in output
    [(code, output)] = project.at_once(1, "db", "upgrade", "--allow-destructive")
    assert code == 0
    assert "Destructive (1):" in output
    assert "Applied r2" in output
