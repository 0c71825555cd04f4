"""Cursors: what opens which list, what does not, and what a page of a list tells of others."""

import datetime as dt
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any, assert_type

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Mapped, WriteOnlyMapped, aliased, joinedload, mapped_column, relationship
from werkzeug.exceptions import BadRequest, NotFound

from ferrule import App, ConfigError
from ferrule.keyring import KeyRing
from ferrule_sqlalchemy import KeysetPagination, Model, db
from ferrule_sqlalchemy.cursors import Cursors, Place

MakeApp = Callable[..., App]
MakeTables = Callable[..., None]


class Film(Model):
    __tablename__ = "cursor_film"
    __table_args__ = (sa.Index("ix_cursor_film_year_id", "year", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(40), unique=True)
    year: Mapped[int]
    rating: Mapped[float | None] = mapped_column(sa.Double)
    sequel_of: Mapped[int | None] = mapped_column(sa.ForeignKey("cursor_film.id"))
    roles: Mapped[list["Role"]] = relationship(order_by="Role.name")
    parts: WriteOnlyMapped["Role"] = relationship(viewonly=True)


class Role(Model):
    __tablename__ = "cursor_role"

    film_id: Mapped[int] = mapped_column(sa.ForeignKey(Film.id), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)


@pytest.fixture
def app(make_app: MakeApp, make_tables: MakeTables, database_uri: str) -> App:
    """An application with nine films of three years and two roles each, in each database in turn."""
    return filled(make_app(database_uri), make_tables)


@pytest.fixture
def quick_app(make_app: MakeApp, make_tables: MakeTables) -> App:
    """The same in memory, for what does not depend on the database."""
    return filled(make_app(), make_tables)


def filled(app: App, make_tables: MakeTables) -> App:
    app.config["SECRET_KEY"] = "the first key"
    make_tables(app, Film, Role)
    with app.app_context():
        for number in range(1, 10):
            roles = [Role(name="hero"), Role(name="villain")]
            db.session.add(Film(id=number, title=f"Film {number}", year=1990 + number % 3, roles=roles))
        db.session.commit()
    return app


def films() -> sa.Select[Film]:
    return sa.select(Film).order_by(Film.year)


def all_of(statement: sa.Select[*tuple[Any, ...]], per_page: int = 2) -> list[Any]:
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = db.paginate_by_key(statement, cursor=cursor, per_page=per_page)
        found += page.items
        cursor = page.next_cursor
        assert len(found) < 100
    return found


def test_a_page_knows_its_neighbours(app: App) -> None:
    with app.app_context():
        first = db.paginate_by_key(films(), per_page=4)
        assert [film.id for film in first] == [film.id for film in first.items] == [3, 6, 9, 1]
        assert (first.has_prev, first.prev_cursor, first.has_next, first.total) == (False, None, True, None)
        second = db.paginate_by_key(films(), per_page=4, cursor=first.next_cursor, count=True)
        assert [film.id for film in second] == [4, 7, 2, 5]
        assert (second.has_prev, second.has_next, second.total) == (True, True, 9)
        third = db.paginate_by_key(films(), per_page=4, cursor=second.next_cursor)
        assert ([film.id for film in third], third.has_next, third.next_cursor) == ([8], False, None)
        again = db.paginate_by_key(films(), per_page=4, cursor=second.prev_cursor)
        assert ([film.id for film in again], again.has_prev, again.has_next) == ([3, 6, 9, 1], False, True)


def test_an_empty_list_has_one_empty_page(app: App) -> None:
    with app.app_context():
        page = db.paginate_by_key(films().where(Film.id < 0), count=True)
        assert (page.items, page.has_next, page.has_prev, page.total) == ([], False, False, 0)


def test_a_page_whose_items_are_gone_leads_back(app: App) -> None:
    with app.app_context():
        first = db.paginate_by_key(films(), per_page=4)
        cursor = first.next_cursor
        db.session.execute(sa.delete(Role))
        db.session.execute(sa.delete(Film).where(Film.id.not_in([3, 6, 9, 1])))
        gone = db.paginate_by_key(films(), per_page=4, cursor=cursor)
        assert (gone.items, gone.has_next, gone.has_prev) == ([], False, True)
        back = db.paginate_by_key(films(), per_page=4, cursor=gone.prev_cursor)
        assert ([film.id for film in back], back.has_next, back.has_prev) == ([3, 6, 9, 1], False, False)
        db.session.execute(sa.delete(Film))
        nothing = db.paginate_by_key(films(), cursor=gone.prev_cursor)
        assert (nothing.items, nothing.has_next, nothing.has_prev) == ([], False, False)


def test_a_page_takes_one_query_and_a_look_back_one_more(quick_app: App) -> None:
    statements: list[str] = []
    event.listen(db.engine_of(quick_app), "before_cursor_execute", lambda *a: statements.append(a[2]))
    with quick_app.app_context():
        page = db.paginate_by_key(films(), per_page=4)
        _ = page.next_cursor, page.prev_cursor, page.has_next
        assert len(statements) == 1
        page = db.paginate_by_key(films(), per_page=4, cursor=page.next_cursor)
        assert page.has_next
        assert len(statements) == 2
        assert (page.has_prev, page.has_prev) == (True, True)
        assert len(statements) == 3


def test_cursor_and_number_come_from_the_query_string(quick_app: App) -> None:
    @quick_app.get("/films")
    def index() -> Any:
        page = db.paginate_by_key(films(), max_per_page=4)
        return {"films": [film.id for film in page], "links": page.links}, {"Link": page.link_header}

    client = quick_app.test_client()

    def get(address: str) -> Any:
        return client.get(address).json

    first = get("/films?per_page=1000&q=a%26b")
    assert first["films"] == [3, 6, 9, 1]
    assert sorted(first["links"]) == ["first", "next"]
    second = get(first["links"]["next"])
    assert second["films"] == [4, 7, 2, 5]
    assert second["links"]["first"] == "/films?per_page=1000&q=a%26b"
    assert get(second["links"]["prev"])["films"] == [3, 6, 9, 1]
    assert get("/films?cursor=&per_page=2")["films"] == [3, 6]
    assert client.get("/films?per_page=0").status_code == 404
    links = dict(part.split("; ")[::-1] for part in client.get(first["links"]["next"]).headers["Link"].split(", "))
    assert sorted(links) == ['rel="first"', 'rel="next"', 'rel="prev"']
    assert links['rel="first"'] == "<http://localhost/films?per_page=1000&q=a%26b>"


def test_links_keep_the_prefix_that_the_application_is_mounted_at(quick_app: App) -> None:
    with quick_app.test_request_context("/films/ä", base_url="https://example.org/shop"):
        page = db.paginate(films(), page=2, per_page=4)
        assert page.links == {
            "first": "/shop/films/%C3%A4?page=1",
            "prev": "/shop/films/%C3%A4?page=1",
            "next": "/shop/films/%C3%A4?page=3",
            "last": "/shop/films/%C3%A4?page=3",
        }
        assert page.link_header.startswith('<https://example.org/shop/films/%C3%A4?page=1>; rel="first", <')
        assert page.link_to(3) == page.links["last"]
        assert "last" not in db.paginate(films(), count=False).links


def refuses(cursor: str, **options: Any) -> bool:
    try:
        db.paginate_by_key(options.pop("select", films()), cursor=cursor, **options)
    except BadRequest:
        return True
    return False


def test_a_cursor_of_another_list_is_a_400(app: App) -> None:
    with app.app_context():
        cursor = db.paginate_by_key(films(), per_page=4).next_cursor
        assert cursor is not None
        assert not refuses(cursor)
        assert not refuses(cursor, select=films().where(Film.id > 2), per_page=3)
        others: list[sa.Select[Any]] = [
            sa.select(Film).order_by(Film.year.desc()),
            sa.select(Film).order_by(Film.year, Film.title),
            sa.select(Film).order_by(Film.title),
            sa.select(Film).order_by(Film.year + 1),
            sa.select(Film.id).order_by(Film.year),
            sa.select(Role).order_by(Role.name),
        ]
        assert all(refuses(cursor, select=other) for other in others)
        assert refuses(cursor, purpose="admin")
        mine = db.paginate_by_key(films(), per_page=4, purpose="admin").next_cursor
        assert mine is not None
        assert not refuses(mine, purpose="admin")
        assert refuses(mine)
        plus_one = db.paginate_by_key(others[3], per_page=4).next_cursor
        assert plus_one is not None
        assert refuses(plus_one, select=sa.select(Film).order_by(Film.year + 2))


HOSTILE = ["x", "%00", "0", "-1", "AAAA", "ä", "\0", "a" * 70_000, "..", "eyJhIjoxfQ", "None", "' OR 1=1 --"]


@pytest.mark.parametrize("cursor", HOSTILE, ids=lambda cursor: ascii(cursor)[:20])
def test_a_forged_cursor_is_a_400_and_never_reaches_the_database(quick_app: App, cursor: str) -> None:
    @quick_app.get("/")
    def index() -> list[int]:
        return [film.id for film in db.paginate_by_key(films(), per_page=4)]

    @quick_app.get("/lenient")
    def lenient() -> list[int]:
        return [film.id for film in db.paginate_by_key(films(), per_page=4, error_out=False)]

    client = quick_app.test_client()
    statements: list[str] = []
    event.listen(db.engine_of(quick_app), "before_cursor_execute", lambda *a: statements.append(a[2]))
    assert client.get("/", query_string={"cursor": cursor}).status_code == 400
    assert statements == []
    assert client.get("/lenient", query_string={"cursor": cursor}).json == [3, 6, 9, 1]


def test_every_truncated_or_altered_cursor_is_a_400(quick_app: App) -> None:
    with quick_app.app_context():
        cursor = db.paginate_by_key(films(), per_page=4).next_cursor
        assert cursor is not None
        assert all(refuses(cursor[:length]) for length in range(1, len(cursor)))
        for place, character in enumerate(cursor):
            assert refuses(f"{cursor[:place]}{'A' if character != 'A' else 'B'}{cursor[place + 1 :]}")


def test_a_cursor_outlives_a_rotation_of_the_key_and_not_the_key(quick_app: App) -> None:
    with quick_app.app_context():
        cursor = db.paginate_by_key(films(), per_page=4).next_cursor
        assert cursor is not None
        quick_app.config.update(SECRET_KEY="the second key", SECRET_KEY_FALLBACKS=["the first key"])
        assert not refuses(cursor)
        newer = db.paginate_by_key(films(), per_page=4).next_cursor
        assert newer is not None
        quick_app.config.update(SECRET_KEY_FALLBACKS=[])
        assert refuses(cursor)
        assert not refuses(newer)


def test_a_cursor_made_for_something_else_is_a_400(quick_app: App) -> None:
    with quick_app.app_context():
        assert refuses(quick_app.keyring.encrypter("something else").encrypt(b"[]"))


def test_without_a_secret_key_the_error_says_what_to_set(quick_app: App) -> None:
    quick_app.config["SECRET_KEY"] = None
    with quick_app.app_context():
        page = db.paginate_by_key(films(), per_page=4)
        with pytest.raises(ConfigError, match="secret_key"):
            _ = page.next_cursor


def test_a_cursor_does_not_show_what_is_in_it(quick_app: App) -> None:
    with quick_app.app_context():
        cursors = [db.paginate_by_key(films(), per_page=4).next_cursor for _ in range(2)]
        assert cursors[0] != cursors[1]
        assert all(cursor is not None and len(cursor) < 150 for cursor in cursors)


values = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.binary(), st.uuids()),
    *(st.dates(), st.times(), st.datetimes(timezones=st.none() | st.timezones()), st.timedeltas()),
    st.decimals(allow_nan=False),
)


@given(values=st.lists(values, max_size=4), is_backward=st.booleans(), is_inclusive=st.booleans())
def test_a_cursor_brings_back_every_value_exactly(values: list[Any], is_backward: bool, is_inclusive: bool) -> None:
    cursors = Cursors(KeyRing("key"), ["list"])
    place = Place(tuple(values), is_backward, is_inclusive)
    found = cursors.read(cursors.write(place))
    assert found == place
    assert found is not None
    assert [type(value) for value in found.values] == [type(value) for value in values]


def test_a_value_that_no_cursor_holds_is_an_error_that_says_so() -> None:
    with pytest.raises(ValueError, match="of type dict, which cannot stand in a cursor; order by"):
        Cursors(KeyRing("key"), []).write(Place(({},)))


@pytest.mark.parametrize(
    "order", [sa.text("year"), "year", sa.func.row_number().over(order_by=Film.year)], ids=["text", "name", "window"]
)
def test_an_order_that_rows_cannot_be_compared_by_is_an_error(quick_app: App, order: Any) -> None:
    with quick_app.app_context(), pytest.raises(ValueError, match="rows cannot be compared with a cursor by it"):
        db.paginate_by_key(sa.select(Film).order_by(order))


def test_infinities_and_nan_stand_where_the_database_sorts_them(
    make_app: MakeApp, make_tables: MakeTables, postgresql_url: str
) -> None:
    app = filled(make_app(postgresql_url), make_tables)
    floats = [math.nan, math.inf, -math.inf, 1.0, math.nan, None, 0.0, -0.0, math.inf]
    with app.app_context():
        for film, rating in zip(db.session.scalars(sa.select(Film).order_by(Film.id)), floats, strict=True):
            film.rating = rating
        db.session.flush()
        for clause in (Film.rating.asc(), Film.rating.desc(), Film.rating.desc().nulls_last()):
            statement = sa.select(Film.id).order_by(clause, Film.id)
            assert all_of(statement) == list(db.session.scalars(statement))


@pytest.mark.filterwarnings("ignore:Type object .*BIT:sqlalchemy.exc.SADeprecationWarning")  # SQLAlchemy's own asc()
@pytest.mark.parametrize(
    ("kind", "values"),
    [(mysql.SET("b", "a", "c"), [{"a"}, {"c"}, set(), {"a", "b"}, {"b"}]), (mysql.BIT(3), [b"\7", b"\1", b"\2"])],
    ids=["SET", "BIT"],
)
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_what_mariadb_sorts_by_a_number_is_paged_by_it(
    make_app: MakeApp, mariadb_url: str, kind: Any, values: list[Any], direction: str
) -> None:
    badges = sa.Table(
        "cursor_badge", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("v", kind)
    )
    app = make_app(mariadb_url)
    app.config["SECRET_KEY"] = "the first key"
    with app.app_context():
        badges.create(db.engine)
        try:
            rows = [{"id": number, "v": value} for number, value in enumerate([*values, None] * 2, 1)]
            db.session.execute(sa.insert(badges), rows)
            order = [getattr(badges.c.v, direction)(), getattr(badges.c.id, direction)()]
            expected = db.session.scalars(sa.select(badges.c.id).order_by(*order)).all()
            assert all_of(sa.select(badges.c.id).order_by(order[0])) == expected
        finally:
            db.session.close()
            badges.drop(db.engine)


def test_an_infinity_is_a_float_like_others_on_sqlite(quick_app: App) -> None:
    with quick_app.app_context():
        db.session.execute(sa.update(Film).where(Film.id < 4).values(rating=math.inf))
        db.session.execute(sa.update(Film).where(Film.id == 4).values(rating=-math.inf))
        statement = sa.select(Film.id).order_by(Film.rating, Film.id)
        assert all_of(statement) == [5, 6, 7, 8, 9, 4, 1, 2, 3]


def test_rows_of_several_columns_and_models_are_rows(app: App) -> None:
    with app.app_context():
        rows = db.paginate_by_key(sa.select(Film.title, Film.year).order_by(Film.year), per_page=2)
        assert_type(rows, KeysetPagination[sa.Row[str, int]])
        assert [(row.title, row.year) for row in rows] == [("Film 3", 1990), ("Film 6", 1990)]
        assert rows.items[0] == ("Film 3", 1990)
        both = db.paginate_by_key(sa.select(Role, Film).join(Film).order_by(Film.year.desc()), per_page=3)
        assert [(row.Role.name, row.Film.id) for row in both] == [("villain", 8), ("hero", 8), ("villain", 5)]
        numbered = db.paginate(sa.select(Film.title, Film.year).order_by(Film.id), per_page=2)
        assert [row.title for row in numbered] == ["Film 1", "Film 2"]
        assert (numbered.total, [row.year for row in numbered.next()]) == (9, [1990, 1991])


def test_columns_of_joined_tables_are_told_apart_by_all_their_keys(app: App) -> None:
    with app.app_context():
        found = all_of(sa.select(Film.year, Role.name).join(Role).order_by(Film.year), per_page=4)
        assert sorted(map(tuple, found)) == sorted((1990 + n % 3, r) for n in range(9) for r in ("hero", "villain"))


def test_collections_are_loaded_with_their_objects(app: App) -> None:
    with app.app_context():
        statement = films().options(joinedload(Film.roles))
        found = all_of(statement)
        assert [film.id for film in found] == [3, 6, 9, 1, 4, 7, 2, 5, 8]
        assert [role.name for role in found[0].roles] == ["hero", "villain"]


def test_groups_are_paged_by_what_they_are_sorted_by(app: App) -> None:
    with app.app_context():
        number = sa.func.count().label("number")
        groups = sa.select(Film.year, number).where(Film.id < 9).group_by(Film.year).order_by(number.desc())
        assert [tuple(row) for row in all_of(groups, per_page=1)] == [(1992, 3), (1991, 3), (1990, 2)]


def test_distinct_values_and_objects_are_paged(app: App) -> None:
    with app.app_context():
        assert all_of(sa.select(Film.year).distinct().order_by(Film.year), per_page=2) == [1990, 1991, 1992]
        found = all_of(sa.select(Film).join(Film.roles).distinct().order_by(Film.year.desc()), per_page=2)
        assert [film.id for film in found] == [8, 5, 2, 7, 4, 1, 9, 6, 3]


def test_an_alias_a_subquery_and_a_table_are_paged_as_models_are(app: App) -> None:
    with app.app_context():
        film = aliased(Film)
        assert [each.id for each in all_of(sa.select(film).order_by(film.year.desc()))] == [8, 5, 2, 7, 4, 1, 9, 6, 3]
        table = Film.__table__
        assert all_of(sa.select(table.c.id).order_by(table.c.year)) == [3, 6, 9, 1, 4, 7, 2, 5, 8]
        ranked = sa.select(Film.id, sa.func.row_number().over(order_by=Film.id.desc()).label("rank")).subquery()
        assert all_of(sa.select(ranked.c.id).order_by(ranked.c.rank)) == list(range(9, 0, -1))
        sequel, original = aliased(Film), aliased(Film)
        pairs = sa.select(sequel, original).outerjoin(original, original.id == sequel.sequel_of).order_by(original.year)
        found = all_of(pairs)
        assert sorted(row[0].id for row in found) == list(range(1, 10))
        assert {row[1] for row in found} == {None}


def test_a_relationship_that_is_written_only_is_paged(app: App) -> None:
    with app.app_context():
        film = db.get_or_404(Film, 1)
        page = db.paginate_by_key(film.parts.select().order_by(Role.name.desc()), per_page=1)
        assert ([role.name for role in page], page.has_next) == (["villain"], True)
        assert [role.name for role in db.paginate(film.parts.select().order_by(Role.name))] == ["hero", "villain"]


def test_objects_that_were_changed_and_not_flushed_do_not_move_the_cursor(quick_app: App) -> None:
    with quick_app.app_context():
        first = db.paginate_by_key(films(), per_page=4)
        with db.session.no_autoflush:
            first.items[-1].year = 3000
            page = db.paginate_by_key(films(), cursor=first.next_cursor, per_page=4)
        assert [film.id for film in page] == [4, 7, 2, 5]


def plan_of(statement: sa.Select[Any]) -> str:
    """Return how the database would find the page that comes after the first four."""
    plans: list[str] = []

    def explain(connection: sa.Connection, _cursor: object, sql: str, parameters: Any, *_: object) -> None:
        if sql.startswith("SELECT") and not plans:
            verb = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
            plans.append("")
            plans.append(str(connection.exec_driver_sql(f"{verb} {sql}", parameters).all()))

    cursor = db.paginate_by_key(statement, per_page=4).next_cursor
    db.session.rollback()
    event.listen(db.engine, "before_cursor_execute", explain)
    db.paginate_by_key(statement, per_page=4, cursor=cursor)
    event.remove(db.engine, "before_cursor_execute", explain)
    return plans[-1]


def test_an_index_is_entered_where_the_page_begins(app: App) -> None:
    with app.app_context():
        name = db.engine.dialect.name
        more = [{"id": 10 + number, "title": f"More {number}", "year": 2000 + number % 50} for number in range(3000)]
        db.session.execute(sa.insert(Film), more)
        db.session.execute(sa.text("ANALYZE TABLE cursor_film" if name == "mariadb" else "ANALYZE"))
        db.session.commit()
        forward, mixed = films(), sa.select(Film).order_by(Film.year.desc(), Film.id)
        wanted = {"sqlite": "(year>?)", "postgresql": "Index Cond: (ROW(year, id) > ROW(", "mariadb": "range"}
        assert wanted[name] in plan_of(forward)
        wanted = {"sqlite": "(year<?)", "postgresql": "Index Cond: (year <=", "mariadb": "range"}
        assert wanted[name] in plan_of(mixed)


def test_the_number_of_items_is_none_gets_404(quick_app: App) -> None:
    with quick_app.test_request_context("/?per_page=x"):
        with pytest.raises(NotFound):
            db.paginate_by_key(films())
        assert db.paginate_by_key(films(), error_out=False).per_page == 20


def test_repr_tells_the_size(quick_app: App) -> None:
    with quick_app.app_context():
        assert repr(db.paginate_by_key(films(), count=True)) == "<KeysetPagination 9 items of 9>"
        assert repr(db.paginate_by_key(films(), per_page=2)) == "<KeysetPagination 2 items>"


def test_dates_and_numbers_are_compared_as_the_driver_has_them() -> None:
    cursors = Cursors(KeyRing("key"), [])
    for value in (Decimal("NaN"), Decimal("Infinity"), Decimal("-0.00"), math.inf, dt.timedelta(-1, 5, 7)):
        found = cursors.read(cursors.write(Place((value,))))
        assert found is not None
        assert repr(found.values[0]) == repr(value)
