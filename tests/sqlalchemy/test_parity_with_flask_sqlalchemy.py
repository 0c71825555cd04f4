"""The same statements, numbers and edges to Flask-SQLAlchemy and to Ferrule: the same pages, pagers and 404s."""

from collections.abc import Callable, Iterator
from typing import Any

import flask
import flask_sqlalchemy
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.exceptions import NotFound

from ferrule import App
from ferrule_sqlalchemy import Model, Pagination, db

MakeApp = Callable[..., App]
MakeTables = Callable[..., None]

peer = flask_sqlalchemy.SQLAlchemy()

ATTRIBUTES = [
    *("page", "per_page", "max_per_page", "total", "first", "last", "pages"),
    *("has_prev", "prev_num", "has_next", "next_num"),
]

EDGES = ["left_edge", "right_edge", "left_current", "right_current"]


class Row(Model):
    __tablename__ = "parity_row"

    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str | None] = mapped_column(sa.String(10))


@pytest.fixture
def both(make_app: MakeApp, make_tables: MakeTables) -> Iterator[tuple[App, flask.Flask]]:
    """An application of each, with the same 45 rows."""
    ours, theirs = make_app(), flask.Flask("library")
    theirs.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    peer.init_app(theirs)
    make_tables(ours, Row)
    rows = [{"id": number, "note": None if number == 2 else f"{number}"} for number in range(1, 46)]
    with ours.app_context():
        db.session.execute(sa.insert(Row), rows)
        db.session.commit()
    with theirs.app_context():
        Row.__table__.create(peer.engine)  # type: ignore[attr-defined] # it is a Table
        peer.session.execute(sa.insert(Row), rows)
        peer.session.commit()
    yield ours, theirs
    with theirs.app_context():
        peer.engine.dispose()


def told(page: Any, edges: dict[str, int]) -> dict[str, Any]:
    found = {name: getattr(page, name) for name in ATTRIBUTES}
    found |= {"items": [row.id for row in page.items], "iterated": [row.id for row in page]}
    if page.page <= page.pages:  # beyond the last, Flask-SQLAlchemy's pager leaves pages out
        found |= {"shown": list(page.iter_pages())}
        if is_usual(**edges):
            found |= {"shown with edges": list(page.iter_pages(**edges))}
    return found


def is_usual(*, left_edge: int = 2, left_current: int = 2, right_current: int = 4, right_edge: int = 2) -> bool:
    """Tell whether edges do not reach over the current page: there Flask-SQLAlchemy omits pages, or repeats them."""
    return right_edge <= left_current + 1 and left_edge <= right_current + 1


def outcome(function: Callable[[], Any]) -> Any:
    try:
        return function()
    except NotFound:
        return 404


def page_of(paginate: Callable[..., Any], numbers: dict[str, Any], total: int, edges: dict[str, int]) -> Any:
    statement = sa.select(Row).where(Row.id <= total).order_by(Row.id)

    def look() -> Any:
        page = paginate(statement, **numbers)
        found = [told(each, edges) for each in (page, page.next(), page.prev())]
        del found[2]["max_per_page"]  # Flask-SQLAlchemy forgets it there
        return found

    return outcome(look)


numbers = st.fixed_dictionaries(
    {"max_per_page": st.none() | st.integers(20, 30)},  # another default; and Flask-SQLAlchemy's 20 exceed a lower one
    optional={"page": st.integers(-1, 12), "per_page": st.integers(-1, 60), "error_out": st.booleans()},
)
edge = st.integers(0, 6)
edges_ = st.fixed_dictionaries({}, optional=dict.fromkeys(EDGES, edge))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=numbers, total=st.integers(0, 45), edges=edges_)
def test_pages_and_pagers_are_the_same(
    both: tuple[App, flask.Flask], numbers: dict[str, Any], total: int, edges: dict[str, int]
) -> None:
    ours, theirs = both
    with ours.app_context():
        mine = page_of(db.paginate, numbers, total, edges)
    with theirs.app_context():
        assert mine == page_of(peer.paginate, numbers, total, edges)


asked = st.sampled_from(["", "page=2", "page=0", "page=x", "per_page=7", "per_page=-3", "page=3&per_page=9", "page=99"])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=asked, numbers=numbers)
def test_the_query_string_means_the_same(both: tuple[App, flask.Flask], query: str, numbers: dict[str, Any]) -> None:
    ours, theirs = both
    with ours.test_request_context(f"/?{query}"):
        mine = page_of(db.paginate, numbers, 45, {})
    with theirs.test_request_context(f"/?{query}"):
        assert mine == page_of(peer.paginate, numbers, 45, {})


def test_every_public_name_of_a_page_is_there(both: tuple[App, flask.Flask]) -> None:
    ours, theirs = both
    with theirs.app_context():
        names = {name for name in dir(peer.paginate(sa.select(Row))) if not name.startswith("_")}
    with ours.app_context():
        page: Pagination[Row] = db.paginate(sa.select(Row))
        assert names - set(dir(page)) == set()


def test_queries_that_answer_404_do_so_for_the_same(both: tuple[App, flask.Flask]) -> None:
    ours, theirs = both

    def ask(of: Any) -> list[Any]:
        notes = sa.select(Row.note).order_by(Row.id)
        return [
            outcome(lambda: of.get_or_404(Row, 1).id),
            outcome(lambda: of.get_or_404(Row, 99)),
            outcome(lambda: of.get_or_404(Row, {"id": 3}, populate_existing=True).id),
            outcome(lambda: of.first_or_404(notes)),
            outcome(lambda: of.first_or_404(notes.where(Row.id == 2))),
            outcome(lambda: of.first_or_404(notes.where(Row.id == 99))),
            outcome(lambda: of.one_or_404(notes)),
            outcome(lambda: of.one_or_404(notes.where(Row.id == 2))),
            outcome(lambda: of.one_or_404(notes.where(Row.id == 99))),
            outcome(lambda: of.one_or_404(sa.select(Row).where(Row.id == 3)).id),
        ]

    with ours.app_context():
        mine = ask(db)
    with theirs.app_context():
        assert mine == ask(peer)
