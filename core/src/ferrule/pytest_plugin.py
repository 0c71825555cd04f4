"""The pytest plugin: tests mean the environment ``testing``, and get the application of the project."""

from __future__ import annotations

import os

import pytest

from .app import App
from .config import DETECT, Source
from .testing import FerruleClient, FerruleCliRunner

__all__ = ["app", "client", "pytest_configure", "runner"]


def pytest_configure() -> None:
    """Choose the environment ``testing`` unless ``FERRULE_ENV`` says otherwise."""
    os.environ.setdefault("FERRULE_ENV", "testing")


@pytest.fixture
def app() -> App:
    """The application that the configuration file names, made anew for each test; a fixture of yours replaces it."""
    from .cli.locating import load_app, locate  # PERF: click is slow to import; tests with an application of theirs

    source = Source.read(root_path=os.getcwd(), config_file=DETECT, env=None, environ=os.environ)  # text
    return load_app(locate(None, source), source)


@pytest.fixture
def client(app: App) -> FerruleClient:
    """A client that calls the application without a server."""
    return app.test_client()


@pytest.fixture
def runner(app: App) -> FerruleCliRunner:
    """A runner that calls the application's commands."""
    return app.test_cli_runner()
