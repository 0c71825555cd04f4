"""What is measured: the frameworks and the works, each a table."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Final, cast
from wsgiref.types import WSGIApplication


@dataclass(frozen=True, kw_only=True, eq=False)
class Framework:
    """Something that answers WSGI requests, and the module of `benchmarks.apps` with its sites."""

    name: str
    module: str
    distribution: str | None

    def offers(self, site: str) -> bool:
        return hasattr(import_module(self.module), site)

    def build(self, site: str) -> WSGIApplication:
        builder = cast(Callable[[], WSGIApplication], getattr(import_module(self.module), site))
        return builder()


@dataclass(frozen=True, kw_only=True, eq=False)
class Work:
    """One request: the site that it is sent to, its path, and the content of the answer.

    A dict is expected as JSON, a string as text.
    """

    title: str
    site: str
    path: str
    content: str | dict[str, object]


BARE: Final = Framework(name="bare WSGI function", module="benchmarks.apps.bare", distribution=None)
FERRULE: Final = Framework(name="Ferrule", module="benchmarks.apps.ferrule", distribution="ferrule")
FALCON: Final = Framework(name="Falcon", module="benchmarks.apps.falcon", distribution="falcon")
BOTTLE: Final = Framework(name="Bottle", module="benchmarks.apps.bottle", distribution="bottle")
PYRAMID: Final = Framework(name="Pyramid", module="benchmarks.apps.pyramid", distribution="pyramid")
WERKZEUG: Final = Framework(name="plain Werkzeug", module="benchmarks.apps.werkzeug", distribution="werkzeug")
FLASK: Final = Framework(name="Flask", module="benchmarks.apps.flask", distribution="flask")

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

PEER_WORKS: Final = (STATIC, JSON, FIRST_PREFIX, LAST_PREFIX, FIRST_SHAPE, LAST_SHAPE)
"""What every framework does."""

AGAIN: Final = Work(
    title="none, in a second application (the noise)", site="hello_again", path="/", content=STATIC.content
)
QUIET: Final = Work(title="three, without request hooks", site="quiet_extensions", path="/", content=STATIC.content)
BUSY: Final = Work(title="three, with two request hooks each", site="busy_extensions", path="/", content=STATIC.content)

EXTENSION_WORKS: Final = (AGAIN, QUIET, BUSY)
"""The static route with extensions enabled, which only Ferrule has; `STATIC` is the one without."""

WORKS: Final = (*PEER_WORKS, *EXTENSION_WORKS)
