"""Environment variables of a project's files: which file wins, where they are looked for, and who never reads them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import click
import pytest

from ferrule import App
from ferrule.cli import load_dotenv
from ferrule.cli.env_files import loaded_files

NAMES: Final = ("FERRULE_DOTENV", "FERRULE_MAX_FORM_PARTS", "PLAIN", "BELOW", "NAMED", "FERRULE_SKIP_DOTENV")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Work in an empty project, and take back whatever a test loads."""
    for name in NAMES:
        monkeypatch.setenv(name, "")  # so that it is restored
        monkeypatch.delenv(name)
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path)


def values() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PLAIN", "BELOW", "NAMED") if name in os.environ}


def test_the_environment_wins_then_the_named_file_then_env_then_ferruleenv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".ferruleenv").write_text("PLAIN=1\nBELOW=1\nNAMED=1\n")
    (tmp_path / ".env").write_text("# a comment\nexport PLAIN=2\nNAMED='2'\n")
    (tmp_path / "other").write_text("NAMED=3\n")
    monkeypatch.setenv("PLAIN", "0")
    assert load_dotenv(tmp_path / "other")
    assert values() == {"PLAIN": "0", "BELOW": "1", "NAMED": "3"}
    assert loaded_files() == {".ferruleenv", "other"}


def test_files_are_looked_for_up_to_the_folder_of_the_project_and_not_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / "project" / "deep" / "down"
    deep.mkdir(parents=True)
    (tmp_path / ".env").write_text("PLAIN=of a stranger")
    (tmp_path / "project" / "ferrule.toml").touch()
    monkeypatch.chdir(deep)
    assert not load_dotenv()
    (tmp_path / "project" / ".env").write_text("PLAIN=of the project")
    assert load_dotenv()
    assert values() == {"PLAIN": "of the project"}


def test_without_a_project_only_the_working_directory_is_looked_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").unlink()
    (tmp_path / ".env").write_text("PLAIN=above")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert not load_dotenv()
    (tmp_path / "here" / ".env").write_text("PLAIN=here")
    assert load_dotenv()
    assert values() == {"PLAIN": "here"}


def test_an_installed_package_and_a_folder_named_env_are_no_files_of_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").mkdir()
    assert not load_dotenv()
    installed = tmp_path / "site-packages" / "shop"
    installed.mkdir(parents=True)
    (installed / ".env").write_text("PLAIN=1")
    monkeypatch.chdir(installed)
    assert not load_dotenv()


@pytest.mark.parametrize(("said", "loads"), [("1", False), ("yes", False), ("0", True), ("false", True), ("", True)])
def test_the_two_files_can_be_skipped_and_a_named_one_is_still_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, loads: bool
) -> None:
    (tmp_path / ".env").write_text("PLAIN=1")
    (tmp_path / "other").write_text("NAMED=1")
    monkeypatch.setenv("FERRULE_SKIP_DOTENV", said)
    load_dotenv("other")
    assert values() == ({"PLAIN": "1", "NAMED": "1"} if loads else {"NAMED": "1"})


def test_without_python_dotenv_there_is_a_tip_and_a_named_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "dotenv", None)
    assert not load_dotenv()
    assert capsys.readouterr().err == ""
    (tmp_path / ".env").write_text("PLAIN=1")
    assert not load_dotenv()
    assert capsys.readouterr().err == (
        "Tip: there is .env. To use it, install python-dotenv: pip install 'ferrule[dotenv]'\n"
    )
    with pytest.raises(click.UsageError, match="to read other, install python-dotenv"):
        load_dotenv("other")


@pytest.mark.parametrize(("content", "said"), [(b"PLAIN=\xff", "cannot read .env: 'utf-8'"), (b"PLAIN='a\0b'", "null")])
def test_a_file_that_cannot_be_used_is_one_clear_text(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(click.UsageError, match=r"\.env") as caught:
        load_dotenv()
    assert said in caught.value.format_message()


def test_the_configuration_says_which_file_a_value_came_from(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FERRULE_MAX_FORM_PARTS=77")
    load_dotenv()
    config = App("shop", config_file=None).config
    assert config["MAX_FORM_PARTS"] == 77
    assert str(config.origin("MAX_FORM_PARTS")) == "environment FERRULE_MAX_FORM_PARTS from .env"


def test_an_application_by_itself_reads_no_files(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FERRULE_MAX_FORM_PARTS=77")
    assert App("shop", root_path=str(tmp_path)).config["MAX_FORM_PARTS"] == 1000


def test_the_process_that_the_reloader_starts_reads_the_files_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("PLAIN=1\nBELOW=1")
    load_dotenv()
    (tmp_path / ".env").write_text("PLAIN=2")
    load_dotenv()
    assert values() == {"PLAIN": "1", "BELOW": "1"}
    monkeypatch.setenv("WERKZEUG_RUN_MAIN", "true")
    load_dotenv()
    assert values() == {"PLAIN": "2"}
