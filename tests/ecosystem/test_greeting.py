"""The example of a third party's extension, installed as a distribution."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ferrule import App, render_template_string


def test_the_greeting_is_in_every_template() -> None:
    app = App(__name__, config_file=None, extensions=["greeting"], config={"GREETING_PHRASE": "Good morning"})
    app.get("/")(lambda: render_template_string("{{ greeting }}, world"))
    assert app.test_client().get("/").text == "Good morning, world"


def test_its_command_is_there_only_where_it_is_enabled(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("from ferrule import App\napp = App(__name__)\n")
    file = tmp_path / "ferrule.toml"

    def ferrule(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from ferrule.cli.main import main; main()", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    file.write_text('extensions = ["greeting"]\n[greeting]\nphrase = "Moin"\n')
    assert ferrule("greet", "Ada").stdout == "Moin, Ada!\n"
    assert "greet " in ferrule("--help").stdout
    file.write_text("")
    assert ferrule("greet", "Ada").returncode == 2
    assert "greet " not in ferrule("--help").stdout
