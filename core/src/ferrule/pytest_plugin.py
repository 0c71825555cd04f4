"""The pytest plugin: tests mean the environment ``testing``, and get the application of the project."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from weakref import WeakKeyDictionary

import pytest

from .app import App
from .callers import caller
from .config import DETECT, Source
from .context import Context, current_context, has_app_context
from .testing import FerruleClient, FerruleCliRunner

__all__ = ["app", "client", "pytest_configure", "runner"]


def pytest_configure() -> None:
    """Choose the environment ``testing`` unless ``FERRULE_ENV`` says otherwise."""
    os.environ.setdefault("FERRULE_ENV", "testing")


@pytest.fixture(autouse=True)
def _no_context_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that leaves a context pushed, and say where it was; later tests would see its request."""
    places: WeakKeyDictionary[Context, str] = WeakKeyDictionary()
    push = Context.push

    def note_and_push(self: Context) -> None:
        push(self)
        places[self] = caller()

    before = current_context() if has_app_context() else None
    with monkeypatch.context() as patch:
        patch.setattr(Context, "push", note_and_push)
        yield
    left = list(_popped_until(before))
    if left:
        lines = "\n".join(f"  {context!r}, pushed at {places.get(context, 'an unknown place')}" for context in left)
        pytest.fail(f"the test left pushed, and should pop or use in a with block:\n{lines}", pytrace=False)


def _popped_until(wanted: Context | None) -> Iterator[Context]:
    while has_app_context() and (context := current_context()) is not wanted:
        with suppress(Exception):  # what its teardown has to say is not this check's matter
            context.pop()
        yield context


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
