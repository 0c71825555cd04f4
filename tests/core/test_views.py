"""Views that are classes, as Flask documents them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest

from ferrule import App, Blueprint, request, url_for
from ferrule.views import MethodView, View


def make_app() -> App:
    return App(__name__, config_file=None, config={"TESTING": True})


class Hello(View):
    """Says hello."""

    def __init__(self, greeting: str, mark: str = "!") -> None:
        self.greeting, self.mark = greeting, mark

    def dispatch_request(self, name: str) -> str:
        return f"{self.greeting} {name}{self.mark}"


def test_a_view_is_made_with_its_arguments_and_called_with_those_of_the_path() -> None:
    app = make_app()
    app.add_url_rule("/<name>", view_func=Hello.as_view("hello", "Hi", mark="?"))
    assert app.test_client().get("/Ann").text == "Hi Ann?"
    with app.test_request_context():
        assert url_for("hello", name="Bob") == "/Bob"


def test_the_function_tells_what_it_was_made_of() -> None:
    view: Any = Hello.as_view("hello", "Hi")
    assert (view.view_class, view.__name__, view.__doc__, view.__module__) == (
        Hello,
        "hello",
        "Says hello.",
        __name__,
    )
    assert (view.methods, view.provide_automatic_options) == (None, None)


def test_a_view_without_dispatch_request_says_so() -> None:
    app = make_app()
    app.add_url_rule("/", view_func=View.as_view("nothing"))
    with pytest.raises(NotImplementedError, match="View has no dispatch_request"):
        app.test_client().get("/")


def test_methods_and_automatic_options_are_attributes() -> None:
    class Form(View):
        methods = ("GET", "POST")
        provide_automatic_options = False

        def dispatch_request(self) -> str:
            return request.method

    app = make_app()
    app.add_url_rule("/", view_func=Form.as_view("form"))
    client = app.test_client()
    assert client.post("/").text == "POST"
    assert client.put("/").status_code == 405
    assert client.options("/").status_code == 405


@pytest.mark.parametrize(("each", "expected"), [(True, ["1", "1"]), (False, ["1", "2"])])
def test_an_object_is_made_for_each_request_or_once(each: bool, expected: list[str]) -> None:
    class Count(View):
        init_every_request = each
        calls = 0

        def dispatch_request(self) -> str:
            self.calls += 1
            return str(self.calls)

    app = make_app()
    app.add_url_rule("/", view_func=Count.as_view("count"))
    client = app.test_client()
    assert [client.get("/").text for _ in range(2)] == expected


def marking(text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def around(**kwargs: Any) -> str:
            return f"{text}({request.endpoint})" if request.args else view(**kwargs)

        return around

    return decorate


def test_decorators_go_around_in_their_order() -> None:
    class Guarded(View):
        decorators = (marking("inner"), marking("outer"))

        def dispatch_request(self) -> str:
            return "view"

    app = make_app()
    view: Any = Guarded.as_view("guarded")
    app.add_url_rule("/", view_func=view)
    client = app.test_client()
    assert (view.__name__, view.view_class) == ("guarded", Guarded)
    assert (client.get("/?x=1").text, client.get("/").text) == ("outer(guarded)", "view")


class Reading(MethodView):
    def get(self, number: int) -> str:
        return f"get {number}"


class Writing(Reading):
    async def put(self, number: int) -> str:
        await asyncio.sleep(0)
        return f"put {number} {request.path}"


class Mixed(Writing):
    methods = ("GET", "DELETE")


def test_each_method_has_its_own_and_inherited_ones_count() -> None:
    app = make_app()
    app.add_url_rule("/w/<int:number>", view_func=Writing.as_view("writing"))
    client = app.test_client()
    assert Writing.methods == {"GET", "PUT"}
    assert Reading.methods == {"GET"}
    assert MethodView.methods is None
    assert (client.get("/w/1").text, client.put("/w/2").text) == ("get 1", "put 2 /w/2")
    refused = client.post("/w/1")
    assert refused.status_code == 405
    assert set(refused.allow) == {"GET", "HEAD", "OPTIONS", "PUT"}


def test_mixed_in_classes_add_their_methods() -> None:
    class Deleting(MethodView):
        def delete(self, number: int) -> str:
            return "deleted"

    class Both(Deleting, Writing):
        pass

    assert Both.methods == {"GET", "PUT", "DELETE"}


def test_head_falls_to_get_unless_there_is_a_head() -> None:
    class Own(Reading):
        def head(self, number: int) -> tuple[str, dict[str, str]]:
            return "", {"X-Own": "yes"}

    app = make_app()
    app.add_url_rule("/r/<int:number>", view_func=Reading.as_view("reading"))
    app.add_url_rule("/o/<int:number>", view_func=Own.as_view("own"))
    client = app.test_client()
    assert client.head("/r/1").headers["Content-Length"] == "5"
    assert client.head("/o/1").headers["X-Own"] == "yes"


def test_a_method_that_the_class_lists_but_does_not_have_is_a_405() -> None:
    app = make_app()
    app.add_url_rule("/<int:number>", view_func=Mixed.as_view("mixed"))
    client = app.test_client()
    assert client.delete("/1").status_code == 405
    assert client.put("/1").status_code == 405
    assert client.get("/1").text == "get 1"


def test_a_method_of_another_name_is_called_where_it_is_listed() -> None:
    class Cache(MethodView):
        methods = ("PURGE",)

        async def purge(self) -> str:
            return "purged"

    app = make_app()
    app.add_url_rule("/", view_func=Cache.as_view("cache"))
    assert app.test_client().open("/", method="PURGE").text == "purged"


@pytest.mark.parametrize("each", [True, False])
def test_dispatch_request_may_be_async_behind_decorators_and_in_a_blueprint(each: bool) -> None:
    class Slow(View):
        decorators = (marking("never"),)
        init_every_request = each

        async def dispatch_request(self, name: str) -> str:
            await asyncio.sleep(0)
            return f"{name} {request.blueprint}"

    app, blueprint = make_app(), Blueprint("b", __name__)
    blueprint.add_url_rule("/<name>", view_func=Slow.as_view("slow"))
    app.register_blueprint(blueprint)
    assert app.test_client().get("/x").text == "x b"


def test_an_overridden_dispatch_request_gets_the_answer_of_an_async_method() -> None:
    class Shouting(Writing):
        def dispatch_request(self, *args: Any, **kwargs: Any) -> str:
            answer: str = super().dispatch_request(*args, **kwargs)
            return answer.upper()

    app = make_app()
    app.add_url_rule("/<int:number>", view_func=Shouting.as_view("shouting"))
    assert app.test_client().put("/1").text == "PUT 1 /1"


def test_decorators_of_an_async_view_get_its_answer_as_in_flask() -> None:
    def in_capitals(function: Any) -> Any:
        @wraps(function)
        def changed(**values: Any) -> Any:
            return function(**values).upper()

        return changed

    class Hello(View):
        decorators = (in_capitals,)

        async def dispatch_request(self) -> str:
            await asyncio.sleep(0)
            return "hello"

    app = App(__name__, config_file=None)
    app.add_url_rule("/", view_func=Hello.as_view("hello"))
    assert app.test_client().get("/").text == "HELLO"
