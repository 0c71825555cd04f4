"""Rows that are made up for tables that nobody described, on each kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from ferrule_migrate.testing.filling import fill, reflected
from ferrule_migrate.testing.values import literals_in, value


@pytest.fixture
def engine(uri: str) -> Iterator[sa.Engine]:
    made = sa.create_engine(uri, poolclass=sa.NullPool)
    yield made
    left = sa.MetaData()
    left.reflect(made)
    left.drop_all(made)


def key() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer, primary_key=True)


def tables() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table(
        "person",
        metadata,
        key(),
        sa.Column("email", sa.String(50), nullable=False, unique=True),
        sa.Column("kind", sa.Enum("admin", "guest", name="kind_of_person"), nullable=False),
        sa.Column("age", sa.Integer, nullable=False),
        sa.Column("token", sa.Uuid, unique=True),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("amount", sa.Numeric(4, 2)),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("day", sa.Date),
        sa.Column("at", sa.Time),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("raw", sa.LargeBinary(100)),
        sa.Column("code", sa.String(3), nullable=False),
        sa.CheckConstraint("age >= 18 AND age < 130", name="ck_age"),
        sa.CheckConstraint("code IN ('abc', 'it''')", name="ck_code"),
        sa.CheckConstraint("length(email) > 12", name="ck_length"),
    )
    sa.Table("profile", metadata, sa.Column("person_id", sa.ForeignKey("person.id"), primary_key=True))
    sa.Table("tag", metadata, sa.Column("name", sa.String(10), primary_key=True))
    sa.Table(
        "person_tag",
        metadata,
        sa.Column("person_id", sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("tag", sa.ForeignKey("tag.name"), primary_key=True),
    )
    sa.Table("tree", metadata, key(), sa.Column("parent", sa.ForeignKey("tree.id"), nullable=False))
    sa.Table(
        "pair",
        metadata,
        sa.Column("a", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("b", sa.String(2), primary_key=True),
    )
    sa.Table(
        "either",
        metadata,
        key(),
        sa.Column("a", sa.Integer, nullable=False),
        sa.Column("b", sa.String(2), nullable=False),
        sa.Column("x", sa.Integer),
        sa.Column("y", sa.Integer),
        sa.ForeignKeyConstraint(["a", "b"], ["pair.a", "pair.b"]),
        sa.CheckConstraint("(x IS NULL) <> (y IS NULL)", name="ck_either"),
    )
    return metadata


def counts(connection: sa.Connection, metadata: sa.MetaData) -> dict[str, int]:
    each = metadata.sorted_tables
    return {table.name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in each}


def test_keys_references_and_checks_are_respected(engine: sa.Engine) -> None:
    metadata = tables()
    metadata.create_all(engine)
    with engine.begin() as connection:
        found = reflected(connection, [None], "alembic_version")
        assert fill(connection, found, {}, rows=2) == []
        assert set(counts(connection, metadata).values()) == {2}
        nulls = connection.execute(sa.select(found.tables["person"].c.token, found.tables["person"].c.amount)).all()
        assert [row[0] is None for row in nulls] == [False, True]  # one row has all values, the other as few as can be
        assert fill(connection, found, {}, rows=3) == []
        assert set(counts(connection, metadata).values()) == {3}
    metadata.drop_all(engine)  # with the type of the enumeration


def test_what_the_types_of_one_database_are_is_known(postgresql_url: str) -> None:
    engine = sa.create_engine(postgresql_url, poolclass=sa.NullPool)
    kinds: list[Any] = [
        *(postgresql.INET, postgresql.CIDR, postgresql.MACADDR, postgresql.TSVECTOR, postgresql.JSONB),
        *(postgresql.ARRAY(sa.Text), postgresql.BIT(1), postgresql.INTERVAL, postgresql.INT4RANGE),
        *(postgresql.TSTZRANGE, postgresql.DATERANGE, postgresql.MONEY, sa.Float, sa.BigInteger),
        postgresql.DOMAIN("short_text", sa.String(5), check="VALUE <> ''"),
    ]
    metadata = sa.MetaData()
    sa.Table(
        "odd",
        metadata,
        sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
        sa.Column("twice", sa.Integer, sa.Computed("1 + 1", persisted=True)),
        *(sa.Column(f"c{number}", kind, nullable=False) for number, kind in enumerate(kinds)),
    )
    metadata.create_all(engine)
    try:
        with engine.begin() as connection:
            assert fill(connection, reflected(connection, [None], "x"), {}, rows=2) == []
    finally:
        metadata.drop_all(engine)


def test_a_table_that_accepts_nothing_is_told_with_what_the_database_said(engine: sa.Engine) -> None:
    metadata = sa.MetaData()
    checked = sa.CheckConstraint("x > 5 AND x < 3", name="ck_never")
    sa.Table("never", metadata, key(), sa.Column("x", sa.Integer, nullable=False), checked)
    sa.Table("below", metadata, key(), sa.Column("never_id", sa.ForeignKey("never.id"), nullable=False))
    metadata.create_all(engine)
    with engine.begin() as connection:
        unfilled = {
            each.table: each.reason for each in fill(connection, reflected(connection, [None], "v"), {}, rows=2)
        }
    assert "ck_never" in unfilled["never"]
    assert unfilled["below"] == "there is no row that it could refer to"


def test_the_rows_of_a_revision_s_own_are_in_nobody_s_way(engine: sa.Engine) -> None:
    metadata = sa.MetaData()
    taken = sa.Table(
        "taken", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(9), unique=True)
    )
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(taken.insert().values(name="name 2"))
        assert fill(connection, reflected(connection, [None], "v"), {"taken.name": None}, rows=2) == []
        assert fill(connection, reflected(connection, [None], "v"), {}, rows=4) == []
        assert counts(connection, metadata) == {"taken": 4}


def test_the_literals_of_a_check_are_read() -> None:
    assert literals_in("age >= 18 AND code IN ('abc', 'it''s', '') OR x2 < -1.5") == ["18", "abc", "it's", "", "-1.5"]


@given(st.integers(1, 10_000), st.integers(1, 60))
def test_a_text_fits_into_its_column(number: int, length: int) -> None:
    assert 0 < len(value(sa.String(length), "a name", number)) <= length
