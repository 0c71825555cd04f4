"""JSON: what is written, what is read, and what is said of a body that is none."""

from __future__ import annotations

import enum
import io
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import flask
import msgspec
import pytest
from markupsafe import Markup

import ferrule.json
from ferrule import App, ContextError, Extension, hookimpl, request
from ferrule.json import JSONProvider, MsgspecProvider


def make_app(*extensions: Extension, **config: Any) -> App:
    return App(__name__, config_file=None, extensions=extensions, config={"SECRET_KEY": "k" * 32, **config})


@dataclass
class Point:
    x: int


class Item(msgspec.Struct):
    name: str
    colours: Any


class Colour(enum.Enum):
    RED = "red"


class Text(str):
    __slots__ = ()


class Number(int):
    pass


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), '"2026-01-02T03:04:05Z"'),
        (date(2026, 1, 2), '"2026-01-02"'),
        (Decimal("1.10"), '"1.10"'),
        (uuid.UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (Point(1), '{"x":1}'),
        (Item("a", [Colour.RED]), '{"name":"a","colours":["red"]}'),
        (timedelta(minutes=1), '"PT60S"'),
        ({1, 2}, "[1,2]"),
        ((1, b"x"), '[1,"eA=="]'),
        (Text("x"), '"x"'),
        (Number(5), "5"),
        ({None: 1, True: 2, Text("x"): 3}, '{"null":1,"true":2,"x":3}'),
        ({uuid.UUID(int=1): 1}, '{"00000000-0000-0000-0000-000000000001":1}'),
        (Markup("<b>"), '"<b>"'),
        ({1: "a"}, '{"1":"a"}'),
        ({"b": 1, "a": 2}, '{"b":1,"a":2}'),
        (float("nan"), "null"),
        ("ü\u2028", '"ü\u2028"'),
    ],
    ids=repr,
)
def test_a_value_is_written(value: Any, text: str) -> None:
    assert make_app().json.dumps(value) == text


def test_what_has_markup_of_its_own_is_written_as_that() -> None:
    class Link:
        def __html__(self) -> str:
            return "<a>"

    assert make_app().json.dumps([Link()]) == '["<a>"]'


def test_another_value_needs_a_default() -> None:
    app = make_app()
    with pytest.raises(TypeError, match=r"object cannot be written as JSON; set app\.json\.default"):
        app.json.dumps(object())
    assert isinstance(app.json, MsgspecProvider)
    app.json.default = lambda value: "an object"
    assert app.json.dumps(object()) == '"an object"'


LOOP: list[Any] = []
LOOP.append({"again": LOOP})


@pytest.mark.parametrize(
    ("value", "error", "place"),
    [
        ({"a": [1, {"b": object()}]}, TypeError, "['a'][1]['b']"),
        ([Item("a", [Point(1), Point(object)])], TypeError, "[0].colours[1].x"),  # type: ignore[arg-type]  # the mistake
        ({"a": {(1, 2): 3}}, TypeError, "['a']"),
        ({"k" * 500: object()}, TypeError, "['kkkk"),
        (["x", "\ud800"], UnicodeEncodeError, "[1]"),
        (LOOP, RecursionError, "[0]['again'][0]['again']"),
    ],
    ids=["dict", "struct", "key", "long", "surrogate", "loop"],
)
@pytest.mark.parametrize("kwargs", [{}, {"indent": 2}], ids=["plain", "indented"])
def test_what_cannot_be_written_is_told_with_its_place(
    value: Any, error: type[Exception], place: str, kwargs: dict[str, Any]
) -> None:
    with pytest.raises(error) as caught:
        make_app().json.dumps(value, **kwargs)
    (note,) = caught.value.__notes__
    assert note.startswith(f"while JSON was made, at {place}")
    assert len(note) < 500


def test_the_log_of_a_view_that_fails_names_the_place(caplog: pytest.LogCaptureFixture) -> None:
    app = make_app()
    app.get("/")(lambda: {"user": {"friends": [object()]}})
    assert app.test_client().get("/").status_code == 500
    assert "TypeError: object cannot be written as JSON; set app.json.default" in caplog.text
    assert "at ['user']['friends'][0]" in caplog.text


def test_a_default_may_be_given_for_one_call() -> None:
    assert make_app().json.dumps([object()], default=lambda value: "an object") == '["an object"]'


class Counting(MsgspecProvider):
    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return f"<{super().dumps(obj, **kwargs)}>"

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return [super().loads(s, **kwargs)]


def test_the_functions_of_the_module_ask_the_current_application() -> None:
    app = make_app()
    app.json = Counting(app)
    with app.app_context():
        file = io.StringIO()
        ferrule.json.dump({"b": 1, "a": 2}, file, sort_keys=True)
        assert file.getvalue() == ferrule.json.dumps({"b": 1, "a": 2}, sort_keys=True) == '<{"a": 2, "b": 1}>'
        assert ferrule.json.loads("1") == ferrule.json.load(io.StringIO("1")) == [1]
        assert ferrule.json.jsonify(a=1).get_data() == b'{"a":1}'


def test_the_functions_of_the_module_work_without_an_application() -> None:
    file = io.StringIO()
    ferrule.json.dump(Point(1), file)
    assert file.getvalue() == ferrule.json.dumps(Point(1)) == '{"x":1}'
    assert ferrule.json.loads(b"[1]") == ferrule.json.load(io.BytesIO(b"[1]")) == [1]
    with pytest.raises(ContextError):
        ferrule.json.jsonify(a=1)


def test_a_provider_has_all_that_flask_s_has() -> None:
    public = {name for name in vars(flask.json.provider.JSONProvider) if not name.startswith("_")}
    assert public <= {name for name in dir(JSONProvider) if not name.startswith("_")}
    for name in ("dumps", "loads", "dump", "load", "jsonify"):
        assert callable(getattr(ferrule.json, name))


def test_keywords_are_those_of_the_standard_library() -> None:
    provider = make_app().json
    assert provider.dumps({"b": Point(1), "a": 1}, sort_keys=True, indent=1) == json.dumps(
        {"a": 1, "b": {"x": 1}}, indent=1
    )
    assert provider.loads("1.5", parse_float=str) == "1.5"


@pytest.mark.parametrize(
    ("args", "kwargs", "body"),
    [((), {}, b"null"), ((1,), {}, b"1"), ((1, 2), {}, b"[1,2]"), (([],), {}, b"[]"), ((), {"a": 1}, b'{"a":1}')],
)
def test_a_response_is_made_of_the_arguments(args: tuple[Any, ...], kwargs: dict[str, Any], body: bytes) -> None:
    app = make_app()
    response = app.json.response(*args, **kwargs)
    assert (response.get_data(), response.content_type) == (body, "application/json")


def test_arguments_are_of_one_kind() -> None:
    app = make_app()
    with pytest.raises(TypeError, match="not of both"):
        app.json.response(1, a=1)


def read_app(**config: Any) -> App:
    app = make_app(**config)
    app.post("/", endpoint="read")(lambda: {"read": request.get_json()})
    app.post("/silent", endpoint="silent")(lambda: {"read": request.get_json(silent=True)})
    app.post("/force", endpoint="force")(lambda: {"read": request.get_json(force=True)})
    return app


@pytest.mark.parametrize("body", [b"{bad", b"", b"\xff", b"[1,", b"NaN"])
def test_a_body_that_is_no_json_is_a_400_whose_reason_is_for_debug_only(body: bytes) -> None:
    plain = read_app().test_client().post("/", data=body, content_type="application/json")
    assert plain.status_code == 400
    assert "decode" not in plain.text
    debug = read_app(DEBUG=True).test_client().post("/", data=body, content_type="application/json")
    assert (debug.status_code, "Failed to decode JSON object" in debug.text) == (400, True)


def test_another_content_type_is_a_415_unless_forced() -> None:
    client = read_app().test_client()
    assert client.post("/", data=b"{}").status_code == 415
    assert client.post("/force", data=b"[1]").json == {"read": [1]}
    assert client.post("/silent", data=b"{").json == {"read": None}
    assert client.post("/", data=b'"x"', content_type="application/problem+json").json == {"read": "x"}


class Shouting(JSONProvider):
    mimetype = "application/vnd.shout+json"

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return json.dumps(obj).upper()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return str(s).upper()


def test_a_provider_of_ones_own_reads_and_writes_everything() -> None:
    class Own(App):
        json_provider_class = Shouting

    app = Own(__name__, config_file=None)
    app.post("/", endpoint="index")(lambda: {"a": request.json})
    response = app.test_client().post("/", json={"b": 1})
    assert response.mimetype == "application/vnd.shout+json"
    assert response.text.startswith('{"A":')
    with pytest.raises(NotImplementedError):
        JSONProvider(app).dumps(1)


def test_an_extension_may_bring_the_provider() -> None:
    class Bringing(Extension):
        name = "bringing"

        @hookimpl
        def json_provider(self, app: App) -> JSONProvider:
            return Shouting(app)

    assert make_app(Bringing()).json.dumps("a") == '"A"'


def test_json_goes_through_files() -> None:
    provider = App(__name__, config_file=None).json
    file = io.StringIO()
    provider.dump({"a": [1, 2]}, file)
    file.seek(0)
    assert provider.load(file) == {"a": [1, 2]}
    assert provider.load(io.BytesIO(b'{"a": "\xc3\xa9"}')) == {"a": "é"}


def test_keys_that_are_no_texts_are_written_as_the_standard_library_writes_them() -> None:
    app = App(__name__, config_file=None)
    value = {None: 0, True: 1, 2: 2, 3.5: 3}
    assert app.json.loads(app.json.dumps(value)) == json.loads(json.dumps(value))
