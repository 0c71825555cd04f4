"""What the README shows, runs."""

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "extensions/sqlalchemy/README.md"

USE = """
from notes import app

client = app.test_client()
print(client.post("/", data={"text": "milk"}).status_code, client.get("/").json)
app.shutdown()
"""


def test_the_example_of_the_readme_runs(tmp_path: Path) -> None:
    text = README.read_text(encoding="utf-8")
    for language, name in (("toml", "ferrule.toml"), ("python", "notes.py")):
        (block,) = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
        (tmp_path / name).write_text(block, encoding="utf-8")
    command = [sys.executable, "-W", "error", "-c", USE]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert result.stdout.strip() == "201 {'notes': ['milk'], 'pages': 1}"
    assert (tmp_path / "instance/notes.db").is_file()
