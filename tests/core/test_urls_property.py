"""On random rules and values, the adapter of a request builds exactly the URL that Werkzeug's builds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.routing import MapAdapter
from werkzeug.test import create_environ

from ferrule import App, Request
from ferrule.routing import Rule

PATTERNS = (
    "/",
    "/a",
    "/a/",
    "/<x>",
    "/<x>/",
    "/a/<int:x>",
    "/a/<int(min=2):x>",
    "/<x>/<y>",
    "/<path:x>",
    "/<float:y>/é",
    "/<any(a,b):x>",
    "/p-<x>.html",
)
VALUES = ("a", "a", "a-b_c.d~", 10**30, "b c", "é/ü?#&", "", "..", "//x", 7, 0, -1, 1.5, None, ["q", "r"], True)

rules = st.lists(
    st.fixed_dictionaries(
        {
            "string": st.sampled_from(PATTERNS),
            "endpoint": st.sampled_from("ef"),
            "methods": st.sampled_from([None, {"GET"}, {"POST"}, {"PUT", "POST"}]),
        },
        optional={
            "defaults": st.sampled_from([{"x": "a"}, {"y": 1.5}, {"x": 7}]),
            "subdomain": st.sampled_from(["", "www", "<y>"]),
            "alias": st.booleans(),
            "build_only": st.booleans(),
        },
    ),
    min_size=1,
    max_size=6,
)
values: st.SearchStrategy[Any] = st.dictionaries(st.sampled_from("xyq"), st.sampled_from(VALUES), max_size=3)
calls: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"endpoint": st.sampled_from("efg"), "values": values | values.map(MultiDict[str, Any])},
    optional={
        "method": st.sampled_from(["GET", "POST"]),
        "force_external": st.booleans(),
        "append_unknown": st.booleans(),
        "url_scheme": st.sampled_from(["https", ""]),
    },
)


def outcome(build: Callable[[], str]) -> str:
    try:
        return build()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


@settings(max_examples=300, deadline=None)
@given(
    rules,
    st.lists(calls, max_size=4),
    st.sampled_from(["", "/", "/app", "/app/", "/é"]),
    st.sampled_from(["GET", "PUT"]),
)
def test_a_request_s_adapter_builds_what_werkzeugs_builds(
    declared: list[dict[str, Any]], built: list[dict[str, Any]], script_name: str, method: str
) -> None:
    app = App(__name__, config_file=None, static_folder=None)
    for each in declared:
        with suppress(Exception):  # a default that its converter does not take, a subdomain with the name of a value
            app.url_map.add(Rule(**each))
    environ = create_environ("/", f"http://example.com:81{script_name}", method=method)
    ours = cast(MapAdapter, app.create_url_adapter(Request(environ)))
    theirs = app.url_map.bind_to_environ(environ, subdomain="")
    for call in built:
        assert outcome(lambda call=call: ours.build(**call)) == outcome(lambda call=call: theirs.build(**call))  # type: ignore[misc]  # a lambda's default


def test_the_short_way_is_taken() -> None:
    """So that the property above compares two ways, and not Werkzeug's with itself."""
    app = App(__name__, config_file=None, static_folder=None)
    app.add_url_rule("/<x>", "e")
    adapter = app.create_url_adapter(Request(create_environ("/")))
    assert isinstance(adapter, MapAdapter)
    assert adapter.build("e", {"x": "a", "q": 1}) == "/a?q=1"
    assert "server_name" not in vars(adapter)
    assert (adapter.server_name, adapter.default_method) == ("localhost", "GET")
