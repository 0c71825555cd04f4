"""The example of the README works as it stands there."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import pytest

from ferrule import App

README = Path(__file__).parents[2] / "extensions/login/README.md"


@pytest.fixture
def diary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    """The application of the README, in a folder of its own."""
    for language, name in (("toml", "ferrule.toml"), ("python", "diary.py")):
        (block,) = re.findall(
            rf"^```{language}\n# {name}\n(.*?)^```", README.read_text("utf-8"), re.DOTALL | re.MULTILINE
        )
        (tmp_path / name).write_text(block, encoding="utf-8")
    monkeypatch.setenv("FERRULE_ENV", "testing")
    monkeypatch.setenv("DIARY_SECRET_KEY", "a key for tests, and for nothing else")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "diary", raising=False)
    app: App = importlib.import_module("diary").app
    monkeypatch.delitem(sys.modules, "diary")
    return app


def test_the_example_lets_ada_in_and_out_again(diary: App) -> None:
    client = diary.test_client()
    form = client.get("/", follow_redirects=True)
    assert form.request.path == "/login"
    assert "<form method=post>" in form.text
    assert client.post("/login?next=/", data={"name": "ada", "password": "wrong"}).status_code == 422
    assert client.post("/login?next=/", data={"name": "eve", "password": "a passphrase"}).status_code == 422
    assert client.post("/login?next=/", data={"name": "ada", "password": "a passphrase"}).location == "/"
    assert client.get("/").text == "Dear ada"
    assert client.post("/logout").location == "/login"
    assert client.get("/").location == "/login?next=/"
