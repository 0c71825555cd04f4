"""What type checkers know: run mypy and pyright over this file; at run time it only has to pass."""

from typing import Any, assert_type

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, Session, mapped_column

from ferrule import App
from ferrule_sqlalchemy import Model, ModelConventions, Pagination, SQLAlchemy, db
from ferrule_sqlalchemy.metadatas import METADATAS


class Stamp(Model):
    __tablename__ = "typed_stamp"

    id: Mapped[int] = mapped_column(primary_key=True)
    country: Mapped[str] = mapped_column(sa.String(40))
    year: Mapped[int | None]


class OwnBase(DeclarativeBase):
    pass


class DataBase(ModelConventions, MappedAsDataclass, DeclarativeBase):
    pass


own = SQLAlchemy(model_class=OwnBase)
SQLAlchemy(model_class=DataBase)


class Country(OwnBase):
    __tablename__ = "typed_country"

    id: Mapped[int] = mapped_column(primary_key=True)


class Printer(Model):
    __bind_key__ = "typed"

    id: Mapped[int] = mapped_column(primary_key=True)


del METADATAS["typed"]  # other modules' applications have one database


class TypedPoint(DataBase):
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    x: Mapped[int]


@pytest.fixture
def app(make_app: Any, make_tables: Any) -> App:
    """An application with one stamp."""
    app: App = make_app()
    make_tables(app, Stamp)
    with app.app_context():
        db.session.add(Stamp(id=1, country="Mauritius"))
        db.session.commit()
    return app


def test_attributes_and_objects_have_their_types(app: App) -> None:
    with app.app_context():
        assert_type(db.session, Session)
        assert_type(db.engine, sa.Engine)
        assert_type(db.Model, type[Model])
        assert_type(app.extension(SQLAlchemy), SQLAlchemy)
        stamp = db.session.get(Stamp, 1)
        assert_type(stamp, Stamp | None)
        assert stamp is not None
        assert_type(stamp.country, str)
        assert_type(stamp.year, int | None)


def test_queries_return_what_they_select(app: App) -> None:
    with app.app_context():
        assert_type(db.get_or_404(Stamp, 1), Stamp)
        assert_type(db.first_or_404(sa.select(Stamp)), Stamp)
        assert_type(db.first_or_404(sa.select(Stamp.country)), str)
        assert_type(db.one_or_404(sa.select(Stamp).where(Stamp.id == 1)), Stamp)


def test_pages_have_items_of_what_they_select(app: App) -> None:
    with app.app_context():
        page = db.paginate(sa.select(Stamp).order_by(Stamp.id))
        assert_type(page, Pagination[Stamp])
        assert_type(page.items, list[Stamp])
        assert_type(page.total, int | None)
        assert_type(page.next(), Pagination[Stamp])
        for stamp in page:
            assert_type(stamp, Stamp)
        assert_type(db.paginate(sa.select(Stamp.country)).items, list[str])


def test_models_of_an_own_base_have_their_types(app: App) -> None:
    with app.app_context():
        assert_type(db.get_or_404(Stamp, 1), Stamp)
        assert_type(Country().id, int)
        assert_type(sa.select(Country), sa.Select[Country])
        assert_type(Printer().id, int)
        assert_type(TypedPoint(x=3).x, int)
        assert TypedPoint.__tablename__ == "typed_point"


def test_engines_and_metadata_have_their_types(app: App) -> None:
    with app.app_context():
        assert_type(db.engines[None], sa.Engine)
        assert_type(db.get_engine(), sa.Engine)
        assert_type(db.metadatas[None], sa.MetaData)
        assert_type(db.engine_of(app), sa.Engine)
