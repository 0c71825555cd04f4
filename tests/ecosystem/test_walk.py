"""The walk of a new user: every command of the page, typed along in a fresh environment that has only the wheels."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

pytestmark = [pytest.mark.wheels, pytest.mark.timeout(600)]

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs/tutorial/from-nothing-to-an-extension.md"
BLOCK: Final = re.compile(
    r"(?:<!-- (?P<note>[^>]*?) -->\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL
)
IN_SHELL: Final = """
set -a; . ./.walk/variables; set +a
cd "$(cat ./.walk/folder)"
{command}
status=$?
export -p > "{state}/variables"; pwd > "{state}/folder"
exit $status
"""

Type = Callable[[str], tuple[int, str]]


@pytest.fixture
def type_in(tmp_path: Path, house: Path, clean_environment: dict[str, str]) -> Type:
    """Type a command into a shell that keeps its folder and its variables; pip knows the wheels alone."""
    state = tmp_path / ".walk"
    state.mkdir()
    (state / "variables").touch()
    (state / "folder").write_text(str(tmp_path), encoding="utf-8")
    variables = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(house), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    path = f"{Path(sys.executable).parent}{os.pathsep}{clean_environment['PATH']}"
    environ = {**clean_environment, **variables, "PATH": path, "COLUMNS": "200"}

    def type_in(command: str) -> tuple[int, str]:
        script = IN_SHELL.replace("{command}", command).replace("{state}", str(state))
        done = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    return type_in


def test_the_walk_can_be_taken(type_in: Type, tmp_path: Path) -> None:
    found = list(BLOCK.finditer(PAGE.read_text(encoding="utf-8")))
    commands = [command for block in found if block["language"] == "console" for command in split(block["text"])]
    assert len(commands) > 30
    for block in found:
        kind, _, rest = (block["note"] or "").partition(": ")
        if kind == "file":
            (tmp_path / rest).write_text(block["text"], encoding="utf-8")
        for command, expected in split(block["text"]) if block["language"] == "console" else ():
            status, output = type_in(command)
            assert (status != 0) is (kind == "fails"), f"$ {command}\n{output}"
            for line in expected.splitlines():
                pattern = ".*".join(re.escape(piece) for piece in line.strip().split("…"))
                assert re.search(pattern, output), f"$ {command}\nprinted\n{output}\nand not\n{line}"


def split(text: str) -> list[tuple[str, str]]:
    """Return the commands of a block, each with the lines below it."""
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    return [(command, expected) for command, _, expected in (part.partition("\n") for part in parts)]


def test_the_page_breaks_an_extension_in_six_ways() -> None:
    assert PAGE.read_text(encoding="utf-8").count("\n### ") == 6
