"""The pytest plugin, in a test run of its own as a user's: budgets, tests rolled back, connections returned."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

SHOP: Final = """
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column
from ferrule import App
from ferrule_sqlalchemy import Model, db

class Article(Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]

def create_app():
    app = App(__name__, extensions=["sqlalchemy"], config={"SQLALCHEMY_DATABASE_URI": "sqlite:///shop.db"})

    @app.post("/<name>")
    def add(name):
        db.session.add(Article(name=name))
        db.session.commit()
        return "added"

    @app.get("/")
    def index():
        return [article.name for article in db.session.scalars(sa.select(Article))]

    return app
"""
CONFTEST: Final = """
import pytest
from ferrule_sqlalchemy import db
from shop import create_app

@pytest.fixture(scope="session")
def app():
    app = create_app()
    with app.app_context():
        db.create_all()
    yield app
    app.shutdown()
"""


def pytest_of(folder: Path, tests: str, conftest: str = CONFTEST, *options: str) -> str:
    for name, text in {"conftest": conftest, "shop": SHOP, "test_shop": tests}.items():
        (folder / f"{name}.py").write_text(text)
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("FERRULE_", "PYTEST_"))}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist", "-q"]
    done = subprocess.run(
        [*command, "-W", "error", "--strict-markers", "--rootdir", str(folder), *options],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr


def test_a_test_is_rolled_back_however_often_the_code_commits(tmp_path: Path) -> None:
    tests = """
import pytest
pytestmark = pytest.mark.usefixtures("rolled_back")

@pytest.mark.parametrize("name", ["tea", "milk"])
def test_an_article_is_added(client, name):
    assert client.post("/" + name).text == "added"
    assert client.get("/").json == [name]

def test_nothing_is_there(client):
    assert client.get("/").json == []
"""
    assert "3 passed" in pytest_of(tmp_path, tests)


def test_a_budget_fails_with_each_query_and_its_place(tmp_path: Path) -> None:
    tests = """
import pytest, sqlalchemy as sa
from ferrule_sqlalchemy import db

def test_within(app, query_budget):
    with query_budget(2) as budget, app.app_context():
        db.session.scalar(sa.text("SELECT 1"))
        db.session.scalar(sa.text("SELECT 2"))
    assert len(budget.queries) == 2

def test_beyond(client, query_budget):
    with query_budget(0):
        client.get("/")

def test_raises_by_itself(app, query_budget):
    with pytest.raises(ZeroDivisionError), query_budget(0), app.app_context():
        db.session.scalar(sa.text("SELECT 1"))
        1 / 0
"""
    output = pytest_of(tmp_path, tests)
    assert "1 failed, 2 passed" in output
    assert "queries: 1 made, 0 allowed" in output
    assert "1. SELECT article.id, article.name FROM article" in output
    assert f"at {tmp_path}/shop.py:22 (index)" in output


def test_a_marked_test_has_a_budget_that_its_fixtures_do_not_spend(tmp_path: Path) -> None:
    tests = """
import pytest

@pytest.fixture
def article(client):
    client.post("/tea")

@pytest.mark.query_budget(1)
def test_within(article, client, rolled_back):
    client.get("/")

@pytest.mark.query_budget(1)
def test_beyond(client, rolled_back):
    client.get("/")
    client.get("/")

@pytest.mark.query_budget(1)
def test_fails_by_itself(client):
    client.get("/")
    client.get("/")
    assert "its own" == "reason"

@pytest.mark.query_budget("two")
def test_with_a_mistake():
    pass
"""
    output = pytest_of(tmp_path, tests)
    assert "3 failed, 1 passed" in output
    assert "queries: 2 made, 1 allowed" in output
    assert "AssertionError: assert 'its own' == 'reason'" in output
    assert "write @pytest.mark.query_budget(3), with the number of queries" in output


def test_a_connection_that_is_left_checked_out_fails_its_test_and_no_other(tmp_path: Path) -> None:
    tests = """
from ferrule_sqlalchemy import db
kept = []

def test_leaves_one(app):
    kept.append(db.engine_of(app).connect())

def test_leaves_none(app, client, rolled_back):
    client.get("/")
    with db.engine_of(app).connect():
        pass
    kept[0].close()
"""
    output = pytest_of(tmp_path, tests)
    assert "2 passed, 1 error" in output
    assert "the test left connections checked out, and should close what holds them:" in output
    assert f"checked out at {tmp_path}/test_shop.py:6 (test_leaves_one)" in output


def test_the_start_of_pytest_imports_no_sqlalchemy(tmp_path: Path) -> None:
    tests = "def test_nothing():\n    pass\n"
    conftest = """
import sys
assert "ferrule_sqlalchemy_pytest" in sys.modules
assert not {"sqlalchemy", "ferrule_sqlalchemy"} & sys.modules.keys()
"""
    assert "1 passed" in pytest_of(tmp_path, tests, conftest)


def test_it_can_be_left_out(tmp_path: Path) -> None:
    tests = "def test_nothing(query_budget):\n    pass\n"
    assert "fixture 'query_budget' not found" in pytest_of(tmp_path, tests, "", "-p", "no:ferrule_sqlalchemy")
