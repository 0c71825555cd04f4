"""What Ferrule has promised of its speed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from .imports import FERRULE_SQLALCHEMY, FLASK_SQLALCHEMY
from .migrations import REVISIONS
from .results import Results
from .samples import Spread
from .starts import IMPORTED, LOCK, MANY
from .works import (
    BUSY,
    FALCON,
    FERRULE,
    FIRST_PREFIX,
    FIRST_SHAPE,
    FLASK,
    FLOOR,
    JSON,
    LAST_PREFIX,
    LAST_SHAPE,
    NONE,
    PAGE,
    QUIET,
    STATIC,
    STOCK_WORKS,
    UNUSED,
    VIEW_WORKS,
    Work,
)


@dataclass(frozen=True, kw_only=True)
class Target:
    """A ratio that may be at most `limit`; its median decides.

    Attributes:
        store: The database without which it cannot be measured.
    """

    title: str
    limit: float
    measured: Callable[[Results], Spread]
    store: str = ""

    def met(self, results: Results) -> bool:
        return self.measured(results).median <= self.limit


def quarter_of_flask(work: Work) -> Target:
    return Target(
        title=f"{work.title}, to Flask's",
        limit=1 / 4,
        measured=lambda results: results.request_ratio(FERRULE, work, to=(FLASK, work)),
    )


def near_floor(work: Work) -> Target:
    """A target for a work whose time is a library's: no framework can be four times as fast as another there."""
    return Target(
        title=f"{work.title}, what it takes beyond the static route, to the library alone",
        limit=1.3,
        measured=lambda results: results.floor_ratio(FERRULE, work),
    )


def free(work: Work) -> Target:
    return Target(
        title=f"static route with extensions: {work.title}, to none",
        limit=1.05,
        measured=lambda results: results.request_ratio(FERRULE, work, to=(FERRULE, NONE)),
    )


def near_bare(work: Work) -> Target:
    return Target(
        title=f"{work.title}, to SQLAlchemy and Jinja alone",
        limit=1.25,
        measured=lambda results: results.request_ratio(FERRULE, work, to=(FLOOR, work)),
        store=work.store,
    )


def near_loop(work: Work) -> Target:
    return Target(
        title=f"static route with extensions: {work.title}, what they add, to a plain loop over the hooks",
        limit=1.5,
        measured=lambda results: results.hooks_ratio(FERRULE, work),
    )


FLOORED: Final = (PAGE,)

TARGETS: Final = (
    Target(
        title="static route, to Flask's",
        limit=1 / 10,
        measured=lambda results: results.request_ratio(FERRULE, STATIC, to=(FLASK, STATIC)),
    ),
    Target(
        title="static route, to Falcon's",
        limit=1.1,
        measured=lambda results: results.request_ratio(FERRULE, STATIC, to=(FALCON, STATIC)),
    ),
    Target(
        title="`<int:id>` route with JSON, to Flask's",
        limit=1 / 8,
        measured=lambda results: results.request_ratio(FERRULE, JSON, to=(FLASK, JSON)),
    ),
    Target(
        title="last of 100 `/rN/<int:id>`, to the first",
        limit=1.3,
        measured=lambda results: results.request_ratio(FERRULE, LAST_PREFIX, to=(FERRULE, FIRST_PREFIX)),
    ),
    Target(
        title="last of 100 `/<tenant>/tN/<name>`, to the first",
        limit=1.3,
        measured=lambda results: results.request_ratio(FERRULE, LAST_SHAPE, to=(FERRULE, FIRST_SHAPE)),
    ),
    Target(
        title="last of 100 `/<tenant>/tN/<name>`, to the one `<int:id>` route",
        limit=1.3,
        measured=lambda results: results.request_ratio(FERRULE, LAST_SHAPE, to=(FERRULE, JSON)),
    ),
    *(free(work) for work in (*QUIET.values(), UNUSED)),
    *(near_loop(work) for work in BUSY.values()),
    *(near_floor(work) if work in FLOORED else quarter_of_flask(work) for work in VIEW_WORKS),
    Target(
        title="what a login adds to the static route, to what Flask-Login adds to Flask's",
        limit=1 / 4,
        measured=lambda results: results.login_ratio(FERRULE, to=FLASK),
    ),
    *(near_bare(work) for work in STOCK_WORKS),
    Target(
        title="import of the SQLAlchemy extension, to Flask-SQLAlchemy's",
        limit=1.1,
        measured=lambda results: results.imports.ratio(FERRULE_SQLALCHEMY, to=FLASK_SQLALCHEMY),
    ),
    Target(
        title="import and application, to Flask's",
        limit=1,
        measured=lambda results: results.start_ratio(FERRULE, to=FLASK),
    ),
    Target(
        title=f"start with {MANY} extensions and a lock, to importing their modules",
        limit=1.3,
        measured=lambda results: results.starts.ratio(LOCK, IMPORTED),
    ),
    Target(
        title=f"`ferrule db upgrade` with nothing to do, on {REVISIONS} revisions, to Alembic's own command",
        limit=1.2,
        measured=lambda results: results.upgrades.ratio,
    ),
)


def targets_of(results: Results) -> list[Target]:
    """Return the targets that a run could measure."""
    return [target for target in TARGETS if target.store not in results.missing]
