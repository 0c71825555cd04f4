"""The session cookie, property by property: what goes in comes out, and nothing that was tampered with does."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Any, NamedTuple, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markupsafe import Markup
from werkzeug.test import create_environ
from werkzeug.wrappers import Response

from ferrule.app import App
from ferrule.builtin.session_codec import dumps, loads
from ferrule.builtin.sessions import EncryptedCookieSessionInterface
from ferrule.keyring import KeyRing
from ferrule.requests import Request
from ferrule.sessions import Session

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
INTERFACE = EncryptedCookieSessionInterface()
CONFIG = App("tests", config_file=None, config={"MAX_COOKIE_SIZE": 0}, env="testing").config

# Whole seconds, as in all of the tz database: Python reads "+00:00:00.000001" as UTC.
offsets = st.integers(-86_399, 86_399).map(lambda seconds: timezone(timedelta(seconds=seconds)))
any_text = st.text(st.characters(exclude_categories=()))
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**200), 2**200),
    st.sampled_from([2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1]),
    st.floats(allow_nan=False),
    any_text,
    st.binary(),
    any_text.map(Markup),
    st.uuids(allow_nil=True),
    st.datetimes(),
    st.datetimes(timezones=offsets),
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.decimals(allow_nan=False),
)
hashables = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner, max_size=3), max_leaves=4
)
values = st.recursive(
    hashables,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.sets(hashables, max_size=4),
        st.dictionaries(any_text, inner, max_size=4),
        st.dictionaries(hashables, inner, max_size=4),
    ),
    max_leaves=12,
)
sessions = st.dictionaries(any_text, values, max_size=5)


@dataclass
class _App:
    """As much of an application as a session interface looks at, for it is made anew for every example."""

    config: dict[str, Any]
    keyring: KeyRing


def _app(secret_key: str = "key") -> App:
    return cast("App", _App(CONFIG, KeyRing(secret_key)))


def _opened(app: App, cookie: str) -> Session:
    # As a WSGI server hands a header over (PEP 3333): whatever bytes it is, as Latin-1.
    environ = create_environ() | {"HTTP_COOKIE": f"session={cookie.encode('utf-8', 'replace').decode('latin1')}"}
    session = INTERFACE.open_session(app, Request(environ))
    assert isinstance(session, Session)
    return session


def _cookie(app: App, values: dict[str, Any]) -> str:
    session = Session(values)
    session.modified = True
    response = Response()
    INTERFACE.save_session(app, session, response)
    return response.headers["Set-Cookie"].partition("=")[2].partition(";")[0]


def _exactly(value: Any) -> Any:
    """Return what is equal only for equal values of equal types, all the way down."""
    if isinstance(value, dict):
        return dict, [(_exactly(key), _exactly(item)) for key, item in value.items()]
    if isinstance(value, (list, tuple)):
        return type(value), [_exactly(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return type(value), sorted(repr(_exactly(item)) for item in value)
    return type(value), repr(value)


@given(values=sessions.filter(bool))
@example(values={"\ud800": {"\udfff": "JSON lets \ud800 through"}, "a": Markup("\udc00")})
@example(values={"numbers": {2**64, -(2**63) - 1, 0, -1, 255, -256}, "zero": -0.0, "endless": [float("inf")]})
@example(values={"a": {(): {frozenset(): {None: {b"": {"": ()}}}}}})
def test_what_was_stored_is_opened_again(values: dict[str, Any]) -> None:
    app = _app()
    assert _exactly(dict(_opened(app, _cookie(app, values)))) == _exactly(values)


@pytest.mark.parametrize("tag", [" t", " b", " di", "__type__", "$type", "1", ""])
def test_a_dict_that_looks_like_a_tag_is_a_dict(tag: str) -> None:
    values: dict[str, Any] = {"a": {tag: [1, 2]}, "b": [tag, [1, 2]], "c": {1: {tag: (b"x",)}}, tag: 1}
    assert _exactly(loads(dumps(values))) == _exactly(values)


class _Point(NamedTuple):
    x: int
    y: int


class _Level(IntEnum):
    HIGH = 3


class _Colour(StrEnum):
    RED = "red"


class _Shade(str, Enum):  # noqa: UP042 - its str() is not its value, unlike a StrEnum's
    DARK = "dark"


class _Bytes(bytes):
    __slots__ = ()


class _Loud(float):
    def __float__(self) -> float:
        return 0.0


class _Html:
    def __html__(self) -> str:
        return "<b>"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (_Point(1, 2), (1, 2)),
        (_Level.HIGH, 3),
        (_Colour.RED, "red"),
        (_Shade.DARK, "dark"),
        (_Bytes(b"x"), b"x"),
        (_Loud(1.5), 1.5),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (_Html(), Markup("<b>")),
        (UUID(int=5), UUID(int=5)),
        (Decimal("NaN"), Decimal("NaN")),
        (Session(user=1), {"user": 1}),
        (
            datetime(2024, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin")),
            datetime(2024, 7, 1, 12, tzinfo=timezone(timedelta(hours=2))),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_instance_of_a_subclass_comes_back_as_one_of_the_class(value: Any, expected: Any) -> None:
    assert _exactly(loads(dumps({"a": value}))) == _exactly({"a": expected})


@given(data=st.binary(max_size=60))
def test_no_bytes_are_an_error(data: bytes) -> None:
    assert isinstance(loads(data), (dict, type(None)))


@given(cookie=st.one_of(st.text(), st.text(ALPHABET), st.binary().map(repr)))
def test_no_cookie_is_an_error(cookie: str) -> None:
    assert _opened(_app(), cookie) == {}


@given(draw=st.data())
def test_a_cookie_with_any_other_character_is_an_empty_session(draw: st.DataObject) -> None:
    app = _app()
    cookie = _cookie(app, {"user": 1})
    place = draw.draw(st.integers(0, len(cookie) - 1))
    # What ends a cookie's value cuts it, and blanks around a value are no part of it (RFC 6265, section 5.2).
    other = draw.draw(st.sampled_from(ALPHABET) | st.characters(exclude_categories=("Z", "C")))
    tampered = cookie[:place] + other + cookie[place + 1 :]
    assert _opened(app, tampered) == ({"user": 1} if tampered == cookie else {})


@given(draw=st.data())
def test_a_cut_cookie_is_an_empty_session(draw: st.DataObject) -> None:
    app = _app()
    cookie = _cookie(app, {"user": 1})
    assert _opened(app, cookie[: draw.draw(st.integers(0, len(cookie) - 1))]) == {}


@given(draw=st.data(), extra=st.text(ALPHABET + "=.", min_size=1))
def test_an_extended_cookie_is_an_empty_session(draw: st.DataObject, extra: str) -> None:
    app = _app()
    cookie = _cookie(app, {"user": 1})
    place = draw.draw(st.integers(0, len(cookie)))
    assert _opened(app, cookie[:place] + extra + cookie[place:]) == {}


@given(draw=st.data())
def test_two_cookies_do_not_make_a_third(draw: st.DataObject) -> None:
    app = _app()
    one, two = _cookie(app, {"user": 1}), _cookie(app, {"user": 2})
    start, end = sorted(draw.draw(st.tuples(*[st.integers(0, len(one))] * 2)))
    mixed = one[:start] + two[start:end] + one[end:]
    assert _opened(app, mixed) == {one: {"user": 1}, two: {"user": 2}}.get(mixed, {})


@given(keys=st.lists(st.text(min_size=1), min_size=2, max_size=2, unique=True))
def test_a_cookie_of_another_key_is_an_empty_session(keys: list[str]) -> None:
    mine, theirs = map(_app, keys)
    assert _opened(mine, _cookie(theirs, {"user": 1})) == {}
