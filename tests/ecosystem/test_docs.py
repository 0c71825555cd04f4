"""Every example in README, docs and package pages runs; hooks, settings and commands are documented and tested."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from ferrule import hookspecs
from ferrule.cli.main import cli
from ferrule.cli.tools import ToolGroup
from ferrule.extensions.specifications import specifications_in

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = [
    ROOT / "README.md",
    ROOT / "core/README.md",
    ROOT / "extensions/sqlalchemy/README.md",
    ROOT / "extensions/migrate/README.md",
    ROOT / "extensions/devtools/README.md",
    ROOT / "extensions/porting/README.md",
    ROOT / "examples/audit/README.md",
    ROOT / "examples/compress/README.md",
    ROOT / "examples/metrics/README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
WALK: Final = ROOT / "docs/tutorial/from-nothing-to-an-extension.md"
"""A page that test_walk.py types along, since it makes an environment of its own."""

_BLOCK: Final = re.compile(
    r"(?:<!-- (?P<note>[^>]*?) -->\n\n?)?^```(?P<language>\w+)[^\n]*\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL
)
_BIN: Final = str(Path(sys.executable).parent)


@dataclass(frozen=True)
class Block:
    """A block of code of a page.

    Attributes:
        note: The comment before it: ``file: NAME`` for the reader's files, ``not run: REASON`` for what is only shown.
        language: Its language.
        text: Its text.
    """

    note: str
    language: str
    text: str


def blocks_of(page: Path) -> list[Block]:
    found = _BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [Block(match["note"] or "", match["language"], match["text"]) for match in found]


def has_examples(page: Path) -> bool:
    return page != WALK and any(block.language in ("python", "toml", "console") for block in blocks_of(page))


@pytest.mark.parametrize("page", [pytest.param(p, id=str(p.relative_to(ROOT))) for p in PAGES if has_examples(p)])
def test_a_page_can_be_typed_along(page: Path, tmp_path: Path) -> None:
    """Write the files, run the commands and the Python of a page, in its order, in an empty folder."""
    shown: list[str] = []
    for block in blocks_of(page):
        kind, _, rest = block.note.partition(": ")
        if kind == "not run":
            assert rest, "say why it is not run"
        elif kind == "file":
            file = tmp_path / rest
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            run_commands(block.text, tmp_path)
        elif block.language == "python":
            shown.append(block.text)
        elif block.language == "toml":
            pytest.fail(f"a toml block without `<!-- file: … -->` or `<!-- not run: … -->`:\n{block.text}")
    if shown:
        run([sys.executable, "-W", "error", "-c", "\n".join(shown)], tmp_path)


def run_commands(text: str, folder: Path) -> None:
    """Run each line after a ``$``; the lines below it must be in what it prints, ``…`` standing for anything."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        output = run(shlex.split(command), folder)
        for line in expected.splitlines():
            pattern = ".*".join(re.escape(piece) for piece in re.split(r"…", line.strip()))
            assert re.search(pattern, output), f"$ {command}\nprinted\n{output}\nand not\n{line}"


def run(command: list[str], folder: Path) -> str:
    environ = {**os.environ, "PATH": f"{_BIN}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def test_every_hook_is_called_by_a_test_and_documented() -> None:
    tests = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("test_*.py"))
    reference = (ROOT / "docs/reference/hooks.md").read_text(encoding="utf-8")
    assert "automodule:: ferrule.hookspecs" in reference
    for specification in specifications_in(hookspecs):
        assert f"def {specification.name}(" in tests, f"no test implements {specification.name}"
        assert specification.doc, specification.name
        assert f"`{specification.name}" in reference, f"{specification.name} has no row in the table of hooks"


def test_every_command_is_documented() -> None:
    reference = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
    for name, command in cli.list_commands.__globals__["_COMMANDS"].items():
        assert f"## ferrule {name}" in reference, name
        for nested in command.commands if isinstance(command, ToolGroup) else ():
            assert f"| `ferrule {name} {nested}" in reference, nested
    for name in ("revision", "migrate", "upgrade", "downgrade", "current", "history"):
        assert f"ferrule db {name}" in reference, name


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}"


@pytest.mark.parametrize("index", sorted((ROOT / "docs").glob("*/index.md")), ids=lambda index: index.parent.name)
def test_an_index_lists_every_page_of_its_folder(index: Path) -> None:
    text = index.read_text(encoding="utf-8")
    missing = [page.stem for page in index.parent.glob("*.md") if page != index and f"\n{page.stem}\n" not in text]
    assert ":glob:" in text or not missing
