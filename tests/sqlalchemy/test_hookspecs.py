"""The hooks that the extension opens to others."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from ferrule import App, Extension, ExtensionError, hookimpl
from ferrule_sqlalchemy import db

MakeApp = Callable[..., App]


class Tracer(Extension):
    """Notes what each engine executes."""

    name = "tracer"

    def __init__(self) -> None:
        self.engines: list[tuple[str, str | None, sa.Engine]] = []
        self.statements: list[str] = []

    @hookimpl(optionalhook=True)
    def sqlalchemy_engine_created(self, app: App, bind_key: str | None, engine: sa.Engine) -> None:
        self.engines.append((app.name, bind_key, engine))
        event.listen(engine, "before_cursor_execute", lambda *args: self.statements.append(args[2]))


def test_an_extension_is_told_of_each_engine_once_and_before_it_connects(make_app: MakeApp) -> None:
    tracer = Tracer()
    app = make_app(extensions=["sqlalchemy", tracer])
    app.finalize()
    with app.app_context():
        db.session.scalar(sa.text("SELECT 1"))
    assert tracer.engines == [("library", None, db.engine_of(app))]
    assert tracer.statements == ["SELECT 1"]


def test_an_extension_is_told_of_the_engine_of_each_bind_the_default_one_first(make_app: MakeApp) -> None:
    tracer = Tracer()
    app = make_app(extensions=["sqlalchemy", tracer], binds={"b": "sqlite://", "a": {"url": "sqlite://"}})
    app.finalize()
    assert [key for _, key, _ in tracer.engines] == [None, "b", "a"]
    assert [engine for _, _, engine in tracer.engines] == list(db.engines_of(app).values())


class Curious(Extension):
    """Asks for engines while they are told."""

    name = "curious"

    def __init__(self) -> None:
        self.found: list[list[str | None]] = []

    @hookimpl(optionalhook=True)
    def sqlalchemy_engine_created(self, app: App) -> None:
        self.found.append(list(db.engines_of(app)))


def test_an_extension_that_is_told_may_ask_for_all_engines(make_app: MakeApp) -> None:
    curious = Curious()
    make_app(extensions=["sqlalchemy", curious], binds={"a": "sqlite://"}).finalize()
    assert curious.found == [[None, "a"]] * 2


def test_threads_that_need_engines_at_once_get_the_same(make_app: MakeApp) -> None:
    tracer = Tracer()
    app = make_app(extensions=["sqlalchemy", tracer], binds={"a": "sqlite://"})
    app.initialise()
    together = threading.Barrier(8)

    def find(_: int) -> int:
        together.wait()
        return id(db.engines_of(app)["a"])

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(find, range(8)))) == 1
    assert len(tracer.engines) == 2


class Failing(Extension):
    name = "failing"

    @hookimpl(optionalhook=True)
    def sqlalchemy_engine_created(self) -> None:
        raise ZeroDivisionError


def test_an_extension_that_fails_with_an_engine_stops_the_start(make_app: MakeApp) -> None:
    with pytest.raises((ExtensionError, ZeroDivisionError)):
        make_app(extensions=["sqlalchemy", Failing()]).finalize()
