"""On random rules and paths, the router answers exactly what Werkzeug's Map answers, or leaves it to the Map."""

from dataclasses import dataclass
from typing import Any, cast

from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import BaseConverter, BuildError, ValidationError

from ferrule.routing import Router, Rule

Target = tuple[Rule, str]
IDENTIFIER = "12345678-1234-5678-1234-567812345678"

# Few and overlapping, so that rules share prefixes and compete for paths. A variable is named for its position.
LITERALS = ("a", "b", "12")
KNOWN = (
    "<{x}>",
    "<int:{x}>",
    "<string(length=2):{x}>",
    "<string(minlength=2,maxlength=3):{x}>",
    "<string(maxlength=1):{x}>",
    "<int(min=2):{x}>",
    "<int(max=11):{x}>",
    "<int(fixed_digits=2):{x}>",
    "<uuid:{x}>",
)
UNKNOWN = (
    "<string(minlength=0):{x}>",
    "<int(signed=True):{x}>",
    "<float:{x}>",
    "<upper:{x}>",
    "a-<{x}>",
    "<{x}>.html",
    "<path:{x}>",
    "<int:{x}>-<int:{x}0>",
    "é",
    "",
)
SEGMENTS = (*LITERALS * 4, "1", "007", "x", "xyz", "abcd", "", "-1", "1.5", "a-b", "1-2", "b.html", IDENTIFIER)
HOSTILE = (
    "9" * 5000,
    "9" * 400 + ".0",
    "\x00",
    "1\n",
    "a\nb",
    "%2F",
    ";a",
    "..",
    "\xff",
    "\xb2",
    "Ã©",
    "Ù¡Ù¢",
    "//",
    "/a",
)
METHODS = ({"GET"}, {"GET"}, {"GET", "POST"}, {"POST", "OPTIONS"})
REQUESTED = ("GET", "GET", "GET", "POST", "HEAD", "OPTIONS", "BREW", "get")
RARE: tuple[dict[str, Any], ...] = (
    {"methods": None},
    {"defaults": {"page": 1}},
    {"defaults": {"x0": 12}},
    {"defaults": {"x1": 12}},
    {"redirect_to": "elsewhere"},
    {"alias": True},
    {"build_only": True},
    {"merge_slashes": False},
    {"subdomain": "www"},
    {"subdomain": "<sub>"},
    {"websocket": True, "methods": {"GET"}},
)


class Upper(BaseConverter):
    """A converter of an application's, with the commonest regex and another meaning."""

    regex = "[^/]{1,}"

    def to_python(self, value: str) -> str:
        return value.upper()


@dataclass(frozen=True)
class Declared:
    """What makes a rule: a bound rule can neither be shown nor shared by the examples of a test."""

    pattern: str
    options: dict[str, Any]


Case = tuple[list[Declared], list[tuple[str, str]]]


@st.composite
def declarations(draw: st.DrawFn, *, known: bool) -> Declared:
    dynamic = (*KNOWN[:2] * 4, *KNOWN[2:], *(() if known else UNKNOWN))
    segments = draw(st.lists(st.sampled_from(LITERALS) | st.sampled_from(dynamic), max_size=2))
    segments += draw(st.sampled_from([[], [], [""], ["<path:{x}>"]]))
    options: dict[str, Any] = {
        "endpoint": draw(st.sampled_from("ef")),
        "methods": draw(st.sampled_from(METHODS)),
        "strict_slashes": draw(st.sampled_from([None, False])),
    }
    if not known and draw(st.booleans()):
        options |= draw(st.sampled_from(RARE))
    return Declared("/" + "/".join(text.replace("{x}", f"x{at}") for at, text in enumerate(segments)), options)


@st.composite
def paths(draw: st.DrawFn, pattern: str) -> str:
    """Return a PATH_INFO that is near to a rule, or is hostile."""
    parts = [draw(st.sampled_from(SEGMENTS)) if "<" in part else part for part in pattern.split("/")]
    if "<path:" in pattern and draw(st.booleans()):
        parts.append(draw(st.sampled_from(SEGMENTS)))
    path = "/".join(parts)
    mutated = {
        "slash": path + "/",
        "no slash": path.removesuffix("/"),
        "double": path.replace("/", "//", 1),
        "more": path.replace("/", "//"),
        "bare": path.removeprefix("/"),
    }
    kind = draw(st.sampled_from(["none"] * 6 + ["odd", "odd", *mutated]))
    if kind == "odd":
        odd = st.sampled_from(HOSTILE) | st.text(st.characters(max_codepoint=255))
        return path.rpartition("/")[0] + "/" + draw(odd)
    return mutated.get(kind, path)


@st.composite
def cases(draw: st.DrawFn, *, known: bool) -> Case:
    """Return rules, and requests for them."""
    declared = draw(st.lists(declarations(known=known), min_size=2, max_size=8))
    request = st.sampled_from(declared).flatmap(lambda each: st.tuples(st.sampled_from(REQUESTED), paths(each.pattern)))
    return declared, draw(st.lists(request, min_size=1, max_size=10))


def compiled(declared: list[Declared]) -> Router[Target]:
    router: Router[Target] = Router()
    router.url_map.converters["upper"] = Upper
    for each in declared:
        router.url_map.add(Rule(each.pattern, **each.options))
    router.compile(lambda rule, method: (rule, method))
    return router


def ask_map(router: Router[Target], method: str, path: str) -> tuple[Rule, dict[str, Any]] | None:
    """Return the Map's answer; ``None`` where it raises one of the exceptions that are answers themselves."""
    environ = {"wsgi.url_scheme": "http", "HTTP_HOST": "localhost", "REQUEST_METHOD": method, "PATH_INFO": path}
    redirects = any(rule.alias or rule.defaults for rule in router.url_map.iter_rules())
    try:
        found, values = router.url_map.bind_to_environ(environ).match(return_rule=True)
        return cast(Rule, found), dict(values)
    except HTTPException:
        return None
    except (BuildError, ValueError):  # a redirect to a rule that does not take the values: the declaration's fault
        if not redirects:
            raise
        return None


def typed(values: dict[str, Any]) -> dict[str, tuple[type, Any]]:
    return {name: (type(value), value) for name, value in values.items()}


@settings(max_examples=300, deadline=None)
@given(case=cases(known=False))
@example(case=([Declared("/<string(minlength=0):x>/a", {"methods": ["GET"]})], [("GET", "//a")]))
def test_what_the_router_finds_is_what_the_map_answers(case: Case) -> None:
    """Neither fails on any path: the Map raises nothing but HTTP exceptions, so no path is a 500."""
    declared, requests = case
    router = compiled(declared)
    for method, path in requests:
        found, answer = router.find(method, path), ask_map(router, method, path)
        if found is not None:
            assert answer is not None, (method, path, found)
            assert found[0][0] is answer[0], (method, path)
            assert found[0][1] == method
            assert typed(found[1]) == typed(answer[1]), (method, path)


@settings(max_examples=200, deadline=None)
@given(case=cases(known=True))
def test_the_router_finds_all_that_the_map_answers_for_common_rules(case: Case) -> None:
    """The other half: a router that never found anything would pass the test above."""
    declared, requests = case
    router = compiled(declared)
    for method, path in requests:
        common = path.isascii() and path.startswith("/") and not path.startswith("//") and method.isupper()
        if common and ask_map(router, method, path) is not None:
            assert router.find(method, path) is not None, (method, path)


def map_s_error(router: Router[Target], method: str, path: str) -> Exception | None:
    environ = {"wsgi.url_scheme": "http", "HTTP_HOST": "localhost", "REQUEST_METHOD": method, "PATH_INFO": path}
    try:
        router.url_map.bind_to_environ(environ).match(return_rule=True)
    except Exception as error:
        return error
    return None


@settings(max_examples=300, deadline=None)
@given(
    case=cases(known=False), nowhere=st.lists(st.tuples(st.sampled_from(REQUESTED), paths("/a/b/<x>/12")), max_size=5)
)
@example(case=([Declared("/a", {"websocket": True, "strict_slashes": False})], [("GET", "/a/")]), nowhere=[])
def test_what_the_router_refuses_the_map_refuses_for_the_same_reason(
    case: Case, nowhere: list[tuple[str, str]]
) -> None:
    declared, requests = case
    router = compiled(declared)
    for method, path in requests + nowhere:
        refusal = None if router.find(method, path) is not None else router.refusal(method, path)
        if refusal is not None:
            error = map_s_error(router, method, path)
            assert type(refusal) is type(error), (method, path)
            assert allowed_by(refusal) == allowed_by(error), (method, path)


def allowed_by(error: Exception | None) -> set[str] | None:
    return set(error.valid_methods or ()) if isinstance(error, MethodNotAllowed) else None


@settings(max_examples=200, deadline=None)
@given(
    case=cases(known=True), nowhere=st.lists(st.tuples(st.sampled_from(REQUESTED), paths("/a/b/<x>/12")), max_size=5)
)
def test_the_router_refuses_all_that_the_map_refuses_for_common_rules(
    case: Case, nowhere: list[tuple[str, str]]
) -> None:
    declared, requests = case
    declared = [each for each in declared if not each.pattern.endswith("/")]
    router = compiled(declared)
    for method, path in requests + nowhere:
        error = map_s_error(router, method, path)
        common = path.isascii() and path.startswith("/") and "//" not in path and not path.endswith("/")
        converted = isinstance(getattr(getattr(error, "__context__", None), "__cause__", None), ValidationError)
        if common and method.isupper() and isinstance(error, (NotFound, MethodNotAllowed)):
            refusal = router.refusal(method, path)
            bounded = any("min" in each.pattern for each in declared)  # not every Werkzeug tells why
            assert refusal is not None or converted or bounded, (method, path)


def test_a_router_that_is_not_compiled_or_has_new_rules_refuses_nothing() -> None:
    router: Router[Target] = Router()
    assert router.refusal("GET", "/a") is None
    router.compile(lambda rule, method: (rule, method))
    assert type(router.refusal("GET", "/a")) is NotFound
    router.url_map.add(Rule("/a", endpoint="a"))
    assert router.refusal("GET", "/a") is None
    for hosts in (Router[Target](host_matching=True), Router[Target](subdomain_matching=True)):
        hosts.compile(lambda rule, method: (rule, method))
        assert hosts.refusal("GET", "/a") is None
