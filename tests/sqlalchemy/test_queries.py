"""Queries that answer 404, create_all and drop_all."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship
from werkzeug.exceptions import NotFound

from ferrule import App
from ferrule_sqlalchemy import Model, db

MakeApp = Callable[..., App]
MakeTables = Callable[..., None]


class Album(Model):
    __tablename__ = "query_album"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(40))
    tracks: Mapped[list["Track"]] = relationship(lazy="joined")


class Track(Model):
    __tablename__ = "query_track"

    album_id: Mapped[int] = mapped_column(sa.ForeignKey(Album.id), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    number: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")


class Disc(Model):
    __tablename__ = "query_disc"

    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)


@pytest.fixture
def app(make_app: MakeApp, make_tables: MakeTables, database_uri: str) -> App:
    """An application with two albums, one of two tracks, in each database in turn."""
    app = make_app(database_uri)
    make_tables(app, Album, Track, Disc)
    with app.app_context():
        db.session.add(Album(id=1, title="Blue", tracks=[Track(name="River"), Track(name="Carey")]))
        db.session.add(Album(id=2, title="Hejira"))
        db.session.commit()
    return app


def test_get_or_404_returns_the_object(app: App) -> None:
    with app.app_context():
        assert db.get_or_404(Album, 1).title == "Blue"
        assert db.get_or_404(Track, (1, "River")).name == "River"
        assert db.get_or_404(Track, {"album_id": 1, "name": "River"}).name == "River"


def test_an_integer_may_be_a_text(app: App) -> None:
    with app.app_context():
        assert db.get_or_404(Album, "1").title == "Blue"


def test_get_or_404_passes_options_on(app: App) -> None:
    with app.app_context():
        album = db.get_or_404(Album, 1)
        db.session.execute(sa.update(Album).values(title="Green").execution_options(synchronize_session=False))
        assert db.get_or_404(Album, 1).title == "Blue"
        assert db.get_or_404(Album, 1, populate_existing=True).title == "Green"
        assert album.title == "Green"


def test_get_or_404_answers_404_with_a_description(app: App) -> None:
    with app.app_context(), pytest.raises(NotFound, match="no such album"):
        db.get_or_404(Album, 3, description="no such album")


@pytest.mark.parametrize(
    ("model", "ident"),
    [
        (Album, "1a"),  # MariaDB finds the first by it
        (Album, ""),
        (Album, " 1"),
        (Album, "9" * 5000),
        (Album, 2**31),
        (Album, 2**63),
        (Album, -(10**30)),
        (Disc, 2**31),
        (Disc, 2**63),
        (Track, (2**31, "River")),
        (Track, {"album_id": 10**30, "name": "River"}),
        (Track, (1, "Ri\0ver")),
        (Track, (1, "')--")),
    ],
    ids=repr,
)
def test_a_primary_key_that_no_row_can_have_is_a_404(app: App, model: type[Model], ident: Any) -> None:
    with app.app_context():
        with pytest.raises(NotFound):
            db.get_or_404(model, ident)
        assert db.get_or_404(Album, 1).title == "Blue"


def test_a_number_in_a_path_is_never_an_error(app: App) -> None:
    @app.get("/<int:number>")
    def show(number: int) -> str:
        return db.get_or_404(Album, number).title

    client = app.test_client()
    answers = [client.get(f"/{number}") for number in (1, 0, 3, 2**31, 2**63, 10**40)]
    assert [answer.status_code for answer in answers] == [200] + [404] * 5


def test_first_or_404_returns_the_first(app: App) -> None:
    with app.app_context():
        assert db.first_or_404(sa.select(Album).order_by(Album.id.desc())).title == "Hejira"
        assert db.first_or_404(sa.select(Album.title).order_by(Album.id)) == "Blue"
        with pytest.raises(NotFound, match="silence"):
            db.first_or_404(sa.select(Album).where(Album.id == 3), description="silence")


def test_one_or_404_returns_the_only_one(app: App) -> None:
    with app.app_context():
        assert db.one_or_404(sa.select(Album).where(Album.id == 2)).title == "Hejira"
        for album_ids in ([], [1, 2]):
            with pytest.raises(NotFound, match="not one"):
                db.one_or_404(sa.select(Album).where(Album.id.in_(album_ids)), description="not one")


def test_an_object_with_a_collection_in_its_rows_is_one(app: App) -> None:
    """The collection is loaded by a join, which makes a row of each member."""
    with app.app_context():
        albums = sa.select(Album).where(Album.title == "Blue")
        assert len(db.one_or_404(albums).tracks) == 2
        assert len(db.first_or_404(albums).tracks) == 2


def test_create_all_and_drop_all_are_for_all_tables(make_app: MakeApp) -> None:
    with make_app().app_context():
        db.create_all()
        db.create_all()
        assert set(sa.inspect(db.engine).get_table_names()) == set(db.metadata.tables)
        db.drop_all()
        assert sa.inspect(db.engine).get_table_names() == []
