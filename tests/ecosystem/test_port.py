"""Almanac, written for Flask, is an application for Ferrule once its imports and its configuration are changed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest

PORT: Final = Path(__file__).parents[2] / "examples/port"
RULES: Final = tomllib.loads((PORT / "replacements.toml").read_text(encoding="utf-8"))["replace"]


def as_written(folder: Path) -> None:
    """Copy the application and its tests as they are: for Flask."""
    for part in ("almanac", "tests"):
        shutil.copytree(PORT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))


def ported(folder: Path) -> None:
    """Copy the application and its tests, and change what ``replacements.toml`` says, and nothing else."""
    as_written(folder)
    shutil.copy(PORT / "ferrule.toml", folder)
    (folder / "almanac/settings.py").unlink()
    for file in folder.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        for rule in RULES:
            text = re.sub(rule["from"], rule["to"], text)
        file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("make", [as_written, ported], ids=["Flask", "Ferrule"])
def test_the_one_suite_passes_on_both_frameworks(make: object, tmp_path: Path) -> None:
    assert callable(make)
    make(tmp_path)
    plugins = [option for name in ("cacheprovider", "ferrule", "randomly", "xdist") for option in ("-p", f"no:{name}")]
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", *plugins, "tests"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("ALMANAC_", "PYTEST_"))}
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"^(\d+) passed in", done.stdout, re.MULTILINE)
    assert passed is not None, done.stdout  # and none skipped
    assert int(passed[1]) > 60


def test_the_port_knows_flask_no_more(tmp_path: Path) -> None:
    ported(tmp_path)
    texts = {file: file.read_text(encoding="utf-8") for file in tmp_path.rglob("*.py")}
    mentions = [file.name for file, text in texts.items() if re.search(r"\b(import|from) flask|\bFlask", text)]
    assert mentions == []
    assert sum("ferrule" in text for text in texts.values()) > 10


@pytest.mark.parametrize("number", range(len(RULES)))
def test_each_replacement_has_something_to_replace(number: int) -> None:
    assert any(re.search(RULES[number]["from"], file.read_text(encoding="utf-8")) for file in PORT.rglob("*.py"))


def test_the_port_changes_imports_names_and_configuration_only(tmp_path: Path) -> None:
    """Each line that differs is an import, has the name of a class, or filled the configuration."""
    ported(tmp_path)
    for file in sorted((tmp_path / "almanac").rglob("*.py")) + sorted((tmp_path / "tests").rglob("*.py")):
        before = (PORT / file.relative_to(tmp_path)).read_text(encoding="utf-8").splitlines()
        after = set(file.read_text(encoding="utf-8").splitlines())
        for line in before:
            if line not in after:
                assert re.search(r"^from flask|\bFlask|config\.from_object", line), (file.name, line)
