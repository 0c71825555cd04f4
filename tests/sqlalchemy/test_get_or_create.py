"""An object that is found, or made by exactly one of those who look for it at the same time."""

import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, MultipleResultsFound
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ferrule import App
from ferrule_sqlalchemy import Model, db

MakeApp = Callable[..., App]
MakeTables = Callable[..., None]


class Owner(Model):
    __tablename__ = "creating_owner"
    __table_args__ = (sa.CheckConstraint("name <> ''", name="named"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(20))
    tags: Mapped[list["Tag"]] = relationship(back_populates="owner")


class Tag(Model):
    __tablename__ = "creating_tag"
    __table_args__ = (sa.UniqueConstraint("owner_id", "word"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey(Owner.id))
    word: Mapped[str] = mapped_column(sa.String(20))
    colour: Mapped[str] = mapped_column(sa.String(20), default="grey")
    owner: Mapped[Owner | None] = relationship(back_populates="tags")


@pytest.fixture
def app(make_app: MakeApp, make_tables: MakeTables, pooled_uri: str) -> App:
    """An application with one owner, in each database that has several connections."""
    app = make_app(pooled_uri)
    make_tables(app, Owner, Tag)
    with app.app_context():
        db.session.add(Owner(id=1, name="Ada"))
        db.session.commit()
    return app


def words(app: App) -> list[tuple[str, str]]:
    """Return what is committed."""
    with app.app_context():
        return [(tag.word, tag.colour) for tag in db.session.scalars(sa.select(Tag).order_by(Tag.id))]


def test_it_is_made_once_and_found_then(app: App) -> None:
    with app.app_context():
        tag, created = db.get_or_create(Tag, {"colour": "red"}, owner_id=1, word="new")
        assert (created, tag.colour, tag.id is not None) == (True, "red", True)
        again, created_again = db.get_or_create(Tag, {"colour": "blue"}, owner_id=1, word="new")
        assert (again is tag, created_again, tag.colour) == (True, False, "red")
        db.session.commit()
    assert words(app) == [("new", "red")]


def test_nothing_is_committed(app: App) -> None:
    with app.app_context():
        db.get_or_create(Tag, owner_id=1, word="new")
    assert words(app) == []


def test_who_comes_second_finds_what_the_first_made(app: App) -> None:
    """The second has looked before the first commits, and on MariaDB goes on seeing the table as it was then."""
    both_looked = threading.Barrier(2)
    first_committed = threading.Event()

    def first() -> bool:
        with app.app_context():
            assert db.session.scalars(sa.select(Tag)).all() == []
            both_looked.wait(60)
            _, created = db.get_or_create(Tag, {"colour": "red"}, owner_id=1, word="new")
            db.session.commit()
            first_committed.set()
            return created

    def second() -> tuple[bool, str]:
        with app.app_context():
            assert db.session.scalars(sa.select(Tag)).all() == []
            both_looked.wait(60)
            db.session.add(Tag(owner_id=1, word="kept"))
            if db.engine.dialect.name != "sqlite":  # its one writer may not hold the lock meanwhile
                first_committed.wait(60)
            tag, created = db.get_or_create(Tag, {"colour": "blue"}, owner_id=1, word="new")
            db.session.commit()
            return created, tag.colour

    with ThreadPoolExecutor(2) as threads:
        one, two = threads.submit(first), threads.submit(second)
        results = one.result(60), two.result(60)
    assert sorted([results[0], results[1][0]]) == [False, True]
    if not results[1][0]:
        assert results[1][1] == "red"
    assert sorted(word for word, _ in words(app)) == ["kept", "new"]


def test_of_many_threads_exactly_one_makes_it(app: App) -> None:
    together = threading.Barrier(4)

    def find(number: int) -> list[tuple[int, bool]]:
        found = []
        for word in ("a", "b", "c", "d", "e"):
            with app.app_context():
                db.session.scalars(sa.select(Owner)).all()  # a snapshot, where there are such
                together.wait(60)
                tag, created = db.get_or_create(Tag, {"colour": str(number)}, owner_id=1, word=word)
                db.session.commit()
                found.append((tag.id, created))
        return found

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(find, range(4)))
    for round_ in zip(*results, strict=True):
        assert [created for _, created in round_].count(True) == 1
        assert len({tag_id for tag_id, _ in round_}) == 1
    assert len(words(app)) == 5


def in_another_process(uri: str, folder: str, together: Barrier) -> bool:
    app = App("library", config_file=None, env="testing", instance_path=folder, extensions=["sqlalchemy"])
    app.config["SQLALCHEMY_DATABASE_URI"] = uri
    with app.app_context():
        db.session.scalars(sa.select(Owner)).all()
        together.wait(60)
        _, created = db.get_or_create(Tag, owner_id=1, word="new")
        db.session.commit()
    app.shutdown()
    return created


def run_in_another_process(uri: str, folder: str, together: Barrier, found: "multiprocessing.Queue[bool]") -> None:
    found.put(in_another_process(uri, folder, together))


def test_of_two_processes_exactly_one_makes_it(app: App, pooled_uri: str, tmp_path: Path) -> None:
    fresh = multiprocessing.get_context("fork")
    together, found = fresh.Barrier(2), fresh.Queue()
    arguments = (pooled_uri, str(tmp_path / "instance"), together, found)
    both = [fresh.Process(target=run_in_another_process, args=arguments) for _ in range(2)]
    for process in both:
        process.start()
    assert sorted(found.get(timeout=60) for _ in both) == [False, True]
    for process in both:
        process.join(60)
        assert process.exitcode == 0
    assert words(app) == [("new", "grey")]


def test_an_owner_has_what_was_found_and_not_what_could_not_be_made(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        owner = db.session.get_one(Owner, 1)
        assert owner.tags == []
        looked = db.session.scalars

        def scalars_then_somebody_else(*args: object, **options: object) -> object:
            monkeypatch.setattr(db.session, "scalars", looked)
            found = looked(*args, **options).all()  # type: ignore[call-overload] # the arguments are passed on as they are
            assert found == []
            with app.app_context():
                db.session.add(Tag(owner_id=1, word="new"))
                db.session.commit()
            return looked(sa.select(Tag).where(sa.false()))

        monkeypatch.setattr(db.session, "scalars", scalars_then_somebody_else)
        tag, created = db.get_or_create(Tag, owner=owner, word="new")
        assert (created, tag.owner is owner) == (False, True)
        assert owner.tags in ([], [tag])
        db.session.commit()
        assert owner.tags == [tag]


def test_another_mistake_is_told_and_the_session_goes_on(app: App) -> None:
    with app.app_context():
        db.session.add(Owner(id=2, name="Bob"))
        with pytest.raises(DBAPIError):  # an OperationalError for MariaDB
            db.get_or_create(Owner, id=3, name="")
        with pytest.raises(IntegrityError):
            db.get_or_create(Tag, owner_id=99, word="nobody's")
        db.session.commit()
        assert db.session.scalars(sa.select(Owner.name).order_by(Owner.id)).all() == ["Ada", "Bob"]


def test_several_are_a_mistake(app: App) -> None:
    with app.app_context():
        db.session.add_all([Tag(word="same"), Tag(word="same")])
        with pytest.raises(MultipleResultsFound):
            db.get_or_create(Tag, word="same")


def test_columns_may_be_called_as_the_parameters_are(app: App) -> None:
    with app.app_context(), pytest.raises(sa.exc.InvalidRequestError, match="entity"):
        db.get_or_create(Tag, entity=1, defaults=2)
