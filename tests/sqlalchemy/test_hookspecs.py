"""The hooks that the extension opens to others."""

from collections.abc import Callable

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


class Failing(Extension):
    name = "failing"

    @hookimpl(optionalhook=True)
    def sqlalchemy_engine_created(self) -> None:
        raise ZeroDivisionError


def test_an_extension_that_fails_with_an_engine_stops_the_start(make_app: MakeApp) -> None:
    with pytest.raises((ExtensionError, ZeroDivisionError)):
        make_app(extensions=["sqlalchemy", Failing()]).finalize()
