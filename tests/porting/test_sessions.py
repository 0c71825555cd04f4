"""Sessions that pass between the real Flask and us, and cookies that should not."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import flask
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from itsdangerous import TimestampSigner
from markupsafe import Markup
from werkzeug.test import create_environ

from ferrule import App, ConfigError, Request, session
from ferrule.sessions import SessionMixin
from ferrule_porting import SecureCookieSessionInterface, TaggedJSONSerializer, UpgradingSessionInterface

KEY = "the key that both applications have"
FORGERIES = int(os.environ.get("FORGERIES", "200"))


def make_app(session_cookies: str = "signed", **config: Any) -> App:
    given = {"SECRET_KEY": KEY, "PORTING_SESSION_COOKIES": session_cookies, **config}
    return App("shop", config_file=None, env="testing", extensions=["porting"], config=given)


def make_flask(**config: Any) -> flask.Flask:
    app = flask.Flask("shop")
    app.config.update({"SECRET_KEY": KEY, **config})
    return app


def write(app: App | flask.Flask, values: dict[str, Any]) -> str:
    """Return the cookie of a session that a view of the application has written."""
    current = flask.session if isinstance(app, flask.Flask) else session

    def put() -> str:
        current.update(values)
        return ""

    app.add_url_rule("/put", "put", put)
    return app.test_client().get("/put").headers["Set-Cookie"].partition("=")[2].partition(";")[0]


def read(app: App | flask.Flask, cookie: str) -> dict[str, Any]:
    """Return what a view of the application finds in the session of a cookie."""
    current = flask.session if isinstance(app, flask.Flask) else session
    found: list[dict[str, Any]] = []

    def look() -> str:
        found.append(dict(current))
        return ""

    app.add_url_rule("/get", "get", look)
    assert app.test_client(use_cookies=False).get("/get", headers={"Cookie": f"session={cookie}"}).status_code == 200
    return found[0]


def opened(app: App, cookie: str) -> SessionMixin:
    environ = create_environ() | {"HTTP_COOKIE": f"session={cookie.encode('utf-8', 'replace').decode('latin1')}"}
    found = app.session_interface.open_session(app, Request(environ))
    assert found is not None
    return found


def forge(payload: bytes, key: str = KEY, salt: str = "cookie-session") -> str:
    """Sign a payload as only those can who have the key."""
    signer = TimestampSigner(key, salt=salt, key_derivation="hmac", digest_method=hashlib.sha1)
    return signer.sign(payload).decode()


def encoded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


# Both ways

any_text = st.text(st.characters(exclude_categories=()))
keys = any_text | st.sampled_from([" t", " b", " di", " d", " m", " u", " t__", "__", " di____"])
moments = st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone stands beside
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    any_text,
    st.binary(),
    any_text.map(Markup),
    st.uuids(),
    moments.map(lambda moment: moment.replace(microsecond=0)),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.lists(inner, max_size=4).map(tuple), st.dictionaries(keys, inner, max_size=4)
    ),
    max_leaves=12,
)
sessions = st.dictionaries(keys, values, max_size=5).filter(bool)


def exactly(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: exactly(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value), [exactly(item) for item in value]
    return type(value), value


@given(held=sessions)
def test_flask_reads_what_we_write_and_we_read_what_flask_writes(held: dict[str, Any]) -> None:
    ours, theirs = OURS.get_signing_serializer(APP), THEIRS.get_signing_serializer(make_flask())
    assert ours is not None
    assert theirs is not None
    with FLASK.app_context():
        assert exactly(theirs.loads(ours.dumps(held))) == exactly(held)
        assert exactly(ours.loads(theirs.dumps(held))) == exactly(held)


APP = make_app()
FLASK = make_flask()
OURS = SecureCookieSessionInterface()
THEIRS = flask.sessions.SecureCookieSessionInterface()

HELD: dict[str, Any] = {
    "_user_id": "7",
    "_flashes": [("message", "Saved.")],
    "_permanent": True,
    "cart": {"items": [(1, "apple"), (2, b"\x00")], " t": 1},
    "one": {" di": {" t__": [1]}},
    "since": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    "token": UUID(int=5),
    "html": Markup("<b>"),
    "long": "x" * 2000,  # is compressed
}


def test_who_was_logged_in_by_flask_still_is() -> None:
    assert exactly(read(make_app(), write(make_flask(), HELD))) == exactly(HELD)


def test_flask_reads_the_cookies_that_we_write() -> None:
    assert exactly(read(make_flask(), write(make_app(), HELD))) == exactly(HELD)


@dataclass
class Point:
    x: int


@pytest.mark.parametrize(
    "value",
    [date(2026, 1, 2), Decimal("1.10"), Point(1), {1: 2}, ["ü"], datetime(2026, 1, 2, 3, 4, 5, 6)],  # noqa: DTZ001 - naive is meant
    ids=repr,
)
def test_other_values_become_what_flask_makes_of_them(value: Any) -> None:
    held = {"value": value}
    ours, theirs = TaggedJSONSerializer(), flask.json.tag.TaggedJSONSerializer()
    with FLASK.app_context():
        assert ours.loads(ours.dumps(held)) == theirs.loads(theirs.dumps(held))


def test_what_flask_cannot_store_is_named() -> None:
    with pytest.raises(TypeError, match="frozenset cannot be written as JSON"):
        TaggedJSONSerializer().dumps({"a": frozenset()})


def test_the_attributes_of_the_cookie_are_flask_s() -> None:
    config: dict[str, Any] = {
        "SESSION_COOKIE_SAMESITE": "Strict",
        "SESSION_COOKIE_PATH": "/put",
        "SESSION_COOKIE_SECURE": True,
    }

    def attributes(app: App | flask.Flask) -> set[str]:
        write(app, {"a": 1})
        header = app.test_client().get("/put").headers["Set-Cookie"]
        return set(header.split("; ")[1:])

    assert attributes(make_app(**config)) == attributes(make_flask(**config))


def test_a_session_survives_requests_to_either_framework() -> None:
    """Side by side behind one proxy: each request goes to the one or to the other."""

    def count(current: Any) -> Callable[[], str]:
        def counting() -> str:
            current["visits"] = current.get("visits", 0) + 1
            return str(current["visits"])

        return counting

    ours, theirs = make_app(), make_flask()
    ours.add_url_rule("/", "count", count(session))
    theirs.add_url_rule("/", "count", count(flask.session))
    cookie, seen = "", []
    for app in (theirs, ours, ours, theirs, theirs, ours):
        response = app.test_client(use_cookies=False).get("/", headers={"Cookie": f"session={cookie}"})
        cookie = response.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
        seen.append(response.get_data(as_text=True))
    assert seen == ["1", "2", "3", "4", "5", "6"]


# Keys


def test_fallbacks_read_and_the_secret_key_signs_as_in_flask() -> None:
    rotated: dict[str, Any] = {"SECRET_KEY": "new", "SECRET_KEY_FALLBACKS": [KEY, "older"]}
    assert read(make_app(**rotated), write(make_flask(), {"a": 1})) == {"a": 1}
    assert read(make_flask(SECRET_KEY="new"), write(make_app(**rotated), {"a": 1})) == {"a": 1}
    assert read(make_app(SECRET_KEY="new"), write(make_flask(**rotated), {"a": 1})) == {"a": 1}
    assert read(make_app(SECRET_KEY="older"), write(make_flask(), {"a": 1})) == {}


def test_a_key_may_be_bytes() -> None:
    assert read(make_app(SECRET_KEY=b"\xff\x00"), write(make_flask(SECRET_KEY=b"\xff\x00"), {"a": 1})) == {"a": 1}


@pytest.mark.parametrize("session_cookies", ["signed", "upgrade", "encrypted"])
def test_without_a_key_there_is_no_session(session_cookies: str) -> None:
    app = make_app(session_cookies, SECRET_KEY=None)
    assert app.session_interface.open_session(app, Request(create_environ())) is None
    assert SecureCookieSessionInterface().get_signing_serializer(app) is None


# Cookies that are no sessions


@pytest.mark.parametrize("session_cookies", ["signed", "upgrade"])
@pytest.mark.parametrize(
    "payload",
    [
        b"5",
        b"[]",
        b'"text"',
        b"null",
        b"not json",
        b"",
        b"\xff",
        b'{" t":[1]}',
        b'{"a":{" t":5}}',
        b'{"a":{" u":"zz"}}',
        b'{"a":{" b":"YQ"}}',
        b'{"a":{" d":5}}',
        b'{"a":{" di":5}}',
        b'{"a":{" di":[]}}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a":' + b"9" * 5000 + b"}",
    ],
    ids=lambda payload: repr(payload[:20]),
)
@pytest.mark.parametrize("deflated", [False, True])
def test_an_authentic_cookie_with_something_else_in_it_is_an_empty_session(
    payload: bytes, deflated: bool, session_cookies: str
) -> None:
    cookie = forge(b"." + encoded(zlib.compress(payload)) if deflated else encoded(payload))
    found = opened(make_app(session_cookies), cookie)
    assert found == {}
    assert found.new


@pytest.mark.parametrize(
    "payload",
    [b".", b".!!", b"!!!!!", b"." + encoded(b"not zlib"), b"." + encoded(zlib.compress(b'{"a":1}')[:-3])],
    ids=repr,
)
def test_an_authentic_cookie_that_is_not_encoded_as_it_says_is_an_empty_session(payload: bytes) -> None:
    assert opened(make_app(), forge(payload)) == {}


def test_a_cookie_that_inflates_to_more_than_a_session_is_an_empty_session() -> None:
    bomb = zlib.compress(json.dumps({"a": "x" * 50_000_000}).encode(), 9)
    assert len(bomb) < 50_000
    assert opened(make_app(), forge(b"." + encoded(bomb))) == {}
    fits = zlib.compress(json.dumps({"a": "x" * 1_000_000}).encode(), 9)
    assert len(opened(make_app(), forge(b"." + encoded(fits)))["a"]) == 1_000_000


@pytest.mark.parametrize(
    ("age", "expected"), [(0, {"a": 1}), (59, {"a": 1}), (62, {}), (-3600, {})], ids=["new", "just", "old", "future"]
)
@pytest.mark.parametrize("session_cookies", ["signed", "upgrade"])
def test_a_cookie_is_valid_for_the_lifetime(
    session_cookies: str, age: int, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = TimestampSigner("").get_timestamp()
    with monkeypatch.context() as patch:
        patch.setattr(TimestampSigner, "get_timestamp", lambda signer: now - age)
        cookie = write(make_flask(), {"a": 1})
    app = make_app(session_cookies, PERMANENT_SESSION_LIFETIME=timedelta(minutes=1))
    assert opened(app, cookie) == expected


@pytest.mark.parametrize(("key", "salt"), [("another key", "cookie-session"), (KEY, "itsdangerous"), (KEY, "password")])
def test_a_signature_of_another_key_or_purpose_is_none(key: str, salt: str) -> None:
    assert opened(make_app(), forge(encoded(b'{"a":1}'), key, salt)) == {}


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
COOKIE = forge(encoded(b'{"user":1}'))


def test_a_cookie_with_any_one_character_changed_added_or_missing_is_an_empty_session() -> None:
    """The signature's last two bits are nobody's, and itsdangerous passes over a foreign character in it."""
    refused = 0
    for place in range(len(COOKIE) + 1):
        for cut in (0, 1):
            for other in ["", *ALPHABET, "!", "=", "é"]:
                altered = COOKIE[:place] + other + COOKIE[place + cut :]
                if altered != COOKIE:
                    assert OURS.load(APP, altered) is None, altered
                    refused += 1
    assert refused > len(COOKIE) * len(ALPHABET) * 2


@settings(max_examples=FORGERIES)
@given(draw=st.data())
def test_a_cookie_that_was_altered_anywhere_is_an_empty_session(draw: st.DataObject) -> None:
    place = draw.draw(st.integers(0, len(COOKIE)))
    cut = draw.draw(st.integers(0, 2))
    # What stands behind a semicolon is another cookie; quotes and blanks around a value are no part of it (RFC 6265).
    foreign = st.characters(exclude_categories=("Z", "C"), exclude_characters='";')
    altered = (
        COOKIE[:place] + draw.draw(st.text(st.sampled_from(ALPHABET) | foreign, max_size=2)) + COOKIE[place + cut :]
    )
    assert opened(APP, altered) == ({"user": 1} if altered == COOKIE else {})


@given(cookie=st.text() | st.text(ALPHABET))
def test_no_cookie_is_an_error(cookie: str) -> None:
    assert opened(APP, cookie) == {}


# The upgrade


def test_an_upgrade_reads_flask_s_cookie_and_writes_an_encrypted_one() -> None:
    app = make_app("upgrade")
    assert isinstance(app.session_interface, UpgradingSessionInterface)
    app.add_url_rule("/", "show", lambda: str(session.get("_user_id")))
    client = app.test_client()
    client.set_cookie("session", write(make_flask(), HELD))
    answer = client.get("/")
    encrypted = answer.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
    assert (answer.text, "." in encrypted, answer.headers["Vary"]) == ("7", False, "Cookie")
    without_porting = App("shop", config_file=None, env="testing", config={"SECRET_KEY": KEY})
    assert exactly(dict(opened(without_porting, encrypted))) == exactly(HELD)


def test_an_upgraded_session_is_not_sent_again() -> None:
    app = make_app("upgrade", SESSION_REFRESH_EACH_REQUEST=False)
    app.add_url_rule("/", "show", lambda: str(session.get("a")))
    client = app.test_client()
    client.set_cookie("session", write(make_flask(), {"a": 1}))
    assert "Set-Cookie" in client.get("/").headers
    second = client.get("/")
    assert (second.text, "Set-Cookie" in second.headers) == ("1", False)


def test_an_upgrade_leaves_a_session_that_nobody_opens() -> None:
    app = make_app("upgrade")
    app.add_url_rule("/", "page", lambda: "page")
    cookie = write(make_flask(), {"a": 1})
    assert (
        "Set-Cookie" not in app.test_client(use_cookies=False).get("/", headers={"Cookie": f"session={cookie}"}).headers
    )


def test_the_encrypted_cookies_of_ferrule_can_stay_alone() -> None:
    app = make_app("encrypted")
    assert not isinstance(app.session_interface, UpgradingSessionInterface)
    assert read(app, write(make_flask(), {"a": 1})) == {}
    assert "." not in write(make_app("encrypted"), {"a": 1})


def test_another_word_in_the_settings_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"'signd'.*expected .*'signed'"):
        make_app("signd")


@pytest.mark.parametrize(
    ("session_cookies", "deploy", "found"),
    [("signed", True, ["porting.signed_sessions"]), ("signed", False, []), ("upgrade", True, [])],
)
def test_a_deployment_with_readable_sessions_is_told(session_cookies: str, deploy: bool, found: list[str]) -> None:
    app = make_app(session_cookies)
    app.initialise()
    assert [check.id for check in app.hooks.check_app(app, deploy) if check.id.startswith("porting")] == found


def test_a_big_session_is_sent_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    write(make_app(), {"cart": [os.urandom(30).hex() for _ in range(100)], "at": Point(1)})
    assert "Its biggest keys: 'cart'" in caplog.text
