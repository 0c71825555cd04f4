"""``ferrule extensions lock`` writes what start-up reads, the same on every machine, or says why it cannot."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ferrule import ExtensionError
from ferrule.extensions import InstalledPoint
from ferrule.extensions.lock import LOCK, read_lock
from ferrule_devtools.commands.lock import lock
from ferrule_devtools.lock import lock_text, points_of

Run = Callable[..., Result]


def point(name: str, distribution: str, version: str = "1", value: str = "m:A") -> InstalledPoint:
    return InstalledPoint("ferrule.extensions", name, value, distribution, version)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("FERRULE_ENV", "FERRULE_CONFIG"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    (tmp_path / "ferrule.toml").write_text(
        'extensions = ["sqlalchemy", "mine:Own"]\n[env.testing]\nextensions = ["sqlalchemy", "greeting"]\n'
    )
    return tmp_path


@pytest.fixture
def run(project: Path) -> Run:
    return lambda *arguments: CliRunner().invoke(lock, arguments)


def test_the_command_is_a_tool_of_the_group_of_extensions() -> None:
    (found,) = entry_points(group="ferrule.tools", name="extensions.lock")
    assert found.load() is lock


def test_the_extensions_of_all_environments_are_locked_and_read_back(project: Path, run: Run) -> None:
    result = run()
    assert (result.exit_code, result.stdout) == (0, "wrote ferrule.lock: 2 distributions\n")
    read = read_lock(project / LOCK)
    assert [f"{locked.value} of {locked.source}" for locked in read.values()] == [
        "ferrule_greeting:Greeting of ferrule-greeting 0.1.0",
        "ferrule_sqlalchemy:db of ferrule-sqlalchemy 0.1.0",
    ]
    assert list(read) == ["greeting", "sqlalchemy"]


def test_the_lock_says_what_it_is_and_nothing_of_the_machine(project: Path, run: Run) -> None:
    run()
    text = (project / LOCK).read_text()
    assert text.startswith("# The extensions of this application")
    assert "`ferrule extensions lock` writes this" in text
    assert str(project) not in text
    assert os.uname().nodename not in text


def test_a_second_run_writes_nothing(project: Path, run: Run) -> None:
    run()
    before = (project / LOCK).stat().st_mtime_ns
    assert run().stdout == "ferrule.lock is up to date\n"
    assert (project / LOCK).stat().st_mtime_ns == before


def test_the_text_does_not_depend_on_the_order_of_what_is_found() -> None:
    points = [point("b", "two"), point("a", "One"), point("c", "two"), point("d.e", "two", value='m:"A"')]
    text = lock_text(points)
    assert text == lock_text(reversed(points))
    assert text.partition("\n\n")[2] == (
        '[[distribution]]\nname = "One"\nversion = "1"\nextensions = { a = "m:A" }\n\n'
        '[[distribution]]\nname = "two"\nversion = "1"\nextensions = { b = "m:A", c = "m:A", "d.e" = "m:\\"A\\"" }\n'
    )


def test_a_lock_that_cannot_be_written_is_one_clear_line(project: Path, run: Run) -> None:
    (project / LOCK).symlink_to("nowhere/at-all")
    result = run()
    assert result.exit_code == 1
    assert re.search(rf"^Error: cannot write .*{LOCK}: No such file or directory$", result.stderr, re.MULTILINE)


def test_what_is_written_is_read_whatever_the_names(tmp_path: Path) -> None:
    points = [point("ä b", "dist", value='m:"\\ü'), point("", "e\tf", "1+local")]
    (tmp_path / LOCK).write_text(lock_text(points), encoding="utf-8")
    assert set(read_lock(tmp_path / LOCK).values()) == set(points)


def test_all_that_cannot_be_locked_is_told_at_once() -> None:
    with pytest.raises(ExtensionError) as caught:
        points_of(["a", "b", "m:C"], {"b": [point("b", "one"), point("b", "two", "2")]}, "ferrule.toml")
    text = str(caught.value)
    assert text.startswith("2 mistakes in what is to be locked")
    assert "ferrule.toml lists 'a', which is not installed here; install" in text
    assert "ferrule.toml lists 'b', which one 1 and two 2 offer; uninstall one of them" in text


def test_what_cannot_be_locked_leaves_the_lock_as_it_was(project: Path, run: Run) -> None:
    run()
    before = (project / LOCK).read_bytes()
    (project / "ferrule.toml").write_text('extensions = ["nowhere"]\n')
    result = run()
    assert result.exit_code == 1
    assert "'nowhere', which is not installed here" in result.stderr
    assert (project / LOCK).read_bytes() == before


def test_check_passes_when_nothing_differs(run: Run) -> None:
    run()
    result = run("--check")
    assert (result.exit_code, result.stdout) == (0, "ferrule.lock is up to date\n")


def test_check_fails_with_each_difference_and_the_cure_and_writes_nothing(project: Path, run: Run) -> None:
    run()
    drifted = (project / LOCK).read_text().replace('"0.1.0"', '"0.0.9"', 1)
    (project / LOCK).write_text(drifted)
    result = run("--check")
    assert result.exit_code == 1
    assert result.stdout == (
        "ferrule.lock has 'greeting' as ferrule_greeting:Greeting of ferrule-greeting 0.0.9; installed is that of"
        " ferrule-greeting 0.1.0\n"
    )
    assert "write it: ferrule extensions lock" in result.stderr
    assert (project / LOCK).read_text() == drifted


def test_check_without_a_lock_fails(project: Path, run: Run) -> None:
    result = run("--check")
    assert (result.exit_code, result.stdout) == (1, "there is no ferrule.lock\n")
    assert not (project / LOCK).exists()


def test_a_broken_lock_fails_the_check_with_its_place_and_is_written_anew(project: Path, run: Run) -> None:
    (project / LOCK).write_text("<<<<<<< HEAD\n")
    result = run("--check")
    assert result.exit_code == 1
    assert "ferrule.lock:1:1: not TOML" in result.stderr
    assert run().stdout == "wrote ferrule.lock: 2 distributions\n"
    assert run("--check").exit_code == 0


def test_without_a_configuration_file_there_is_nothing_to_lock(project: Path, run: Run) -> None:
    (project / "ferrule.toml").unlink()
    (project / "pyproject.toml").touch()
    result = run()
    assert result.exit_code == 2
    assert "there is no configuration file here or above" in result.stderr
