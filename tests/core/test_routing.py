"""The router answers what Werkzeug's Map answers, or leaves it to the Map."""

import gc
import uuid
import weakref
from typing import Any

import pytest
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Map, RequestRedirect, UnicodeConverter
from werkzeug.routing import Rule as WerkzeugRule

from ferrule.exceptions import SetupError
from ferrule.routing import Router, Rule

Answer = tuple[str, dict[str, Any]]
IDENTIFIER = uuid.UUID("12345678-1234-5678-1234-567812345678")


class Upper(UnicodeConverter):
    def to_python(self, value: str) -> str:
        return value.upper()


def rule(path: str, **options: Any) -> Rule:
    return Rule(path, **{"endpoint": path, "methods": ["GET"], **options})


def compiled(*rules: WerkzeugRule, **url_map_options: Any) -> Router[str]:
    """Return a router whose targets are the endpoints."""
    router: Router[str] = Router()
    for name, value in url_map_options.items():
        setattr(router.url_map, name, value)
    for each in rules:
        router.url_map.add(each)
    router.compile(lambda rule, method: rule.endpoint)
    return router


def environ(path: str, method: str = "GET") -> dict[str, Any]:
    return {"wsgi.url_scheme": "http", "HTTP_HOST": "localhost", "REQUEST_METHOD": method, "PATH_INFO": path}


def ask_map(router: Router[str], path: str, method: str = "GET") -> Answer:
    found, values = router.url_map.bind_to_environ(environ(path, method)).match(return_rule=True)
    return found.endpoint, dict(values)


def assert_agrees(router: Router[str], path: str, method: str = "GET") -> Answer:
    """Return the fast answer, which exists and is the Map's."""
    found = router.find(method, path)
    assert found is not None
    assert found == ask_map(router, path, method)
    return found


@pytest.mark.parametrize(
    ("pattern", "path", "values"),
    [
        ("/", "/", {}),
        ("/about", "/about", {}),
        ("/about/", "/about/", {}),
        ("/a/b/c", "/a/b/c", {}),
        ("/<name>", "/x", {"name": "x"}),
        ("/<name>", "/%2F;a=1\x00\n", {"name": "%2F;a=1\x00\n"}),
        ("/user/<name>", "/user/x", {"name": "x"}),
        ("/user/<string:name>/", "/user/x/", {"name": "x"}),
        ("/<string(length=2):code>", "/en", {"code": "en"}),
        ("/<string(minlength=2,maxlength=3):code>", "/eng", {"code": "eng"}),
        ("/item/<int:id>", "/item/007", {"id": 7}),
        ("/item/<int(min=1,max=9):id>", "/item/9", {"id": 9}),
        ("/item/<int(fixed_digits=2):id>", "/item/07", {"id": 7}),
        ("/item/<int:id>/<name>", "/item/7/x", {"id": 7, "name": "x"}),
        ("/<tenant>/t1/<name>", "/acme/t1/x", {"tenant": "acme", "name": "x"}),
        ("/<a>/<b>/<c>", "/1/2/3", {"a": "1", "b": "2", "c": "3"}),
        ("/o/<uuid:id>", f"/o/{IDENTIFIER}", {"id": IDENTIFIER}),
        ("/static/<path:filename>", "/static/a.css", {"filename": "a.css"}),
        ("/static/<path:filename>", "/static/a//b/", {"filename": "a//b/"}),
        ("/<name>/<path:filename>", "/x/a/b", {"name": "x", "filename": "a/b"}),
    ],
)
def test_the_table_answers_what_is_common(pattern: str, path: str, values: dict[str, Any]) -> None:
    assert assert_agrees(compiled(rule(pattern)), path) == (pattern, values)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/a-<name>", "/a-x"),
        ("/<name>.html", "/x.html"),
        ("/<float:x>", "/1.5"),
        ("/<int(signed=True):x>", "/-1"),
        ("/<any(a,b):x>", "/a"),
        ("/<upper:x>", "/a"),
        ("/<path:x>/", "/a/b/"),
        ("/<path:x>/edit", "/a/b/edit"),
        ("/<string(minlength=0):x>", "/a"),
    ],
)
def test_converters_that_the_table_does_not_know_are_left_to_the_map(pattern: str, path: str) -> None:
    router: Router[str] = Router()
    router.url_map.converters["upper"] = Upper
    router.url_map.add(rule(pattern))
    router.compile(lambda rule, method: rule.endpoint)
    assert router.find("GET", path) is None
    assert ask_map(router, path)[0] == pattern


@pytest.mark.parametrize(
    ("name", "converter", "path"),
    [("default", Upper, "/x"), ("string", Upper, "/x"), ("int", Upper, "/x")],
)
def test_a_converter_is_known_by_its_class_and_not_by_its_name(name: str, converter: Any, path: str) -> None:
    router: Router[str] = Router()
    router.url_map.converters[name] = converter
    router.url_map.add(rule("/<x>" if name == "default" else f"/<{name}:x>"))
    router.compile(lambda rule, method: rule.endpoint)
    assert router.find("GET", path) is None


def test_a_rule_that_the_table_cannot_judge_is_not_skipped_for_a_lesser_one() -> None:
    router = compiled(rule("/a-<x>"), rule("/<y>"), rule("/<path:z>"))
    assert ask_map(router, "/a-1") == ("/a-<x>", {"x": "1"})
    assert router.find("GET", "/a-1") is None
    assert router.find("GET", "/b") is None


def test_an_unknown_converter_further_down_is_not_skipped_either() -> None:
    router = compiled(rule("/a/<float:x>"), rule("/<y>/<z>"))
    assert ask_map(router, "/a/1.5")[0] == "/a/<float:x>"
    assert router.find("GET", "/a/1.5") is None
    assert assert_agrees(router, "/b/1.5")[0] == "/<y>/<z>"


def test_what_weighs_less_than_an_unknown_converter_is_answered() -> None:
    router = compiled(rule("/<any(b):x>"), rule("/<int:id>"))
    assert assert_agrees(router, "/5") == ("/<int:id>", {"id": 5})


def test_literal_segments_come_first_whatever_the_order_of_the_rules() -> None:
    router = compiled(rule("/<name>"), rule("/<int:id>"), rule("/me"))
    assert assert_agrees(router, "/me")[0] == "/me"
    assert assert_agrees(router, "/5")[0] == "/<int:id>"
    assert assert_agrees(router, "/x")[0] == "/<name>"


def test_converters_of_equal_weight_keep_the_order_of_the_rules() -> None:
    pair, three = "/<string(length=2):x>", "/<string(maxlength=3):x>"
    assert assert_agrees(compiled(rule(pair), rule(three)), "/ab")[0] == pair
    assert assert_agrees(compiled(rule(three), rule(pair)), "/ab")[0] == three


def test_rules_that_match_the_same_keep_their_order() -> None:
    router = compiled(rule("/<a>", endpoint="first"), rule("/<b>", endpoint="second"))
    assert assert_agrees(router, "/x") == ("first", {"a": "x"})


def test_a_dead_end_is_left_for_the_next_way() -> None:
    router = compiled(rule("/user/me"), rule("/user/<name>/posts"), rule("/<path:rest>"))
    assert assert_agrees(router, "/user/me/posts") == ("/user/<name>/posts", {"name": "me"})
    assert assert_agrees(router, "/user/me/likes") == ("/<path:rest>", {"rest": "user/me/likes"})


def test_a_rule_for_another_method_does_not_end_the_search() -> None:
    router = compiled(rule("/user/me"), rule("/user/<name>", methods=["GET", "POST"]))
    assert assert_agrees(router, "/user/me", "POST") == ("/user/<name>", {"name": "me"})


def test_rules_of_one_path_are_told_apart_by_method() -> None:
    router = compiled(rule("/a", endpoint="read"), rule("/a", endpoint="write", methods=["POST"]))
    assert assert_agrees(router, "/a", "HEAD")[0] == "read"
    assert assert_agrees(router, "/a", "POST")[0] == "write"
    assert router.find("DELETE", "/a") is None


@pytest.mark.parametrize("method", ["GET", "POST", "BREW"])
def test_a_rule_for_every_method_is_left_to_the_map(method: str) -> None:
    router = compiled(rule("/a", methods=None), rule("/<x>", methods=["POST"]))
    assert router.find(method, "/a") is None
    assert ask_map(router, "/a", method)[0] == "/a"


def test_a_rule_before_one_for_every_method_is_answered() -> None:
    router = compiled(rule("/a", endpoint="get"), rule("/a", endpoint="all", methods=None))
    assert assert_agrees(router, "/a")[0] == "get"
    assert router.find("POST", "/a") is None


@pytest.mark.parametrize("path", ["/a", "/a/"])
def test_a_rule_that_is_not_strict_about_its_last_slash_is_answered_with_and_without(path: str) -> None:
    for pattern in ("/a", "/a/"):
        assert assert_agrees(compiled(rule(pattern, strict_slashes=False)), path)[0] == pattern


def test_a_strict_rule_is_redirected_to_its_slash_by_the_map() -> None:
    router = compiled(rule("/a/"), rule("/<x>"))
    assert router.find("GET", "/a") is None
    with pytest.raises(RequestRedirect) as caught:
        ask_map(router, "/a")
    assert caught.value.new_url == "http://localhost/a/"


def test_a_strict_rule_is_not_answered_at_a_slash_that_belongs_to_others() -> None:
    router = compiled(rule("/a"), rule("/a/", methods=["POST"]))
    assert router.find("GET", "/a/") is None
    with pytest.raises(MethodNotAllowed):
        ask_map(router, "/a/")


def test_a_converter_of_nothing_comes_before_a_rule_that_merely_allows_the_slash() -> None:
    router = compiled(rule("/a", strict_slashes=False), rule("/a/<string(minlength=0):x>"))
    assert ask_map(router, "/a/") == ("/a/<string(minlength=0):x>", {"x": ""})
    assert router.find("GET", "/a/") is None


def test_a_rule_with_the_slash_comes_before_one_that_merely_allows_it() -> None:
    router = compiled(rule("/a", strict_slashes=False), rule("/a/", endpoint="branch"))
    assert assert_agrees(router, "/a/")[0] == "branch"


@pytest.mark.parametrize("path", ["", "a", "//", "//a", "///a", "/a//b", "/a//", "/x//"])
def test_odd_slashes_are_left_to_the_map(path: str) -> None:
    router = compiled(rule("/"), rule("/a"), rule("/a/b"), rule("/<x>/"), rule("//a", merge_slashes=False))
    assert router.find("GET", path) is None


def test_a_rule_that_keeps_double_slashes_is_answered() -> None:
    router = compiled(rule("/a//b", merge_slashes=False), rule("/<x>//c", merge_slashes=False))
    assert assert_agrees(router, "/a//b")[0] == "/a//b"
    assert assert_agrees(router, "/a//c") == ("/<x>//c", {"x": "a"})


def test_paths_that_are_not_ascii_are_left_to_the_map() -> None:
    router = compiled(rule("/é"), rule("/<x>"))
    for path in ("/é", "/é".encode().decode("latin-1"), "/\xff"):
        assert router.find("GET", path) is None
    assert ask_map(router, "/é".encode().decode("latin-1")) == ("/é", {})
    assert ask_map(router, "/\xff") == ("/<x>", {"x": "\ufffd"})


@pytest.mark.parametrize(
    "path",
    [
        "/int/" + "9" * 5000,
        "/int/-1",
        "/int/+1",
        "/int/1_0",
        "/int/ 1",
        "/int/5\n",
        "/int/\xb2",
        "/int/" + "²".encode().decode("latin-1"),
        "/signed/-" + "9" * 5000,
        "/float/" + "9" * 400 + ".0",
        "/float/nan",
        "/limited/11",
        "/uuid/12345678-1234-5678-1234-56781234567g",
        "/\x00",
        "/" * 500,
        "/a" * 500,
        "/..;/%00",
    ],
)
def test_a_hostile_path_matches_nothing(path: str) -> None:
    patterns = ["/int/<int:x>", "/signed/<int(signed=True):x>", "/float/<float:x>", "/uuid/<uuid:x>"]
    router = compiled(*map(rule, [*patterns, "/limited/<int(max=10):x>"]))
    assert router.find("GET", path) is None
    with pytest.raises(NotFound):
        ask_map(router, path)


def test_a_rule_whose_limits_contradict_each_other_is_left_to_the_map() -> None:
    router = compiled(rule("/<string(minlength=3,maxlength=2):x>"), rule("/a/b"))
    assert router.find("GET", "/abc") is None
    assert assert_agrees(router, "/a/b")[0] == "/a/b"


@pytest.mark.parametrize("limits", ["min='a'", "max='a'"])
def test_a_range_that_is_not_of_numbers_does_not_make_the_table_fail(limits: str) -> None:
    router = compiled(rule(f"/<int({limits}):x>"))
    assert router.find("GET", "/1") is None


def test_a_value_out_of_range_ends_the_search() -> None:
    """Werkzeug converts after it has chosen the rule, and then tries no other."""
    router = compiled(rule("/<int(max=9):id>"), rule("/<name>"))
    assert router.find("GET", "/10") is None
    with pytest.raises(NotFound):
        ask_map(router, "/10")


def test_defaults_are_among_the_values() -> None:
    router = compiled(rule("/a", defaults={"page": 1}), rule("/b/<int:id>", defaults={"page": 2}))
    assert assert_agrees(router, "/a") == ("/a", {"page": 1})
    assert assert_agrees(router, "/b/5") == ("/b/<int:id>", {"id": 5, "page": 2})


def test_a_rule_is_left_to_the_map_if_the_defaults_of_another_may_fit() -> None:
    router = compiled(rule("/all/", defaults={"page": 1}, endpoint="all"), rule("/all/<int:page>", endpoint="all"))
    assert assert_agrees(router, "/all/") == ("all", {"page": 1})
    assert router.find("GET", "/all/1") is None
    with pytest.raises(RequestRedirect):
        ask_map(router, "/all/1")


def test_a_name_that_comes_twice_has_its_default() -> None:
    assert assert_agrees(compiled(rule("/<x>/<x>", defaults={"x": 0})), "/1/2")[1] == {"x": 0}


@pytest.mark.parametrize("options", [{"redirect_to": "b"}, {"alias": True}, {"websocket": True}, {"build_only": True}])
def test_rules_that_are_not_answers_are_left_to_the_map(options: dict[str, Any]) -> None:
    router = compiled(rule("/b", endpoint="b"), rule("/a", endpoint="b", **options))
    assert router.find("GET", "/a") is None
    with pytest.raises(HTTPException):
        ask_map(router, "/a")


@pytest.mark.parametrize("options", [{"websocket": True}, {"build_only": True}])
def test_rules_that_cannot_match_a_request_stand_in_nobodys_way(options: dict[str, Any]) -> None:
    router = compiled(rule("/a", endpoint="hidden", **options), rule("/<x>"))
    assert assert_agrees(router, "/a") == ("/<x>", {"x": "a"})


@pytest.mark.parametrize(
    "options", [{"host_matching": True}, {"subdomain_matching": True}, {"map_class": type("OwnMap", (Map,), {})}]
)
def test_with_hosts_subdomains_or_a_map_of_ones_own_everything_is_left_to_the_map(options: dict[str, Any]) -> None:
    router: Router[str] = Router(**options)
    router.url_map.add(rule("/a"))
    router.url_map.add(rule("/<x>"))
    router.compile(lambda rule, method: rule.endpoint)
    assert router.find("GET", "/a") is None
    assert router.find("GET", "/x") is None


@pytest.mark.parametrize("option", [{"host_matching": True}, {"default_subdomain": "www"}])
def test_options_set_on_the_map_count_too(option: dict[str, Any]) -> None:
    assert compiled(rule("/a", subdomain=""), **option).find("GET", "/a") is None


def test_a_rule_of_a_subdomain_is_not_answered_for_another() -> None:
    router = compiled(rule("/a", subdomain="api"), rule("/b", subdomain="<tenant>"), rule("/c"))
    assert [router.find("GET", path) for path in ("/a", "/b")] == [None, None]
    assert assert_agrees(router, "/c")[0] == "/c"


def test_a_plain_rule_of_werkzeug_is_answered() -> None:
    assert assert_agrees(compiled(WerkzeugRule("/a", endpoint="plain", methods=["GET"])), "/a")[0] == "plain"


def test_each_answer_has_values_of_its_own() -> None:
    router = compiled(rule("/a"), rule("/b", defaults={"page": 1}), rule("/c/<x>"))
    for path in ("/a", "/b", "/c/x"):
        assert_agrees(router, path)[1]["poison"] = True
        assert "poison" not in assert_agrees(router, path)[1]


def test_the_last_of_many_rules_is_found_as_the_first() -> None:
    router = compiled(*(rule(f"/p{n}/<name>") for n in range(100)), *(rule(f"/<x>/t{n}/<name>") for n in range(100)))
    assert assert_agrees(router, "/p99/a") == ("/p99/<name>", {"name": "a"})
    assert assert_agrees(router, "/acme/t99/a") == ("/<x>/t99/<name>", {"x": "acme", "name": "a"})


def test_nothing_is_found_before_the_routes_are_compiled() -> None:
    router: Router[str] = Router()
    added = rule("/a")
    router.url_map.add(added)
    assert router.find("GET", "/a") is None
    with pytest.raises(SetupError, match=r"Router\.target\('/a', 'GET'\).*call Router\.compile first"):
        router.target(added, "GET")


def test_compiling_again_forgets_what_was() -> None:
    router: Router[str] = Router()
    added = rule("/a")
    router.url_map.add(added)
    router.compile(lambda rule, method: "old")
    router.url_map.add(rule("/<x>"))
    router.compile(lambda rule, method: "new")
    assert [router.find("GET", "/a"), router.find("GET", "/x")] == [("new", {}), ("new", {"x": "x"})]
    assert router.target(added, "GET") == "new"


def test_a_target_is_made_once_for_a_rule_and_a_method_that_it_names() -> None:
    made: list[tuple[str, str]] = []
    router: Router[object] = Router()
    added = [rule("/a", strict_slashes=False), rule("/a-<x>")]
    for each in added:
        router.url_map.add(each)

    def target(rule: Rule, method: str) -> object:
        made.append((rule.endpoint, method))
        return object()

    router.compile(target)
    assert sorted(made) == [("/a", "GET"), ("/a", "HEAD")]
    assert router.target(added[1], "GET") is router.target(added[1], "GET")
    assert router.target(added[0], "GET") is router.find("GET", "/a")[0]  # type: ignore[index]  # it is found
    assert made.count(("/a-<x>", "GET")) == made.count(("/a", "GET")) == 1


def test_targets_for_invented_methods_are_not_kept() -> None:
    router = compiled(everything := rule("/a", methods=None), read := rule("/b"))
    before = _kept(router)
    for number in range(100):
        assert router.target(everything, f"M{number}") == "/a"
        assert router.target(read, f"M{number}") == "/b"
    assert _kept(router) == before


def _kept(router: Router[str]) -> int:
    return sum(len(by_method) for _, by_method in router._kept.values())


def test_targets_go_with_the_router_without_the_garbage_collector() -> None:
    class Target:
        pass

    router: Router[Target] = Router()
    for pattern in ("/a", "/<int:x>", "/<path:x>", "/b/<x>/<y>/"):
        router.url_map.add(rule(pattern, strict_slashes=False))
    router.compile(lambda rule, method: Target())
    found = router.find("GET", "/5")
    assert found is not None
    gone = weakref.ref(found[0])
    gc.disable()
    try:
        del found, router
        assert gone() is None
    finally:
        gc.enable()


def test_ask_map_says_which_methods_a_path_takes() -> None:
    router = compiled(rule("/a", methods=["POST"]))
    with pytest.raises(MethodNotAllowed) as caught:
        ask_map(router, "/a")
    assert caught.value.valid_methods == ["POST"]


def test_the_map_is_werkzeugs_own() -> None:
    assert type(Router[str]().url_map) is Map


def test_a_slash_more_than_a_websocket_s_rule_has_is_the_map_s_to_judge() -> None:
    router = compiled(rule("/a", methods=["GET"], websocket=True, strict_slashes=False))
    assert router.refusal("GET", "/a/") is None
