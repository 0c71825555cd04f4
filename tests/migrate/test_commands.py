"""What the commands print, and with which status they end."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from ferrule import App
from ferrule_migrate import migrate, revision, upgrade

Project = Callable[..., App]
Command = Callable[..., Result]


def test_an_upgrade_says_what_it_does_and_what_was_done(project: Project, ferrule_db: Command) -> None:
    app = project()
    for number in (1, 2):
        revision(app, f"step {number}", rev_id=f"aaa{number}")
    done = ferrule_db(app, "upgrade")
    assert done.exit_code == 0
    assert done.stderr.splitlines() == ["Applying 1 of 2: aaa1 step 1", "Applying 2 of 2: aaa2 step 2"]
    assert done.stdout.splitlines()[:2] == ["Applied aaa1 step 1", "Applied aaa2 step 2"]
    assert re.fullmatch(r"2 steps in \d+\.\d s\.", done.stdout.splitlines()[2])
    assert ferrule_db(app, "upgrade").output == "Nothing to do.\n"
    assert ferrule_db(app, "downgrade").stdout == "Undid aaa2 step 2\n"


def test_what_a_revision_is_called_cannot_steer_a_terminal(project: Project, ferrule_db: Command) -> None:
    app = project()
    file = revision(app, "plain")
    file.write_text(file.read_text().replace("plain", "\\x1b[2Jgone", 1))
    for command in ("history", "upgrade", "current", "show"):
        output = ferrule_db(app, command).output
        assert "gone" in output
        assert "\x1b" not in output


def test_check_ends_with_1_where_something_is_to_be_done(project: Project, ferrule_db: Command) -> None:
    app = project("", "name")
    migrate(app, "first tables")
    found = ferrule_db(app, "check")
    assert (found.exit_code, found.stdout.splitlines()[-1]) == (1, "Run `ferrule db upgrade`.")
    assert "pending: " in found.stdout
    upgrade(app)
    assert ferrule_db(app, "check").exit_code == 0
    found = ferrule_db(project("", "name", "nick"), "check")
    assert (found.exit_code, found.stdout) == (1, "differs: add column owner.nick\nRun `ferrule db migrate -m …`.\n")


def test_options_before_the_command_hold_for_it_and_those_after_it_come_first(
    project: Project, ferrule_db: Command, tmp_path: Path
) -> None:
    app = project()
    ferrule_db(app, "-d", str(tmp_path / "one"), "revision", "-m", "first")
    ferrule_db(app, "-d", str(tmp_path / "one"), "revision", "-d", str(tmp_path / "two"), "-m", "first")
    assert [len([*(tmp_path / name / "versions").glob("*.py")]) for name in ("one", "two")] == [1, 1]


def test_arguments_for_revisions_come_through(project: Project, ferrule_db: Command, tmp_path: Path) -> None:
    app = project()
    file = revision(app, "first")
    said = tmp_path / "said"
    body = f"    from pathlib import Path; Path({str(said)!r}).write_text(repr(context.get_x_argument()))"
    text = file.read_text().replace("from alembic import op", "from alembic import context, op")
    file.write_text(text.replace("def upgrade() -> None:\n    pass", f"def upgrade() -> None:\n{body}"))
    ferrule_db(app, "upgrade", "-x", "tenant=one", "-x", "other=two")
    assert said.read_text() == "['tenant=one', 'other=two']"


def test_history_can_be_cut_to_a_range_and_shown_in_full(project: Project, ferrule_db: Command) -> None:
    app = project()
    for number in (1, 2, 3):
        revision(app, f"step {number}", rev_id=f"aaa{number}")
    upgrade(app, "aaa2")
    assert ferrule_db(app, "history").stdout.splitlines() == ["  aaa3 step 3 (head)", "* aaa2 step 2", "  aaa1 step 1"]
    assert ferrule_db(app, "history", "-r", "current:").stdout.splitlines() == ["  aaa3 step 3 (head)", "* aaa2 step 2"]
    assert ferrule_db(app, "history", "-r", "aaa1:aaa2").stdout.splitlines() == ["* aaa2 step 2", "  aaa1 step 1"]
    shown = ferrule_db(app, "history", "-v", "-r", ":aaa1").stdout
    assert "follows: nothing" in shown
    assert "step_1.py" in shown


def test_branches_show_what_they_lead_to(project: Project, ferrule_db: Command) -> None:
    app = project()
    revision(app, "first", rev_id="aaa1")
    revision(app, "one", rev_id="bbb1")
    revision(app, "other", rev_id="ccc1", head="aaa1", splice=True)
    assert ferrule_db(app, "branches").stdout.splitlines() == [
        "aaa1 first (branch point)",
        "  -> bbb1 one (head)",
        "  -> ccc1 other (head)",
    ]
    assert {line[:4] for line in ferrule_db(app, "heads").stdout.splitlines()} == {"bbb1", "ccc1"}
    assert ferrule_db(app, "merge", "-m", "joined").exit_code == 0
    assert len(ferrule_db(app, "heads").stdout.splitlines()) == 1


def test_a_revision_is_opened_in_the_editor_that_is_set(
    project: Project, ferrule_db: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    app = project()
    file = revision(app, "first")
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "# edited" >> "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    assert ferrule_db(app, "edit").exit_code == 0
    assert file.read_text().endswith("# edited\n")


def test_on_a_terminal_progress_is_one_line_that_is_written_over(project: Project, tmp_path: Path) -> None:
    """The real command, with a terminal for its errors."""
    app = project()
    file = revision(app, "slow", rev_id="aaa1")
    body = "    import time; time.sleep(1.2)"
    file.write_text(file.read_text().replace("def upgrade() -> None:\n    pass", f"def upgrade() -> None:\n{body}"))
    (tmp_path / "ferrule.toml").write_text(
        'application = "project_slow:app"\nextensions = ["sqlalchemy", "migrate"]\n'
        f'[sqlalchemy]\ndatabase_uri = "sqlite:///{tmp_path}/slow.sqlite"\n'
    )
    (tmp_path / "project_slow.py").write_text("from ferrule import App\napp = App(__name__)\n")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "from ferrule.cli.main import main; main()", "db", "upgrade"]
    done = subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=theirs, check=True, text=True)
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert "\r\x1b[KApplying 1 of 1: aaa1 slow  0 s\r\x1b[K" in shown
    assert "aaa1 slow  1 s" in shown
    assert shown.endswith("\r\x1b[K")
    assert done.stdout == "Applied aaa1 slow\n"


def test_steps_back_are_written_as_alembic_has_them(project: Project, ferrule_db: Callable[..., Result]) -> None:
    app = project()
    for name in ("one", "two", "three"):
        revision(app, name)
    upgrade(app)
    result = ferrule_db(app, "downgrade", "-2")
    assert (result.exit_code, result.stdout.count("Undid")) == (0, 2)


def test_a_misspelt_option_of_a_downgrade_is_no_revision(project: Project, ferrule_db: Callable[..., Result]) -> None:
    result = ferrule_db(project(), "downgrade", "--sgl")
    assert (result.exit_code, "--sgl" in result.stderr) == (2, True)
