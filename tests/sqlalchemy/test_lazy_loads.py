"""The guard against N+1 queries: what it sees, what it says, and what it leaves alone."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, lazyload, mapped_column, relationship, selectin_polymorphic, selectinload, undefer

from ferrule import App, FerruleError, render_template_string
from ferrule_sqlalchemy import Model, NPlusOneError, db, get_recorded_queries

MakeApp = Callable[..., App]
MakeTables = Callable[..., None]


class Writer(Model):
    __tablename__ = "lazy_writer"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    life: Mapped[str] = mapped_column(sa.String(40), deferred=True)
    texts: Mapped[list["Text"]] = relationship(back_populates="writer", cascade="all")


class Publisher(Model):
    __tablename__ = "lazy_publisher"

    id: Mapped[int] = mapped_column(primary_key=True)


class Text(Model):
    __tablename__ = "lazy_text"

    id: Mapped[int] = mapped_column(primary_key=True)
    writer_id: Mapped[int] = mapped_column(sa.ForeignKey("lazy_writer.id"))
    publisher_id: Mapped[int] = mapped_column(sa.ForeignKey("lazy_publisher.id"))
    writer: Mapped[Writer] = relationship(back_populates="texts")
    publisher: Mapped[Publisher] = relationship()


class Vehicle(Model):
    __tablename__ = "lazy_vehicle"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "vehicle"}  # noqa: RUF012  # how SQLAlchemy spells it


class Lorry(Vehicle):
    __tablename__ = "lazy_lorry"

    id: Mapped[int] = mapped_column(sa.ForeignKey(Vehicle.id), primary_key=True)
    load: Mapped[int]
    __mapper_args__ = {"polymorphic_identity": "lorry"}  # noqa: RUF012  # as above


@pytest.fixture
def library(make_app: MakeApp, make_tables: MakeTables) -> Callable[..., App]:
    """Make an application with five writers, each of two texts."""

    def make(uri: str = "sqlite://", env: str = "testing", **settings: Any) -> App:
        app = make_app(uri, **settings)
        app.config["ENV"] = env
        make_tables(app, Writer, Publisher, Text)
        with app.app_context():
            for number in range(5):
                texts = [Text(publisher=Publisher()), Text(publisher=Publisher())]
                db.session.add(Writer(name=f"writer {number}", life="long", texts=texts))
            db.session.commit()
        return app

    return make


def writers() -> list[Writer]:
    return list(db.session.scalars(sa.select(Writer)))


def texts() -> list[Text]:
    return list(db.session.scalars(sa.select(Text)))


def test_a_relationship_that_is_loaded_one_by_one_is_an_error_that_names_it_the_line_and_the_cure(
    library: Callable[..., App], database_uri: str
) -> None:
    with library(database_uri).app_context(), pytest.raises(NPlusOneError) as caught:
        [text.writer.name for text in texts()]
    text = str(caught.value)
    assert text.startswith("N+1 queries: Text.writer was loaded by 3 queries, one for each object, at ")
    assert f"{__file__}:{caught.traceback[0].lineno + 1} (test_a_relationship" in text
    assert "select(Text).options(selectinload(Text.writer))" in text
    assert "raiseload(Text.writer)" in text
    assert "with db.allow_lazy():" in text
    assert isinstance(caught.value, FerruleError)


def test_a_collection_is_seen(library: Callable[..., App]) -> None:
    with (
        library().app_context(),
        pytest.raises(NPlusOneError, match=r"Writer\.texts .*selectinload\(Writer\.texts\)"),
    ):
        [writer.texts for writer in writers()]


def test_a_deferred_column_is_seen(library: Callable[..., App]) -> None:
    with library().app_context(), pytest.raises(NPlusOneError, match=r"Writer\.life \(deferred\) .*undefer\(Writer"):
        [writer.life for writer in writers()]


def test_expired_objects_are_seen(library: Callable[..., App]) -> None:
    with library().app_context():
        found = writers()
        db.session.commit()
        with pytest.raises(NPlusOneError, match=r"Writer \(expired by .* read them before that, or select\(Writer\)"):
            [writer.name for writer in found]


def test_a_template_is_told_by_its_line(library: Callable[..., App]) -> None:
    page = "\n{% for text in texts %}\n{{ text.writer.name }}\n{% endfor %}"
    with library().app_context(), pytest.raises(NPlusOneError, match=r"at <template>:3 \(template\)"):
        render_template_string(page, texts=texts())


@pytest.mark.parametrize(
    "cured",
    [
        lambda: [text.writer.name for text in db.session.scalars(sa.select(Text).options(selectinload(Text.writer)))],
        lambda: [writer.life for writer in db.session.scalars(sa.select(Writer).options(undefer(Writer.life)))],
        lambda: [writer.texts for writer in db.session.scalars(sa.select(Writer).options(selectinload(Writer.texts)))],
    ],
    ids=["parent", "column", "children"],
)
def test_each_cure_is_one(library: Callable[..., App], cured: Callable[[], object]) -> None:
    with library().app_context():
        cured()
        assert len(get_recorded_queries()) <= 2


def test_one_object_may_load_all_it_has(library: Callable[..., App]) -> None:
    with library().app_context():
        text = db.session.get_one(Text, 1)
        for name in ("writer", "publisher", "writer", "publisher"):
            assert getattr(text, name)
        assert text.writer.texts
        assert text.writer.life


def test_one_object_may_be_loaded_again_and_again(library: Callable[..., App]) -> None:
    with library().app_context():
        writer = db.session.get_one(Writer, 1)
        for _ in range(9):
            db.session.expire(writer)
            assert writer.texts


def test_few_objects_may_and_how_many_that_are_is_a_setting(library: Callable[..., App]) -> None:
    app = library()
    with app.app_context():
        for writer in writers()[:2]:
            assert writer.texts
    app = library(n_plus_one_allowed=4)
    with app.app_context():
        for writer in writers()[:4]:
            assert writer.texts
    with app.app_context(), pytest.raises(NPlusOneError, match="by 5 queries"):
        [writer.texts for writer in writers()]


def test_different_lines_and_relationships_are_counted_apart(library: Callable[..., App]) -> None:
    with library().app_context():
        first, second, third, fourth = writers()[:4]
        assert first.texts
        assert second.texts
        assert third.texts
        assert fourth.texts


def test_what_is_in_the_session_already_is_no_query(library: Callable[..., App]) -> None:
    with library().app_context():
        kept = writers()
        for text in texts():
            assert text.writer in kept


def test_contexts_are_counted_apart(library: Callable[..., App]) -> None:
    app = library()
    for number in range(1, 6):
        with app.app_context():
            assert db.session.get_one(Writer, number).texts


def test_what_follows_a_lazy_load_eagerly_is_not_counted_beside_it(library: Callable[..., App]) -> None:
    eager = sa.select(Writer).options(lazyload(Writer.texts).selectinload(Text.publisher))
    with library().app_context(), pytest.raises(NPlusOneError, match=r"Writer\.texts was loaded by 3"):
        [writer.texts for writer in db.session.scalars(eager)]


def test_a_refresh_that_is_asked_for_is_not_lazy(library: Callable[..., App]) -> None:
    with library().app_context():
        for writer in writers():
            db.session.refresh(writer)
        for writer in writers():
            db.session.refresh(writer, ["name"])


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_what_each_of_many_transactions_expired_is_not_one_by_one(library: Callable[..., App], end: str) -> None:
    with library().app_context():
        found = writers()
        for writer in found:
            db.session.add(Publisher())
            getattr(db.session, end)()
            assert (db.session.scalar(sa.select(sa.func.count(Text.id))), writer.name[:6]) == (10, "writer")
        db.session.commit()
        with pytest.raises(NPlusOneError, match=r"Writer \(expired by"):
            [writer.name for writer in found]


def test_columns_of_a_child_that_a_select_of_its_parent_leaves_out_are_seen(
    make_app: MakeApp, make_tables: MakeTables
) -> None:
    app = make_app()
    make_tables(app, Vehicle, Lorry)
    with app.app_context():
        db.session.add_all([Lorry(load=number) for number in range(5)])
        db.session.commit()
        cured = sa.select(Vehicle).options(selectin_polymorphic(Vehicle, [Lorry]))
        assert sum(found.load for found in db.session.scalars(cured) if isinstance(found, Lorry)) == 10
        db.session.expunge_all()
        cure = r"Lorry\.load .*select\(Vehicle\)\.options\(selectin_polymorphic\(Vehicle, \[Lorry\]\)\)"
        with pytest.raises(NPlusOneError, match=cure):
            [found.load for found in db.session.scalars(sa.select(Vehicle)) if isinstance(found, Lorry)]


def test_what_a_flush_loads_for_itself_is_not_counted(library: Callable[..., App]) -> None:
    with library().app_context():
        found = list(db.session.scalars(sa.select(Writer).options(selectinload(Writer.texts))))
        for writer in found:
            db.session.delete(writer)
        db.session.commit()
        assert writers() == []


def test_what_is_meant_so_is_allowed(library: Callable[..., App]) -> None:
    with library().app_context():
        with db.allow_lazy():
            assert all(writer.texts for writer in writers())
        with pytest.raises(NPlusOneError):
            [writer.life for writer in writers()]


def test_a_warning_comes_once_with_the_whole_count_when_the_context_goes(
    library: Callable[..., App], caplog: pytest.LogCaptureFixture
) -> None:
    app = library(n_plus_one="warn")
    with app.app_context():
        assert all(writer.texts for writer in writers())
        assert caplog.records == []
    (record,) = caplog.records
    assert (record.name, record.levelno) == (app.logger.name, logging.WARNING)
    assert "N+1 queries: Writer.texts was loaded by 5 queries, one for each object, at " in record.getMessage()


@pytest.mark.parametrize(
    ("env", "setting", "expected"),
    [
        ("testing", None, "raise"),
        ("development", None, "warn"),
        ("production", None, "off"),
        ("testing", "off", "off"),
        ("production", "raise", "raise"),
    ],
)
def test_what_it_does_depends_on_the_environment_unless_set(
    library: Callable[..., App], caplog: pytest.LogCaptureFixture, env: str, setting: str | None, expected: str
) -> None:
    app = library(env=env, n_plus_one=setting)
    done = "off"
    try:
        with app.app_context():
            [writer.texts for writer in writers()]
            assert bool(db.session.dispatch.do_orm_execute) is (expected != "off")
    except NPlusOneError:
        done = "raise"
    assert (done if done == "raise" else "warn" if caplog.records else "off") == expected
