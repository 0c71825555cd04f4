"""What is told of revisions by their sources alone is what Alembic tells of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from alembic.script import ScriptDirectory
from hypothesis import given, settings
from hypothesis import strategies as st

from ferrule import App
from ferrule_migrate import MigrationError, downgrade, migrate, revision, stamp, upgrade
from ferrule_migrate.extension import Migrate
from ferrule_migrate.sources import heads_of, sources_in
from ferrule_migrate.standing import is_certainly_current

Project = Callable[..., App]

FILE = """\
'''A revision.

Revises: {follows}
'''
from alembic import op
revision{annotation} = {revision!r}
down_revision{annotation} = {follows}
branch_labels{annotation} = {labels!r}
depends_on{annotation} = {depends_on}

def upgrade():
    op.execute("SELECT 1")
"""


def literal(names: tuple[str, ...], style: int) -> str:
    """Write the same in one of the ways that people and Alembic have of writing it."""
    if not names:
        return "None"
    if len(names) == 1 and style < 2:
        return (repr(names[0]), f'"{names[0]}"  # as it was')[style]
    return repr(names) if style % 2 else repr([*names])


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, str, tuple[str, ...], tuple[str, ...], int]]:
    """Revisions in one of two folders, each following earlier ones of its folder and depending on any."""
    found: list[tuple[str, str, tuple[str, ...], tuple[str, ...], int]] = []
    for number in range(draw(st.integers(1, 7))):
        folder = draw(st.sampled_from(["own", "other"]))
        before = [each for each in found if each[0] == folder]
        if before:
            last = before[-1][1]
            earlier = draw(st.sets(st.sampled_from([each[1] for each in before]), max_size=2))
            follows = tuple(sorted({last, *earlier} if draw(st.booleans()) else {last}))
            if draw(st.integers(0, 5)) == 0 and earlier:
                follows = tuple(sorted(earlier))
        else:
            follows = ()
        others = [each[1] for each in found if each[0] != folder]
        depends_on = tuple(sorted(draw(st.sets(st.sampled_from(others), max_size=1)))) if others else ()
        found.append((folder, f"r{number}", follows, depends_on, draw(st.integers(0, 3))))
    return found


@given(histories())
@settings(max_examples=60)
def test_the_last_revisions_are_those_that_alembic_finds(
    history: list[tuple[str, str, tuple[str, ...], tuple[str, ...], int]],
) -> None:
    with TemporaryDirectory() as place:
        folders = [Path(place, name) for name in ("own", "other")]
        for folder in folders:
            folder.mkdir()
        for folder_name, name, follows, depends_on, style in history:
            text = FILE.format(
                revision=name,
                annotation=": str | None" if style % 2 else "",
                follows=literal(follows, style),
                labels=folder_name if not follows else None,
                depends_on=literal(depends_on, style),
            )
            Path(place, folder_name, f"{name}.py").write_text(text)
        scripts = ScriptDirectory(place, version_locations=[str(folder) for folder in folders])
        sources = [sources_in(folder) for folder in folders]
        assert None not in sources
        found = heads_of([each or [] for each in sources])
        heads = {name: scripts.get_heads(consider_depends_on=name == "needed") for name in ("needed", "possible")}
    if found is None:
        last = [each[0] for each in history if each[1] in heads["possible"]]
        assert len(last) > len({*last})
    else:
        assert found.needed == {*heads["needed"]}
        assert found.possible == {*heads["possible"]}


@pytest.mark.parametrize(
    "line",
    [
        "down_revision = FIRST",
        "down_revision = (\n    'aaa1',\n)",
        "down_revision = 'aaa1'\ndown_revision = 'bbb1'",
        "down_revision = 1",
        "",
    ],
    ids=["a name", "two lines", "twice", "a number", "none"],
)
def test_what_has_to_be_run_is_not_guessed(tmp_path: Path, line: str) -> None:
    (tmp_path / "one.py").write_text(f"revision = 'bbb1'\n{line}\ndef upgrade(): ...\n")
    assert sources_in(tmp_path) is None


def at_the_last(app: App) -> bool:
    return is_certainly_current(app, app.extension(Migrate).directory(app))


def test_a_database_is_current_exactly_when_nothing_is_pending(project: Project, uri: str) -> None:
    app = project(uri, "name")
    assert not at_the_last(app)
    migrate(app, "first tables", rev_id="aaa1")
    assert not at_the_last(app)
    assert len(upgrade(app)) == 1
    assert at_the_last(app)
    assert upgrade(app) == []
    second = revision(app, "second", rev_id="bbb1")
    assert not at_the_last(app)
    assert len(upgrade(app)) == 1
    assert at_the_last(app)
    downgrade(app)
    assert not at_the_last(app)
    upgrade(app)
    second.unlink()
    assert not at_the_last(app)
    with pytest.raises(MigrationError, match="is at 'bbb1'"):
        upgrade(app)


def test_two_heads_are_never_taken_for_nothing_to_do(project: Project) -> None:
    app = project()
    revision(app, "first", rev_id="aaa1")
    revision(app, "one", rev_id="bbb1")
    revision(app, "other", rev_id="ccc1", head="aaa1", splice=True)
    stamp(app, ["bbb1", "ccc1"])
    assert not at_the_last(app)
    with pytest.raises(MigrationError, match="there are 2 heads"):
        upgrade(app)


def test_an_upgrade_with_nothing_to_do_does_not_load_alembic(project: Project, tmp_path: Path) -> None:
    app = project()
    revision(app, "first")
    upgrade(app)
    script = (
        "import sys\n"
        "from ferrule import App\n"
        "from ferrule_migrate import upgrade\n"
        f"uri = 'sqlite:///{tmp_path / 'project.sqlite'}'\n"
        "config = {'SQLALCHEMY_DATABASE_URI': uri, 'MIGRATE_DIRECTORY': sys.argv[1]}\n"
        "app = App('project', extensions=['sqlalchemy', 'migrate'], config=config, config_file=None)\n"
        "app.initialise()\n"
        "print(upgrade(app), 'alembic' in sys.modules)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "migrations")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "False"]


def test_a_server_that_is_not_there_is_told_once(project: Project) -> None:
    app = project("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    revision(project(), "first")
    with pytest.raises(MigrationError, match=r"cannot be reached.*\n.*Nothing was changed"):
        upgrade(app)
