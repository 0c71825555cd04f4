"""The pytest plugin, in a test run of its own as a user's: fixtures, the environment, and the guard against leaks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

CORE: Final = str(Path(__file__).parents[2] / "core" / "src")
SHOP: Final = """
from ferrule import App, session
def create_app():
    app = App(__name__, config={"SECRET_KEY": "k" * 32})
    app.get("/")(lambda: f"hello {session.get('name')}")
    app.cli.command("greet")(lambda: print("hi"))
    return app
"""
CONFIGURATION: Final = 'application = "shop:create_app"\n[env.testing]\ntesting = true\n'


def pytest_of(folder: Path, **files: str) -> str:
    for name, text in {"ferrule": CONFIGURATION, "shop": SHOP, **files}.items():
        (folder / f"{name}.{'toml' if name == 'ferrule' else 'py'}").write_text(text)
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("FERRULE_", "PYTEST_"))}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist", "-q"]
    plugin = ["-p", "ferrule.pytest_plugin", "-p", "no:ferrule", "--rootdir", str(folder)]
    done = subprocess.run(
        [*command, *plugin],
        cwd=folder,
        env={**environ, "PYTHONPATH": CORE},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr


def test_fixtures_give_the_configured_application_made_anew_with_a_client_and_a_runner(tmp_path: Path) -> None:
    tests = """
def test_the_client_calls_the_application(app, client):
    assert app.testing
    app.mark = 1
    with client.session_transaction() as session:
        session["name"] = "you"
    assert client.get("/").text == "hello you"

def test_the_runner_calls_a_command(app, runner):
    assert not hasattr(app, "mark")
    assert runner.invoke(args=["greet"]).output == "hi\\n"
"""
    assert "2 passed" in pytest_of(tmp_path, test_shop=tests)


def test_a_context_left_pushed_fails_its_test_with_the_place_and_no_other_test(tmp_path: Path) -> None:
    tests = """
import pytest
from ferrule import has_app_context

def test_leaves_two(app):
    app.app_context().push()
    app.test_request_context("/left").push()

def test_finds_none(app):
    assert not has_app_context()
    with app.app_context():
        pass

@pytest.fixture
def pushed(app):
    with app.app_context():
        yield

def test_may_use_a_fixture_that_pushes(pushed):
    assert has_app_context()

@pytest.fixture
def forgets(app):
    app.app_context().push()

def test_has_a_fixture_that_forgets(forgets):
    pass
"""
    output = pytest_of(tmp_path, test_shop=tests)
    assert "4 passed, 2 errors" in output
    assert f"pushed at {tmp_path / 'test_shop.py'}:6" in output
    assert f"pushed at {tmp_path / 'test_shop.py'}:7" in output
    assert f"pushed at {tmp_path / 'test_shop.py'}:24" in output


def test_a_context_that_a_wider_fixture_keeps_is_no_leak(tmp_path: Path) -> None:
    tests = """
import pytest
from shop import create_app

@pytest.fixture(scope="module", autouse=True)
def pushed():
    with create_app().app_context():
        yield

def test_one(): pass
def test_two(): pass
"""
    assert "2 passed" in pytest_of(tmp_path, test_shop=tests)
