"""Templates as in Flask: what they see, where they are found, how they are escaped, extended and streamed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import jinja2
import pytest

Agree = Callable[..., None]
Results = Callable[[Callable[[Any], Any]], Any]


def test_templates_see_what_flask_shows_them(agree: Agree) -> None:
    def build(web: Any) -> Any:
        app = web.App("parity")
        app.config.update(SECRET_KEY="k" * 32, OWN="own")
        app.context_processor(lambda: {"given": "by the application", "request_path": web.request.path})
        app.context_processor(lambda: {"later": "wins", "given": "later"})
        area = web.Blueprint("area", "parity", url_prefix="/area")
        area.context_processor(lambda: {"given": "by the blueprint"})

        @app.get("/<name>")
        @area.get("/<name>")
        def view(name: str) -> str:
            web.g.user = "ann"
            web.flash("one", "warning")
            sources = {
                "names": "{{ given }} {{ later }} {{ request_path }} {{ mine }} {{ g.user }} {{ config.OWN }}",
                "request": "{{ request.path }} {{ request.endpoint }} {{ session.x is defined }} {{ g.x is defined }}",
                "urls": "{{ url_for('view', name='x', q='a b') }} {{ url_for('static', filename='a.css') }}",
                "flashes": "{% for c, m in get_flashed_messages(with_categories=true) %}{{ c }} {{ m }}{% endfor %}",
                "escape": "{{ mine }} {{ mine|safe }} {{ {'a': '</script>'}|tojson }} {% autoescape false %}{{ mine }}"
                "{% endautoescape %}",
                "wins": "{{ given }} {{ request }}",
            }
            override = {"given": "by the view", "request": "mine"} if name == "wins" else {}
            return str(web.render_template_string(sources[name], mine="<b>", **override))

        app.register_blueprint(area)
        return app

    names = ("names", "request", "urls", "flashes", "escape", "wins")
    agree(build, {f"GET {prefix}/{name}": 200 for prefix in ("", "/area") for name in names})
    agree(build, {"GET /wins": "by the view mine", "GET /area/wins": "by the view mine"})


@pytest.mark.parametrize("name", ["a.html", "a.htm", "a.xml", "a.xhtml", "a.svg", "a.txt", "a.js", "a.HTML", "a", None])
def test_what_is_escaped_is_told_by_the_name(results: Results, name: str | None) -> None:
    assert results(lambda web: web.App("parity").select_jinja_autoescape(name)) in (True, False)


def test_additions_to_templates_are_named_as_in_flask(agree: Agree) -> None:
    def build(web: Any) -> Any:
        app = web.App("parity")
        app.template_filter()(shout)
        app.template_filter("loud")(shout)
        app.template_filter(name="louder")(shout)
        app.template_test()(long)
        app.template_test("lengthy")(long)
        app.template_global()(answer)
        app.template_global("reply")(answer)
        app.add_template_filter(shout, "f")
        app.add_template_test(long, "t")
        app.add_template_global(answer, "g2")
        app.jinja_env.globals["direct"] = "direct"
        app.jinja_env.filters["direct"] = shout
        source = "{{ 'a'|shout }}{{ 'a'|loud }}{{ 'a'|louder }}{{ 'a'|f }}{{ 'a'|direct }}{{ 'abcd' is long }}"
        source += "{{ 'abcd' is lengthy }}{{ 'a' is t }}{{ answer() }}{{ reply() }}{{ g2() }}{{ direct }}"
        app.add_url_rule("/", "view", lambda: web.render_template_string(source))
        return app

    agree(build, {"GET /": "A!A!A!A!A!TrueTrueFalse424242direct"})


def shout(text: str) -> str:
    return text.upper() + "!"


def long(text: str) -> bool:
    return len(text) > 3


def answer() -> int:
    return 42


def test_macros_streams_and_lists_of_templates(agree: Agree, tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    (folder / "parts").mkdir(parents=True)
    (folder / "page.html").write_text("{% import 'parts/m.html' as m %}{{ m.hello(name) }}{% include ['x', 'y.txt'] %}")
    (folder / "parts/m.html").write_text("{% set exported = 3 %}{% macro hello(n) %}Hello {{ n }}!{% endmacro %}")
    (folder / "y.txt").write_text("{{ name }}")
    (folder / "base.html").write_text("<{% block b %}base{% endblock %}>")
    (folder / "child.html").write_text("{% extends 'base.html' %}{% block b %}{{ super() }} child{% endblock %}")

    def build(web: Any) -> Any:
        app = web.App("parity", root_path=str(tmp_path))
        app.add_url_rule("/page", "page", lambda: web.render_template("page.html", name="<a>"))
        app.add_url_rule("/list", "list", lambda: web.render_template(["none.html", "y.txt"], name="<a>"))
        app.add_url_rule("/none", "none", lambda: web.render_template(["none.html", "neither.html"]))
        app.add_url_rule(
            "/template", "template", lambda: web.render_template(app.jinja_env.get_template("y.txt"), name=1)
        )
        app.add_url_rule("/child", "child", lambda: web.render_template("child.html"))
        app.add_url_rule("/stream", "stream", lambda: web.stream_template("page.html", name="<s>"))
        app.add_url_rule("/string", "string", lambda: web.stream_template_string("{{ request.path }} {{ n }}", n="<s>"))
        app.add_url_rule("/attribute", "attribute", lambda: web.get_template_attribute("parts/m.html", "hello")("you"))
        app.add_url_rule("/set", "set", lambda: str(web.get_template_attribute("parts/m.html", "exported")))
        app.register_error_handler(jinja2.TemplatesNotFound, lambda error: ("not found", 404))
        return app

    agree(
        build,
        {
            "GET /page": "Hello &lt;a&gt;!<a>",
            "GET /list": "<a>",
            "GET /none": (404, "not found"),
            "GET /template": "1",
            "GET /child": "<base child>",
            "GET /stream": "Hello &lt;s&gt;!<s>",
            "GET /string": "/string &lt;s&gt;",
            "GET /attribute": "Hello you!",
            "GET /set": "3",
        },
    )


def test_the_environment_is_an_applications_to_shape(agree: Agree) -> None:
    def build(web: Any) -> Any:
        class Own(web.AppClass):  # type: ignore[misc]  # either framework's
            jinja_options: ClassVar = {"variable_start_string": "[[", "variable_end_string": "]]", "trim_blocks": True}

            def create_jinja_environment(self) -> Any:
                environment = super().create_jinja_environment()
                environment.globals["made"] = "made"
                environment.line_statement_prefix = "%%"
                return environment

            def create_global_jinja_loader(self) -> Any:
                return jinja2.DictLoader({"a.html": "[[ x ]] [[ made ]]"})

            def select_jinja_autoescape(self, filename: str | None) -> bool:
                return False

        app = Own("parity")
        app.add_url_rule("/", "view", lambda: web.render_template("a.html", x="<x>"))
        app.add_url_rule("/s", "s", lambda: web.render_template_string("[[ url_for('view') ]] [[ x ]]", x="<x>"))
        return app

    agree(build, {"GET /": "<x> made", "GET /s": "/ <x>"})


def test_templates_are_read_again_when_they_change(agree: Agree, tmp_path: Path) -> None:
    file = tmp_path / "templates/a.txt"
    file.parent.mkdir()

    def build(web: Any, reload: bool | None, debug: bool) -> Any:
        app = web.App("parity", root_path=str(tmp_path))
        app.config["TEMPLATES_AUTO_RELOAD"] = reload
        app.debug = debug

        @app.get("/")
        def view() -> str:
            file.write_text("one")
            os.utime(file, (1, 1))
            first = web.render_template("a.txt")
            file.write_text("two")
            os.utime(file, (2, 2))
            return f"{first} {web.render_template('a.txt')}"

        return app

    for reload, debug, text in [
        (None, False, "one one"),
        (None, True, "one two"),
        (True, False, "one two"),
        (False, True, "one one"),
    ]:
        agree(lambda web, reload=reload, debug=debug: build(web, reload, debug), {"GET /": text})


def test_a_context_can_be_completed_by_hand(results: Results) -> None:
    def completed(web: Any) -> Any:
        app = web.App("parity")
        app.context_processor(lambda: {"a": 1, "b": 2})
        names = {"b": "given", "c": 3}
        with app.test_request_context("/"):
            app.update_template_context(names)
        return {name: names[name] for name in "abc"}

    assert results(completed) == {"a": 1, "b": "given", "c": 3}


def test_templates_render_outside_of_a_request(results: Results) -> None:
    def render(web: Any) -> Any:
        app = web.App("parity")
        app.context_processor(lambda: {"given": "given"})
        with app.app_context():
            web.g.x = "g"
            text = web.render_template_string("{{ given }} {{ g.x }} {{ config.TESTING }} {{ request is defined }}")
            return text.rsplit(" ", 1)[0]

    assert results(render) == "given g False"
