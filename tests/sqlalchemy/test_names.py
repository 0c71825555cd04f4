"""SQLAlchemy's names as attributes of db, as code that comes from Flask-SQLAlchemy has them."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from ferrule import App
from ferrule_sqlalchemy import Model, SQLAlchemy, db
from ferrule_sqlalchemy.metadatas import METADATAS

MakeApp = Callable[..., App]

BINDS = ("names archive",)

old: Any = db
"""What type checkers are not told: they know db by what it has of its own."""


@pytest.fixture(autouse=True)
def _nothing_added() -> Iterator[None]:
    """Leave the MetaData that all models share as it was."""
    before = set(Model.metadata.tables)
    yield
    METADATAS.pop("names archive", None)
    for name in set(Model.metadata.tables) - before:
        Model.metadata.remove(Model.metadata.tables[name])


def test_a_model_as_flask_sqlalchemy_has_it_works_with_the_imports_changed(make_app: MakeApp) -> None:
    shelved = old.Table(
        "named_shelved",
        old.Column("tape_id", old.ForeignKey("named_tape.id"), primary_key=True),
        old.Column("shelf_id", old.ForeignKey("named_shelf.id"), primary_key=True),
    )

    class NamedTape(old.Model):  # type: ignore[misc]  # no type checker knows it
        id = old.Column(old.Integer, primary_key=True)
        title = old.Column(old.String(80), nullable=False)
        shelves = old.relationship("NamedShelf", secondary=shelved, backref=old.backref("tapes", lazy=True))

    class NamedShelf(old.Model):  # type: ignore[misc]  # no type checker knows it
        id = old.Column(old.Integer, primary_key=True)

    tables = [shelved, NamedTape.__table__, NamedShelf.__table__]
    with make_app().app_context():
        db.metadata.create_all(db.engine, tables)
        db.session.add(NamedTape(title="Blue", shelves=[NamedShelf()]))
        db.session.commit()
        found = db.session.execute(old.select(NamedTape).where(old.func.lower(NamedTape.title) == "blue")).scalar_one()
        assert [shelf.tapes for shelf in found.shelves] == [[found]]
        db.session.remove()  # type: ignore[attr-defined]  # a scoped session has it
        assert found not in db.session


def test_names_are_sqlalchemys_own() -> None:
    assert (old.Column, old.relationship, old.event, old.func) == (sa.Column, orm.relationship, sa.event, sa.func)


def test_a_table_is_in_the_metadata_of_its_bind_or_in_the_given_one() -> None:
    column = sa.Column("id", sa.Integer, primary_key=True)
    assert db.Table("named_here").metadata is db.metadata
    assert db.Table("named_there", column, bind_key="names archive").metadata is db.metadatas["names archive"]
    given = sa.MetaData()
    assert db.Table("named_elsewhere", given, info={"a": 1}).metadata is given


def test_a_name_that_nobody_has_is_told_with_the_nearest() -> None:
    for name in ("sesion", "_private"):
        with pytest.raises(AttributeError, match=re.escape(f"'SQLAlchemy' object has no attribute {name!r}")) as caught:
            getattr(db, name)
        assert (caught.value.name, caught.value.obj) == (name, db)


def test_an_attribute_that_fails_is_not_taken_for_a_module_of_sqlalchemy() -> None:
    class Broken(SQLAlchemy):
        @property
        def engine(self) -> sa.Engine:
            raise AttributeError("a mistake inside")

    with pytest.raises(AttributeError, match="a mistake inside"):
        _ = Broken().engine
