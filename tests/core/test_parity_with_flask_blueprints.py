"""Blueprints as in Flask: nested, registered twice, with files, handlers and functions around requests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

Agree = Callable[..., None]
Results = Callable[[Callable[[Any], Any]], Any]


def test_names_and_prefixes_of_nested_blueprints(agree: Agree) -> None:
    def build(web: Any) -> Any:
        app = web.App("parity")
        levels = [web.Blueprint(name, "parity", url_prefix=f"/{name}") for name in ("outer", "middle", "inner")]
        for level in levels:

            @level.get("/")
            def view() -> str:
                return f"{web.request.endpoint} {web.request.blueprint} {web.request.blueprints} {web.url_for('.view')}"

        outer, middle, inner = levels
        middle.register_blueprint(inner)
        middle.register_blueprint(inner, name="again", url_prefix="/other")
        outer.register_blueprint(middle)
        outer.register_blueprint(inner, url_prefix=None, name="third")
        app.register_blueprint(outer)
        app.register_blueprint(outer, name="second", url_prefix="/2")
        app.register_blueprint(inner, name="bare", url_prefix="")
        app.add_url_rule("/rules", "rules", lambda: str(sorted((r.rule, r.endpoint) for r in app.url_map.iter_rules())))
        app.add_url_rule("/names", "names", lambda: str(list(app.blueprints)))
        return app

    paths = ["/outer/", "/outer/middle/", "/outer/middle/inner/", "/outer/middle/other/", "/outer/inner/", "/2/middle/"]
    agree(build, {f"GET {path}": 200 for path in (*paths, "/rules", "/names")} | {"GET /": 200, "GET /middle/": 404})


def test_subdomains_of_nested_blueprints(results: Results) -> None:
    def rules(web: Any) -> Any:
        app = web.App("parity", subdomain_matching=True)
        app.config["SERVER_NAME"] = "example.com"
        outer = web.Blueprint("outer", "parity", subdomain="outer")
        inner = web.Blueprint("inner", "parity", subdomain="inner")
        bare = web.Blueprint("bare", "parity")
        for blueprint in (outer, inner, bare):
            blueprint.add_url_rule("/", "view", lambda: "")
        inner.add_url_rule("/own", "own", lambda: "", subdomain="own")
        outer.register_blueprint(inner)
        outer.register_blueprint(bare)
        app.register_blueprint(outer)
        app.register_blueprint(outer, name="moved", subdomain="moved")
        return sorted((r.endpoint, r.subdomain) for r in app.url_map.iter_rules() if "static" not in r.endpoint)

    assert ("outer.inner.view", "inner.outer") in results(rules)


class Trace(list[Any]):
    """What happened, in order."""

    def add(self, entry: object, value: Any = None) -> Any:
        self.append(entry)
        return value


def traced(web: Any) -> Any:
    """Each function around a request leaves its name; the answer is all of them in order."""
    app = web.App("parity")
    trace = Trace()
    outer, inner = web.Blueprint("outer", "parity"), web.Blueprint("inner", "parity", url_prefix="/inner")
    for name, scope in (("app", app), ("outer", outer), ("inner", inner)):
        for number in "12":
            label = name + number
            scope.before_request(lambda label=label: trace.add(f"before {label}"))
            scope.after_request(lambda r, label=label: trace.add(f"after {label}", r))
            scope.teardown_request(lambda e, label=label: trace.add(f"teardown {label}"))
            scope.url_value_preprocessor(lambda e, v, label=label: trace.add(f"values {label}"))
            scope.context_processor(lambda label=label: trace.add(f"context {label}", {"who": label}))
    for scope in (outer, inner):
        scope.before_app_request(lambda scope=scope: trace.add(f"before app by {scope.name}"))
        scope.after_app_request(lambda r, scope=scope: trace.add(f"after app by {scope.name}", r))
        scope.teardown_app_request(lambda e, scope=scope: trace.add(f"teardown app by {scope.name}"))
        scope.app_url_value_preprocessor(lambda e, v, scope=scope: trace.add(f"values app by {scope.name}"))
        scope.app_context_processor(lambda scope=scope: trace.add(f"context app by {scope.name}", {}))
        scope.add_url_rule("/view", "view", lambda: web.render_template_string("{{ who }}"))
        scope.add_url_rule("/fails", "fails", lambda: 1 // 0)
    app.teardown_appcontext(lambda e: trace.add(f"teardown context {e!r}"))
    app.register_error_handler(ZeroDivisionError, lambda e: ("handled", 400))
    app.add_url_rule("/view", "view", lambda: web.render_template_string("{{ who }}"))

    @app.get("/this")
    def this() -> str:
        web.after_this_request(lambda r: trace.add("this 1", r))
        web.after_this_request(lambda r: trace.add("this 2", r))
        return "this"

    outer.register_blueprint(inner)
    app.register_blueprint(outer, url_prefix="/outer")
    return app, trace


@pytest.mark.parametrize("path", ["/view", "/outer/view", "/outer/inner/view", "/outer/inner/fails", "/none", "/this"])
def test_functions_around_requests_run_in_flasks_order(results: Results, path: str) -> None:
    def order(web: Any) -> Any:
        app, trace = traced(web)
        answer = app.test_client().get(path)
        return trace, answer.status_code, answer.get_data(as_text=True)

    trace, _, _ = results(order)
    assert trace[-1] == "teardown context None"


@pytest.mark.parametrize("stops", ["app", "outer", "inner"])
def test_the_first_answer_before_the_view_skips_the_rest(results: Results, stops: str) -> None:
    def order(web: Any) -> Any:
        app, trace = traced(web)
        scopes = {None: app, **app.blueprints}
        name = {"app": None, "outer": "outer", "inner": "outer.inner"}[stops]
        app.before_request_funcs[name].insert(1, lambda: ("stopped", 418))
        assert scopes
        answer = app.test_client().get("/outer/inner/view")
        return trace, answer.status_code

    trace, status = results(order)
    assert status == 418
    assert "before inner2" not in trace


class BaseError(Exception):
    """Of which the other is a subclass."""


class DerivedError(BaseError):
    """The other."""


def with_handlers(web: Any) -> Any:
    app = web.App("parity")
    outer, inner = web.Blueprint("outer", "parity", url_prefix="/o"), web.Blueprint("inner", "parity", url_prefix="/i")
    other = web.Blueprint("other", "parity", url_prefix="/x")

    def says(text: str) -> Any:
        return lambda error: (f"{text}: {type(error).__name__} {getattr(error, 'code', '')}", 418)

    app.register_error_handler(404, says("app 404"))
    app.register_error_handler(BaseError, says("app Base"))
    app.register_error_handler(Exception, says("app Exception"))
    outer.register_error_handler(DerivedError, says("outer Derived"))
    outer.register_error_handler(403, says("outer 403"))
    inner.register_error_handler(BaseError, says("inner Base"))
    inner.errorhandler(LookupError)(says("inner LookupError"))
    other.app_errorhandler(409)(says("app 409 by other"))
    for scope in (app, outer, inner, other):
        scope.add_url_rule("/base", "base", lambda: raised(BaseError()))
        scope.add_url_rule("/derived", "derived", lambda: raised(DerivedError()))
        scope.add_url_rule("/key", "key", lambda: dict[str, str]()["x"])
        scope.add_url_rule("/value", "value", lambda: int("x"))
        scope.add_url_rule("/code/<int:code>", "code", web.abort)
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    app.register_blueprint(other)
    return app


def raised(error: Exception) -> Any:
    raise error


def test_error_handlers_are_chosen_as_in_flask(agree: Agree) -> None:
    paths = ["base", "derived", "key", "value", "code/403", "code/404", "code/409", "code/410", "none"]
    agree(with_handlers, {f"GET {prefix}/{path}": 418 for prefix in ("", "/o", "/o/i", "/x") for path in paths})
    agree(
        with_handlers, {"GET /o/i/derived": "inner Base: DerivedError ", "GET /o/code/403": "outer 403: Forbidden 403"}
    )


def test_static_files_and_templates_of_blueprints(agree: Agree, tmp_path: Path) -> None:
    for where, text in (("app", "application"), ("one", "first"), ("two", "second")):
        for kind in ("static", "templates"):
            (tmp_path / where / kind).mkdir(parents=True)
            (tmp_path / where / kind / f"{where}.txt").write_text(text)
            (tmp_path / where / kind / "shared.txt").write_text(f"shared of {text} {{{{ name }}}}")

    def build(web: Any) -> Any:
        app = web.App("parity", root_path=str(tmp_path / "app"))
        for name, options in (
            ("one", {"url_prefix": "/1"}),
            ("two", {"url_prefix": "/2", "static_url_path": "/files"}),
        ):
            blueprint = web.Blueprint(
                name,
                name,
                root_path=str(tmp_path / name),
                static_folder="static",
                template_folder="templates",
                **options,
            )
            blueprint.get("/url")(lambda: web.url_for(".static", filename="shared.txt"))
            blueprint.add_url_rule("/t/<path:name>", "t", lambda name: web.render_template(name, name="x"))
            blueprint.add_url_rule("/max", "max", lambda b=blueprint: str(b.get_send_file_max_age("x")))
            app.register_blueprint(blueprint)
        app.add_url_rule("/t/<path:name>", "t", lambda name: web.render_template(name, name="y"))
        app.add_url_rule("/all", "all", lambda: " ".join(sorted(app.jinja_env.list_templates())))
        app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 60
        app.register_error_handler(Exception, lambda error: (type(error).__name__, 500))
        return app

    agree(
        build,
        {
            "GET /static/app.txt": (200, "application"),
            "GET /1/static/one.txt": (200, "first"),
            "GET /2/files/two.txt": (200, "second"),
            "GET /1/static/two.txt": 500,
            "GET /1/static/../one.txt": 500,
            "GET /1/url": "/1/static/shared.txt",
            "GET /t/shared.txt": "shared of application y",
            "GET /1/t/shared.txt": "shared of application x",
            "GET /2/t/one.txt": "first",
            "GET /t/none.txt": (500, "TemplateNotFound"),
            "GET /all": "app.txt one.txt shared.txt two.txt",
            "GET /1/max": "60",
        },
    )


def test_record_and_record_once_are_told_of_each_registration(results: Results) -> None:
    def recorded(web: Any) -> Any:
        app, notes = web.App("parity"), Trace()
        blueprint = web.Blueprint("b", "parity", url_prefix="/b", url_defaults={"x": 1})

        def note(state: Any) -> None:
            options = {name: value for name, value in state.options.items() if name != "name_prefix"}
            notes.append(
                (state.first_registration, state.url_prefix, state.url_defaults, state.name, state.name_prefix, options)
            )
            state.add_url_rule("/recorded", f"r{len(notes)}", lambda **values: "", defaults={"y": 2})

        blueprint.record(note)
        blueprint.record_once(lambda state: notes.append("once"))
        app.register_blueprint(blueprint)
        app.register_blueprint(blueprint, name="c", url_prefix="/c", url_defaults={"z": 3})
        rules = sorted((r.rule, r.endpoint, sorted((r.defaults or {}).items())) for r in app.url_map.iter_rules())
        return notes, [rule for rule in rules if "static" not in rule[0]]

    notes, rules = results(recorded)
    assert notes.count("once") == 1
    assert len(rules) == 2


def test_a_setup_state_can_be_of_ones_own(results: Results) -> None:
    def registered(web: Any) -> Any:
        class Noting(web.Blueprint):  # type: ignore[misc]  # either framework's
            def make_setup_state(self, app: Any, options: Any, first_registration: bool = False) -> Any:
                state = super().make_setup_state(app, options, first_registration)
                state.url_prefix = "/noted"
                return state

        app, blueprint = web.App("parity"), Noting("b", "parity")
        blueprint.add_url_rule("/", "view", lambda: "")
        app.register_blueprint(blueprint)
        return sorted(rule.rule for rule in app.url_map.iter_rules(endpoint="b.view"))

    assert results(registered) == ["/noted/"]


BAD: list[Callable[[Any], Any]] = [
    lambda web: web.Blueprint("a.b", "parity"),
    lambda web: web.Blueprint("", "parity"),
    lambda web: web.Blueprint("a", "parity").add_url_rule("/", "x.y", print),
    lambda web: (
        web.Blueprint("a", "parity").register_blueprint((b := web.Blueprint("b", "p")) and b) or raised(OSError())
    ),
    lambda web: (b := web.Blueprint("b", "parity")).register_blueprint(b),
    lambda web: registered_twice(web, web.Blueprint("a", "parity"), web.Blueprint("a", "parity")),
    lambda web: registered_twice(web, b := web.Blueprint("b", "parity"), b),
    lambda web: declared_late(web).add_url_rule("/", "x", print),
    lambda web: declared_late(web).before_request(print),
    lambda web: declared_late(web).errorhandler(404)(print),
    lambda web: declared_late(web).record(print),
    lambda web: declared_late(web).register_blueprint(web.Blueprint("c", "parity")),
    lambda web: web.App("parity").errorhandler("404")(print),
    lambda web: web.App("parity").register_error_handler("404", print),
    lambda web: web.App("parity").register_error_handler(999, print),
    lambda web: web.App("parity").register_error_handler(KeyError("x"), print),
    lambda web: web.App("parity").register_error_handler(int, print),
]


def registered_twice(web: Any, one: Any, other: Any) -> None:
    app = web.App("parity")
    app.register_blueprint(one)
    app.register_blueprint(other)


def declared_late(web: Any) -> Any:
    blueprint = web.Blueprint("b", "parity")
    web.App("parity").register_blueprint(blueprint)
    return blueprint


@pytest.mark.parametrize("number", range(len(BAD)))
def test_mistakes_are_the_same_errors(results: Results, number: int) -> None:
    found = results(BAD[number])
    assert found is None or issubclass(found, Exception)


def test_the_app_variants_of_a_blueprint_reach_every_template_and_url(agree: Agree) -> None:
    def build(web: Any) -> Any:
        app = web.App("parity")
        area = web.Blueprint("area", "parity")
        area.app_template_filter()(shout)
        area.app_template_filter("loud")(shout)
        area.app_template_filter()(whisper)
        area.app_template_test("long")(lambda text: len(text) > 3)
        area.app_template_global("answer")(lambda: 42)
        area.add_app_template_filter(whisper, "quiet")
        area.add_app_template_test(lambda text: text == "x", "ex")
        area.add_app_template_global(lambda: "g", name="gee")
        area.app_url_defaults(lambda endpoint, values: values.setdefault("theme", "dark"))
        app.register_blueprint(area)
        source = "{{ 'a'|shout }}{{ 'b'|loud }}{{ 'C'|whisper }}{{ 'D'|quiet }}{{ 'abcd' is long }}{{ 'x' is ex }}"
        app.add_url_rule("/t", "t", lambda: web.render_template_string(source + "{{ answer() }}{{ gee() }}"))
        app.add_url_rule("/u", "u", lambda: web.url_for("u"))
        return app

    agree(build, {"GET /t": "A!B!cdTrueTrue42g", "GET /u": "/u?theme=dark"})


def shout(text: str) -> str:
    return text.upper() + "!"


def whisper(text: str) -> str:
    return text.lower()


@pytest.mark.parametrize("group", ["default", None, "other"])
def test_commands_of_a_blueprint_stand_in_its_group(results: Results, group: str | None) -> None:
    def commands(web: Any) -> Any:
        app = web.App("parity")
        options = {} if group == "default" else {"cli_group": group}
        blueprint = web.Blueprint("tools", "parity", **options)

        @blueprint.cli.command("greet")
        @click.argument("name")
        def greet(name: str) -> None:
            click.echo(f"{name} {web.current_app.import_name}")

        app.register_blueprint(blueprint)
        runner = app.test_cli_runner()
        calls = [["greet", "ann"], ["tools", "greet", "ann"], ["other", "greet", "ann"]]
        return sorted(app.cli.commands), [runner.invoke(args=call).exit_code for call in calls]

    _, codes = results(commands)
    assert codes.count(0) == 1


def test_a_resource_of_a_blueprint_is_opened_from_its_folder(results: Results, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("é", encoding="utf-8")

    def read(web: Any) -> Any:
        blueprint = web.Blueprint("b", "parity", root_path=str(tmp_path))
        with blueprint.open_resource("a.txt") as raw, blueprint.open_resource("a.txt", "r", encoding="utf-8") as text:
            return raw.read(), text.read()

    assert results(read) == ("é".encode(), "é")
    assert (
        results(lambda web: web.Blueprint("b", "p", root_path=str(tmp_path)).open_resource("a.txt", "w")) is ValueError
    )
