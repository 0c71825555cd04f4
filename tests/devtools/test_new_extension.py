"""``ferrule new extension``: what it writes builds, is clean for type checkers and linters, and tests green."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from ferrule_devtools.scaffolds import extension, write

ROOT: Final = Path(__file__).parents[2]
_BIN: Final = Path(sys.executable).parent


@dataclass(frozen=True)
class Project:
    """A generated project.

    Attributes:
        folder: Where it is.
        installed: A folder for the path of imports, in which its wheel is unpacked.
    """

    folder: Path
    installed: Path

    def run(self, *command: str, cwd: Path | None = None) -> str:
        """Run a command in the project, in this environment, and expect it to be content."""
        path = f"{_BIN}{os.pathsep}{os.environ['PATH']}"
        environ = {**os.environ, "PATH": path, "PYTHONPATH": str(self.installed), "PYTHONWARNINGS": "error"}
        done = subprocess.run(
            command, cwd=cwd or self.folder, env=environ, capture_output=True, text=True, timeout=100, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module", params=["greeter", "a-name_of-some-length-24"])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """An extension as an author gets it, built and installed; also one whose name is as long as names can be."""
    folder = tmp_path_factory.mktemp("author")
    made, _ = write(extension(request.param), folder)
    project = Project(made, folder / "installed")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder / "dist"), str(made)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = (folder / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(project.installed)
    return project


def test_its_wheel_has_types_and_licence_and_says_where_the_extension_is(project: Project) -> None:
    files = {path.relative_to(project.installed).as_posix() for path in project.installed.rglob("*") if path.is_file()}
    assert any(re.fullmatch(r"ferrule_\w+/py\.typed", name) for name in files)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in files)
    points = next(project.installed.glob("*.dist-info/entry_points.txt")).read_text(encoding="utf-8")
    assert re.search(r"\[ferrule\.extensions\]\n\w+ = ferrule_\w+:\w+", points)
    assert re.search(r"\[ferrule\.commands\]\n[\w-]+ = ferrule_\w+\.commands:show", points)


def test_its_tests_are_green(project: Project) -> None:
    output = project.run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert re.search(r"\d+ passed", output)


def test_linters_have_nothing_to_say(project: Project) -> None:
    project.run("ruff", "check", "--no-cache")
    project.run("ruff", "format", "--check", "--no-cache")


def test_mypy_finds_nothing_even_when_strict(project: Project) -> None:
    assert "no issues found" in project.run("mypy", "--cache-dir", str(project.installed.parent / "mypy"))


def test_pyright_finds_nothing(project: Project) -> None:
    assert "0 errors, 0 warnings" in project.run("pyright", "--pythonpath", sys.executable)


def test_it_is_enabled_by_a_line_and_has_its_command(project: Project, tmp_path: Path) -> None:
    manifest = tomllib.loads((project.folder / "pyproject.toml").read_text(encoding="utf-8"))
    (name,) = manifest["project"]["entry-points"]["ferrule.extensions"]
    (command,) = manifest["project"]["entry-points"]["ferrule.commands"]
    text = f'extensions = ["{name}"]\n[{name}]\nmessage = "Good morning"\n'
    (tmp_path / "ferrule.toml").write_text(text, encoding="utf-8")
    (tmp_path / "app.py").write_text("from ferrule import App\napp = App(__name__)\n", encoding="utf-8")
    assert project.run("ferrule", command, cwd=tmp_path) == "Good morning\n"
    listed = project.run("ferrule", "extensions", cwd=tmp_path)
    assert re.search(rf"{name} .*enabled.*A message for every template\.", listed)
    assert f"FERRULE_{name.upper()}_MESSAGE" in (project.folder / f"docs/{name}.md").read_text(encoding="utf-8")


def test_its_continuous_integration_runs_on_every_python_that_ferrule_supports(project: Project) -> None:
    core = tomllib.loads((ROOT / "core/pyproject.toml").read_text(encoding="utf-8"))["project"]["classifiers"]
    supported = [name.rpartition(" ")[2] for name in core if re.search(r":: 3\.\d+$", name)]
    workflow = (project.folder / ".github/workflows/check.yml").read_text(encoding="utf-8")
    assert re.findall(r'"(3\.\d+)"', workflow) == supported
    manifest = tomllib.loads((project.folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [name for name in manifest["classifiers"] if re.search(r":: 3\.\d+$", name)] == [
        name for name in core if re.search(r":: 3\.\d+$", name)
    ]


def test_every_file_of_a_complete_project_is_there(project: Project) -> None:
    for name in ("README.md", "CHANGELOG.md", "LICENSE", ".gitignore", ".github/workflows/check.yml"):
        text = (project.folder / name).read_text(encoding="utf-8")
        assert text.endswith("\n"), name
        assert "<<" not in text, name
        assert "<%" not in text, name
