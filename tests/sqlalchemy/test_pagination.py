"""Pages: what is on them, what a pager shows, and what hostile numbers get."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.exceptions import NotFound

from ferrule import App
from ferrule_sqlalchemy import Model, Pagination, db
from ferrule_sqlalchemy.pagination import shown_pages

MakeApp = Callable[..., App]
MakeTables = Callable[..., None]


class Entry(Model):
    __tablename__ = "paged_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    parity: Mapped[str] = mapped_column(sa.String(4))


@pytest.fixture
def app(make_app: MakeApp, make_tables: MakeTables, database_uri: str) -> App:
    """An application with 45 entries, numbered from 1, in each database in turn."""
    return filled(make_app(database_uri), make_tables)


@pytest.fixture
def quick_app(make_app: MakeApp, make_tables: MakeTables) -> App:
    """The same in memory, for what does not depend on the database."""
    return filled(make_app(), make_tables)


def filled(app: App, make_tables: MakeTables) -> App:
    make_tables(app, Entry)
    with app.app_context():
        db.session.add_all([Entry(id=number, parity="even" if number % 2 == 0 else "odd") for number in range(1, 46)])
        db.session.commit()
    return app


def entries() -> sa.Select[Entry]:
    return sa.select(Entry).order_by(Entry.id)


@pytest.fixture
def statements(quick_app: App) -> Iterator[list[str]]:
    """The statements that are executed."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    event.listen(db.engine_of(quick_app), "before_cursor_execute", note)
    yield found
    event.remove(db.engine_of(quick_app), "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("page", "ids", "prev_num", "next_num"),
    [(1, range(1, 11), None, 2), (3, range(21, 31), 2, 4), (5, range(41, 46), 4, None)],
)
def test_a_page_knows_its_place(app: App, page: int, ids: range, prev_num: int | None, next_num: int | None) -> None:
    with app.app_context():
        found = db.paginate(entries(), page=page, per_page=10)
        assert [entry.id for entry in found] == [entry.id for entry in found.items] == list(ids)
        assert (found.page, found.per_page, found.total, found.pages) == (page, 10, 45, 5)
        assert (found.first, found.last) == (ids[0], ids[-1])
        assert (found.prev_num, found.has_prev) == (prev_num, prev_num is not None)
        assert (found.next_num, found.has_next) == (next_num, next_num is not None)


def test_pages_can_be_turned(app: App) -> None:
    with app.app_context():
        middle = db.paginate(entries(), page=2, per_page=20)
        following, preceding = middle.next(), middle.prev()
        assert [entry.id for entry in following] == list(range(41, 46))
        assert [entry.id for entry in preceding] == list(range(1, 21))
        assert (following.total, preceding.total, preceding.pages) == (45, 45, 3)
        assert following.next().items == []
        assert preceding.prev().page == 1
        for beyond in (following.next, preceding.prev):
            with pytest.raises(NotFound):
                beyond(error_out=True)


def test_an_empty_table_has_one_empty_page(app: App) -> None:
    with app.app_context():
        found = db.paginate(entries().where(Entry.id < 0))
        assert (found.items, found.total, found.pages, found.first, found.last) == ([], 0, 0, 0, 0)
        assert (found.has_next, found.has_prev, list(found.iter_pages())) == (False, False, [])


def test_without_counting_a_page_still_knows_whether_one_follows(quick_app: App, statements: list[str]) -> None:
    with quick_app.app_context():
        pages = [db.paginate(entries(), page=page, per_page=15, count=False) for page in (1, 3)]
        assert [(page.total, len(page.items), page.has_next) for page in pages] == [(None, 15, True), (None, 15, False)]
    assert len(statements) == 2


def test_columns_are_paged_and_equal_values_stay(app: App) -> None:
    with app.app_context():
        found = db.paginate(sa.select(Entry.parity).order_by(Entry.id), per_page=4)
        assert found.items == ["odd", "even"] * 2
        assert found.total == 45


def test_grouped_and_limited_statements_are_counted_as_they_are_paged(app: App) -> None:
    with app.app_context():
        assert db.paginate(sa.select(Entry.parity).distinct().order_by(Entry.parity)).total == 2
        assert db.paginate(sa.select(Entry.parity).group_by(Entry.parity)).total == 2
        limited = db.paginate(entries().limit(3), per_page=10)
        assert (len(limited.items), limited.total) == (10, 45)


def test_numbers_come_from_the_query_string(quick_app: App) -> None:
    @quick_app.get("/")
    def index() -> list[int]:
        return [entry.id for entry in db.paginate(entries(), max_per_page=30)]

    client = quick_app.test_client()
    assert client.get("/").json == list(range(1, 21))
    assert client.get("/?page=2&per_page=5").json == list(range(6, 11))
    assert client.get("/?per_page=1000").json == list(range(1, 31))


def test_numbers_that_the_code_gives_win(quick_app: App) -> None:
    with quick_app.test_request_context("/?page=2&per_page=5"):
        found = db.paginate(entries(), page=1, per_page=3)
        assert (found.page, found.per_page) == (1, 3)
    with quick_app.test_request_context("/?per_page=40"):
        assert db.paginate(entries(), max_per_page=None).per_page == 40


HOSTILE = ["0", "-1", "x", "", "1.5", "1e3", "NaN", "99999999999999999999", str(2**63), "9" * 5000, "%00", "%ff"]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: value[:25])
@pytest.mark.parametrize("name", ["page", "per_page"])
def test_numbers_that_are_none_get_404_and_never_reach_the_database(quick_app: App, name: str, value: str) -> None:
    @quick_app.get("/")
    def index() -> list[int]:
        return [entry.id for entry in db.paginate(entries(), max_per_page=None)]

    @quick_app.get("/lenient")
    def lenient() -> list[int]:
        return [entry.id for entry in db.paginate(entries(), max_per_page=None, error_out=False)]

    client = quick_app.test_client()
    assert client.get(f"/?{name}={value}").status_code == 404
    assert client.get(f"/lenient?{name}={value}").json == list(range(1, 21))


def test_a_page_beyond_the_last_is_a_404_or_empty(app: App) -> None:
    with app.app_context():
        for page in (6, 2**55):
            with pytest.raises(NotFound):
                db.paginate(entries(), page=page, per_page=10)
            found = db.paginate(entries(), page=page, per_page=10, error_out=False)
            assert (found.items, found.total, found.has_next, found.first, found.last) == ([], 45, False, 0, 0)


def test_repr_tells_the_place(quick_app: App) -> None:
    with quick_app.app_context():
        assert repr(db.paginate(entries(), page=2)) == "<Pagination page 2, 20 items of 45>"
        assert repr(db.paginate(entries(), count=False)) == "<Pagination page 1, 20 items>"


SHOWN = [
    # What Flask-SQLAlchemy documents of iter_pages: 20 pages, the seventh being the current one.
    (7, 20, {}, [1, 2, None, 5, 6, 7, 8, 9, 10, 11, None, 19, 20]),
    # And what it yields elsewhere.
    (1, 0, {}, []),
    (1, 1, {}, [1]),
    (1, 20, {}, [1, 2, 3, 4, 5, None, 19, 20]),
    (5, 20, {}, [1, 2, 3, 4, 5, 6, 7, 8, 9, None, 19, 20]),
    (6, 20, {}, [1, 2, None, 4, 5, 6, 7, 8, 9, 10, None, 19, 20]),
    (14, 20, {}, [1, 2, None, 12, 13, 14, 15, 16, 17, 18, 19, 20]),
    (20, 20, {}, [1, 2, None, 18, 19, 20]),
    (4, 8, {}, [1, 2, 3, 4, 5, 6, 7, 8]),
    (7, 20, {"left_edge": 0, "right_edge": 0}, [None, 5, 6, 7, 8, 9, 10, 11, None]),
    (7, 20, {"left_current": 0, "right_current": 0}, [1, 2, None, 7, None, 19, 20]),
    (10, 20, {"left_edge": 1, "right_edge": 1, "left_current": 1, "right_current": 1}, [1, None, 9, 10, 11, None, 20]),
]


@pytest.mark.parametrize(("page", "pages", "options", "expected"), SHOWN)
def test_a_pager_shows_what_flask_sqlalchemy_does(
    quick_app: App, page: int, pages: int, options: dict[str, int], expected: list[int | None]
) -> None:
    with quick_app.app_context():
        found: Pagination[Entry] = db.paginate(entries(), page=page, per_page=10, error_out=False)
    found.total = pages * 10
    assert list(found.iter_pages(**options)) == expected


numbers = st.integers(min_value=0, max_value=8)


@given(page=st.integers(1, 60), pages=st.integers(0, 50), edges=st.tuples(numbers, numbers, numbers, numbers))
def test_a_pager_shows_edges_and_surroundings_and_a_gap_for_all_else(
    page: int, pages: int, edges: tuple[int, int, int, int]
) -> None:
    left_edge, left_current, right_current, right_edge = edges
    shown = list(shown_pages(page, pages, *edges))
    wanted = {
        number
        for number in range(1, pages + 1)
        if number <= left_edge or number > pages - right_edge or page - left_current <= number <= page + right_current
    }
    assert [number for number in shown if number is not None] == sorted(wanted)
    # A gap stands exactly where numbers are missing.
    ends = [0, *shown, pages + 1]
    for before, after in pairwise(ends):
        assert before is not None or after is not None
        assert before is None or after is None or after == before + 1
    assert shown.count(None) == sum(after > before + 1 for before, after in pairwise([0, *sorted(wanted), pages + 1]))


def test_a_pager_of_very_many_pages_is_quick() -> None:
    assert len(list(shown_pages(10**15, 10**16, 2, 2, 4, 2))) == 13
