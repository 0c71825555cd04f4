"""Blueprints: written before there is an application, registered with one or several, nested and renamed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from ferrule import App, Blueprint, SetupError, abort, render_template, request, url_for
from ferrule.blueprints import BlueprintSetupState


def make_app(**config: Any) -> App:
    return App(__name__, config_file=None, config={"SECRET_KEY": "k" * 32, **config})


def rules_of(app: App) -> set[tuple[str, str]]:
    return {(rule.rule, rule.endpoint) for rule in app.url_map.iter_rules() if rule.endpoint != "static"}


@pytest.mark.parametrize(
    ("own", "given", "rule", "expected"),
    [
        (None, None, "/x", "/x"),
        ("/b", None, "/x", "/b/x"),
        ("/b/", None, "/x", "/b/x"),
        ("/b", None, "", "/b"),
        ("/b/", None, "", "/b/"),
        ("/b", None, "/", "/b/"),
        ("/b", "/given", "/x", "/given/x"),
        ("/b", "", "/x", "/x"),
        ("/<lang>", None, "/x", "/<lang>/x"),
    ],
)
def test_a_prefix_goes_before_each_rule(own: str | None, given: str | None, rule: str, expected: str) -> None:
    app, blueprint = make_app(), Blueprint("b", __name__, url_prefix=own)
    blueprint.add_url_rule(rule, "x", lambda: "")
    app.register_blueprint(blueprint, url_prefix=given)
    assert rules_of(app) == {(expected, "b.x")}


def test_blueprints_nest_with_their_names_and_prefixes() -> None:
    app = make_app()
    outer, inner = Blueprint("o", __name__, url_prefix="/o"), Blueprint("i", __name__, url_prefix="/i")
    inner.add_url_rule("/", "v", lambda: f"{request.endpoint} {request.blueprint} {request.blueprints} {url_for('.v')}")
    outer.register_blueprint(inner)
    outer.register_blueprint(inner, name="j", url_prefix="/jj")
    app.register_blueprint(outer)
    app.register_blueprint(outer, name="oo", url_prefix="/oo")
    client = app.test_client()
    assert [client.get(path).text for path in ("/o/i/", "/o/jj/", "/oo/i/", "/oo/jj/")] == [
        "o.i.v o.i ['o.i', 'o'] /o/i/",
        "o.j.v o.j ['o.j', 'o'] /o/jj/",
        "oo.i.v oo.i ['oo.i', 'oo'] /oo/i/",
        "oo.j.v oo.j ['oo.j', 'oo'] /oo/jj/",
    ]
    assert list(app.blueprints) == ["o", "o.i", "o.j", "oo", "oo.i", "oo.j"]
    assert list(app.iter_blueprints()) == [outer, inner, inner, outer, inner, inner]


def test_a_blueprint_serves_several_applications() -> None:
    blueprint = Blueprint("b", __name__)
    blueprint.add_url_rule("/", "v", lambda: url_for(".v"))
    for prefix in ("/one", "/two"):
        app = make_app()
        app.register_blueprint(blueprint, url_prefix=prefix)
        assert app.test_client().get(f"{prefix}/").text == f"{prefix}/"


def test_a_name_is_taken_once() -> None:
    app, blueprint = make_app(), Blueprint("b", __name__)
    app.register_blueprint(blueprint)
    with pytest.raises(ValueError, match=r"'b' is already taken by this blueprint.*name="):
        app.register_blueprint(blueprint)
    with pytest.raises(ValueError, match="of another"):
        app.register_blueprint(Blueprint("b", __name__))
    app.register_blueprint(Blueprint("b", __name__), name="c")
    assert set(app.blueprints) == {"b", "c"}


@pytest.mark.parametrize("name", ["", "a.b"])
def test_a_name_has_no_dots(name: str) -> None:
    with pytest.raises(ValueError, match="no name for a blueprint"):
        Blueprint(name, __name__)


def test_an_endpoint_has_no_dots() -> None:
    blueprint = Blueprint("b", __name__)
    with pytest.raises(ValueError, match="no dots"):
        blueprint.add_url_rule("/", "a.b", lambda: "")
    with pytest.raises(ValueError, match="nested in itself"):
        blueprint.register_blueprint(blueprint)


@pytest.mark.parametrize(
    "declare",
    [
        lambda blueprint: blueprint.get("/")(lambda: ""),
        lambda blueprint: blueprint.before_request(lambda: None),
        lambda blueprint: blueprint.errorhandler(404)(lambda error: ""),
        lambda blueprint: blueprint.record(lambda state: None),
        lambda blueprint: blueprint.before_app_request(lambda: None),
        lambda blueprint: blueprint.register_blueprint(Blueprint("inner", __name__)),
    ],
    ids=["get", "before_request", "errorhandler", "record", "before_app_request", "register_blueprint"],
)
def test_what_comes_after_the_registration_is_refused_with_its_place(declare: Callable[[Blueprint], object]) -> None:
    blueprint = Blueprint("b", __name__)
    make_app().register_blueprint(blueprint)
    with pytest.raises(SetupError, match="too late: the blueprint 'b'") as caught:
        declare(blueprint)
    assert f"{__file__}:{declare.__code__.co_firstlineno}" in str(caught.value)


def test_recorded_functions_see_each_registration() -> None:
    blueprint = Blueprint("b", __name__, url_prefix="/b", subdomain="api", url_defaults={"x": 1})
    states: list[tuple[str, str | None, str | None, dict[str, Any], bool]] = []
    once: list[str] = []

    def note(state: BlueprintSetupState) -> None:
        assert state.blueprint is blueprint
        states.append((state.name, state.url_prefix, state.subdomain, state.url_defaults, state.first_registration))

    blueprint.record(note)
    blueprint.record_once(lambda state: once.append(state.name))
    app = make_app()
    app.register_blueprint(blueprint, subdomain=None)
    app.register_blueprint(blueprint, name="c", url_prefix="/c", subdomain="www", url_defaults={"y": 2})
    make_app().register_blueprint(blueprint)
    assert states == [
        ("b", "/b", "api", {"x": 1}, True),
        ("c", "/c", "www", {"x": 1, "y": 2}, False),
        ("b", "/b", "api", {"x": 1}, True),
    ]
    assert once == ["b", "b"]


def test_functions_of_a_blueprint_are_for_its_requests_and_app_functions_for_all() -> None:
    app, blueprint, log = make_app(), Blueprint("b", __name__, url_prefix="/b"), list[str]()

    def noting(what: str) -> Callable[..., Any]:
        def note(*args: Any) -> Any:
            log.append(what)
            return args[0] if what.startswith("after") else None

        return note

    blueprint.before_request(noting("before"))
    blueprint.after_request(noting("after"))
    blueprint.teardown_request(noting("teardown"))
    blueprint.before_app_request(noting("before app"))
    blueprint.after_app_request(noting("after app"))
    blueprint.teardown_app_request(noting("teardown app"))
    blueprint.app_url_value_preprocessor(noting("values app"))
    blueprint.url_value_preprocessor(noting("values"))
    blueprint.get("/")(lambda: "")
    app.get("/", endpoint="index")(lambda: "")
    app.register_blueprint(blueprint)
    app.register_blueprint(blueprint, name="again", url_prefix="/again")
    client = app.test_client()
    client.get("/")
    assert log == ["values app", "before app", "after app", "teardown app"]
    log.clear()
    client.get("/b/")
    assert log == ["values app", "values", "before app", "before", "after", "after app", "teardown", "teardown app"]


def test_handlers_of_a_blueprint_are_for_its_views_and_those_within() -> None:
    app = make_app()
    outer, inner = Blueprint("o", __name__, url_prefix="/o"), Blueprint("i", __name__, url_prefix="/i")
    outer.register_error_handler(404, lambda error: ("outer 404", 404))
    outer.register_error_handler(403, lambda error: ("outer 403", 403))
    inner.register_error_handler(403, lambda error: ("inner 403", 403))
    inner.errorhandler(KeyError)(lambda error: "inner KeyError")
    outer.app_errorhandler(405)(lambda error: ("everywhere 405", 405))
    inner.get("/<int:code>", endpoint="abort")(abort)
    inner.get("/key", endpoint="key")(lambda: request.environ["missing"])
    outer.get("/<int:code>", endpoint="abort")(abort)
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    client = app.test_client()
    assert client.get("/o/i/404").text == "outer 404"
    assert client.get("/o/i/403").text == "inner 403"
    assert client.get("/o/403").text == "outer 403"
    assert client.get("/o/i/key").text == "inner KeyError"
    assert client.post("/o/403").text == "everywhere 405"
    assert "outer" not in client.get("/o/i/none").text  # no rule matched, so no blueprint is known


def test_url_values_and_defaults_of_a_blueprint() -> None:
    app, blueprint = make_app(), Blueprint("b", __name__, url_prefix="/<lang>", url_defaults={"page": 1})

    @blueprint.url_defaults
    def add_language(endpoint: str, values: dict[str, Any]) -> None:
        values.setdefault("lang", "de")

    @blueprint.url_value_preprocessor
    def take_language(endpoint: str | None, values: dict[str, Any] | None) -> None:
        assert values is not None
        request.environ["lang"] = values.pop("lang")

    blueprint.add_url_rule("/x", "x", lambda page: f"{request.environ['lang']} {page} {url_for('.x')}")
    app.get("/", endpoint="index")(lambda: url_for("b.x"))
    app.register_blueprint(blueprint)
    client = app.test_client()
    assert client.get("/en/x").text == "en 1 /de/x"
    assert client.get("/").text == "/de/x"


def test_a_blueprint_has_a_static_folder(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.css").write_text("css")
    app = make_app(SEND_FILE_MAX_AGE_DEFAULT=60)
    blueprint = Blueprint("b", __name__, static_folder="files", url_prefix="/b", root_path=str(tmp_path))
    named = Blueprint("n", __name__, static_folder=tmp_path / "files", static_url_path="/assets/", url_prefix="/n")
    blueprint.get("/url")(lambda: f"{url_for('.static', filename='a.css')} {url_for('n.static', filename='a.css')}")
    app.register_blueprint(blueprint)
    app.register_blueprint(named)
    client = app.test_client()
    assert client.get("/b/url").text == "/b/files/a.css /n/assets/a.css"
    for path in ("/b/files/a.css", "/n/assets/a.css"):
        response = client.get(path, buffered=True)
        assert (response.text, response.cache_control.max_age) == ("css", 60)
    assert client.get("/b/files/../secret").status_code == 404


def test_a_blueprint_may_say_how_long_its_files_are_kept(tmp_path: Path) -> None:
    class Kept(Blueprint):
        def get_send_file_max_age(self, filename: str | None) -> int | None:
            return 7 if filename == "a.css" else None

    (tmp_path / "a.css").write_text("css")
    (tmp_path / "b.css").write_text("css")
    app = make_app()
    app.register_blueprint(Kept("b", __name__, static_folder=tmp_path, static_url_path="/s"))
    client = app.test_client()
    assert client.get("/s/a.css", buffered=True).cache_control.max_age == 7
    assert client.get("/s/b.css", buffered=True).cache_control.max_age is None


def test_templates_of_the_application_win_over_a_blueprint_s_and_the_first_blueprint_over_the_next(
    tmp_path: Path,
) -> None:
    for folder, names in (("app", "a"), ("first", "ab"), ("second", "abc")):
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / f"{name}.txt").write_text(folder)
    app = App(__name__, config_file=None, template_folder=tmp_path / "app")
    for name in ("first", "second"):
        app.register_blueprint(Blueprint(name, __name__, template_folder=str(tmp_path / name)))
    with app.app_context():
        assert [render_template(f"{name}.txt") for name in "abc"] == ["app", "first", "second"]


def test_a_blueprint_opens_its_own_files(tmp_path: Path) -> None:
    (tmp_path / "schema.sql").write_text("select 1")
    with Blueprint("b", __name__, root_path=str(tmp_path)).open_resource("schema.sql", "r") as file:
        assert file.read() == "select 1"


def test_additions_to_the_templates_of_the_application() -> None:
    app, blueprint = make_app(), Blueprint("b", __name__)
    blueprint.app_template_filter(_shout)
    blueprint.app_template_filter("named")(_shout)
    blueprint.app_template_filter()(_whisper)
    blueprint.add_app_template_filter(_whisper, "added")
    blueprint.app_template_test("loud")(str.isupper)
    blueprint.add_app_template_test(str.islower, "quiet")
    blueprint.app_template_global(_answer)
    blueprint.add_app_template_global(_answer, "added_global")
    blueprint.app_context_processor(lambda: {"processed": "yes"})
    app.register_blueprint(blueprint)
    source = (
        "{{ 'a'|_shout }}{{ 'a'|named }}{{ 'A'|_whisper }}{{ 'A'|added }}{{ 'A' is loud }}{{ 'A' is quiet }}"
        "{{ _answer() }}{{ added_global() }}{{ processed }}"
    )
    app.get("/", endpoint="index")(lambda: app.jinja_env.from_string(source).render(processed="yes"))
    assert app.test_client().get("/").text == "AAaaTrueFalse4242yes"


def _shout(text: str) -> str:
    return text.upper()


def _whisper(text: str) -> str:
    return text.lower()


def _answer() -> int:
    return 42


def test_commands_stand_in_a_group_named_as_the_registration() -> None:
    app, blueprint = make_app(), Blueprint("b", __name__)
    outer = Blueprint("outer", __name__)
    blueprint.cli.command("hello")(lambda: click.echo("hello"))
    app.register_blueprint(blueprint)
    app.register_blueprint(blueprint, name="c")
    app.register_blueprint(blueprint, name="d", cli_group="given")
    outer.register_blueprint(blueprint)
    app.register_blueprint(outer)
    assert sorted(app.cli.commands) == ["b", "c", "given", "outer.b"]
    flat = Blueprint("flat", __name__, cli_group=None)
    flat.cli.command("bare")(lambda: click.echo("bare"))
    app.register_blueprint(flat)
    runner = app.test_cli_runner()
    for arguments, output in ((["b", "hello"], "hello\n"), (["given", "hello"], "hello\n"), (["bare"], "bare\n")):
        assert runner.invoke(args=arguments).output == output


def test_subdomains_nest() -> None:
    app = App(__name__, config_file=None, subdomain_matching=True, config={"SERVER_NAME": "example.com"})
    outer, inner = Blueprint("o", __name__, subdomain="api"), Blueprint("i", __name__, subdomain="v1")
    inner.get("/")(lambda: "inner")
    inner.get("/plain", subdomain="", endpoint="plain")(lambda: "plain")
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    assert {rule.subdomain for rule in app.url_map.iter_rules() if rule.endpoint != "static"} == {"v1.api", ""}
    assert app.test_client().get("/", base_url="http://v1.api.example.com").text == "inner"


def test_url_defaults_of_the_whole_application_come_from_a_blueprint_too() -> None:
    app = App(__name__, config_file=None)
    blueprint = Blueprint("languages", __name__)

    @blueprint.app_url_defaults
    def add_language(endpoint: str, values: dict[str, Any]) -> None:
        values.setdefault("language", "en")

    app.add_url_rule("/<language>/page", "page", lambda language: language)
    app.register_blueprint(blueprint)
    with app.test_request_context("/"):
        assert app.url_for("page") == "/en/page"
        assert app.url_for("page", language="de") == "/de/page"
