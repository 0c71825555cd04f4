"""Sessions: what marks one as changed, when its cookie is sent, and what a bad cookie gets."""

from __future__ import annotations

import contextlib
import copy
import inspect
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import flask
import pytest
from werkzeug.http import dump_cookie, parse_date
from werkzeug.local import LocalProxy
from werkzeug.test import create_environ
from werkzeug.wrappers import Response

from ferrule import abort, redirect, render_template_string, stream_template_string, stream_with_context
from ferrule.app import App
from ferrule.builtin.session_codec import MAX_DEPTH, dumps, loads
from ferrule.builtin.sessions import CookieSessionInterface, EncryptedCookieSessionInterface, Sessions
from ferrule.context import session
from ferrule.exceptions import ContextError
from ferrule.keyring import KeyRing
from ferrule.requests import Request
from ferrule.sessions import NullSession, Session, SessionInterface, SessionMixin

INTERFACE = EncryptedCookieSessionInterface()


class _App(App):
    """An application whose keys are made by the test."""

    ring: KeyRing

    @property
    def keyring(self) -> KeyRing:
        return self.ring


def _app(keyring: KeyRing | None = None, env: str = "testing", **config: Any) -> App:
    app = _App("tests", config_file=None, config=config, env=env)
    app.ring = KeyRing("key") if keyring is None else keyring
    return app


def _request(cookie: str | None = None) -> Request:
    return Request(create_environ(headers={} if cookie is None else {"Cookie": f"session={cookie}"}))


def _opened(app: App, cookie: str | None = None) -> Session:
    session = INTERFACE.open_session(app, _request(cookie))
    assert isinstance(session, Session)
    return session


def _saved(app: App, session: SessionMixin, response: Response | None = None) -> Response:
    response = response or Response("page")
    INTERFACE.save_session(app, session, response)
    return response


def _cookie(app: App, session: SessionMixin) -> str:
    header = _saved(app, session).headers["Set-Cookie"]
    return header.partition("=")[2].partition(";")[0]


def _session(**values: Any) -> Session:
    session = Session(values)
    session.modified = True
    return session


# The object


CHANGES: dict[str, Callable[[Any], object]] = {
    "set": lambda session: session.__setitem__("new", 1),
    "set to the same": lambda session: session.__setitem__("old", 1),
    "delete": lambda session: session.__delitem__("old"),
    "clear": lambda session: session.clear(),
    "pop": lambda session: session.pop("old"),
    "pop with a default": lambda session: session.pop("old", None),
    "popitem": lambda session: session.popitem(),
    "setdefault": lambda session: session.setdefault("new", 1),
    "update": lambda session: session.update({"new": 1}),
    "update by keyword": lambda session: session.update(new=1),
    "merge in place": lambda session: session.__ior__({"new": 1}),
    "permanent": lambda session: setattr(session, "permanent", True),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_marks_the_session_as_modified(change: Callable[[Any], object]) -> None:
    session = Session({"old": 1})
    change(session)
    assert session.modified


LOOKS: dict[str, Callable[[Any], object]] = {
    "item": lambda session: session["old"],
    "get": lambda session: session.get("new"),
    "in": lambda session: "old" in session,
    "len": len,
    "iteration": list,
    "truth": bool,
    "setdefault of what is there": lambda session: session.setdefault("old", 2),
    "pop of what is not": lambda session: session.pop("new", None),
    "permanent": lambda session: session.permanent,
    "merge into another": lambda session: session | {"new": 1},
    "merge of another": lambda session: {"new": 1} | session,
    "keys": lambda session: list(session.keys()),
    "values": lambda session: list(session.values()),
    "items": lambda session: list(session.items()),
    "reversed": lambda session: list(reversed(session)),
    "equal": lambda session: session == {},
    "unequal": lambda session: session != {},
    "repr": repr,
    "str": str,
    "copy": lambda session: session.copy(),
    "copy of a module": copy.copy,
    "deep copy": copy.deepcopy,
    "dict": dict,
    "keywords": lambda session: dict(**session),
    "new": lambda session: session.new,
    "modified": lambda session: session.modified,
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_a_look_does_not_mark_the_session_as_modified(look: Callable[[Any], object]) -> None:
    session = Session({"old": 1})
    look(session)
    assert not session.modified
    assert session == {"old": 1}


@pytest.mark.parametrize(
    "change",
    [lambda session: session.__delitem__("new"), lambda session: session.pop("new")],
    ids=["delete", "pop"],
)
def test_a_change_that_fails_is_none(change: Callable[[Any], object]) -> None:
    session = Session({"old": 1})
    with pytest.raises(KeyError):
        change(session)
    assert not session.modified


def test_merging_in_place_keeps_the_session() -> None:
    session = original = Session({"old": 1})
    session |= {"new": 2}
    assert session is original
    assert session == {"old": 1, "new": 2}


def test_a_change_inside_a_value_is_told_by_hand() -> None:
    session = Session({"cart": []})
    session["cart"].append(7)
    assert not session.modified
    session.modified = True
    assert loads(dumps(session)) == {"cart": [7]}


def test_permanence_is_kept_in_the_session() -> None:
    session = Session()
    assert not session.permanent
    session.permanent = True
    assert session.permanent
    assert session == {"_permanent": True}


def test_a_session_class_of_ones_own_is_saved_unless_it_says_otherwise() -> None:
    class Plain(dict[str, Any], SessionMixin):
        pass

    assert (Plain().modified, Plain().accessed, Plain().new) == (True, True, False)


def test_a_null_session_reads_as_empty() -> None:
    session = NullSession()
    assert (len(session), "user" in session, session.get("user"), session.permanent) == (0, False, None, False)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_null_session_tells_how_to_set_a_key(change: Callable[[Any], object]) -> None:
    with pytest.raises(ContextError, match=r"no secret key is set; .*FERRULE_SECRET_KEY.*token_hex"):
        change(NullSession())


# The interface


def test_the_interface_itself_is_not_implemented() -> None:
    class Half(SessionInterface):
        pass

    with pytest.raises(NotImplementedError, match="Half does not implement open_session"):
        Half().open_session(_app(), _request())
    with pytest.raises(NotImplementedError, match="Half does not implement save_session"):
        Half().save_session(_app(), Session(), Response())


def test_the_interface_of_cookies_leaves_open_what_they_say() -> None:
    class Half(CookieSessionInterface):
        pass

    with pytest.raises(NotImplementedError, match="Half does not implement load"):
        Half().open_session(_app(), _request("token"))
    with pytest.raises(NotImplementedError, match="Half does not implement store"):
        Half().save_session(_app(), _session(a=1), Response())


def test_an_interface_has_all_that_flask_s_has() -> None:
    public = [name for name in vars(flask.sessions.SessionInterface) if not name.startswith("_")]
    for name in public:
        theirs, ours = getattr(flask.sessions.SessionInterface, name), getattr(SessionInterface, name)
        if inspect.isfunction(theirs):
            assert list(inspect.signature(ours).parameters) == list(inspect.signature(theirs).parameters), name
    assert len(public) > 10
    assert SessionInterface.pickle_based is flask.sessions.SessionInterface.pickle_based is False


def test_an_interface_of_ones_own_is_asked_by_its_methods() -> None:
    """Where the configuration stands for every visitor, a method can tell them apart."""

    class Own(EncryptedCookieSessionInterface):
        def get_cookie_name(self, app: App) -> str:
            return "own"

        def get_cookie_path(self, app: App) -> str:
            return "/own"

        def should_set_cookie(self, app: App, session: SessionMixin) -> bool:
            return True

        def get_expiration_time(self, app: App, session: SessionMixin) -> datetime | None:
            return datetime(2100, 1, 1, tzinfo=UTC)

    app = App("tests", config_file=None, config={"SECRET_KEY": "key"}, env="testing")
    app.session_interface = Own()
    app.add_url_rule("/own", "own", view_func=lambda: session.setdefault("seen", "yes"))
    header = app.test_client().get("/own").headers["Set-Cookie"]
    assert header.startswith("own=")
    assert {"Path=/own", "Expires=Fri, 01 Jan 2100 00:00:00 GMT"} <= set(header.split("; "))


def test_an_interface_is_asked_for_a_session_when_it_is_used() -> None:
    assert not SessionInterface().eager


def test_null_sessions_are_of_the_interface_s_class() -> None:
    class OwnNull(NullSession):
        pass

    class Own(SessionInterface):
        null_session_class = OwnNull

    assert type(Own().make_null_session(_app())) is OwnNull
    assert Own().is_null_session(OwnNull())
    assert not Own().is_null_session(Session())


@pytest.mark.parametrize(
    ("environment", "setting", "secure"),
    [
        ("production", None, True),
        ("staging", None, True),
        ("development", None, False),
        ("testing", None, False),
        ("development", True, True),
        ("production", False, False),
    ],
)
def test_cookies_are_secure_outside_of_development(environment: str, setting: bool | None, secure: bool) -> None:
    app = _app(env=environment, SESSION_COOKIE_SECURE=setting)
    assert INTERFACE.get_cookie_secure(app) is secure
    assert ("Secure" in _saved(app, _session(a=1)).headers["Set-Cookie"].split("; ")) is secure


@pytest.mark.parametrize(
    "demand",
    [
        {"SESSION_COOKIE_SAMESITE": "None"},
        {"SESSION_COOKIE_PARTITIONED": True},
        {"SESSION_COOKIE_NAME": "__Host-session"},
        {"SESSION_COOKIE_NAME": "__secure-session"},
    ],
    ids=["samesite", "partitioned", "host", "secure"],
)
def test_a_cookie_is_secure_where_browsers_would_refuse_it_otherwise(demand: dict[str, Any]) -> None:
    app = _app(env="development", **demand)
    assert "Secure" in _saved(app, _session(a=1)).headers["Set-Cookie"].split("; ")
    assert _mistakes(app) == []


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({}, []),
        ({"SESSION_COOKIE_SECURE": False}, []),
        (
            {"SESSION_COOKIE_SECURE": False, "SESSION_COOKIE_SAMESITE": "None"},
            ["'session': SESSION_COOKIE_SECURE is off, and SESSION_COOKIE_SAMESITE is 'None'"],
        ),
        (
            {"SESSION_COOKIE_SECURE": False, "SESSION_COOKIE_PARTITIONED": True, "SESSION_COOKIE_NAME": "__Secure-s"},
            ["is off, and its name begins with __Secure- and SESSION_COOKIE_PARTITIONED is on"],
        ),
        ({"SESSION_COOKIE_NAME": "__Host-s"}, []),
        ({"SESSION_COOKIE_NAME": "__Host-s", "SESSION_COOKIE_PATH": "/a"}, ["must be '/' and is '/a'"]),
        ({"SESSION_COOKIE_NAME": "__Host-s", "APPLICATION_ROOT": "/a"}, ["must be '/' and is '/a'"]),
        ({"SESSION_COOKIE_NAME": "__Host-s", "SESSION_COOKIE_DOMAIN": "a.b"}, ["its domain unset and is 'a.b'"]),
        ({"SESSION_COOKIE_NAME": "__Secure-s", "SESSION_COOKIE_DOMAIN": "a.b", "SESSION_COOKIE_PATH": "/a"}, []),
    ],
)
@pytest.mark.parametrize("env", ["development", "production"])
def test_a_cookie_that_browsers_refuse_is_told(config: dict[str, Any], found: list[str], env: str) -> None:
    mistakes = _mistakes(_app(env=env, **config))
    assert len(mistakes) == len(found)
    for mistake, part in zip(mistakes, found, strict=True):
        assert part in mistake


def _mistakes(app: App) -> list[str]:
    app.initialise()
    return [check.message for check in app.hooks.check_app(app, deploy=False) if check.id.startswith("sessions.cookie")]


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"SESSION_COOKIE_DOMAIN": "example.com", "SESSION_COOKIE_PATH": "/a", "SESSION_COOKIE_SAMESITE": "Strict"},
        {"SESSION_COOKIE_PARTITIONED": True, "SESSION_COOKIE_SAMESITE": "None"},
        {"SESSION_COOKIE_NAME": "__Host-s", "SESSION_COOKIE_HTTPONLY": False},
    ],
    ids=["plain", "narrow", "embedded", "prefixed"],
)
@pytest.mark.parametrize("env", ["development", "production"])
def test_a_cookie_is_deleted_by_the_attributes_that_it_was_set_with(config: dict[str, Any], env: str) -> None:
    """A browser deletes the cookie of that name, domain, path and partition, and no other."""
    app = _app(env=env, **config)
    emptied = _session()
    kept, gone = (_saved(app, each).headers["Set-Cookie"].split("; ") for each in (_session(a=1), emptied))
    assert kept[0].partition("=")[0] == gone[0].partition("=")[0]
    assert set(kept[1:]) == set(gone[1:]) - {"Max-Age=0", "Expires=Thu, 01 Jan 1970 00:00:00 GMT"}


def test_the_path_is_the_cookie_s_or_the_application_s() -> None:
    assert INTERFACE.get_cookie_path(_app(APPLICATION_ROOT="/mounted")) == "/mounted"
    assert INTERFACE.get_cookie_path(_app(APPLICATION_ROOT="/mounted", SESSION_COOKIE_PATH="/path")) == "/path"


@pytest.mark.parametrize("lifetime", [60, 60.0, timedelta(minutes=1)], ids=["int", "float", "timedelta"])
def test_a_lifetime_may_be_a_number_of_seconds(lifetime: object) -> None:
    app = _app()
    app.config["PERMANENT_SESSION_LIFETIME"] = lifetime
    assert INTERFACE.get_lifetime(app) == timedelta(minutes=1)


def test_only_a_permanent_session_has_an_expiration_time() -> None:
    app = _app(PERMANENT_SESSION_LIFETIME=timedelta(days=1))
    expires = INTERFACE.get_expiration_time(app, Session(_permanent=True))
    assert expires is not None
    assert abs(expires - datetime.now(UTC) - timedelta(days=1)) < timedelta(seconds=10)
    assert INTERFACE.get_expiration_time(app, Session()) is None


@pytest.mark.parametrize(
    ("modified", "permanent", "refresh", "expected"),
    [
        (True, False, False, True),
        (False, True, True, True),
        (False, True, False, False),
        (False, False, True, False),
    ],
)
def test_the_cookie_is_set_after_a_change_or_to_refresh(
    modified: bool, permanent: bool, refresh: bool, expected: bool
) -> None:
    session = Session(_permanent=permanent)
    session.modified = modified
    app = _app(SESSION_REFRESH_EACH_REQUEST=refresh)
    assert INTERFACE.should_set_cookie(app, session) is expected
    assert ("Set-Cookie" in _saved(app, session).headers) is expected


def test_renewing_gives_another_identity_each_time_and_keeps_the_rest() -> None:
    session = Session(cart=[1])
    INTERFACE.renew(session)
    first = session["_sid"]
    session.modified = False
    INTERFACE.renew(session)
    assert session["_sid"] != first
    assert session.modified
    assert session["cart"] == [1]


# Opening


def test_a_saved_session_is_opened_again() -> None:
    app = _app()
    session = _opened(app, _cookie(app, _session(user=1, cart=[1, 2])))
    assert session == {"user": 1, "cart": [1, 2]}
    assert not session.new
    assert not session.modified


def test_without_a_cookie_the_session_is_new_and_empty() -> None:
    session = _opened(_app())
    assert session == {}
    assert session.new
    assert not session.modified


def test_without_a_key_there_is_no_session() -> None:
    app = _app(KeyRing(None))
    assert INTERFACE.open_session(app, _request("anything")) is None
    assert INTERFACE.is_null_session(INTERFACE.make_null_session(app))


@pytest.mark.parametrize(
    ("age", "expected"), [(0, {"user": 1}), (60, {"user": 1}), (61, {})], ids=["fresh", "just", "over"]
)
def test_a_session_expires_at_the_second(age: int, expected: dict[str, Any]) -> None:
    old = _app(KeyRing("key", clock=lambda: 1_000.0))
    now = _app(KeyRing("key", clock=lambda: 1_000.0 + age), PERMANENT_SESSION_LIFETIME=timedelta(minutes=1))
    assert _opened(now, _cookie(old, _session(user=1))) == expected


def test_keys_are_rotated_without_losing_sessions() -> None:
    old, both, new = _app(KeyRing("old")), _app(KeyRing("new", ["old"])), _app(KeyRing("new"))
    session = _opened(both, _cookie(old, _session(user=1)))
    assert session == {"user": 1}
    session["seen"] = True
    assert _opened(new, _cookie(both, session)) == {"user": 1, "seen": True}
    assert _opened(new, _cookie(old, _session(user=1))) == {}


@pytest.mark.parametrize(
    "data", [b"", b"\xc1", b"null", b"\x90", b"\x01", b"\x81\x90", b"\xc7\x01\x63x", b"\xdd\xff\xff"]
)
def test_an_authentic_cookie_of_another_format_is_an_empty_session(data: bytes) -> None:
    app = _app()
    session = _opened(app, app.keyring.encrypter(INTERFACE.salt).encrypt(data))
    assert session == {}
    assert session.new


def test_a_token_of_another_purpose_is_an_empty_session() -> None:
    app = _app()
    assert _opened(app, app.keyring.encrypter("password reset").encrypt(dumps({"user": 1}))) == {}


# Saving


def test_a_session_that_was_only_read_leaves_the_cookie_alone() -> None:
    app = _app()
    response = _saved(app, _opened(app, _cookie(app, _session(user=1))))
    assert "Set-Cookie" not in response.headers
    assert response.headers["Vary"] == "Cookie"


def test_a_session_that_became_empty_deletes_the_cookie() -> None:
    app = _app(SESSION_COOKIE_PATH="/notes", SESSION_COOKIE_DOMAIN="example.com", env="production")
    session = _opened(app, _cookie(app, _session(user=1)))
    session.clear()
    response = _saved(app, session)
    cookie = response.headers["Set-Cookie"].split("; ")
    assert cookie[0] == "session="
    assert {"Max-Age=0", "Domain=example.com", "Path=/notes", "Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie)
    assert response.headers["Vary"] == "Cookie"


def test_an_empty_session_that_was_not_modified_sends_no_cookie() -> None:
    app = _app()
    assert "Set-Cookie" not in _saved(app, _opened(app)).headers


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_every_look_at_a_session_varies_the_response(look: Callable[[Any], object]) -> None:
    """A cache must not give one visitor the page of another (CVE-2023-30861, CVE-2026-27205)."""
    app = _app()
    session = _opened(app, _cookie(app, _session(old=1)))
    look(session)
    assert _saved(app, session).headers["Vary"] == "Cookie"


def test_an_empty_session_varies_the_response() -> None:
    app = _app()
    assert _saved(app, _opened(app)).headers["Vary"] == "Cookie"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Accept-Encoding", "Accept-Encoding, Cookie"),
        ("cookie", "cookie"),
        ("Accept, COOKIE", "Accept, COOKIE"),
    ],
)
def test_vary_is_added_to_and_not_twice(before: str, after: str) -> None:
    response = Response("page", headers={"Vary": before})
    assert _saved(_app(), _session(user=1), response).headers.getlist("Vary") == [after]


def test_a_session_that_nobody_asked_for_does_not_vary_the_response() -> None:
    """An eager interface opens sessions before anyone asks; the context then clears ``accessed``."""
    app = _app()
    session = _opened(app, _cookie(app, _session(user=1)))
    session.accessed = False
    assert "Vary" not in _saved(app, session).headers


@pytest.mark.parametrize("values", [{}, {"user": 1}], ids=["deleted", "set"])
def test_a_cookie_that_is_sent_varies_the_response_whoever_asked(values: dict[str, Any]) -> None:
    session = _session(**values)
    session.accessed = False
    assert _saved(_app(), session).headers["Vary"] == "Cookie"


@pytest.mark.parametrize("partitioned", [False, True])
@pytest.mark.parametrize("samesite", [None, "Strict", "None"], ids=["unset", "strict", "none"])
@pytest.mark.parametrize(("path", "domain"), [("/", None), ("/a b", ".example.com"), ("/", "bücher.example:80")])
def test_the_cookie_is_written_as_werkzeug_writes_it(
    path: str, domain: str | None, samesite: str | None, partitioned: bool
) -> None:
    app = _app(
        SESSION_COOKIE_PATH=path,
        SESSION_COOKIE_DOMAIN=domain,
        SESSION_COOKIE_SAMESITE=samesite,
        SESSION_COOKIE_PARTITIONED=partitioned,
        SESSION_COOKIE_HTTPONLY=partitioned,
        SESSION_COOKIE_NAME="sitzung",
    )
    header = _saved(app, _session(user=1)).headers["Set-Cookie"]
    assert header == dump_cookie(
        "sitzung",
        header.partition("=")[2].partition(";")[0],
        path=path,
        domain=domain,
        samesite=samesite,
        secure=samesite == "None",
        partitioned=partitioned,
        httponly=partitioned,
    )


def test_the_cookie_of_a_permanent_session_expires() -> None:
    header = _saved(_app(PERMANENT_SESSION_LIFETIME=60), _session(_permanent=True)).headers["Set-Cookie"]
    expires = parse_date(next(part[8:] for part in header.split("; ") if part.startswith("Expires=")))
    assert expires is not None
    assert abs(expires - datetime.now(UTC) - timedelta(seconds=60)) < timedelta(seconds=10)


def test_the_cookie_of_another_session_ends_with_the_browser() -> None:
    header = _saved(_app(), _session(user=1)).headers["Set-Cookie"]
    assert "Expires" not in header
    assert "Max-Age" not in header


def test_other_cookies_of_the_response_stay() -> None:
    response = Response("page")
    response.set_cookie("theme", "dark")
    assert len(_saved(_app(), _session(user=1), response).headers.getlist("Set-Cookie")) == 2


def test_the_cookie_changes_when_the_session_is_renewed() -> None:
    app = _app()
    session = _opened(app, before := _cookie(app, _session(user=None)))
    INTERFACE.renew(session)
    after = _cookie(app, session)
    assert after != before
    assert _opened(app, after)["_sid"] == session["_sid"]


def test_a_session_too_big_for_browsers_is_sent_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    app = _app()
    session = _session(cart="x" * 4000, user=1, notes="x" * 50)
    with caplog.at_level(logging.WARNING):
        header = _saved(app, session).headers["Set-Cookie"]
    (record,) = caplog.records
    assert record.name == "ferrule.builtin.sessions"
    assert f"the session cookie 'session' has {len(header)} bytes" in record.message
    assert "4093 (MAX_COOKIE_SIZE)" in record.message
    assert "Its biggest keys: 'cart' with about 4002 bytes, 'notes' with about 52 bytes, 'user'" in record.message
    assert _opened(app, header.partition("=")[2].partition(";")[0]) == session


def test_the_warning_shows_no_values_and_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    _saved(_app(), _session(**{"a\nb": "secret" * 1000, "k" * 5000: 1}))
    assert "secret" not in caplog.text
    assert len(caplog.text.splitlines()) == 1
    assert len(caplog.text) < 500


@pytest.mark.parametrize(("limit", "warns"), [(-1, True), (0, False)])
def test_the_limit_is_exact(limit: int, warns: bool, caplog: pytest.LogCaptureFixture) -> None:
    size = len(_saved(_app(MAX_COOKIE_SIZE=0), _session(user=1)).headers["Set-Cookie"])
    _saved(_app(MAX_COOKIE_SIZE=size + limit), _session(user=1))
    assert bool(caplog.records) is warns


def test_the_warning_can_be_switched_off(caplog: pytest.LogCaptureFixture) -> None:
    _saved(_app(MAX_COOKIE_SIZE=0), _session(cart="x" * 5000))
    assert not caplog.records


def test_a_session_that_no_server_would_let_back_in_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"the session cannot be kept in a cookie: .* Its biggest keys: 'cart' with"):
        _saved(_app(), _session(cart="x" * 60_000))


def test_the_built_in_extension_brings_the_interface() -> None:
    assert Sessions.name == "sessions"
    assert isinstance(Sessions().session_interface(_app()), EncryptedCookieSessionInterface)


# With a whole application


def test_a_visitor_s_session_lasts_from_request_to_request() -> None:
    app = App("tests", config_file=None, config={"SECRET_KEY": "key"}, env="testing")

    @app.get("/")
    def show() -> str:
        return f"{session.get('user', 'nobody')}"

    @app.post("/<user>")
    def login(user: str) -> str:
        session["user"] = user
        return "welcome"

    @app.delete("/")
    def logout() -> str:
        session.clear()
        return "bye"

    ann, bob = app.test_client(), app.test_client()
    ann.post("/ann")
    bob.post("/bob")
    assert (ann.get("/").text, bob.get("/").text) == ("ann", "bob")
    ann.delete("/")
    assert (ann.get("/").text, bob.get("/").text) == ("nobody", "bob")


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_a_view_that_looks_at_the_session_varies_its_response(look: Callable[[Any], object]) -> None:
    app = App("tests", config_file=None, config={"SECRET_KEY": "key"}, env="testing")

    @app.get("/")
    def show() -> str:
        with contextlib.suppress(KeyError):  # the session is empty
            look(session)
        return "page"

    assert app.test_client().get("/").headers["Vary"] == "Cookie"


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_a_look_at_an_eagerly_opened_session_varies_the_response(look: Callable[[Any], object]) -> None:
    app = _eager_app()
    app.add_url_rule("/", view_func=lambda: f"{look(session)!r:.0}page")
    client = app.test_client()
    client.set_cookie("session", _cookie(_app(), _session(old=1)))
    assert client.get("/").headers["Vary"] == "Cookie"


def test_a_session_that_is_only_opened_does_not_vary_the_response() -> None:
    app = _eager_app()
    app.add_url_rule("/", view_func=lambda: "page")
    client = app.test_client()
    client.set_cookie("session", _cookie(_app(), _session(old=1)))
    assert "Vary" not in client.get("/").headers


def test_a_refresh_of_a_session_that_nobody_asked_for_varies_the_response() -> None:
    app = _eager_app()
    app.add_url_rule("/", view_func=lambda: "page")
    client = app.test_client()
    client.set_cookie("session", _cookie(_app(), _session(_permanent=True)))
    response = client.get("/")
    assert "Set-Cookie" in response.headers
    assert response.headers["Vary"] == "Cookie"


def _eager_app() -> App:
    class Eager(EncryptedCookieSessionInterface):
        eager = True

    app = App("tests", config_file=None, config={"SECRET_KEY": "key"}, env="testing")
    app.session_interface = Eager()
    return app


@pytest.mark.parametrize(
    "template",
    ["{{ session.old }}", "{{ 'old' in session }}", "{% if session %}{% endif %}", "{{ get_flashed_messages() }}"],
)
def test_a_template_that_looks_at_the_session_varies_its_response(template: str) -> None:
    app = App("tests", config_file=None, config={"SECRET_KEY": "key"}, env="testing")
    app.add_url_rule("/", "whole", view_func=lambda: render_template_string(template))
    app.add_url_rule("/stream", "stream", view_func=lambda: stream_template_string(template))
    assert app.test_client().get("/").headers["Vary"] == "Cookie"
    assert app.test_client().get("/stream").headers["Vary"] == "Cookie"


@pytest.mark.parametrize("as_decorator", [False, True])
def test_a_stream_may_look_at_the_session_after_the_headers_are_sent(as_decorator: bool) -> None:
    app = App("tests", config_file=None, config={"SECRET_KEY": "key"}, env="testing")

    def lines() -> Iterator[str]:
        yield session["user"]

    app.add_url_rule(
        "/", view_func=lambda: stream_with_context(lines)() if as_decorator else stream_with_context(lines())
    )
    client = app.test_client()
    with client.session_transaction() as opened:
        opened["user"] = "ann"
    response = client.get("/")
    assert (response.text, response.headers["Vary"]) == ("ann", "Cookie")


def test_an_error_page_and_a_redirect_vary_as_well() -> None:
    app = App("tests", config_file=None, config={"SECRET_KEY": "key"}, env="production")
    app.add_url_rule("/error", "error", view_func=lambda: session["nothing"])
    app.add_url_rule("/abort", "abort", view_func=lambda: abort(403 if "user" not in session else 404))
    app.add_url_rule("/redirect", "redirect", view_func=lambda: redirect(f"/{len(session)}"))
    for path in ("/error", "/abort", "/redirect"):
        assert "Cookie" in app.test_client().get(path).vary, path


def test_a_view_without_a_session_pays_nothing_for_it() -> None:
    app = App("tests", config_file=None, config={"SECRET_KEY": "key"}, env="testing")
    app.add_url_rule("/", view_func=lambda: "page")
    response = app.test_client().get("/", headers={"Cookie": "session=anything"})
    assert not {"Vary", "Set-Cookie"} & set(response.headers.keys())


def test_a_view_may_read_the_session_without_a_key_and_not_write_it() -> None:
    app = App("tests", config_file=None, env="testing")
    app.testing = True
    app.add_url_rule("/read", "read", view_func=lambda: str(session.get("user")))
    app.add_url_rule("/write", "write", view_func=lambda: session.update(user=1))
    assert app.test_client().get("/read").text == "None"
    with pytest.raises(ContextError, match="no secret key is set"):
        app.test_client().get("/write")


# What cannot be stored


class _Foo:
    pass


ADVICE = "cannot be stored in a session; store its id, or a dict, list, str or number made of it"


@pytest.mark.parametrize(
    ("session", "place"),
    [
        ({"foo": _Foo()}, 'session["foo"]: _Foo'),
        ({"cart": [1, 2, _Foo()]}, 'session["cart"][2]: _Foo'),
        ({"cart": {"a": (1, {"b": _Foo()})}}, 'session["cart"]["a"][1]["b"]: _Foo'),
        ({"tags": {_Foo}}, 'session["tags"], a member: type'),
        ({"a": {_Foo: 1}}, 'session["a"], key <class'),
        ({"a": {3: bytearray()}}, 'session["a"][3]: bytearray'),
        ({'say "hi"\n': 1j}, 'session["say \\"hi\\"\\n"]: complex'),
        ({"user": LocalProxy(lambda: "ann")}, 'session["user"]: LocalProxy'),
    ],
)
def test_what_cannot_be_stored_is_named_with_its_place(session: dict[str, Any], place: str) -> None:
    with pytest.raises(TypeError) as caught:
        _saved(_app(), _session(**session))
    assert str(caught.value).startswith(place)
    assert str(caught.value).endswith(ADVICE)


def test_all_that_cannot_be_stored_is_named_at_once() -> None:
    with pytest.raises(TypeError) as caught:
        dumps({"a": _Foo(), "b": 1, "c": [_Foo()]})
    assert str(caught.value) == f'session["a"]: _Foo {ADVICE}\nsession["c"][0]: _Foo {ADVICE}'


def test_much_that_cannot_be_stored_is_named_in_part() -> None:
    with pytest.raises(TypeError) as caught:
        dumps({"a": [_Foo()] * 1000})
    assert len(str(caught.value).splitlines()) == 10


def _nested(depth: int) -> dict[str, Any]:
    value: Any = "bottom"
    for level in range(depth):
        value = [value] if level % 2 else (value,)
    return {"a": value}


def test_containers_may_be_nested_up_to_the_limit() -> None:
    deepest = _nested(MAX_DEPTH)
    assert loads(dumps(deepest)) == deepest
    with pytest.raises(
        TypeError, match=r'^session\["a"\]\[0\].*: is nested more than 64 deep, or in itself; a session'
    ):
        dumps(_nested(MAX_DEPTH + 1))


def test_a_value_inside_itself_is_refused() -> None:
    loop: list[Any] = []
    loop += [loop, loop]
    with pytest.raises(TypeError, match="is nested more than 64 deep, or in itself"):
        dumps({"a": loop})


def test_a_date_is_not_mistaken_for_a_datetime() -> None:
    session = loads(dumps({"day": date(2024, 2, 29), "moment": datetime(2024, 2, 29)}))  # noqa: DTZ001 - naive is meant
    assert session is not None
    assert (type(session["day"]), type(session["moment"])) == (date, datetime)
