"""Keyset pagination against a full sort: whatever the order, the types, the NULLs, and what happens between pages."""

import contextlib
import datetime as dt
import enum
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any, Final

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ferrule import App
from ferrule_sqlalchemy import KeysetPagination, Model, db

MakeApp = Callable[..., App]
MakeTables = Callable[..., None]


class Size(enum.Enum):
    """In an order that is not that of the alphabet."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class Reversed(sa.types.TypeDecorator[str]):
    """A text that is stored the other way round, and so sorted otherwise than it reads."""

    impl = sa.String(20)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else value[::-1]

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else value[::-1]


class Maker(Model):
    __tablename__ = "keyset_maker"

    id: Mapped[int] = mapped_column(primary_key=True)
    country: Mapped[str | None] = mapped_column(sa.String(20))


class Thing(Model):
    __tablename__ = "keyset_thing"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    maker_id: Mapped[int | None] = mapped_column(sa.ForeignKey(Maker.id))
    whole: Mapped[int] = mapped_column()
    count: Mapped[int | None] = mapped_column(sa.BigInteger)
    name: Mapped[str | None] = mapped_column(sa.String(20))
    price: Mapped[Decimal | None] = mapped_column(sa.Numeric(20, 12))
    weight: Mapped[float | None] = mapped_column(sa.Float(24))  # of 32 bits, where there are such
    length: Mapped[float | None] = mapped_column(sa.Double)
    made: Mapped[dt.datetime | None]
    sold: Mapped[dt.datetime | None] = mapped_column(sa.DateTime(timezone=True))
    day: Mapped[dt.date | None]
    hour: Mapped[dt.time | None]
    code: Mapped[uuid.UUID | None]
    size: Mapped[Size | None]
    is_new: Mapped[bool | None]
    digest: Mapped[bytes | None] = mapped_column(sa.LargeBinary(20))
    reversed: Mapped[str | None] = mapped_column(Reversed)
    maker: Mapped[Maker | None] = relationship()
    parts: Mapped[list["Part"]] = relationship(order_by="Part.id")


class Part(Model):
    __tablename__ = "keyset_part"

    id: Mapped[int] = mapped_column(primary_key=True)
    thing_id: Mapped[int] = mapped_column(sa.ForeignKey(Thing.id, ondelete="CASCADE"))


FEW: Final = {
    "count": st.sampled_from([0, -1, 2**62, 2**62 + 1, -(2**63)]),
    "name": st.sampled_from(["", "a", "A", "ab", "Ä", "ä", "z", " a", "a ", "Ω", "'%\\_", "😀"]),
    "price": st.sampled_from(
        [Decimal(text) for text in ("0", "0.1", "0.100000000001", "-7.5", "12345678.123456789012")]
    ),
    "weight": st.sampled_from([0.0, 0.1, -0.1, 1 / 3, 1e30, 16777217.0]),
    "length": st.sampled_from([0.0, 0.1, 0.1 + 0.2, 0.3, -1e300, 5e-300]),
    "made": st.sampled_from([dt.datetime.fromisoformat(f"2024-01-0{day} 12:00:00") for day in (1, 2, 3)]),
    "sold": st.sampled_from([dt.datetime(2024, 3, 31, hour, tzinfo=dt.UTC) for hour in range(4)]),
    "day": st.sampled_from([dt.date(2024, 2, 29), dt.date(1, 1, 1), dt.date(9999, 12, 31)]),
    "hour": st.sampled_from([dt.time(0), dt.time(23, 59, 59), dt.time(12)]),
    "code": st.sampled_from([uuid.UUID(int=number << 60) for number in (0, 1, 2**60, 2**67, 7)]),
    "size": st.sampled_from(list(Size)),
    "is_new": st.booleans(),
    "digest": st.sampled_from([b"", b"\0", b"\xff\x00", b"abc", b"ab"]),
    "reversed": st.sampled_from(["az", "by", "cx", "za"]),
    "maker_id": st.integers(1, 3),
}
"""Few values for each column, so that many rows have the same."""

things = st.fixed_dictionaries({"whole": st.integers(0, 2)} | {name: st.none() | value for name, value in FEW.items()})

Clause = sa.ColumnElement[Any]

EXPRESSIONS: Final[dict[str, Callable[[], Clause]]] = {
    **{name: partial(getattr, Thing, name) for name in [*FEW, "whole", "id"]},
    "lower": lambda: sa.func.lower(Thing.name).label("lowered"),
    "sum": lambda: (Thing.whole + sa.func.coalesce(Thing.maker_id, 7)).label("sum"),
    "country": lambda: Maker.country,  # type: ignore[dict-item,return-value] # an attribute is as good as a clause
    "maker": lambda: Maker.id,  # type: ignore[dict-item,return-value] # as above
    "case": lambda: sa.case((Thing.is_new.is_(None), None), (Thing.is_new.is_(True), 1.5), else_=2.5),
}

directions = st.tuples(st.sampled_from(["asc", "desc"]), st.sampled_from(["", "nulls_first", "nulls_last"]))
orders = st.lists(st.tuples(st.sampled_from(sorted(EXPRESSIONS)), directions), max_size=4, unique_by=lambda o: o[0])
Order = list[tuple[str, tuple[str, str]]]


def ordered(order: Order, *, on_mariadb: bool, complete: bool) -> sa.Select[Thing]:
    """Return the select in an order; complete, and in words that MariaDB knows, as something to compare with."""
    clauses: list[Any] = []
    for name, (direction, nulls) in order:
        expression = EXPRESSIONS[name]()
        bare = expression.element if isinstance(expression, sa.Label) else expression
        clause = expression.asc() if direction == "asc" else expression.desc()
        if nulls and complete and on_mariadb:
            clauses.append(bare.is_(None).desc() if nulls == "nulls_first" else bare.is_(None).asc())
        elif nulls:
            clause = getattr(clause, nulls)()
        clauses.append(clause)
    if complete:
        clauses.append(Thing.id.desc() if order and order[-1][1][0] == "desc" else Thing.id.asc())
    return sa.select(Thing).outerjoin(Thing.maker).order_by(*clauses)


@pytest.fixture(params=["memory", "postgresql", "mariadb"])
def server_uri(request: pytest.FixtureRequest) -> str:
    """The URI of one database of each kind."""
    if request.param == "memory":
        return "sqlite://"
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def app(make_app: MakeApp, make_tables: MakeTables, server_uri: str) -> App:
    """An application with three makers and no things."""
    app = make_app(server_uri)
    app.config["SECRET_KEY"] = "the first key"
    make_tables(app, Maker, Thing, Part)
    with app.app_context():
        db.session.add_all([Maker(id=1, country="Peru"), Maker(id=2, country=None), Maker(id=3, country="Peru")])
        db.session.commit()
    return app


@contextlib.contextmanager
def shelf(app: App, rows: list[dict[str, Any]]) -> Iterator[None]:
    """Have things with even numbers, in one transaction that is rolled back."""
    with app.app_context():
        if rows:
            numbered = [row | {"id": number * 2} for number, row in enumerate(rows)]
            db.session.execute(sa.insert(Thing), numbered)
        yield
        db.session.rollback()


def walk(statement: sa.Select[Thing], per_page: int) -> list[KeysetPagination[Thing]]:
    """Return all pages, forward."""
    pages = [db.paginate_by_key(statement, cursor="", per_page=per_page)]
    while (cursor := pages[-1].next_cursor) is not None:
        pages.append(db.paginate_by_key(statement, cursor=cursor, per_page=per_page))
        assert len(pages) < 100
    return pages


def walk_back(statement: sa.Select[Thing], last: KeysetPagination[Thing]) -> list[KeysetPagination[Thing]]:
    """Return the pages before one, the nearest first."""
    pages = [last]
    while (cursor := pages[-1].prev_cursor) is not None:
        pages.append(db.paginate_by_key(statement, cursor=cursor, per_page=last.per_page))
        assert len(pages) < 100
    return pages[1:]


def ids(pages: list[KeysetPagination[Thing]]) -> list[int]:
    return [thing.id for page in pages for thing in page]


# To shrink an example of so many columns takes longer than a test may.
patient = settings(
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@patient
@given(rows=st.lists(things, max_size=14), order=orders, per_page=st.integers(1, 6))
def test_the_pages_are_the_sorted_list_forward_and_backward(
    app: App, rows: list[dict[str, Any]], order: Order, per_page: int
) -> None:
    with shelf(app, rows):
        on_mariadb = db.engine.dialect.name == "mariadb"
        statement = ordered(order, on_mariadb=on_mariadb, complete=False)
        sorted_ids = [thing.id for thing in db.session.scalars(ordered(order, on_mariadb=on_mariadb, complete=True))]
        pages = walk(statement, per_page)
        assert ids(pages) == sorted_ids
        assert [len(page.items) for page in pages[:-1]] == [per_page] * (len(pages) - 1)
        assert [page.has_prev for page in pages] == [False] + [True] * (len(pages) - 1)
        back = walk_back(statement, pages[-1])
        assert ids(back[::-1]) == ids(pages[:-1])
        assert all(page.has_next for page in back)


@patient
@given(
    rows=st.lists(things, min_size=4, max_size=12),
    more=st.lists(things, max_size=3),
    gone=st.sets(st.integers(0, 11), max_size=6),
    order=orders,
    per_page=st.integers(1, 4),
    data=st.data(),
)
def test_what_comes_and_goes_between_pages_neither_repeats_nor_hides_the_rest(
    app: App,
    rows: list[dict[str, Any]],
    more: list[dict[str, Any]],
    gone: set[int],
    order: Order,
    per_page: int,
    data: st.DataObject,
) -> None:
    """What is there all the time comes exactly once; what is there for a part of it at most once, and in its place."""
    with shelf(app, rows):
        on_mariadb = db.engine.dialect.name == "mariadb"
        statement = ordered(order, on_mariadb=on_mariadb, complete=False)
        seen: list[int] = []
        cursor: str | None = ""
        changed = data.draw(st.integers(0, 2))
        number = 0
        everything: set[int] = {row * 2 for row in range(len(rows))}
        while cursor is not None:
            page = db.paginate_by_key(statement, cursor=cursor, per_page=per_page)
            seen += [thing.id for thing in page]
            cursor = page.next_cursor
            if number == changed:
                db.session.execute(sa.delete(Thing).where(Thing.id.in_([2 * each for each in gone])))
                new = [row | {"id": each * 2 + 1} for each, row in enumerate(more)]
                if new:
                    db.session.execute(sa.insert(Thing), new)
            number += 1
        stayed = everything - {2 * each for each in gone}
        assert len(seen) == len(set(seen))
        assert stayed <= set(seen)
        left = [thing.id for thing in db.session.scalars(ordered(order, on_mariadb=on_mariadb, complete=True))]
        assert [each for each in seen if each in left] == [each for each in left if each in seen]
