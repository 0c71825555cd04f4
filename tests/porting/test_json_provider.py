"""JSON as Flask writes it: the real Flask beside us, byte for byte."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import date, timedelta, timezone
from decimal import Decimal
from typing import Any

import flask
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from ferrule import App, jsonify
from ferrule.json import dumps, loads
from ferrule_porting import DefaultJSONProvider


@dataclasses.dataclass(frozen=True)
class Point:
    x: Any
    y: Any = None


class Link:
    def __init__(self, text: str) -> None:
        self.text = text

    def __html__(self) -> str:
        return f"<a>{self.text}</a>"


def make_app(**config: Any) -> App:
    return App("shop", config_file=None, env="testing", extensions=["porting"], config=config)


OURS = make_app()
THEIRS = flask.Flask("shop")

offsets = st.integers(-86_399, 86_399).map(lambda seconds: timezone(timedelta(seconds=seconds)))
any_text = st.text(st.characters(exclude_categories=()))
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    any_text,
    any_text.map(Markup),
    st.text().map(Link),
    st.uuids(),
    st.decimals(),
    st.dates(min_value=date(1, 1, 2)),
    st.datetimes(),
    st.datetimes(timezones=offsets),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(any_text, inner, max_size=4),
        st.dictionaries(st.integers() | st.booleans() | st.floats(allow_nan=False), inner, max_size=4),
        st.builds(Point, inner, inner),
    ),
    max_leaves=12,
)


def outcome(jsonify: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return all that a client sees, or the kind of the error."""
    try:
        response = jsonify(*args, **kwargs)
    except (TypeError, ValueError, OverflowError) as error:
        return type(error)
    return response.get_data(), response.content_type, response.status


@given(
    args=st.lists(values, max_size=3).map(tuple),
    kwargs=st.dictionaries(st.text("abcdef", min_size=1), values, max_size=3),
    sort_keys=st.booleans(),
    ensure_ascii=st.booleans(),
    compact=st.none() | st.booleans(),
    debug=st.booleans(),
)
def test_jsonify_gives_flask_s_bytes(
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    sort_keys: bool,
    ensure_ascii: bool,
    compact: bool | None,
    debug: bool,
) -> None:
    for app in (OURS, THEIRS):
        provider: Any = app.json
        provider.sort_keys, provider.ensure_ascii, provider.compact = sort_keys, ensure_ascii, compact
        app.config["DEBUG"] = debug
    with OURS.app_context():
        ours = outcome(jsonify, args, kwargs)
    with THEIRS.app_context():
        theirs = outcome(flask.jsonify, args, kwargs)
    assert ours == theirs


@pytest.mark.parametrize(
    "value",
    [
        {"when": date(2026, 1, 2), "id": uuid.UUID(int=5), "price": Decimal("1.10"), "at": Point(1, Link("é"))},
        [{"b": 1, "a": {"d": [], "c": {}}}],
        {"b": "ü\u2028\ud800", "a": float("nan")},
    ],
    ids=["types", "nested", "text"],
)
@pytest.mark.parametrize("debug", [False, True])
def test_a_view_that_returns_a_value_answers_as_flask_s(value: Any, debug: bool) -> None:
    bodies = []
    for app in (make_app(), flask.Flask("shop")):
        app.debug = debug
        app.add_url_rule("/", "index", lambda: value)
        bodies.append(app.test_client().get("/").get_data())
    assert bodies[0] == bodies[1]
    assert bodies[0].endswith(b"\n")


def test_the_media_type_and_the_default_are_attributes() -> None:
    app = make_app()
    assert isinstance(app.json, DefaultJSONProvider)
    app.json.mimetype = "application/vnd.shop+json"
    app.json.default = lambda value: "a set"
    response = app.json.response({1, 2})
    assert (response.mimetype, response.get_data()) == ("application/vnd.shop+json", b'"a set"\n')


def test_a_default_of_ones_own_may_be_a_method_that_falls_back() -> None:
    class Own(DefaultJSONProvider):
        @staticmethod
        def default(value: Any) -> Any:
            return sorted(value) if isinstance(value, set) else DefaultJSONProvider.default(value)

    app = make_app()
    app.json = Own(app)
    assert app.json.dumps([{2, 1}, date(2026, 1, 2)]) == '[[1, 2], "Fri, 02 Jan 2026 00:00:00 GMT"]'


def test_keywords_win_over_the_attributes() -> None:
    app = make_app()
    with app.app_context():
        assert dumps({"b": "ü", "a": 1}, sort_keys=False, ensure_ascii=False) == '{"b": "ü", "a": 1}'
        assert loads('{"a": 1.5}', parse_float=str) == {"a": "1.5"}


@pytest.mark.parametrize("value", [object(), {1}, b"x", Point], ids=["object", "set", "bytes", "class"])
def test_what_flask_cannot_write_is_named(value: Any) -> None:
    with pytest.raises(TypeError, match=rf"{type(value).__name__} cannot be written as JSON; set app\.json\.default"):
        make_app().json.dumps([value])


@pytest.mark.parametrize("text", ["{", "", "[" * 100_000, b"\xff"], ids=["cut", "empty", "deep", "bytes"])
def test_what_is_no_json_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        make_app().json.loads(text)


def test_ferrule_s_json_can_stay() -> None:
    app = make_app(PORTING_JSON="ferrule")
    assert app.json.response({"b": 1, "a": date(2026, 1, 2)}).get_data() == b'{"b":1,"a":"2026-01-02"}'
