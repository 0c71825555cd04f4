"""The wheels of everything that is a distribution, built once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
DISTRIBUTIONS: Final = (
    "core",
    "extensions/devtools",
    "extensions/login",
    "extensions/migrate",
    "extensions/porting",
    "extensions/sqlalchemy",
    "examples/audit",
    "examples/compress",
    "examples/greeting",
    "examples/metrics",
    "examples/redis_sessions",
)


PIP: Final = (sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check")
TOOLS: Final = ("build", "editables", "hatchling", "pip", "setuptools")
"""What builds and installs a project of a user's in a fresh environment."""

Run = Callable[..., str]


@pytest.fixture(scope="session")
def run() -> Run:
    """Run a command and return what it prints; on a failure, what it printed is the test's message.

    Called with the command's words, and ``cwd`` for another folder than the repository's.
    """

    def run(*command: object, cwd: Path = ROOT) -> str:
        words = list(map(str, command))
        done = subprocess.run(words, cwd=cwd, env=_clean_environment(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run


@pytest.fixture(scope="session")
def clean_environment() -> dict[str, str]:
    """The environment of the shell, without what would reach into a fresh one."""
    return _clean_environment()


def _clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV_", "COVERAGE_"))}


@pytest.fixture(scope="session")
def wheels(run: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheel of each distribution, by its package, built from this checkout by the locked build backend."""
    folder = tmp_path_factory.mktemp("wheels")
    for source in DISTRIBUTIONS:
        run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT / source)
    return {path.name.partition("-")[0]: path for path in folder.glob("*.whl")}


@pytest.fixture(scope="session")
def constraints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The locked version of each third-party distribution, for pip."""
    found: dict[str, str] = {}
    for lock in ("dev.txt", "runtime.txt"):
        text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
        found |= dict(re.findall(r"^([a-z0-9.-]+)==([^\\\n]*)", text, flags=re.MULTILINE))
    file = tmp_path_factory.mktemp("constraints") / "constraints.txt"
    file.write_text("".join(f"{name}=={version}\n" for name, version in found.items()), encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def house(run: Run, wheels: dict[str, Path], constraints: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all wheels that a fresh environment can need: ours, and the locked ones of others."""
    folder = tmp_path_factory.mktemp("house")
    run(*PIP, "download", "--dest", folder, "--constraint", constraints, *wheels.values(), *TOOLS)
    return folder
