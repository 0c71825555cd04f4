"""Templates: what they escape, what they see, and where they are found."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_type

import jinja2
import pytest
from markupsafe import Markup

from ferrule import (
    App,
    Blueprint,
    Context,
    Extension,
    g,
    get_template_attribute,
    hookimpl,
    render_template,
    render_template_string,
    session,
    setting,
    stream_template,
    stream_template_string,
)


def make_app(templates: dict[str, str] | None = None, *extensions: Extension, **config: Any) -> App:
    app = App(__name__, config_file=None, extensions=extensions, config={"SECRET_KEY": "k" * 32, **config})
    app.jinja_loader = jinja2.DictLoader(templates or {})
    return app


@pytest.mark.parametrize(
    ("name", "escaped"),
    [("a.html", True), ("a.htm", True), ("a.xml", True), ("a.xhtml", True), ("a.svg", True), ("a.txt", False)],
)
def test_markup_languages_are_escaped(name: str, escaped: bool) -> None:
    app = make_app({name: "{{ x }}"})
    with app.app_context():
        assert render_template(name, x="<") == ("&lt;" if escaped else "<")
        assert render_template(name, x=Markup("<")) == "<"


def test_a_template_from_a_string_is_escaped_unless_it_says_otherwise() -> None:
    with make_app().app_context():
        assert render_template_string("{{ x }}", x="<") == "&lt;"
        assert render_template_string("{% autoescape false %}{{ x }}{% endautoescape %}", x="<") == "<"


def test_an_application_may_choose_what_is_escaped() -> None:
    class All(App):
        def select_jinja_autoescape(self, filename: str | None) -> bool:
            return True

    app = All(__name__, config_file=None)
    app.jinja_loader = jinja2.DictLoader({"a.txt": "{{ x }}"})
    with app.app_context():
        assert render_template("a.txt", x="<") == "&lt;"


def test_templates_see_the_request_and_the_application() -> None:
    app = make_app({"imported.html": "{% macro where() %}{{ request.path }}{% endmacro %}"}, GREETING="hello")
    app.get("/x", endpoint="x")(
        lambda: render_template_string(
            "{% from 'imported.html' import where %}{{ where() }} {{ url_for('x') }} {{ session.a }} {{ g.b }}"
            " {{ config.GREETING }} {{ get_flashed_messages() }}"
        )
    )

    @app.before_request
    def fill() -> None:
        session["a"] = "in session"
        g.b = "in g"

    assert app.test_client().get("/x").text == "/x /x in session in g hello []"


def test_names_of_a_template_win_in_order() -> None:
    """Extensions, the application's processors, the blueprint's, what the view passes: the later wins."""

    class Naming(Extension):
        name = "naming"
        context_names = "a", "b", "c", "d"

        @hookimpl
        def template_context(self, ctx: Context) -> dict[str, str]:
            return dict.fromkeys("abcd", "extension")

    app, blueprint = make_app({}, Naming()), Blueprint("b", __name__)
    app.context_processor(lambda: dict.fromkeys("bcd", "application"))
    blueprint.context_processor(lambda: dict.fromkeys("cd", "blueprint"))
    source = "{{ a }} {{ b }} {{ c }} {{ d }}"
    blueprint.get("/b")(lambda: render_template_string(source, d="view"))
    app.get("/", endpoint="index")(lambda: render_template_string(source))
    app.register_blueprint(blueprint)
    client = app.test_client()
    assert client.get("/b").text == "extension application blueprint view"
    assert client.get("/").text == "extension application application application"


def test_what_is_passed_wins_over_the_framework_s_names() -> None:
    with make_app().test_request_context():
        assert render_template_string("{{ request }} {{ g }}", request="mine", g="too") == "mine too"


def test_additions_work_with_and_without_parentheses_and_by_name() -> None:
    app = make_app()

    def shout(text: str) -> str:
        return text.upper()

    def twice(text: str) -> str:
        return text * 2

    assert app.template_filter(shout) is shout
    assert app.template_filter()(twice) is twice
    app.template_filter("named")(shout)
    app.add_template_filter(shout, "added")
    app.template_test(_is_odd)
    app.template_test("uneven")(_is_odd)
    app.add_template_test(_is_odd, "strange")
    app.template_global(_answer)
    app.template_global("the_answer")(_answer)
    app.add_template_global(_answer, "added_answer")
    with app.app_context():
        assert render_template_string("{{ 'a'|shout|twice|named|added }}") == "AA"
        assert render_template_string("{{ 3 is _is_odd }}{{ 3 is uneven }}{{ 2 is strange }}") == "TrueTrueFalse"
        assert render_template_string("{{ _answer() }}{{ the_answer() }}{{ added_answer() }}") == "424242"
    assert app.jinja_env.filters["shout"] is shout


def _is_odd(number: int) -> bool:
    return number % 2 == 1


def _answer() -> int:
    return 42


def test_additions_to_the_templates_do_not_start_the_application() -> None:
    """A factory may still set what extensions require after it declared its filters."""

    @dataclass(frozen=True, kw_only=True)
    class Settings:
        word: str = setting(doc="Required.")

    seen: list[str] = []

    class Demanding(Extension):
        name = "demanding"
        settings_class = Settings

        @hookimpl
        def app_init(self, app: App) -> None:
            seen.append(app.config["DEMANDING_WORD"])

        @hookimpl
        def jinja_environment(self, env: jinja2.Environment) -> None:
            seen.append("environment")
            env.filters["shout"] = str.lower

    app = make_app({}, Demanding())
    app.template_filter("shout")(str.upper)
    app.jinja_env.globals["early"] = "early"
    assert seen == []
    app.config["DEMANDING_WORD"] = "later"
    with app.app_context():
        assert seen == ["later", "environment"]
        assert render_template_string("{{ early }}") == "early"


def test_an_application_s_additions_win_over_an_extension_s() -> None:
    class Filtering(Extension):
        name = "filtering"

        @hookimpl
        def jinja_environment(self, env: jinja2.Environment) -> None:
            env.filters["shout"] = str.lower

    app = make_app({}, Filtering())
    app.template_filter("shout")(str.upper)
    with app.app_context():
        assert render_template_string("{{ 'a'|shout }}") == "A"


def test_a_missing_template_is_told_with_all_folders(tmp_path: Path) -> None:
    app = App(__name__, config_file=None, template_folder=str(tmp_path / "mine"))
    app.register_blueprint(Blueprint("shop", __name__, template_folder=str(tmp_path / "theirs")))
    with app.app_context(), pytest.raises(jinja2.TemplateNotFound) as caught:
        render_template("none.html")
    text = str(caught.value)
    assert text == (
        f"'none.html' was not found; searched: application ({tmp_path / 'mine'}); blueprint 'shop'"
        f" ({tmp_path / 'theirs'})"
    )


def test_the_search_can_be_explained(caplog: pytest.LogCaptureFixture) -> None:
    app = make_app({"a.html": "a"}, EXPLAIN_TEMPLATE_LOADING=True)
    with app.app_context(), caplog.at_level(logging.INFO):
        render_template("a.html")
        with pytest.raises(jinja2.TemplateNotFound):
            render_template("b.html")
    assert "template 'a.html': found in application" in caplog.text
    assert "template 'b.html': not found; searched: application" in caplog.text


def test_the_first_template_that_exists_is_rendered() -> None:
    app = make_app({"b.html": "b"})
    with app.app_context():
        assert render_template(["a.html", "b.html"]) == "b"
        assert render_template(app.jinja_env.get_template("b.html")) == "b"
        with pytest.raises(jinja2.TemplatesNotFound):
            render_template(["a.html", "c.html"])


def test_an_attribute_of_a_template_is_returned() -> None:
    app = make_app({"m.html": "{% macro greet(name) %}hello {{ name }}{% endmacro %}{% set x = 3 %}"})
    with app.app_context():
        assert get_template_attribute("m.html", "greet")("you") == "hello you"
        assert get_template_attribute("m.html", "x") == 3


def test_json_in_a_template_cannot_end_a_script_and_is_the_provider_s() -> None:
    app = make_app()
    with app.app_context():
        text = render_template_string("{{ x|tojson }}", x={"a": "</script>'&"})
        assert text == r'{"a": "\u003c/script\u003e\u0027\u0026"}'
        app.json.dumps = lambda obj, **kwargs: "mine"  # type: ignore[method-assign]  # another provider, set later
        assert render_template_string("{{ x|tojson }}", x=1) == "mine"


def test_a_streamed_template_sees_its_request_until_its_end() -> None:
    app = make_app({"s.html": "{{ request.path }}{% for i in numbers %}{{ i }}{% endfor %}"})
    app.get("/file", endpoint="file")(lambda: stream_template("s.html", numbers=iter(range(3))))
    app.get("/text", endpoint="text")(lambda: stream_template_string("{{ request.path }} {{ x }}", x="<"))
    client = app.test_client()
    assert client.get("/file").text == "/file012"
    assert client.get("/text").text == "/text &lt;"


def test_extensions_are_told_of_rendered_templates() -> None:
    rendered: list[tuple[str | None, Any]] = []

    class Watching(Extension):
        name = "watching"

        @hookimpl
        def template_rendered(self, template: jinja2.Template, context: dict[str, Any]) -> None:
            rendered.append((template.name, context["x"]))

    app = make_app({"a.html": "a"}, Watching())
    with app.app_context():
        render_template("a.html", x=1)
        assert list(stream_template("a.html", x=2)) == ["a"]
        render_template_string("b", x=3)
    assert rendered == [("a.html", 1), ("a.html", 2), (None, 3)]


@pytest.mark.parametrize(
    ("config", "reloads"),
    [({}, False), ({"DEBUG": True}, True), ({"DEBUG": True, "TEMPLATES_AUTO_RELOAD": False}, False)],
)
def test_templates_are_read_again_in_debug(config: dict[str, Any], reloads: bool) -> None:
    assert make_app({}, **config).jinja_env.auto_reload is reloads


def test_debug_that_comes_later_reloads_too() -> None:
    app = make_app()
    assert not app.jinja_env.auto_reload
    app.debug = True
    assert app.jinja_env.auto_reload


def test_options_and_class_of_the_environment_may_be_ones_own() -> None:
    class Own(jinja2.Environment):
        pass

    class OwnApp(App):
        jinja_environment = Own
        jinja_options = {"trim_blocks": True}  # noqa: RUF012  # as Flask's documentation writes it

    environment = OwnApp(__name__, config_file=None).jinja_env
    assert type(environment) is Own
    assert environment.trim_blocks


def test_templates_of_an_extension_bear_its_name_and_the_application_s_override_them(tmp_path: Path) -> None:
    for owner, name in (("extension", "shown"), ("extension", "kept"), ("application", "shown")):
        file = tmp_path / owner / "templates/gallery" / f"{name}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{name} by the {owner}")

    class Gallery(Extension):
        name = "gallery"

        @hookimpl
        def app_init(self, app: App) -> None:
            folder = str(tmp_path / "extension")
            app.register_blueprint(Blueprint("gallery", __name__, root_path=folder, template_folder="templates"))

    app = App(__name__, root_path=str(tmp_path / "application"), config_file=None, extensions=[Gallery])
    with app.app_context():
        assert render_template("gallery/shown.txt") == "shown by the application"
        assert render_template("gallery/kept.txt") == "kept by the extension"


def test_what_is_added_to_the_templates_keeps_its_type() -> None:
    app, blueprint = make_app(), Blueprint("b", __name__)

    @app.template_filter
    @blueprint.app_template_filter("doubled")
    def twice(text: str) -> str:
        return text * 2

    assert assert_type(twice("a"), str) == "aa"
    assert app.jinja_env.filters["twice"] is twice


@pytest.mark.parametrize(
    "source",
    [
        "{{ a }}{{ b }}{{ c }}",
        "{% set a = 5 %}{% include 'inner.html' %}",
        "{% extends 'outer.html' %}{% block x %}{{ a }}{% set b = 6 %}{{ b }}{% endblock %}",
        "{% from 'macros.html' import m with context %}{{ m() }}",
        "{% import 'macros.html' as all %}{{ all.m() }}",
        "{% for a in 'xy' %}{% include 'inner.html' %}{{ a }}{% endfor %}",
    ],
)
@pytest.mark.parametrize("given", [{}, {"a": "given"}, {"a": "given", "b": "given", "c": "given"}])
def test_a_template_sees_the_names_that_jinja_would_show_it(source: str, given: dict[str, str]) -> None:
    """The names given win over those of the template, and these over the environment's, in what it includes as well."""
    inner = "[{{ a }}{{ b }}{{ c }}]"
    templates = {"t": source, "inner.html": inner, "macros.html": "{% macro m() %}" + inner + "{% endmacro %}"}
    templates["outer.html"] = "{{ a }}{% block x %}{% endblock %}{% include 'inner.html' %}{{ c }}"
    app, rendered = make_app(templates), []
    for environment in (app.jinja_env, jinja2.Environment(loader=jinja2.DictLoader(templates))):
        environment.globals.update({"a": "of all", "b": "of all"})
        template = environment.get_template("t", globals={"b": "its own"})
        environment.globals["c"] = "later"
        rendered.append((template.render(given), "".join(template.generate(given)), vars(template.make_module(given))))
    (ours, our_pieces, our_module), (theirs, their_pieces, their_module) = rendered
    assert (ours, our_pieces) == (theirs, their_pieces)
    assert our_module.keys() == their_module.keys()
