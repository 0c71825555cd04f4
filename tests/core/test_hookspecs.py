"""The hooks that no other file's promise is about: each is called when its specification says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from jinja2 import Environment, Template

from ferrule import App, Check, ConflictError, Context, Extension, flash, hookimpl, render_template_string, request
from ferrule.builtin import EncryptedCookieSessionInterface
from ferrule.sessions import SessionInterface


def make_app(*extensions: Extension) -> App:
    return App(__name__, config_file=None, extensions=extensions, config={"SECRET_KEY": "k" * 32})


def test_an_extension_changes_the_template_environment_once() -> None:
    calls: list[str] = []

    class Shouting(Extension):
        name = "shouting"

        @hookimpl
        def jinja_environment(self, app: App, env: Environment) -> None:
            calls.append(app.name)
            env.filters["shout"] = str.upper

    app = make_app(Shouting())
    app.get("/")(lambda: render_template_string("{{ 'hey' | shout }}"))
    client = app.test_client()
    assert [client.get("/").text, client.get("/").text] == ["HEY", "HEY"]
    assert calls == [__name__]


def test_the_shell_starts_with_the_names_of_all_extensions() -> None:
    class Naming(Extension):
        def __init__(self, name: str, value: int) -> None:
            self.name = name  # type: ignore[misc]  # two of one class, for the test
            self.value = value

        @hookimpl
        def shell_context(self) -> dict[str, Any]:
            return {self.name: self.value, "shared": self.value}

    app = make_app(Naming("one", 1), Naming("two", 2))
    app.shell_context_processor(lambda: {"own": 3})
    names = app.make_shell_context()
    assert (names["one"], names["two"], names["shared"], names["own"], names["app"]) == (1, 2, 2, 3, app)


def test_an_extension_brings_the_session_interface_and_the_application_wins() -> None:
    class Interface(EncryptedCookieSessionInterface):
        pass

    class Bringing(Extension):
        def __init__(self, name: str) -> None:
            self.name = name  # type: ignore[misc]  # two of one class, for the test

        @hookimpl
        def session_interface(self) -> SessionInterface:
            return Interface()

    assert type(make_app().session_interface) is EncryptedCookieSessionInterface
    assert type(make_app(Bringing("one")).session_interface) is Interface
    with pytest.raises(ConflictError, match="session_interface"):
        _ = make_app(Bringing("one"), Bringing("two")).session_interface
    app = make_app(Bringing("one"))
    app.session_interface = own = EncryptedCookieSessionInterface()
    assert app.session_interface is own


def test_checks_of_all_extensions_are_joined() -> None:
    class Checking(Extension):
        name = "checking"

        @hookimpl
        def check_app(self, app: App, deploy: bool) -> Iterable[Check]:
            if deploy:
                yield Check("checking.disk", "warning", "the disk is full", "empty it")

    app = make_app(Checking())
    assert app.hooks.check_app(app, deploy=False) == []
    found = [check.id for check in app.hooks.check_app(app, deploy=True)]
    assert (found[-1], "core.trusted_hosts" in found) == ("checking.disk", True)


def test_rendered_templates_and_flashed_messages_are_told() -> None:
    told: list[Any] = []

    class Listening(Extension):
        name = "listening"

        @hookimpl
        def template_rendered(self, ctx: Context, template: Template, context: dict[str, Any]) -> None:
            told.append((ctx.request.path, context["word"]))

        @hookimpl
        def message_flashed(self, message: str, category: str) -> None:
            told.append((category, message))

    app = make_app(Listening())

    @app.get("/")
    def index() -> str:
        flash("saved", "success")
        return render_template_string("{{ word }}", word="hey")

    app.test_client().get("/")
    assert told == [("success", "saved"), ("/", "hey")]


def test_names_for_templates_come_from_extensions_then_processors_then_the_view() -> None:
    class Naming(Extension):
        name = "naming"
        context_names = ("a", "b", "c")

        @hookimpl
        def template_context(self) -> dict[str, str]:
            return {"a": "extension", "b": "extension", "c": "extension"}

    app = make_app(Naming())
    app.context_processor(lambda: {"b": "processor", "c": "processor"})
    app.get("/")(lambda: render_template_string("{{ a }} {{ b }} {{ c }}", c="view"))
    assert app.test_client().get("/").text == "extension processor view"


def test_an_extension_prepares_test_clients_by_keywords_of_its_own() -> None:
    class Speaking(Extension):
        name = "speaking"

        @hookimpl
        def test_client(self, app: App, options: dict[str, Any]) -> Iterable[Any]:
            language = options.pop("language", "en")
            yield lambda client: client.environ_base.update(HTTP_ACCEPT_LANGUAGE=language)

    app = make_app(Speaking())
    app.get("/")(lambda: request.headers["Accept-Language"])
    assert app.test_client(language="de").get("/").text == "de"
    assert app.test_client().get("/").text == "en"
    with pytest.raises(TypeError, match="'langauge'"):
        app.test_client(langauge="de")
