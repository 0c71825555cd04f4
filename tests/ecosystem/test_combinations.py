"""Whichever extensions somebody installs beside the core: the same application runs, and has what is enabled."""

from __future__ import annotations

import json
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

pytestmark = [pytest.mark.wheels, pytest.mark.timeout(300)]

APPLICATION = """
from ferrule import App, render_template_string

app = App(__name__)
if "login" in app.extensions:
    app.extensions["login"].user_loader(lambda ident: None)


@app.get("/")
def index() -> str:
    return render_template_string("{{ 6 * 7 }} and a text that is long enough to be worth some work: " + "na " * 500)
"""
CONFIGURATION = """
application = "page:app"
silenced_checks = ["redis_sessions.unreachable"]
secret_key = "c9c6a1e0f2b74d58a3b5d6f70a1e2c3d4e5f60718293a4b5c6d7e8f901234567"

[sqlalchemy]
database_uri = "sqlite://"

[redis_sessions]
url = "redis://127.0.0.1:1"
"""
REPORT = """
import importlib.util, json, sys
from page import app

client = app.test_client()
answer = client.get("/", headers={"Accept-Encoding": "identity"})
packages = [f"ferrule_{name}" for name in sys.argv[1:]]
print(json.dumps({
    "status": answer.status_code,
    "text": answer.text[:6],
    "enabled": list(app.extensions),
    "importable": [package for package in packages if importlib.util.find_spec(package)],
    "imported": [package for package in packages if package in sys.modules],
}))
"""
NEEDS: Final = {
    "audit": ("sqlalchemy",),
    "compress": (),
    "devtools": (),
    "greeting": (),
    "login": (),
    "metrics": (),
    "migrate": ("sqlalchemy",),
    "porting": (),
    "redis_sessions": (),
    "sqlalchemy": (),
}
TOGETHER: Final = [name for name in NEEDS if name != "redis_sessions"]
"""All that can be enabled together: porting has a session interface, too."""

COMBINATIONS: Final[dict[str, list[str]]] = {
    "core only": [],
    **{name: [*needed, name] for name, needed in NEEDS.items()},
    "all": TOGETHER,
}

PIP: Final = (sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check")

Run = Callable[..., str]
Environment = Callable[..., Path]


@pytest.fixture
def environment(run: Run, wheels: dict[str, Path], house: Path, tmp_path: Path) -> Environment:
    """Make a fresh environment with some extensions beside the core, from the wheels alone; return its Python."""

    def make(*extensions: str) -> Path:
        folder = tmp_path / "venv"
        venv.create(folder, with_pip=False)
        wanted = [wheels["ferrule"], *(wheels[f"ferrule_{name}"] for name in extensions)]
        run(*PIP, "--python", folder / "bin/python", "install", "--no-index", "--find-links", house, *wanted)
        return folder / "bin/python"

    return make


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The folder of the application, whose code names no extension."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "page.py").write_text(APPLICATION, encoding="utf-8")
    return folder


@pytest.mark.parametrize("combination", COMBINATIONS)
def test_the_same_application_runs_with(combination: str, environment: Environment, project: Path, run: Run) -> None:
    enabled = COMBINATIONS[combination]
    configure(project, enabled)
    python = environment(*enabled)
    found = json.loads(run(python, "-W", "error", "-c", REPORT, *NEEDS, cwd=project))
    assert (found["status"], found["text"]) == (200, "42 and")
    assert sorted(found["enabled"]) == sorted(enabled)
    assert found["importable"] == found["imported"] == [f"ferrule_{name}" for name in NEEDS if name in enabled]
    listed = json.loads(run(python.parent / "ferrule", "extensions", "--json", cwd=project))
    assert {each["name"] for each in listed if each["state"] == "enabled"} == set(enabled)
    run(python.parent / "ferrule", "check", cwd=project)


def configure(project: Path, enabled: list[str]) -> None:
    """Enable extensions, and leave the tables of those that are not installed out of the file."""
    text = f"extensions = {json.dumps(enabled)}\n" + CONFIGURATION.lstrip()
    for name in ("sqlalchemy", "redis_sessions"):
        if name not in enabled:
            head, _, tail = text.partition(f"[{name}]\n")
            text = head + tail.partition("\n\n")[2]
    (project / "ferrule.toml").write_text(text, encoding="utf-8")
