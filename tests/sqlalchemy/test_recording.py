"""Recorded queries and the log of slow ones: what is noted, where it came from, and what is never told."""

import inspect
import logging
import re
import sysconfig
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Mapped, mapped_column

from ferrule import App, ContextError, render_template, render_template_string
from ferrule_sqlalchemy import Model, db, get_recorded_queries
from ferrule_sqlalchemy.places import Place, calling_place
from ferrule_sqlalchemy.recording import MOST_RECORDED

MakeApp = Callable[..., App]
MakeTables = Callable[..., None]


class Shelf(Model):
    __tablename__ = "recording_shelf"

    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(sa.String(40))


def in_production(app: App) -> App:
    app.config["ENV"] = "production"
    return app


def test_a_query_is_recorded_with_what_it_was_and_where_it_came_from(make_app: MakeApp, database_uri: str) -> None:
    with make_app(database_uri).app_context():
        frame = inspect.currentframe()
        db.session.scalar(sa.select(sa.literal("green")))
        (query,) = get_recorded_queries()
        assert frame is not None
        assert query.location == f"{__file__}:{frame.f_lineno - 3} ({frame.f_code.co_name})"
    assert query.statement.startswith("SELECT ")
    assert "green" in str(query.parameters)
    assert "green" not in repr(query)
    assert (query.bind, query.failed) == (None, False)
    assert 0 < query.duration == query.end_time - query.start_time < 10


def test_each_context_has_its_own_and_begins_with_none(make_app: MakeApp) -> None:
    app = make_app()
    with app.app_context():
        db.session.scalar(sa.select(1))
        with app.app_context():
            assert get_recorded_queries() == []
            db.session.scalar(sa.text("SELECT 2"))
            assert len(get_recorded_queries()) == 1
        assert len(get_recorded_queries()) == 1


def test_what_an_engine_executes_by_itself_is_recorded_and_what_another_application_does_is_not(
    make_app: MakeApp,
) -> None:
    app, other = make_app(), make_app()
    with app.app_context():
        for each in (app, other):
            with db.engine_of(each).connect() as connection:
                connection.execute(sa.select(1))
        assert len(get_recorded_queries()) == 1


def test_a_refused_query_is_recorded_too(make_app: MakeApp, database_uri: str) -> None:
    with make_app(database_uri).app_context():
        with pytest.raises((OperationalError, ProgrammingError)):
            db.session.execute(sa.text("SELECT * FROM nowhere"))
        (query,) = get_recorded_queries()
        assert query.failed


def test_savepoints_are_no_queries(make_app: MakeApp) -> None:
    with make_app().app_context():
        with db.session.begin_nested():
            db.session.scalar(sa.select(1))
        assert [query.statement for query in get_recorded_queries()] == ["SELECT 1"]


def test_the_latest_are_kept_and_no_more_than_promised(make_app: MakeApp) -> None:
    with make_app().app_context():
        for _ in range(MOST_RECORDED):
            db.session.scalar(sa.select(1))
        db.session.scalar(sa.text("SELECT 2"))
        queries = get_recorded_queries()
        assert len(queries) == MOST_RECORDED == 1000
        assert queries[-1].statement == "SELECT 2"


def test_outside_of_a_context_there_is_an_error() -> None:
    with pytest.raises(ContextError):
        get_recorded_queries()


@pytest.mark.parametrize(
    ("env", "settings", "expected"),
    [
        ("production", {}, 0),
        ("development", {}, 1),
        ("testing", {}, 1),
        ("production", {"record_queries": True}, 1),
        ("testing", {"record_queries": False}, 0),
    ],
)
def test_recording_is_on_everywhere_but_in_production_unless_set(
    make_app: MakeApp, env: str, settings: dict[str, Any], expected: int
) -> None:
    app = make_app(**settings)
    app.config["ENV"] = env
    with app.app_context():
        db.session.scalar(sa.select(1))
        assert len(get_recorded_queries()) == expected


def test_what_is_off_listens_to_nothing(make_app: MakeApp) -> None:
    engine = db.engine_of(in_production(make_app()))
    assert not engine.dispatch.before_cursor_execute
    assert not engine.dispatch.after_cursor_execute


def test_a_template_is_named_with_the_line_of_its_source(make_app: MakeApp, tmp_path: Path) -> None:
    (tmp_path / "shelf.html").write_text("<p>\n\n{{ session.scalar(statement) }}\n</p>")
    app = make_app()
    app.jinja_env.loader = jinja2.FileSystemLoader(tmp_path)
    with app.app_context():
        render_template("shelf.html", session=db.session, statement=sa.select(1))
        render_template_string("\n{{ session.scalar(statement) }}", session=db.session, statement=sa.select(1))
        places = [query.location for query in get_recorded_queries()]
    assert places == [f"{tmp_path / 'shelf.html'}:3 (template)", "<template>:2 (template)"]


def test_an_application_that_is_installed_is_told_from_the_libraries_beside_it() -> None:
    site = sysconfig.get_path("purelib")
    code = compile("def view():\n    return call(root)", f"{site}/shop/views.py", "exec")
    names: dict[str, Any] = {"call": calling_place}
    exec(code, names)
    for root, found in [(f"{site}/shop", f"{site}/shop/views.py"), (f"{site}/sho", __file__), (site, __file__)]:
        names["root"] = root
        assert names["view"]().file == found


def test_where_only_libraries_led_to_a_query_the_nearest_is_named() -> None:
    found: list[Place] = []
    names: dict[str, Any] = {"found": found, "place": calling_place}
    library = f"{sysconfig.get_path('purelib')}/library.py"
    exec(compile("def run():\n    found.append(place())", library, "exec"), names)
    thread = threading.Thread(target=names["run"])
    thread.start()
    thread.join()
    assert str(found[0]) == f"{library}:2 (run)"


@pytest.mark.parametrize("debug", [False, True])
def test_a_slow_query_is_logged_with_its_place_and_with_parameters_only_in_debug(
    make_app: MakeApp, caplog: pytest.LogCaptureFixture, *, debug: bool
) -> None:
    app = in_production(make_app(slow_query=0))
    app.debug = debug
    with caplog.at_level(logging.WARNING), app.app_context():
        db.session.scalar(sa.select(sa.literal("s3cret")).where(sa.text("1\n=1 /* \x1b[31m */")))
    (record,) = caplog.records
    text = record.getMessage()
    assert record.name == app.logger.name
    assert re.match(r"slow query: \d+\.\d{3} s at .*test_recording\.py:\d+ \(test_a_slow", text)
    assert "SELECT ? AS" in text
    assert "\n" not in text
    assert "\x1b" not in text
    assert ("s3cret" in text) is debug


def test_a_query_that_is_not_slow_is_not_logged(make_app: MakeApp, caplog: pytest.LogCaptureFixture) -> None:
    for threshold in (5.0, float("inf"), None):
        with make_app(slow_query=threshold).app_context():
            db.session.scalar(sa.select(1))
    assert caplog.records == []


@pytest.mark.parametrize(
    ("server", "sleep"), [("postgresql", "SELECT pg_sleep(0.2)"), ("mariadb", "SELECT SLEEP(0.2)")]
)
def test_the_time_that_the_server_takes_is_measured(
    request: pytest.FixtureRequest, make_app: MakeApp, server: str, sleep: str, caplog: pytest.LogCaptureFixture
) -> None:
    with make_app(request.getfixturevalue(f"{server}_url"), slow_query=0.15).app_context():
        db.session.execute(sa.text(sleep))
        assert 0.2 <= get_recorded_queries()[0].duration < 10
    assert [sleep in record.getMessage() for record in caplog.records] == [True]


def test_a_long_statement_is_cut_in_the_log(make_app: MakeApp, caplog: pytest.LogCaptureFixture) -> None:
    with make_app(slow_query=0).app_context():
        db.session.execute(sa.text("SELECT '" + "x" * 9000 + "'"))
    assert 2000 < len(caplog.records[0].getMessage()) < 2400
    assert caplog.records[0].getMessage().endswith("…")
