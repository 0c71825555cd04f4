"""Routes and URLs as in Flask: one application on both frameworks, the same answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.routing import BaseConverter, BuildError, Rule, Submount
from werkzeug.test import EnvironBuilder

Agree = Callable[..., None]
Results = Callable[[Callable[[Any], Any]], Any]


def echo(**values: Any) -> str:
    """A view for any rule: what it was given, sorted."""
    return ",".join(f"{name}={value!r}" for name, value in sorted(values.items())) or "-"


RULES: list[tuple[str, dict[str, Any]]] = [
    ("/", {}),
    ("/plain", {}),
    ("/slash/", {}),
    ("/text/<name>", {}),
    ("/two/<string(length=2):code>", {}),
    ("/some/<string(minlength=2,maxlength=4):code>", {}),
    ("/int/<int:number>", {}),
    ("/signed/<int(signed=True):number>", {}),
    ("/fixed/<int(fixed_digits=3):number>", {}),
    ("/range/<int(min=5,max=9):number>", {}),
    ("/float/<float:number>", {}),
    ("/any/<any(red, green, 'dark blue'):colour>", {}),
    ("/uuid/<uuid:key>", {}),
    ("/path/<path:rest>", {}),
    ("/path/<path:rest>/edit", {}),
    ("/mixed/<a>-<b>.txt", {}),
    ("/mixed/<a>/x/<int:b>/", {}),
    ("/page/", {"defaults": {"page": 1}}),
    ("/page/<int:page>", {}),
    ("/loose/", {"strict_slashes": False}),
    ("/loose-leaf", {"strict_slashes": False}),
    ("/keep//double", {"merge_slashes": False}),
    ("/old/<int:n>", {"redirect_to": "/new/<n>"}),
    ("/new/<int:n>", {}),
    ("/caller/<n>", {"redirect_to": lambda adapter, n: f"new/{int(n) + 1}"}),
    ("/alias/<int:n>", {"alias": True, "endpoint": "aliased"}),
    ("/aliased/<int:n>", {"endpoint": "aliased"}),
    ("/built", {"build_only": True}),
    ("/ünïcode/<name>", {}),
]


def with_rules(web: Any) -> Any:
    app = web.App("parity")
    for rule, options in RULES:
        values = {"endpoint": f"page:{rule.split('/')[1]}" if rule.startswith("/page") else rule} | options
        app.add_url_rule(rule, view_func=app.view_functions.get(values["endpoint"], echo), **values)
    return app


def test_rules_match_as_in_flask(agree: Agree) -> None:
    agree(
        with_rules,
        {
            "GET /": (200, "-"),
            "GET /plain": 200,
            "GET /plain/": 404,
            "GET /slash": 308,
            "GET /slash?a=1&b=%20": 308,
            "GET /slash/": 200,
            "GET /text/a%20b%2Fc": 404,
            "GET /text/%C3%A9t%C3%A9": (200, "name='été'"),
            "GET /text/": 404,
            "GET /two/de": 200,
            "GET /two/deu": 404,
            "GET /some/abc": 200,
            "GET /some/abcde": 404,
            "GET /int/007": (200, "number=7"),
            "GET /int/-7": 404,
            "GET /signed/-7": (200, "number=-7"),
            "GET /fixed/012": (200, "number=12"),
            "GET /fixed/12": 404,
            "GET /range/4": 404,
            "GET /range/5": 200,
            "GET /range/10": 404,
            "GET /float/1.50": (200, "number=1.5"),
            "GET /float/1": 404,
            "GET /any/red": 200,
            "GET /any/dark%20blue": (200, "colour='dark blue'"),
            "GET /any/yellow": 404,
            "GET /uuid/8d2f54d4-2c6b-4e5a-9d35-6a2b1f1c8a10": 200,
            "GET /uuid/8d2f54d4": 404,
            "GET /path/a/b/c": (200, "rest='a/b/c'"),
            "GET /path/a/b/edit": (200, "rest='a/b'"),
            "GET /mixed/one-two.txt": (200, "a='one',b='two'"),
            "GET /mixed/one/x/2": 308,
            "GET /mixed/one/x/2/": (200, "a='one',b=2"),
            "GET /page/": (200, "page=1"),
            "GET /page/1": 308,
            "GET /page/2": (200, "page=2"),
            "GET /loose": 200,
            "GET /loose/": 200,
            "GET /loose-leaf": 200,
            "GET /loose-leaf/": 200,
            "GET /plain//": 404,
            "GET /text//x": 308,
            "GET /keep//double": 200,
            "GET /keep/double": 404,
            "GET /old/3": 308,
            "GET /caller/3": 308,
            "GET /alias/3": 308,
            "GET /built": 404,
            "GET /%C3%BCn%C3%AFcode/x": 200,
            "GET /nothing": 404,
            "HEAD /plain": (200, ""),
            "OPTIONS /plain": (200, ""),
            "POST /plain": 405,
            "BREW /plain": 405,
            "get /plain": 200,
        },
    )


def with_methods(web: Any) -> Any:
    app = web.App("parity")
    app.add_url_rule("/get", "get", lambda: "get")
    app.add_url_rule("/post", "post", lambda: "post", methods=["post"])
    app.add_url_rule("/both", "both_get", lambda: "g", methods=["GET"])
    app.add_url_rule("/both", "both_put", lambda: "p", methods={"PUT", "DELETE"})
    app.add_url_rule("/own", "own", lambda: web.request.method, methods=["GET", "OPTIONS"])
    app.add_url_rule("/none", "none", lambda: "none", provide_automatic_options=False)
    app.add_url_rule("/yes", "yes", lambda: "yes", methods=["OPTIONS", "GET"], provide_automatic_options=True)
    app.add_url_rule("/odd", "odd", lambda: web.request.method, methods=["BREW"])

    def wanting() -> str:
        return "wanting"

    wanting.methods = ["PATCH"]  # type: ignore[attr-defined]  # a view's attribute
    wanting.required_methods = ["PUT"]  # type: ignore[attr-defined]  # a view's attribute
    wanting.provide_automatic_options = False  # type: ignore[attr-defined]  # a view's attribute
    app.add_url_rule("/wanting", view_func=wanting)
    return app


def test_methods_head_and_options_are_answered_as_in_flask(agree: Agree) -> None:
    methods = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW")
    paths = ("/get", "/post", "/both", "/own", "/none", "/yes", "/odd", "/wanting")
    agree(with_methods, {f"{method} {path}": () for path in paths for method in methods})
    agree(with_methods, {"OPTIONS /own": "OPTIONS", "OPTIONS /yes": "", "OPTIONS /none": 405, "PUT /wanting": 200})


def test_automatic_options_can_be_switched_off_everywhere(agree: Agree) -> None:
    def build(web: Any) -> Any:
        app = web.App("parity")
        app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
        app.add_url_rule("/a", "a", lambda: "a")
        app.add_url_rule("/b", "b", lambda: "b", methods=["GET", "OPTIONS"], provide_automatic_options=True)
        return app

    agree(build, {"OPTIONS /a": 405, "OPTIONS /b": 200})


def test_the_default_options_response_can_be_asked_for(agree: Agree) -> None:
    def build(web: Any) -> Any:
        app = web.App("parity")

        @app.route("/a", methods=["GET", "OPTIONS"])
        def a() -> Any:
            response = app.make_default_options_response()
            response.headers["X-Trace"] = "mine"
            return response

        return app

    agree(build, {"GET /a": 200, "OPTIONS /a": 200})


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("merge", [True, False])
def test_the_options_of_the_map_hold_for_every_rule(agree: Agree, strict: bool, merge: bool) -> None:
    def build(web: Any) -> Any:
        app = web.App("parity")
        app.url_map.strict_slashes = strict
        app.url_map.merge_slashes = merge
        for rule in ("/leaf", "/branch/", "/x/<name>", "/deep/<path:rest>/"):
            app.add_url_rule(rule, rule, echo)
        return app

    paths = ["/leaf", "/leaf/", "/branch", "/branch/", "/x/a", "/x/a/", "//leaf", "/x//a", "/deep/a//b", "/deep/a/b/"]
    agree(build, {f"GET {path}": () for path in paths} | {"GET /leaf": 200})


class Hex(BaseConverter):
    regex = "[0-9a-f]+"

    def to_python(self, value: str) -> int:
        return int(value, 16)

    def to_url(self, value: int) -> str:
        return f"{value:x}"


class Listed(BaseConverter):
    part_isolating = False
    regex = r"\w+(?:/\w+)*"

    def __init__(self, url_map: Any, separator: str = "/") -> None:
        super().__init__(url_map)
        self.separator = separator

    def to_python(self, value: str) -> list[str]:
        return value.split(self.separator)

    def to_url(self, value: list[str]) -> str:
        return self.separator.join(value)


def test_converters_of_ones_own_read_and_write_values(agree: Agree) -> None:
    def build(web: Any) -> Any:
        app = web.App("parity")
        app.url_map.converters.update(hex=Hex, list=Listed)

        @app.route("/hex/<hex:number>")
        def number(number: int) -> str:
            return str(web.url_for("number", number=number + 1))

        @app.route("/list/<list:words>")
        @app.route("/other/<list('.'):words>")
        def words(words: list[str]) -> str:
            return f"{words} {web.url_for('words', words=words)}"

        return app

    agree(
        build,
        {"GET /hex/ff": (200, "/hex/100"), "GET /hex/xyz": 404, "GET /list/a/b": 200, "GET /other/ab": 200},
    )


def test_subdomains_are_matched_where_they_are_asked_for(agree: Agree) -> None:
    def build(web: Any) -> Any:
        app = web.App("parity", subdomain_matching=True)
        app.config["SERVER_NAME"] = "example.com"
        app.add_url_rule("/", "home", lambda: web.url_for("user", name="ann"))
        app.add_url_rule("/", "user", lambda name: web.url_for("home") + name, subdomain="<name>")
        app.add_url_rule("/", "admin", lambda: web.url_for("home", _external=True), subdomain="admin")
        area = web.Blueprint("area", "parity", subdomain="area")
        area.add_url_rule("/x", "x", lambda: web.url_for(".x", _external=True))
        app.register_blueprint(area)
        return app

    for host in ("example.com", "ann.example.com", "admin.example.com", "area.example.com", "elsewhere.org"):
        paths = {"GET /": (), "GET /x": (), "GET /static/none": (), "OPTIONS /": (), "POST /": ()}
        if host == "elsewhere.org":
            with pytest.warns(UserWarning, match="Current server name"):
                agree(build, paths, base_url=f"http://{host}")
        else:
            agree(build, paths, base_url=f"http://{host}")
    agree(build, {"GET /": "http://ann.example.com/"}, base_url="http://example.com")


def test_hosts_are_matched_where_they_are_asked_for(agree: Agree) -> None:
    def build(web: Any) -> Any:
        app = web.App("parity", host_matching=True, static_host="static.example.com")
        app.add_url_rule("/", "home", lambda: web.url_for("shop", name="ann"), host="example.com")
        app.add_url_rule("/", "shop", lambda name: web.url_for("static", filename="a.css"), host="<name>.shop.com")
        return app

    for host in ("example.com", "ann.shop.com", "static.example.com", "example.com:8080", "other.org"):
        agree(build, {"GET /": (), "GET /static/none": ()}, base_url=f"http://{host}")
    agree(build, {"GET /": "http://ann.shop.com/"}, base_url="http://example.com")


@pytest.mark.parametrize(
    "arguments", [{"host_matching": True}, {"static_host": "a.example.com"}], ids=["no static host", "no matching"]
)
def test_static_files_and_host_matching_go_together(results: Results, arguments: dict[str, Any]) -> None:
    assert results(lambda web: web.App("parity", **arguments)) is AssertionError


def test_an_endpoint_can_get_its_view_elsewhere(agree: Agree) -> None:
    def build(web: Any) -> Any:
        app = web.App("parity")
        app.url_map.add(Submount("/sub", [Rule("/", endpoint="later"), Rule("/<name>", endpoint="later")]))
        app.add_url_rule("/too", endpoint="later")

        @app.endpoint("later")
        def view(name: str = "nobody") -> str:
            return f"{web.request.endpoint} {name} {web.request.method}"

        return app

    agree(
        build,
        {"GET /sub/": "later nobody GET", "GET /sub/a": 200, "GET /too": 200, "POST /sub/": (), "OPTIONS /too": ()},
    )


def test_values_are_taken_out_before_the_view_and_put_in_again(agree: Agree) -> None:
    def build(web: Any) -> Any:
        app = web.App("parity")
        area = web.Blueprint("area", "parity", url_prefix="/<language>")

        @area.url_value_preprocessor
        def take(endpoint: str | None, values: dict[str, Any] | None) -> None:
            web.g.language = (values or {}).pop("language", "none")

        @app.url_value_preprocessor
        def note(endpoint: str | None, values: dict[str, Any] | None) -> None:
            web.g.seen = f"{endpoint} {values}"

        @area.url_defaults
        def put(endpoint: str, values: dict[str, Any]) -> None:
            values.setdefault("language", web.g.language)

        @app.url_defaults
        def put_query(endpoint: str, values: dict[str, Any]) -> None:
            if app.url_map.is_endpoint_expecting(endpoint, "theme"):
                values.setdefault("theme", "dark")

        area.add_url_rule(
            "/about", "about", lambda: f"{web.g.seen} {web.url_for('.about')} {web.url_for('.page', n=1)}"
        )
        area.add_url_rule("/page/<int:n>", "page", lambda n: web.url_for(".about", language="it", q="ä b"))
        app.add_url_rule("/themed/<theme>", "themed", lambda theme: web.url_for("themed"))
        app.register_blueprint(area)
        app.register_error_handler(404, lambda error: (web.g.seen, 404))
        return app

    agree(
        build,
        {
            "GET /de/about": "area.about {'language': 'de'} /de/about /de/page/1",
            "GET /de/page/1": "/it/about?q=%C3%A4+b",
            "GET /themed/light": "/themed/dark",
            "GET /a/b/c": (404, "None None"),
        },
    )


URLS: list[tuple[str, dict[str, Any]]] = [
    ("index", {}),
    ("index", {"_external": True}),
    ("index", {"_scheme": "https"}),
    ("index", {"_scheme": "https", "_external": True}),
    ("index", {"_scheme": "https", "_external": False}),
    ("index", {"_scheme": "", "_external": True}),
    ("index", {"_anchor": "a b/ü?#%"}),
    ("index", {"_anchor": ""}),
    ("index", {"q": ["a", "b c"], "none": None, "n": 1, "ü": "ß&="}),
    ("item", {"number": 3}),
    ("item", {"number": "x"}),
    ("item", {}),
    ("item", {"number": 3, "_method": "POST"}),
    ("item", {"number": 3, "_method": "DELETE"}),
    ("text", {"value": "a/b c?ü#"}),
    ("rest", {"value": "a/b c?ü#"}),
    ("paged", {"page": 1}),
    ("paged", {"page": 2}),
    ("paged", {}),
    ("area.view", {}),
    ("area.inner.view", {}),
    (".view", {}),
    (".inner.view", {}),
    ("view", {}),
    (".nothing", {}),
    ("nothing", {"a": 1}),
    ("static", {"filename": "a b.css", "v": 2}),
    ("area.static", {"filename": "a.css"}),
]


def with_endpoints(web: Any) -> Any:
    app = web.App("parity")
    app.add_url_rule("/", "index", echo)
    app.add_url_rule("/item/<int:number>", "item", echo, methods=["GET"])
    app.add_url_rule("/item/<int:number>/send", "item", methods=["POST"])
    app.add_url_rule("/text/<value>", "text", echo)
    app.add_url_rule("/rest/<path:value>", "rest", echo)
    app.add_url_rule("/p/", "paged", echo, defaults={"page": 1})
    app.add_url_rule("/p/<int:page>", "paged", echo)
    area = web.Blueprint("area", "parity", url_prefix="/area", static_folder="s")
    inner = web.Blueprint("inner", "parity", url_prefix="/inner")
    area.add_url_rule("/", "view", echo)
    inner.add_url_rule("/", "view", echo)
    area.register_blueprint(inner)
    app.register_blueprint(area)
    return app


def url_or_error(web: Any, endpoint: str, values: dict[str, Any]) -> Any:
    try:
        return web.url_for(endpoint, **values)
    except (BuildError, ValueError) as error:
        return next(kind for kind in type(error).__mro__ if not kind.__module__.startswith("ferrule"))


@pytest.mark.parametrize("path", ["/", "/area/", "/area/inner/", "/nowhere"])
@pytest.mark.parametrize("config", [{}, {"SERVER_NAME": "example.com:8080"}, {"APPLICATION_ROOT": "/mounted"}], ids=str)
def test_urls_are_built_as_in_flask_inside_of_a_request(results: Results, path: str, config: dict[str, Any]) -> None:
    def build_all(web: Any) -> list[Any]:
        app = with_endpoints(web)
        app.config.update(config)
        with app.test_request_context(path, base_url="https://www.example.org/mounted/"):
            return [url_or_error(web, *url) for url in URLS] + [app.url_for("index"), web.request.url]

    urls = results(build_all)
    assert urls[0] == "/mounted/"
    assert urls[10] is ValueError


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"SERVER_NAME": "example.com:8080"},
        {"SERVER_NAME": "example.com", "APPLICATION_ROOT": "/mounted", "PREFERRED_URL_SCHEME": "https"},
    ],
    ids=str,
)
def test_urls_are_built_as_in_flask_outside_of_a_request(results: Results, config: dict[str, Any]) -> None:
    def build_all(web: Any) -> list[Any]:
        app = with_endpoints(web)
        app.config.update(config)
        with app.app_context():
            return [_url_or_name(web, *url) for url in (URLS if config else URLS[:4])]

    urls = results(build_all)
    assert (
        urls[0] is RuntimeError if not config else urls[0].startswith(config.get("PREFERRED_URL_SCHEME", "http") + ":")
    )


def _url_or_name(web: Any, endpoint: str, values: dict[str, Any]) -> Any:
    try:
        return url_or_error(web, endpoint, values)
    except RuntimeError:
        return RuntimeError


def test_a_url_that_cannot_be_built_is_asked_of_the_handlers_in_turn(results: Results) -> None:
    def build_some(web: Any) -> list[Any]:
        app = with_endpoints(web)
        seen = []

        def first(error: Exception, endpoint: str, values: dict[str, Any]) -> str | None:
            seen.append((endpoint, sorted(values)))
            return None

        def second(error: Any, endpoint: str, values: dict[str, Any]) -> str:
            if endpoint == "known":
                return "/known"
            raise error

        app.url_build_error_handlers += [first, second]
        with app.test_request_context():
            return [
                web.url_for("known", a=1, _anchor="x"),
                url_or_error(web, "unknown", {"b": 2}),
                seen,
                app.handle_url_build_error(BuildError("known", {}, None), "known", {}),
            ]

    assert results(build_some)[0] == "/known"


def test_in_debug_a_form_that_a_redirect_would_lose_is_explained(agree: Agree) -> None:
    def build(web: Any) -> Any:
        app = web.App("parity")
        app.debug = True
        app.url_map.redirect_defaults = True
        app.add_url_rule("/form/", "form", lambda: "form", methods=["GET", "POST"])
        app.add_url_rule("/moved", "moved", lambda: "", methods=["GET", "POST"], redirect_to="/form/")
        return app

    # 308 keeps method and body (RFC 9110, section 15.4.9), so there is nothing to explain
    agree(build, {"POST /form": 308, "GET /form": 308, "POST /moved": 308, "POST /form/": 200})


def test_rules_for_websockets_leave_http_to_others(agree: Agree) -> None:
    def build(web: Any) -> Any:
        app = web.App("parity")
        app.add_url_rule("/feed", "feed", lambda: "socket", websocket=True)
        app.add_url_rule("/both", "both_http", lambda: "http")
        app.add_url_rule("/both", "both_socket", lambda: "socket", websocket=True)
        app.add_url_rule("/http", "http", lambda: "http")
        return app

    paths = {"GET /feed": (), "GET /both": (), "GET /http": ()}
    agree(build, paths | {"GET /both": "http", "GET /feed": 400})
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
    agree(build, paths | {"GET /both": "socket"}, headers=upgrade)
    agree(build, paths | {"GET /both": "http"}, headers={"Connection": "Upgrade", "Upgrade": "h2c"})
    agree(build, paths | {"GET /both": "socket"}, headers=upgrade, environ_overrides={"wsgi.url_scheme": "wss"})


@pytest.mark.parametrize("host", ["", "a b", "exa_mple.com", "a/b", "[::1]", "a:b:c", "münchen.de", "a\x00b"])
def test_a_malformed_host_is_answered_as_in_flask(agree: Agree, host: str) -> None:
    def build(web: Any) -> Any:
        app = web.App("parity")
        app.add_url_rule("/", "index", lambda: "index")
        app.add_url_rule("/slash/", "slash", lambda: "slash")
        return app

    overrides = {"HTTP_HOST": host.encode().decode("latin1")}
    agree(build, {"GET /": (), "GET /nothing": (), "OPTIONS /": ()}, environ_overrides=overrides)


def test_the_same_rule_and_endpoint_are_claimed_once(results: Results) -> None:
    def build(web: Any) -> Any:
        app = web.App("parity")
        app.add_url_rule("/a", "a", lambda: "1")
        app.add_url_rule("/b", "a", lambda: "2")

    assert results(build) is AssertionError
    assert results(lambda web: web.App("p").add_url_rule("/a", view_func=echo, methods="GET")) is TypeError
    assert results(lambda web: web.App("p").get("/", methods=["POST"])) is TypeError
    assert results(lambda web: web.App("p").add_url_rule("a", view_func=echo)) is ValueError
    assert results(lambda web: web.App("p").add_url_rule("/a")) is AssertionError


def test_late_declarations_are_refused(results: Results) -> None:
    def declare(web: Any) -> Any:
        app = web.App("parity")
        app.test_client().get("/")
        app.add_url_rule("/a", view_func=echo)

    assert results(declare) is AssertionError


def test_the_adapter_can_be_made_by_hand(results: Results) -> None:
    def ask(web: Any) -> Any:
        app = with_endpoints(web)
        app.config.update(SERVER_NAME="example.com", APPLICATION_ROOT="/r", PREFERRED_URL_SCHEME="https")
        request = app.request_class(EnvironBuilder("/item/3").get_environ())
        bound = app.create_url_adapter(None)
        return app.create_url_adapter(request).match(), bound.build("item", {"number": 1}, force_external=True)

    assert results(ask) == (("item", {"number": 3}), "https://example.com/r/item/1")
