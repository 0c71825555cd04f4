"""``request.parse``: bodies, forms and queries as declared types, and 422 with all mistakes for what does not fit."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal, TypedDict, assert_type

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from ferrule import App, InvalidInput, Mistake, request
from ferrule.requests import Request

Title = Annotated[str, msgspec.Meta(min_length=1)]


class NewNote(msgspec.Struct):
    title: Title
    tags: list[str] = []
    stars: int | None = None


@dataclass
class Person:
    name: str
    age: int = 0


class Pair(TypedDict):
    a: int
    b: str


@dataclass
class Filter:
    page: int = 1
    query: str = ""
    tags: list[int] = field(default_factory=list)
    open: bool = True


@dataclass
class Profile:
    name: str
    age: int | None
    price: Decimal = Decimal(1)
    nick: str | None = None
    public: bool = True
    tags: list[str] = field(default_factory=lambda: ["default"])
    picture: FileStorage | None = None
    pages: list[FileStorage] = field(default_factory=list)


class Tree(msgspec.Struct):
    children: list[Tree] = []


@dataclass
class Range:
    low: int
    high: int

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low is above high")


FORMS = "application/x-www-form-urlencoded or multipart/form-data"
Parse = Callable[..., TestResponse]


def parsing(kind: Any, source: Any = None, **config: Any) -> tuple[list[Any], Parse]:
    """Return what an application parses, and what sends it requests: by POST, or by GET for a query."""
    app = App("bodies", config_file=None, config=config)
    seen: list[Any] = []

    @app.route("/", methods=["GET", "POST"])
    def view() -> str:
        seen.append(request.parse(kind, source=source))
        return "fine"

    client = app.test_client()
    return seen, client.get if source == "query" else client.post


def errors(response: TestResponse) -> list[tuple[str, str, str]]:
    assert (response.status_code, response.content_type) == (422, "application/problem+json")
    assert response.json is not None
    return [(error["in"], error["pointer"], error["detail"]) for error in response.json["errors"]]


def test_a_body_has_the_type_that_was_asked_for() -> None:
    app = App("bodies", config_file=None)
    with app.test_request_context("/?name=Ada", json={"name": "Ada"}):
        assert_type(request.parse(Person), Person)
        assert_type(request.parse(Person, source="query"), Person)
        assert_type(Request.parse(request, dict[str, str]), dict[str, str])
    with app.test_request_context(json=[{"a": 1, "b": ""}]):
        assert_type(request.parse(list[Pair]), list[Pair])
    with app.test_request_context(json={"a": 1, "b": ""}):
        assert_type(request.parse(Pair), Pair)
        assert request.parse(Pair | list[Pair]) == {"a": 1, "b": ""}  # a union is no class: Any for type checkers


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        (NewNote, {"title": "A", "unknown": 1}, NewNote("A")),
        (Person, {"name": "Ada", "age": 36}, Person("Ada", 36)),
        (Pair, {"a": 1, "b": "", "unknown": 1}, {"a": 1, "b": ""}),
        (list[int], [1, 2], [1, 2]),
        (dict[str, Person], {"x": {"name": "Ada"}}, {"x": Person("Ada")}),
        (Person | None, None, None),
        (Any, {"a": [1]}, {"a": [1]}),
    ],
    ids=str,
)
def test_json_is_read_as_a_type(kind: Any, body: Any, expected: Any) -> None:
    seen, send = parsing(kind)
    assert send("/", data=json.dumps(body), content_type="application/json").status_code == 200
    assert send("/", data=json.dumps(body), content_type="application/vnd.notes+json; charset=utf-8").status_code == 200
    assert seen == [expected, expected]


def test_a_problem_document_lists_all_mistakes() -> None:
    _, send = parsing(NewNote)
    response = send("/", json={"title": "", "tags": ["a", 1, None], "stars": "secret"})
    assert response.json == {
        "type": "about:blank",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "4 mistakes in what was sent",
        "errors": [
            {"in": "body", "pointer": "#/title", "detail": "expected str of length >= 1, found a string"},
            {"in": "body", "pointer": "#/tags/1", "detail": "expected str, found 1"},
            {"in": "body", "pointer": "#/tags/2", "detail": "expected str, found null"},
            {"in": "body", "pointer": "#/stars", "detail": "expected int | None, found a string"},
        ],
    }
    assert (response.status_code, response.content_type) == (422, "application/problem+json")
    assert response.headers["Vary"] == "Accept"


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        (list[int], "{}", ("#", "expected list[int], found an object")),
        (dict[str, int], '{"a/b~c d\\u20ac%": "x"}', ("#/a~1b~0c%20d%E2%82%AC%25", "expected int, found a string")),
        (Range, '{"low": 2, "high": 1}', ("#", "low is above high")),
        (list[bytes], '["not base64"]', ("#", "Invalid base64 encoded string - at $[0]")),
        (Person, '{"name": "", "age": 1' + "0" * 4500 + "}", ("#", "Integer value out of range - at $.age")),
        (Literal["a", "b"], "true", ("#", "expected 'a' | 'b', found true")),
    ],
    ids=["kind", "escapes", "post-init", "of msgspec alone", "digits", "literal"],
)
def test_a_mistake_has_a_pointer_and_a_reason(kind: Any, body: str, expected: tuple[str, str]) -> None:
    _, send = parsing(kind)
    assert errors(send("/", data=body, content_type="application/json")) == [("body", *expected)]


def test_of_a_large_body_the_first_mistake_is_told() -> None:
    """To look for the others would cost an attacker nothing, and the server half a minute."""
    _, send = parsing(list[Person])
    large = [{"name": "x" * 1000}] * 300
    assert errors(send("/", json=[*large, 1, 2])) == [("body", "#", "Expected object, got int - at $[300]")]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "The body is no JSON: Input data was truncated."),
        (b'{"name": 1, ', "The body is no JSON: Input data was truncated."),
        (b'{"name": "\xff"}', "The body is no JSON: 'utf-8' codec can't decode byte 0xff in position 0: invalid …"),
        (b'{"name": NaN}', "The body is no JSON: JSON is malformed: invalid character (byte 9)."),
        (b"[" * 100_000, "The JSON is nested too deeply."),
        (b'{"name": 1, "x": ' + b"[" * 100_000, "The JSON is nested too deeply."),
    ],
)  # fmt: skip
def test_a_body_that_is_no_json_is_a_400(body: bytes, detail: str) -> None:
    _, send = parsing(Person)
    response = send("/", data=body, content_type="application/json")
    document = response.json
    assert document is not None
    assert document.pop("detail").startswith(detail.rstrip("…"))
    assert document == {"type": "about:blank", "title": "Bad Request", "status": 400}


def test_a_tree_may_be_deep_and_the_walk_gives_up_before_python_does() -> None:
    seen, send = parsing(Tree)
    deep, too_deep = ('{"children":[' * depth + "{}" + "]}" * depth for depth in (30, 100_000))
    assert send("/", data=deep, content_type="application/json").status_code == 200
    assert send("/", data=too_deep, content_type="application/json").status_code == 400
    wrong = '{"children":[' * 100 + "7" + "]}" * 100
    ((_, pointer, reason),) = errors(send("/", data=wrong, content_type="application/json"))
    assert (pointer, reason.partition(" - at")[0]) == ("#", "Expected object, got int")
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("kind", "source", "content_type", "detail"),
    [
        (Person, None, "text/plain", f"This takes application/json or {FORMS}, not 'text/plain'."),
        (Person, None, None, f"This takes application/json or {FORMS}, not a body without a Content-Type."),
        (Person, "json", "multipart/form-data", "This takes application/json, not 'multipart/form-data'."),
        (Person, "form", "application/json", f"This takes {FORMS}, not 'application/json'."),
        (list[int], None, "multipart/form-data", "This takes application/json, not 'multipart/form-data'."),
    ],
)  # fmt: skip
def test_another_content_type_is_a_415(kind: Any, source: Any, content_type: str | None, detail: str) -> None:
    _, send = parsing(kind, source)
    response = send("/", data=b"{}", content_type=content_type)
    assert response.status_code == 415
    assert response.json is not None
    assert response.json["detail"] == detail


def test_a_body_over_the_limit_is_a_413() -> None:
    _, send = parsing(Person, MAX_CONTENT_LENGTH=20, MAX_FORM_PARTS=1)
    assert send("/", json={"name": "x" * 20}).status_code == 413
    assert send("/", data={"name": "x" * 20}).status_code == 413
    _, send = parsing(Person, MAX_FORM_PARTS=1, MAX_FORM_MEMORY_SIZE=4)
    assert send("/", data={"a": "", "b": ""}, content_type="multipart/form-data").status_code == 413
    assert send("/", data={"a": "x" * 5}, content_type="multipart/form-data").status_code == 413


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", Filter()),
        ("page=2&query=a&tags=1&tags=2&open=no&utm_source=x", Filter(2, "a", [1, 2], open=False)),
        ("page=&query=&tags=&open=", Filter()),
        ("page=2&page=x", Filter(2)),
    ],
)
def test_a_query_is_read_as_a_type(query: str, expected: Filter) -> None:
    seen, send = parsing(Filter, "query")
    assert send(f"/?{query}").status_code == 200
    assert seen == [expected]


def test_all_mistakes_of_a_query_are_told() -> None:
    _, send = parsing(Filter, "query")
    assert errors(send("/?page=x&tags=1&tags=b&open=perhaps")) == [
        ("query", "#/page", "expected int"),
        ("query", "#/tags/1", "expected int"),
        ("query", "#/open", "expected bool"),
    ]


def test_a_query_may_be_any_names_of_one_type() -> None:
    seen, send = parsing(dict[str, int], "query")
    assert send("/?a=1&b=2").status_code == 200
    assert seen == [{"a": 1, "b": 2}]


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_is_read_as_a_browser_sends_it(content_type: str) -> None:
    """A box that is not checked and a list of nothing are not sent; what was left empty is sent as an empty text."""
    seen, send = parsing(Profile)
    assert (
        send("/", data={"name": "", "age": "", "price": "", "nick": ""}, content_type=content_type).status_code == 200
    )
    filled = {"name": "Ada", "age": "36", "price": "2.50", "public": "on", "tags": ["a", "b"], "save": "Save"}
    assert send("/", data=filled, content_type=content_type).status_code == 200
    assert seen == [
        Profile("", None, Decimal(1), "", public=False, tags=[]),
        Profile("Ada", 36, Decimal("2.50"), public=True, tags=["a", "b"]),
    ]


def test_files_of_a_form_are_fields() -> None:
    app = App("bodies", config_file=None)

    @app.post("/")
    def view() -> list[str]:
        profile = request.parse(Profile)
        picture = "" if profile.picture is None else profile.picture.read().decode()
        return [picture, *(page.filename or "" for page in profile.pages)]

    client = app.test_client()
    fields: dict[str, Any] = {"name": "Ada", "age": "", "picture": (io.BytesIO(b"P"), "p.png")}
    pages = [(io.BytesIO(b"1"), "1.txt"), (io.BytesIO(b"2"), "2.txt")]
    assert client.post("/", data={**fields, "pages": pages}).json == ["P", "1.txt", "2.txt"]
    no_file = {"name": "Ada", "age": "", "picture": (io.BytesIO(b""), ""), "pages": (io.BytesIO(b""), "")}
    assert client.post("/", data=no_file).json == [""]
    assert errors(client.post("/", data={"name": "Ada", "age": "1", "picture": "p.png"})) == [
        ("form", "#/picture", "expected FileStorage | None")
    ]


def test_all_mistakes_of_a_form_are_told() -> None:
    _, send = parsing(Profile)
    assert errors(send("/", data={"age": "old", "price": "much"})) == [
        ("form", "#/name", "missing, and required; expected str"),
        ("form", "#/age", "expected int | None"),
        ("form", "#/price", "expected Decimal"),
    ]


def test_a_struct_may_forbid_what_it_does_not_know() -> None:
    class Strict(msgspec.Struct, forbid_unknown_fields=True):
        name: str

    _, send = parsing(Strict)
    assert errors(send("/", json={"name": "", "nam": 1})) == [("body", "#/nam", "unknown key; did you mean 'name'?")]
    assert errors(send("/", data={"name": "", "nam": 1})) == [("form", "#/nam", "unknown key; did you mean 'name'?")]


def test_a_browser_is_told_in_html_and_markup_is_escaped() -> None:
    _, send = parsing(dict[str, int])
    response = send("/", data={"<b>": "x"}, headers={"Accept": "text/html,application/xml;q=0.9,*/*;q=0.8"})
    assert (response.status_code, response.content_type) == (422, "text/html; charset=utf-8")
    assert "1 mistake in what was sent<br>form #/%3Cb%3E: expected int" in response.text


def test_a_handler_shows_the_form_again() -> None:
    app = App("bodies", config_file=None)
    app.add_url_rule("/", "view", lambda: request.parse(Person).name, methods=["POST"])

    @app.errorhandler(InvalidInput)
    def again(error: InvalidInput) -> tuple[dict[str, str], int]:
        return {str(mistake.path[0]): mistake.reason for mistake in error.mistakes}, 400

    response = app.test_client().post("/", data={"age": "old"})
    assert response.json == {"name": "missing, and required; expected str", "age": "expected int"}
    assert Mistake("form", ("age",), "expected int").pointer == "#/age"


@pytest.mark.parametrize(
    ("kind", "source", "text"),
    [(list[int], "query", "declare a class with fields"), (list[int] | set[int], None, "not supported")],
)
def test_a_type_that_nothing_can_be_read_as_is_the_developers_mistake(kind: Any, source: Any, text: str) -> None:
    _, send = parsing(kind, source, TESTING=True)
    with pytest.raises(TypeError, match=text):
        send("/")


_names = st.sampled_from([*Profile.__annotations__, "x"])


@given(fields=st.lists(st.tuples(_names, st.text(max_size=5)), max_size=8), source=st.sampled_from(["form", "query"]))
def test_no_form_and_no_query_is_a_server_error(fields: list[tuple[str, str]], source: Any) -> None:
    _, send = parsing(Profile, source, TESTING=True)
    arguments: Any = {"query_string": fields} if source == "query" else {"data": fields}
    if source == "form":
        arguments = {"data": dict(fields), "content_type": "multipart/form-data"}
    assert send("/", **arguments).status_code in (200, 422)


@given(body=st.binary(max_size=30) | st.text('[]{}",:0123456789.eE-nultrfas\\ ', max_size=40).map(str.encode))
@pytest.mark.parametrize("kind", [Person, list[Tree], dict[int, float], Any], ids=str)
def test_no_body_is_a_server_error(kind: Any, body: bytes) -> None:
    _, send = parsing(kind, TESTING=True)
    assert send("/", data=body, content_type="application/json").status_code in (200, 400, 422)
