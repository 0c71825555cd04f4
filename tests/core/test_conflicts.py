"""What two extensions declare, or an extension and the application: told before the first request, with both places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import jinja2
import pytest

from ferrule import (
    App,
    Blueprint,
    ConflictError,
    Extension,
    ExtensionError,
    SetupError,
    abort,
    hookimpl,
    hookspec,
    render_template,
    render_template_string,
    setting,
)
from ferrule.views import View

Declare = Callable[[App], Any]


def extension(name: str, declare: Declare | None = None, **attributes: Any) -> Extension:
    """Make an extension whose ``app_init`` declares something."""

    @hookimpl
    def app_init(self: Extension, app: App) -> None:
        if declare is not None:
            declare(app)

    kind: type[Extension] = type(name.title(), (Extension,), {"name": name, "app_init": app_init, **attributes})
    return kind()


def make_app(*extensions: Any, **options: Any) -> App:
    return App(__name__, config_file=None, env="testing", extensions=extensions, **options)


def route(rule: str, endpoint: str, **options: Any) -> Declare:
    return lambda app: app.add_url_rule(rule, endpoint, lambda **_: endpoint, **options)


def conflict_of(app: App) -> str:
    with pytest.raises(ConflictError) as caught:
        app.test_client().get("/")
    return str(caught.value)


def test_all_conflicts_are_told_at_once_before_the_first_request_with_both_places() -> None:
    one = extension("one", lambda app: (route("/x", "same")(app), route("/<int:id>", "first")(app)))
    two = extension("two", lambda app: (route("/y", "same")(app), route("/<int:number>", "second")(app)))
    text = conflict_of(make_app(one, two))
    assert text.startswith("2 mistakes in what the application is made of")
    assert "endpoint 'same': declared by extension 'one'" in text
    assert "route 'GET /<int:id>' and route 'GET /<int:number>'" in text
    assert text.count(f"{__file__}:") == 4


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (route("/x", "a", methods=["GET"]), route("/x", "b", methods=["POST"])),
        (route("/<int:id>", "a"), route("/<id>", "b")),
        (route("/x", "a", subdomain="one"), route("/x", "b", subdomain="two")),
        (route("/x/<a>/y", "a"), route("/x/<a>", "b")),
    ],
    ids=["methods", "converters", "subdomains", "paths"],
)
def test_rules_that_match_other_requests_are_no_conflict(first: Declare, second: Declare) -> None:
    make_app(extension("one", first), extension("two", second), subdomain_matching=True).finalize()


def test_an_extension_may_repeat_itself_as_the_application_may() -> None:
    app = make_app(extension("one", lambda app: (route("/x", "a")(app), route("/x", "b")(app))))
    route("/y", "c")(app)
    route("/y", "d")(app)
    app.finalize()
    with pytest.raises(SetupError, match="the endpoint 'c'"):
        make_two(route("/y", "c"))


def make_two(declare: Declare) -> None:
    app = make_app()
    declare(app)
    declare(app)


def test_the_applications_own_route_replaces_an_extensions() -> None:
    app = make_app(extension("one", route("/", "theirs")))
    route("/", "ours")(app)
    assert app.test_client().get("/").text == "ours"


def test_a_route_that_the_application_declares_too_late_to_replace_one_is_a_conflict() -> None:
    app = make_app(extension("one", route("/", "theirs")))
    app.initialise()
    route("/", "ours")(app)
    assert "declare the application's own before it is initialised" in conflict_of(app)


def test_an_endpoint_of_the_application_and_of_an_extension_is_a_conflict() -> None:
    app = make_app(extension("one", route("/theirs", "page")))
    route("/ours", "page")(app)
    text = conflict_of(app)
    assert "endpoint 'page': declared by the application at" in text
    assert "rename the application's own" in text


def test_two_blueprints_of_one_name_are_told_with_all_other_conflicts() -> None:
    def declare(app: App) -> None:
        app.register_blueprint(Blueprint("pages", __name__))
        route("/", "e")(app)

    one = extension("one", lambda app: app.register_blueprint(Blueprint("pages", __name__)))
    two = extension("two", declare)
    three = extension("three", route("/z", "e"))
    text = conflict_of(make_app(one, two, three))
    assert text.startswith("2 mistakes")
    assert "blueprint 'pages'" in text


@pytest.mark.parametrize("registry", ["filter", "test", "global"])
def test_two_extensions_that_add_one_name_to_templates_are_a_conflict(registry: str) -> None:
    def add(app: App) -> None:
        getattr(app, f"add_template_{registry}")(lambda value: value, name="shout")

    assert f"template {registry} 'shout'" in conflict_of(make_app(extension("one", add), extension("two", add)))


@pytest.mark.parametrize("late", [False, True])
def test_the_applications_own_filter_replaces_an_extensions(late: bool) -> None:
    app = make_app(extension("one", lambda app: app.add_template_filter(lambda _: "theirs", "shout")))
    if late:
        app.initialise()
    app.add_template_filter(lambda _: "ours", "shout")
    app.get("/")(lambda: render_template_string("{{ 1 | shout }}"))
    assert app.test_client().get("/").text == "ours"


def test_what_two_extensions_put_into_the_jinja_environment_is_a_conflict() -> None:
    @hookimpl
    def jinja_environment(self: Extension, env: jinja2.Environment) -> None:
        env.filters["shout"] = lambda value: value

    one = extension("one", jinja_environment=jinja_environment)
    two = extension("two", lambda app: app.add_template_filter(str.upper, "shout"))
    assert "template filter 'shout'" in conflict_of(make_app(one, two))


def test_the_application_s_filter_wins_over_a_jinja_environment_hook_too() -> None:
    @hookimpl
    def jinja_environment(self: Extension, env: jinja2.Environment) -> None:
        env.filters["shout"] = lambda _: "theirs"

    app = make_app(extension("one", jinja_environment=jinja_environment))
    app.add_template_filter(lambda _: "ours", "shout")
    _ = app.jinja_env
    app.get("/")(lambda: render_template_string("{{ 1 | shout }}"))
    assert app.test_client().get("/").text == "ours"


def test_a_context_name_of_two_extensions_is_a_conflict_and_so_is_a_global_of_that_name() -> None:
    @hookimpl
    def template_context(self: Extension) -> dict[str, str]:
        return {"user": "somebody"}

    naming: dict[str, Any] = {"template_context": template_context, "context_names": ("user",)}
    assert "context name 'user'" in conflict_of(make_app(extension("one", **naming), extension("two", **naming)))
    two = extension("two", lambda app: app.add_template_global(str, "user"))
    assert "template global 'user' and context name 'user'" in conflict_of(make_app(extension("one", **naming), two))


def test_a_context_name_that_the_class_does_not_list_is_refused() -> None:
    @hookimpl
    def template_context(self: Extension) -> dict[str, str]:
        return {"user": "somebody", "theme": "dark"}

    one = extension("one", template_context=template_context, context_names=("user",))
    app = make_app(one, config={"TESTING": True})
    app.get("/")(lambda: render_template_string("{{ user }}"))
    with pytest.raises(ExtensionError, match=r"template_context returns 'theme'; list them in context_names of .*One"):
        app.test_client().get("/")


def with_templates(folder: Path, *templates: str) -> Declare:
    for template in templates:
        (folder / template).parent.mkdir(parents=True, exist_ok=True)
        (folder / template).write_text(folder.name)
    blueprint = Blueprint(folder.name, __name__, template_folder=str(folder))
    return lambda app: app.register_blueprint(blueprint)


def test_a_template_of_two_extensions_is_a_conflict_that_names_both_files(tmp_path: Path) -> None:
    one = extension("one", with_templates(tmp_path / "one", "mail/hello.txt", "one.html"))
    two = extension("two", with_templates(tmp_path / "two", "mail/hello.txt", "two.html"))
    text = conflict_of(make_app(one, two))
    assert text.startswith("1 mistake ")
    assert str(tmp_path / "one/mail/hello.txt") in text
    assert str(tmp_path / "two/mail/hello.txt") in text


def test_the_applications_own_template_replaces_an_extensions(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/page.txt").write_text("ours")
    app = make_app(extension("one", with_templates(tmp_path / "one", "page.txt")), root_path=str(tmp_path))
    app.get("/")(lambda: render_template("page.txt"))
    assert app.test_client().get("/").text == "ours"


def test_a_hook_that_two_extensions_open_is_a_conflict_with_both_places() -> None:
    class Hooks:
        @hookspec()
        def one_more_event(self) -> None: ...

    class Others:
        @hookspec()
        def one_more_event(self) -> None: ...

    with pytest.raises(ConflictError) as caught:
        make_app(extension("one", hookspecs=Hooks), extension("one_more", hookspecs=Others))
    assert "the hook 'one_more_event' is opened by extension 'one' " in str(caught.value)
    assert str(caught.value).count(f"{__file__}:") == 2


def test_a_configuration_table_of_two_extensions_is_a_conflict() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Settings:
        size: int = setting(1, doc="Size.")

    @dataclass(frozen=True, kw_only=True)
    class Others:
        size: int = setting(1, doc="Size.")

    with pytest.raises(ConflictError) as caught:
        make_app(extension("a-b", settings_class=Settings), extension("a_b", settings_class=Others))
    assert str(caught.value).count(f"{__file__}:") == 2


def test_a_command_of_the_application_that_an_extension_has_too_is_a_conflict() -> None:
    app = App(__name__, config_file=None, env="testing", extensions=["greeting"])
    app.cli.add_command(click.Command("greet", callback=lambda: None))
    text = conflict_of(app)
    assert "command 'greet': declared by the application at " in text
    assert "by extension 'greeting' (ferrule-greeting 0.1.0) at ferrule_greeting" in text
    assert f"{__file__}:" in text


def test_a_command_that_two_add_by_hand_is_a_conflict_with_both_places() -> None:
    def add(app: App) -> None:
        app.cli.command("sweep")(lambda: None)

    def add_with_blueprint(app: App) -> None:
        blueprint = Blueprint("two", __name__, cli_group=None)
        blueprint.cli.command("sweep")(lambda: None)
        app.register_blueprint(blueprint)

    text = conflict_of(make_app(extension("one", add), extension("two", add_with_blueprint)))
    assert "command 'sweep': declared by extension 'one'" in text
    assert text.count(f"{__file__}:") == 2
    app = make_app(extension("one", add))
    add(app)
    assert "command 'sweep': declared by the application at" in conflict_of(app)


def test_a_place_is_never_a_line_of_the_framework() -> None:
    class Page(View):
        def dispatch_request(self) -> str:
            return "page"

    def one(app: App) -> None:
        app.register_blueprint(Blueprint("files", __name__, static_folder="static", url_prefix="/files"))
        app.add_url_rule("/page", view_func=Page.as_view("page"))

    two = extension("two", lambda app: (route("/page", "two")(app), route("/files/static/<path:name>", "three")(app)))
    text = conflict_of(make_app(extension("one", one), two))
    assert text.startswith("2 mistakes")
    assert text.count(f"{__file__}:") == 4


@pytest.mark.parametrize("wanted", [404, KeyError])
def test_an_error_handler_of_two_extensions_is_a_conflict_unless_the_application_has_its_own(wanted: Any) -> None:
    def handle(answer: str) -> Declare:
        return lambda app: app.register_error_handler(wanted, lambda _: (answer, 200))

    text = conflict_of(make_app(extension("one", handle("one")), extension("two", handle("two"))))
    assert text.startswith("1 mistake ")
    assert "declare the application's own, which replaces both" in text
    assert text.count(f"{__file__}:") == 2
    for late in (False, True):
        app = make_app(extension("one", handle("one")), extension("two", handle("two")))
        app.add_url_rule("/", "fails", lambda: abort(404) if wanted == 404 else vars()["nothing"])
        if late:
            app.initialise()
        handle("ours")(app)
        assert app.test_client().get("/").text == "ours"


def test_handlers_of_the_same_name_for_other_errors_are_no_conflict() -> None:
    first, second = (type("Refused", (Exception,), {"__module__": module}) for module in ("one", "two"))
    one = extension("one", lambda app: app.register_error_handler(first, lambda _: ("", 200)))
    two = extension("two", lambda app: app.register_error_handler(second, lambda _: ("", 200)))
    make_app(one, two, config={"TESTING": True}).finalize()


@pytest.mark.parametrize("way", ["app", "blueprint"])
def test_an_extension_gives_names_to_templates_by_its_hook_only(way: str) -> None:
    def declare(app: App) -> None:
        blueprint = Blueprint("one", __name__)
        add = app.context_processor if way == "app" else blueprint.app_context_processor
        add(lambda: {"user": "somebody"})
        app.register_blueprint(blueprint)

    app = make_app(extension("one", declare))
    app.context_processor(lambda: {"user": "ours"})
    with pytest.raises(SetupError, match=rf"context_processor at {__file__}:\d+: an extension .* context_names"):
        app.initialise()


def guard() -> None:
    """Let everything through."""


def test_the_ledger_knows_what_each_extension_declared() -> None:
    blueprint = Blueprint("one", __name__, static_folder="static", template_folder="templates")

    def declare(app: App) -> None:
        app.register_blueprint(blueprint)
        app.add_template_filter(str.upper, "one_shout")
        app.claims.add("migrations", "one/versions")
        app.before_request(guard)
        app.register_error_handler(404, lambda _: ("", 404))

    app = make_app(extension("one", declare))
    route("/", "page")(app)
    app.finalize()
    found = {(claim.kind, claim.name) for claim in app.claims.of("one")}
    assert ("before_request", "guard") in found
    assert ("error handler", "404 NotFound") in found
    assert ("blueprint", "one") in found
    assert ("endpoint", "one.static") in found
    assert ("template filter", "one_shout") in found
    assert ("migrations", "one/versions") in found
    assert {kind for kind, _ in found} >= {"static folder", "template folder", "route"}
    assert all(__file__ in claim.place for claim in app.claims.of("one") if claim.kind == "migrations")
    assert ("endpoint", "page") in {(claim.kind, claim.name) for claim in app.claims.of("")}
