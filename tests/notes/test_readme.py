"""The examples of the README, as a reader would type them."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

PROJECT: Final = Path(__file__).parents[2] / "examples" / "notes"


def test_the_commands_for_the_api_do_what_they_say(site: str, tmp_path: Path) -> None:
    if shutil.which("curl") is None and os.environ.get("CI") != "true":
        pytest.skip("no curl on the PATH; on Debian install the package curl")
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"```sh\n(site=.*?)```", readme, flags=re.DOTALL)
    assert block is not None
    script = re.sub(r"^site=.*", f"site={site}", block[1]).replace("curl -sS", "curl -sS -w '\\n%{http_code}\\n'")
    done = subprocess.run(
        ["sh", "-e"], input=script, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    codes = [line for line in done.stdout.splitlines() if re.fullmatch(r"\d{3}", line)]
    assert codes == ["303", "303", "201", "200", "200", "204"]
    assert '"total":1' in done.stdout
    assert '"title":"An alloy","body":"Copper and zinc."' in done.stdout


def test_the_table_of_files_forgets_none() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([^)]+)\)", readme))
    assert not [target for target in linked if "://" not in target and not (PROJECT / target).exists()]
    modules = {f"notes/{path.name}" for path in (PROJECT / "notes").glob("*.py")} - {"notes/__init__.py"}
    assert modules <= linked
