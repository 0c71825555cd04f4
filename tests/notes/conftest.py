"""Ferrule Notes under test: the application on a database in memory, and people who use it."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
import sqlalchemy as sa
from jinja2 import FileSystemBytecodeCache

from ferrule import App
from ferrule.testing import FerruleClient
from ferrule_login.stores.sqlalchemy import TABLES
from ferrule_sqlalchemy import db
from notes import create_app
from notes.models import Note, User

MakeApp = Callable[..., App]
Member = Callable[[str], FerruleClient]
Write = Callable[..., str]

PASSWORD: Final = "correct horse battery"
PROJECT: Final = Path(__file__).parents[2] / "examples" / "notes"
FERRULE: Final = str(Path(sys.executable).with_name("ferrule"))


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates that were compiled once; to compile them for each application would take half of the time of a test."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def make_app(compiled_templates: FileSystemBytecodeCache) -> Iterator[MakeApp]:
    """Make applications with their tables, and take both away at the end."""
    tables = [*TABLES, *(table for model in (User, Note) if isinstance(table := model.__table__, sa.Table))]
    apps: list[App] = []

    def make(**config: object) -> App:
        app = create_app(env="testing", config=config)
        app.jinja_env.bytecode_cache = compiled_templates
        db.metadata.create_all(db.engine_of(app), tables)
        apps.append(app)
        return app

    yield make
    for app in apps:
        db.metadata.drop_all(db.engine_of(app), tables)
        app.shutdown()


@pytest.fixture
def app(make_app: MakeApp) -> App:
    """The application as its configuration file has it."""
    return make_app()


@pytest.fixture
def member(app: App) -> Member:
    """Register people; each has a browser of their own."""

    def register(name: str) -> FerruleClient:
        client = app.test_client()
        answer = client.post("/register", data={"name": name, "password": PASSWORD, "repeated": PASSWORD})
        assert answer.status_code == 303, answer.text
        return client

    return register


@pytest.fixture
def write() -> Write:
    """Write a note in somebody's browser; the path of its page is returned."""

    def written(client: FerruleClient, title: str, body: str = "") -> str:
        answer = client.post("/notes/new", data={"title": title, "body": body})
        assert answer.status_code == 303, answer.text
        return answer.location

    return written


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the application as `make demo` does, from a process of its own; the address is returned."""
    folder = tmp_path_factory.mktemp("site")
    environ = {
        **os.environ,
        "FERRULE_SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'notes.db'}",
        "FERRULE_LOGIN_ARGON2_MEMORY_COST": "1024",
        "PYTHONUNBUFFERED": "1",
    }
    log = folder / "log"
    command = [FERRULE, "run", "--port", "0", "--no-reload", "--no-debugger"]
    subprocess.run([FERRULE, "db", "upgrade"], cwd=PROJECT, env=environ, check=True, timeout=60)
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=PROJECT, env=environ, stdout=output, stderr=output) as server,
    ):
        try:
            yield _address_in(log, server)
        finally:
            server.terminate()


def _address_in(log: Path, server: "subprocess.Popen[bytes]") -> str:
    for _ in range(300):
        if found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text(encoding="utf-8")):
            return found[0]
        if server.poll() is not None:
            break
        time.sleep(0.1)
    pytest.fail(f"`ferrule run` did not start:\n{log.read_text(encoding='utf-8')}", pytrace=False)
