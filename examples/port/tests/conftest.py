"""An Almanac of each test's own, and people who write in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from almanac import create_app, database
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from werkzeug.test import TestResponse

PASSWORD = "a long password"


class Person:
    """Somebody with a browser."""

    def __init__(self, client: FlaskClient, name: str) -> None:
        self.client = client
        self.name = name

    def register(self) -> TestResponse:
        return self.client.post("/accounts/register", data={"name": self.name, "password": PASSWORD})

    def log_in(self, password: str = PASSWORD, query: str = "", **more: str) -> TestResponse:
        return self.client.post(f"/accounts/login{query}", data={"name": self.name, "password": password, **more})

    def write(self, title: str, body: str = "", tags: str = "", **more: str) -> TestResponse:
        return self.client.post("/entries/new", data={"title": title, "body": body, "tags": tags, **more})


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    settings: dict[str, Any] = {"TESTING": True, "SECRET_KEY": "of a test, long enough for anybody"}
    app = create_app({**settings, "PASSWORD_METHOD": "pbkdf2:sha256:1"}, instance_path=str(tmp_path / "instance"))
    with app.app_context():
        database.create_tables()
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


@pytest.fixture
def ann(client: FlaskClient) -> Person:
    person = Person(client, "Ann")
    person.register()
    person.log_in()
    return person


@pytest.fixture
def bob(app: Flask) -> Person:
    person = Person(app.test_client(), "Bob")
    person.register()
    person.log_in()
    return person
