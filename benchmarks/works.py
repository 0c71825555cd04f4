"""What is measured: the frameworks and the works, each a table."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, cast
from wsgiref.types import WSGIApplication

from .views.content import BLOCK, EXPECTED_PAGE, EXPECTED_STOCK, STATIC_FOLDER


@dataclass(frozen=True, kw_only=True, eq=False)
class Framework:
    """Something that answers WSGI requests.

    Attributes:
        key: The name of its modules: the one in `benchmarks.apps` has the sites whose routing is measured, and is what
            a process starts with; the one in `benchmarks.views` has the sites whose views do something, the one in
            `benchmarks.hooks` those with extensions.
        is_asgi: Its applications are ASGI's, not WSGI's.
    """

    name: str
    key: str
    distribution: str | None
    is_asgi: bool = False

    @property
    def module(self) -> str:
        return f"benchmarks.apps.{self.key}"

    def offers(self, work: "Work") -> bool:
        return self._builder(work) is not None

    def build(self, work: "Work") -> WSGIApplication:
        """Build the application; one of ASGI if `is_asgi`."""
        return cast(Callable[[], WSGIApplication], self._builder(work))()

    def _builder(self, work: "Work") -> Any:
        name = f"benchmarks.{work.kind}.{self.key}"
        return getattr(import_module(name), work.site, None) if find_spec(name) else None


@dataclass(frozen=True, kw_only=True, eq=False)
class Work:
    """One request: the site that it is sent to, and what the answer must be.

    Attributes:
        kind: The package of the site: `apps`, `views`, `hooks`, `logins` or `databases`.
        path: The path.
        content: The content of the answer: a dict is expected as JSON, a string as text; bytes are compared as they
            are, whatever their type; None: each framework has a text of its own.
        method: The method.
        status: The status code.
        body: What is sent, and `content_type` what that is.
        headers: Headers of the answer, in lower case, and what each must contain.
        streamed: The length of the answer is not known when it begins.
        cookie_from: The path whose answer sets the cookie that is sent with each request that is timed.
        store: The database that it needs.
        floor: What of the time is a library's or the file's: the name of the function of `benchmarks.floors` that does
            only this.
        pluggy: The same for what pluggy alone takes for it.
    """

    title: str
    kind: str = "apps"
    site: str
    path: str
    content: str | bytes | dict[str, object] | None
    method: str = "GET"
    status: int = 200
    body: bytes = b""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    streamed: bool = False
    cookie_from: str = ""
    store: str = ""
    floor: str | None = None
    pluggy: str | None = None


BARE: Final = Framework(name="bare WSGI function", key="bare", distribution=None)
FERRULE: Final = Framework(name="Ferrule", key="ferrule", distribution="ferrule")
FALCON: Final = Framework(name="Falcon", key="falcon", distribution="falcon")
BOTTLE: Final = Framework(name="Bottle", key="bottle", distribution="bottle")
PYRAMID: Final = Framework(name="Pyramid", key="pyramid", distribution="pyramid")
WERKZEUG: Final = Framework(name="plain Werkzeug", key="werkzeug", distribution="werkzeug")
FLASK: Final = Framework(name="Flask", key="flask", distribution="flask")

LITESTAR: Final = Framework(name="Litestar", key="litestar", distribution="litestar", is_asgi=True)
"""Measured with extensions only: it is no WSGI framework."""

PLUGGY: Final = Framework(name="pluggy's own calls", key="", distribution="pluggy")
"""No framework either: the same hooks, called by pluggy."""

FLOOR: Final = Framework(name="library or file alone", key="", distribution=None)
"""No framework at all: what `benchmarks.floors` does."""

FRAMEWORKS: Final = (BARE, FERRULE, FALCON, BOTTLE, PYRAMID, WERKZEUG, FLASK)

STATIC: Final = Work(title="static route, text", site="hello", path="/", content="Hello, World!")
JSON: Final = Work(title="`<int:id>` route, JSON", site="item", path="/items/7", content={"id": 7})
FIRST_PREFIX: Final = Work(title="first of 100 `/rN/<int:id>`", site="prefixes", path="/r0/7", content={"id": 7})
LAST_PREFIX: Final = Work(title="last of 100 `/rN/<int:id>`", site="prefixes", path="/r99/7", content={"id": 7})
FIRST_SHAPE: Final = Work(
    title="first of 100 `/<tenant>/tN/<name>`",
    site="shapes",
    path="/acme/t0/anvil",
    content={"tenant": "acme", "name": "anvil"},
)
LAST_SHAPE: Final = Work(
    title="last of 100 `/<tenant>/tN/<name>`",
    site="shapes",
    path="/acme/t99/anvil",
    content={"tenant": "acme", "name": "anvil"},
)

ROUTE_WORKS: Final = (STATIC, JSON, FIRST_PREFIX, LAST_PREFIX, FIRST_SHAPE, LAST_SHAPE)
"""What every framework does."""

NOT_FOUND: Final = Work(title="404", kind="views", site="not_found", path="/nowhere", content=None, status=404)
WRONG_METHOD: Final = Work(
    title="405",
    kind="views",
    site="wrong_method",
    path="/",
    content=None,
    method="POST",
    status=405,
    headers={"allow": "GET"},
)
URLS: Final = Work(
    title="three URLs built",
    kind="views",
    site="urls",
    path="/",
    content="/items/7\n/acme/things/anvil\n/search?q=anvil",
)
PAGE: Final = Work(
    title="page of a template",
    kind="views",
    site="page",
    path="/",
    content=EXPECTED_PAGE.read_bytes(),
    headers={"content-type": "text/html"},
    floor="page",
)
FORM: Final = Work(
    title="form POSTed",
    kind="views",
    site="form",
    path="/",
    method="POST",
    body=b"name=Wile+E.+Coyote&email=coyote%40example.com&message=Beep%2C+beep%21&subscribe=on",
    content_type="application/x-www-form-urlencoded",
    content="Wile E. Coyote <coyote@example.com>: Beep, beep!",
    floor="form",
)
BODY: Final = Work(
    title="JSON body into a type",
    kind="views",
    site="body",
    path="/",
    method="POST",
    body=json.dumps({"customer": "coyote", "product": "anvil", "quantity": 3, "tags": ["heavy", "iron"]}).encode(),
    content_type="application/json",
    content={"customer": "coyote", "quantity": 3, "tags": 2},
    floor="body",
)
SESSION: Final = Work(
    title="session read and written",
    kind="views",
    site="session_view",
    path="/",
    content="coyote, visit 2",
    headers={"set-cookie": ""},
    cookie_from="/",
    floor="session_view",
)
ASYNC: Final = Work(
    title="async view", kind="views", site="async_view", path="/", content="Hello, World!", floor="async_view"
)
STREAM: Final = Work(
    title="streamed megabyte, 256 blocks",
    kind="views",
    site="stream",
    path="/",
    content=BLOCK * 256,
    streamed=True,
    floor="stream",
)
FILE: Final = Work(
    title="static file, 16 KiB",
    kind="views",
    site="file",
    path="/static/page.css",
    content=(STATIC_FOLDER / "page.css").read_bytes(),
    headers={"content-type": "text/css", "last-modified": "GMT"},
    floor="file",
)

VIEW_WORKS: Final = (NOT_FOUND, WRONG_METHOD, URLS, PAGE, FORM, BODY, SESSION, ASYNC, STREAM, FILE)
"""What a framework does if it has such a thing."""

NONE: Final = Work(title="none", kind="hooks", site="none", path="/", content=STATIC.content)
AGAIN: Final = Work(
    title="none, in a second application (the noise)",
    kind="hooks",
    site="none_again",
    path="/",
    content=STATIC.content,
)
EXTENSIONS: Final = (1, 10, 50)

QUIET: Final = {
    number: Work(
        title=f"{number}, without request hooks",
        kind="hooks",
        site=f"quiet_{number}",
        path="/",
        content=STATIC.content,
    )
    for number in EXTENSIONS
}
BUSY: Final = {
    number: Work(
        title=f"{number}, with two request hooks each",
        kind="hooks",
        site=f"busy_{number}",
        path="/",
        content=STATIC.content,
        floor=f"loop_{number}",
        pluggy=f"pluggy_{number}",
    )
    for number in EXTENSIONS
}

UNUSED: Final = Work(
    title="SQLAlchemy's and login's, whose session and user nobody asks for",
    kind="databases",
    site="unused",
    path="/",
    content=STATIC.content,
)

EXTENSION_WORKS: Final = (NONE, AGAIN, *QUIET.values(), UNUSED, *BUSY.values())
"""The static route with extensions enabled, as far as a framework has such a thing."""

SQLITE: Final = "SQLite"
POSTGRESQL: Final = "PostgreSQL"


def stock(store: str) -> Work:
    return Work(
        title=f"user, ten rows and template, {store}",
        kind="databases",
        site=f"stock_{store.lower()}",
        path="/",
        content=EXPECTED_STOCK.read_bytes(),
        headers={"content-type": "text/html"},
        cookie_from="/login",
        store=store,
        floor=f"stock_{store.lower()}",
    )


STOCK_WORKS: Final = (stock(SQLITE), stock(POSTGRESQL))
"""A page for somebody who is logged in, from a database."""

GUARDED: Final = Work(
    title="static route behind a login",
    kind="logins",
    site="guarded",
    path="/",
    content=STATIC.content,
    cookie_from="/login",
)
"""The session's cookie is read, and its user found in a dict; what that adds to the static route is the login's."""

WORKS: Final = (*ROUTE_WORKS, *VIEW_WORKS, *EXTENSION_WORKS, GUARDED, *STOCK_WORKS)
