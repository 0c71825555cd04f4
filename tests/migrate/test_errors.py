"""What is wrong with revisions is told in one text, with its place and its cure, and nothing is changed."""

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
    current,
    downgrade,
    merge,
    migrate,
    pending,
    revision,
    stamp,
    upgrade,
)
from ferrule_sqlalchemy import SQLAlchemy

Project = Callable[..., App]


def tables_in(app: App) -> list[str]:
    with app.extension(SQLAlchemy).engine_of(app).connect() as connection:
        return sorted(
            name for name in sa.inspect(connection).get_table_names() if not name.startswith("alembic_version")
        )


def with_upgrade(file: Path, *lines: str) -> Path:
    body = "".join(f"    {line}\n" for line in lines)
    text = file.read_text()
    file.write_text(text.replace("def upgrade() -> None:\n    pass\n", f"def upgrade() -> None:\n{body}"))
    assert file.read_text() != text
    return file


def making(table: str) -> str:
    return f"op.create_table({table!r}, sa.Column('id', sa.Integer, primary_key=True))"


def two_heads(app: App) -> None:
    with_upgrade(revision(app, "first", rev_id="aaa1"), making("first"))
    with_upgrade(revision(app, "one", rev_id="bbb1"), making("one"))
    with_upgrade(revision(app, "other", rev_id="ccc1", head="aaa1", splice=True), making("other"))


def another(app: App) -> object:
    return revision(app, "more")


def compared(app: App) -> object:
    return migrate(app, "more")


@pytest.mark.parametrize("act", [upgrade, check, stamp, another, compared])
def test_two_heads_are_told_with_what_joins_them(project: Project, act: Callable[[App], object]) -> None:
    app = project("", "name")
    two_heads(app)
    with pytest.raises(MigrationError, match=r"ferrule db merge heads|ferrule db upgrade"):
        act(app)
    assert tables_in(app) == []
    assert current(app) == ()


def test_two_heads_can_be_joined(project: Project) -> None:
    app = project()
    two_heads(app)
    with pytest.raises(MigrationError, match=r"there are 2 heads, .*bbb1 \(one\).*, or name what you mean"):
        upgrade(app)
    merged = merge(app)
    assert "merge bbb1 and ccc1" in merged.read_text()
    upgrade(app)
    assert tables_in(app) == ["first", "one", "other"]
    with pytest.raises(MigrationError, match="nothing to join"):
        merge(app)


def test_both_of_two_heads_are_applied_where_that_is_what_was_said(project: Project) -> None:
    app = project()
    two_heads(app)
    upgrade(app, "heads")
    assert current(app) == ("bbb1", "ccc1")


def test_branches_with_labels_of_their_own_are_no_mistake(project: Project) -> None:
    app = project()
    revision(app, "first", rev_id="aaa1")
    revision(app, "begin", rev_id="ccc1", head="base", branch_label="reports")
    upgrade(app)
    assert current(app) == ("aaa1", "ccc1")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def upgrade(:\n", r"broken.py:1: SyntaxError"),
        ("import nowhere_at_all\n", r"broken.py:1: ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("down_revision = None\n", r"broken.py: there is no `revision = …`; write it, or move the file"),
        ("revision = 'x'\n", r"broken.py: there is no `down_revision = …`"),
        ("revision = 'x'\ndown_revision = None\n", r"broken.py: there is no upgrade\(\)"),
        (
            "revision = 'aaa1'\ndown_revision = None\ndef upgrade(): ...\n",
            r"are both revision 'aaa1'; give one another",
        ),
        (
            "revision = 'x'\ndown_revision = 'gone'\ndef upgrade(): ...\n",
            r"broken.py: follows 'gone', and no file has that revision; bring its file back from version control",
        ),
        (
            "revision = 'x'\ndown_revision = None\ndepends_on = ('gone',)\ndef upgrade(): ...\n",
            r"broken.py: depends on 'gone', and no file has that revision",
        ),
    ],
    ids=["syntax", "import", "no revision", "no down_revision", "no upgrade", "twice", "gap", "missing dependency"],
)
@pytest.mark.parametrize("act", [upgrade, pending, another])
def test_a_broken_file_is_told_with_its_place_and_cure(
    project: Project, act: Callable[[App], object], text: str, told: str
) -> None:
    app = project()
    file = with_upgrade(revision(app, "first", rev_id="aaa1"), making("first"))
    (file.parent / "broken.py").write_text(text)
    with pytest.raises(MigrationError, match=told):
        act(app)
    assert tables_in(app) == []
    assert {each.name for each in file.parent.glob("*.py")} == {file.name, "broken.py"}


def test_all_broken_files_are_told_at_once(project: Project) -> None:
    app = project()
    folder = revision(app, "first").parent
    (folder / "one.py").write_text("def upgrade(:\n")
    (folder / "other.py").write_text("revision = 'x'\n")
    with pytest.raises(MigrationError, match=r"(?s)2 mistakes in the files of revisions, .*one\.py.*other\.py"):
        upgrade(app)


def test_a_revision_without_downgrade_is_applied_and_not_undone(project: Project) -> None:
    app = project()
    file = with_upgrade(revision(app, "first"), making("first"))
    file.write_text(file.read_text().partition("def downgrade")[0])
    upgrade(app)
    before = current(app)
    with pytest.raises(MigrationError, match=r"there is no downgrade\(\), so nothing was done"):
        downgrade(app)
    assert (current(app), tables_in(app)) == (before, ["first"])


def test_revisions_that_follow_each_other_are_told(project: Project) -> None:
    app = project()
    folder = revision(app, "first", rev_id="aaa1").parent
    for one, other in [("xxx1", "yyy1"), ("yyy1", "xxx1")]:
        (folder / f"{one}.py").write_text(f"revision = {one!r}\ndown_revision = {other!r}\ndef upgrade(): ...\n")
    with pytest.raises(MigrationError, match="two revisions follow each other; mend down_revision"):
        upgrade(app)


@pytest.mark.parametrize("act", [upgrade, downgrade, stamp, pending, check, compared])
def test_a_database_that_is_ahead_of_the_code_is_left_alone(project: Project, act: Callable[[App], object]) -> None:
    app = project("", "name")
    migrate(app, "first tables", rev_id="aaa1")
    ahead = with_upgrade(revision(app, "ahead", rev_id="bbb1"), making("ahead"))
    upgrade(app)
    ahead.unlink()
    with pytest.raises(MigrationError, match=r"is at 'bbb1', which no file in .*versions has, so nothing was.*--purge"):
        act(app)
    assert current(app) == ("bbb1",)
    assert tables_in(app) == ["ahead", "note", "owner"]


def test_a_history_that_was_begun_anew_is_said_by_stamp(project: Project) -> None:
    app = project()
    ahead = revision(app, "ahead", rev_id="bbb1")
    upgrade(app)
    ahead.unlink()
    revision(app, "anew", rev_id="ccc1")
    stamp(app, purge=True)
    assert current(app) == ("ccc1",)
    assert not pending(app)


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda app: upgrade(app, "aaa1:bbb1"), "a range is for --sql"),
        (lambda app: upgrade(app, "nonsense"), "nonsense.*ferrule db history"),
        (lambda app: downgrade(app, "bbb1"), "not a valid downgrade target.*ferrule db current"),
        (lambda app: downgrade(app, "aaa1", sql=True), "say from where: `from:to`"),
        (lambda app: revision(app, "more", head="aaa1"), "not a head revision; please specify --splice"),
        (lambda app: revision(app, "more", head="nonsense"), "nonsense"),
        (lambda app: revision(app, "more", sql=True), "leave --sql out"),
        (lambda app: migrate(app, "more", sql=True), "ferrule db upgrade --sql"),
        (lambda app: revision(app, "more", version_path="/nowhere"), "name a folder that revisions are read from"),
    ],
    ids=["range", "no such", "ahead", "from", "not a head", "no such head", "sql", "migrate sql", "folder"],
)
def test_what_cannot_be_meant_is_told_with_its_cure(project: Project, act: Callable[[App], object], told: str) -> None:
    app = project("", "name")
    revision(app, "first", rev_id="aaa1")
    revision(app, "second", rev_id="bbb1")
    upgrade(app, "aaa1")
    with pytest.raises(MigrationError, match=told):
        act(app)
    assert current(app) == ("aaa1",)


def test_a_revision_that_only_drops_is_refused_with_the_likely_cause(project: Project, tmp_path: Path) -> None:
    migrate(project("", "name", "nick"), "first tables")
    upgrade(project("", "name", "nick"))
    there = sorted((tmp_path / "migrations" / "versions").glob("*.py"))
    tables = sa.MetaData()
    project("", "name", "nick").extension(SQLAlchemy).metadata.tables["owner"].to_metadata(tables)
    with pytest.raises(MigrationError, match=r"only drop the table note of the default bind, .*were not imported"):
        migrate(project(tables={None: tables}), "less")
    with pytest.raises(MigrationError, match=r"only drop the column owner\.nick of .*If it is meant, --allow-drop"):
        migrate(project("", "name"), "less")
    with pytest.raises(MigrationError, match=r"there are no models, .*--allow-drop"):
        migrate(project(), "nothing")
    assert sorted((tmp_path / "migrations" / "versions").glob("*.py")) == there


@pytest.mark.parametrize("columns", [("name",), ()], ids=["a column", "all tables"])
def test_a_revision_that_only_drops_is_written_where_that_is_meant(project: Project, columns: tuple[str, ...]) -> None:
    migrate(project("", "name", "nick"), "first tables")
    upgrade(project("", "name", "nick"))
    app = project("", *columns)
    assert migrate(app, "less", allow_drop=True) is not None
    upgrade(app)
    assert tables_in(app) == (["note", "owner"] if columns else [])


def test_an_error_in_a_revision_says_which_it_was(project: Project) -> None:
    app = project()
    file = with_upgrade(revision(app, "first"), "1 / 0")
    with pytest.raises(RevisionError, match="ZeroDivisionError: division by zero") as told:
        upgrade(app)
    assert f"'first' failed at {file}:" in str(told.value)
    assert isinstance(told.value.__cause__, ZeroDivisionError)


def test_a_revision_in_an_encoding_of_its_own_is_applied_as_python_reads_it(project: Project) -> None:
    app = project()
    file = revision(app, "words", rev_id="words")
    file.write_bytes(b"# -*- coding: latin-1 -*-\n" + file.read_text().replace("words", "caf\xe9").encode("latin-1"))
    assert [step.doc for step in upgrade(app)] == ["caf\xe9"]
    assert upgrade(app) == []


def test_one_step_back_from_a_revision_that_joins_two_says_what_to_name(project: Project) -> None:
    app = project()
    for name in ("left", "right"):
        revision(app, name, rev_id=name, head="base", splice=True)
    merge(app, rev_id="both")
    upgrade(app, "heads")
    with pytest.raises(MigrationError, match="name the one to go down to"):
        downgrade(app)
