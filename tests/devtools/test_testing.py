"""The helpers for the tests of extensions: the isolated catalog, the recording of hook calls, the stopped clock."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from datetime import UTC, datetime, timedelta

import click
import pytest
from werkzeug.wrappers import Response

from ferrule import App, Context, Extension, ExtensionError, hookimpl, session
from ferrule.extensions import Catalog
from ferrule_devtools.testing import NOON, Calls, Distribution, catalog, hook_calls, stopped_clock

pytest_plugins = ["ferrule_devtools.fixtures"]


class Noting(Extension):
    name = "noting"

    @hookimpl
    def app_init(self, app: App) -> None:
        app.add_url_rule("/", "noting", lambda: "noted")
        app.add_url_rule("/bad", "noting.bad", lambda: 1 / 0)

    @hookimpl
    def before_request(self, ctx: Context) -> None:
        ctx.state[self] = True

    @hookimpl(wrapper=True)
    def handle_request(self) -> Generator[None, Response, Response]:
        return (yield)

    @hookimpl(specname="after_request")
    def change(self, response: Response) -> Response:
        return response

    @hookimpl
    def teardown_request(self, exc: BaseException | None) -> None:
        if exc is not None:
            raise KeyError("noting")


def make_app() -> App:
    return App(__name__, config_file=None, extensions=[Noting], config={"SECRET_KEY": "key"})


def test_nothing_is_installed_in_an_isolated_catalog_but_what_the_test_says() -> None:
    real = Catalog.installed()
    with catalog(Distribution(name="ferrule-x", version="2.0", summary="An x", extensions={"noting": Noting})) as made:
        assert Catalog.installed() is made
        assert list(made.extensions()) == ["noting"]
        app = App(__name__, config_file=None, extensions=["noting"])
        assert [str(candidate) for candidate in app.plugins] == ["extension 'noting' (ferrule-x 2.0)"]
        assert made.points[0].value == f"{__name__}:Noting"
        with pytest.raises(ExtensionError, match="extension 'greeting' is not installed"):
            App(__name__, config_file=None, extensions=["greeting"])
    assert Catalog.installed() == real


def test_an_entry_point_may_be_an_instance_or_a_class_of_a_function_or_a_text() -> None:
    class Local(Extension):
        name = "local"

    one = Noting()
    entries = {"local": Local, "noting": one, "greeting": "ferrule_greeting:Greeting"}
    with catalog(Distribution(name="ferrule-x", extensions=entries)):
        app = App(__name__, config_file=None, extensions=["local", "noting", "greeting"])
        assert app.extensions["local"] is app.extension(Local)
        assert app.extensions["noting"] is one
        assert app.extensions["greeting"].name == "greeting"
    assert not [name for name in sys.modules if name.startswith("ferrule_devtools_catalog_")]


def test_commands_and_tools_are_in_their_groups() -> None:
    hello = click.Command("hello")
    with catalog(Distribution(name="ferrule-x", commands={"hello": hello}, tools={"new": hello})) as made:
        assert [(point.group, point.name) for point in made.points] == [
            ("ferrule.commands", "hello"),
            ("ferrule.tools", "new"),
        ]
        assert made.points[0].load() is hello


def test_two_fake_distributions_of_one_name_are_told_apart() -> None:
    with (
        catalog(
            Distribution(name="ferrule-x", extensions={"noting": Noting}),
            Distribution(name="ferrule-y", version="3", extensions={"noting": Noting}),
        ),
        pytest.raises(ExtensionError, match=r"two distributions, ferrule-x 1\.0 and ferrule-y 3"),
    ):
        App(__name__, config_file=None, extensions=["noting"])


def test_what_is_really_installed_can_stay() -> None:
    with catalog(Distribution(name="ferrule-x", extensions={"noting": Noting}), and_installed=True) as made:
        assert {"noting", "greeting"} <= made.extensions().keys()


def test_a_recording_has_each_call_in_order_with_its_arguments_and_its_result() -> None:
    app = make_app()
    with hook_calls(app) as calls:
        app.test_client().get("/")
    own = calls.of("noting")
    assert [call.hook for call in own] == [
        "app_init",
        "handle_request",
        "before_request",
        "after_request",
        "teardown_request",
    ]
    assert [call.order for call in own] == sorted(call.order for call in own)
    init, wrapper, before, after, teardown = own
    assert init.arguments == {"app": app}
    assert before.arguments["ctx"].app is app
    assert wrapper.result is after.result is after.arguments["response"]
    assert teardown.arguments == {"exc": None}
    assert all(call.done and call.error is None for call in own)
    assert calls.names("noting") == [call.hook for call in own]
    assert calls.of(hook="before_request", extension="noting") == [before]


def test_a_recording_has_what_a_call_raised() -> None:
    app = make_app()
    with hook_calls(app) as calls, pytest.raises(BaseExceptionGroup):
        app.test_client().get("/bad")
    (teardown,) = calls.of("noting", "teardown_request")
    assert isinstance(teardown.error, KeyError)
    assert isinstance(teardown.arguments["exc"], ZeroDivisionError)


def test_an_application_that_has_answered_is_recorded_too_and_only_in_the_block() -> None:
    app = make_app()
    client = app.test_client()
    client.get("/")
    with hook_calls(app) as calls:
        client.get("/")
        client.get("/nowhere")
    recorded = len(calls)
    client.get("/")
    assert calls.names("noting").count("before_request") == 2
    assert len(calls) == recorded


def test_the_clock_stands_still_and_moves_when_it_is_told() -> None:
    with stopped_clock() as clock:
        assert clock.now == NOON == datetime.now(UTC)
        clock.shift(90)
        assert clock.now == NOON + timedelta(seconds=90)
        clock.shift(timedelta(days=-1))
        clock.move_to(datetime(2030, 5, 6, tzinfo=UTC))
        assert time.time() == datetime(2030, 5, 6, tzinfo=UTC).timestamp()
    assert datetime.now(UTC) != datetime(2030, 5, 6, tzinfo=UTC)


def test_a_time_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001  # that is what is refused
    with pytest.raises(ValueError, match="give it a tzinfo"), stopped_clock(naive):
        pytest.fail("it was not refused")
    with stopped_clock() as clock, pytest.raises(ValueError, match="give it a tzinfo"):
        clock.move_to(naive)


def test_sessions_and_signed_tokens_grow_old_with_the_clock() -> None:
    app = make_app()

    def visits() -> str:
        session.permanent = True
        session["visits"] = session.get("visits", 0) + 1
        return str(session["visits"])

    app.get("/visits")(visits)
    with stopped_clock() as clock:
        client = app.test_client()
        assert [client.get("/visits").text, client.get("/visits").text] == ["1", "2"]
        clock.shift(app.permanent_session_lifetime + timedelta(seconds=1))
        assert client.get("/visits").text == "1"


@pytest.fixture
def everything(install: object, record: object, clock: object) -> tuple[object, object, object]:
    return install, record, clock


def test_the_fixtures_do_the_same_until_the_test_ends(everything: tuple[object, ...]) -> None:
    install, record, clock = everything
    assert callable(install)
    assert callable(record)
    install(Distribution(name="ferrule-x", extensions={"noting": Noting}))
    app = App(__name__, config_file=None, extensions=["noting"])
    calls = record(app)
    app.test_client().get("/")
    assert isinstance(calls, Calls)
    assert "before_request" in calls.names("noting")
    assert getattr(clock, "now", None) == NOON
