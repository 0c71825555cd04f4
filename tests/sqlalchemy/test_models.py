"""Models: generated names, inheritance, naming convention, repr."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, Session, declared_attr, mapped_column
from sqlalchemy.schema import CreateTable

from ferrule import SetupError
from ferrule_sqlalchemy import Model, SQLAlchemy, db
from ferrule_sqlalchemy.models import ModelConventions, generated_table_name

Key = Annotated[int, mapped_column(primary_key=True)]


def table_of(model: type[DeclarativeBase]) -> sa.Table:
    assert isinstance(model.__table__, sa.Table)
    return model.__table__


@pytest.fixture(autouse=True)
def _nothing_added() -> Iterator[None]:
    """Leave the MetaData that all models share as it was."""
    before = set(Model.metadata.tables)
    yield
    for name in set(Model.metadata.tables) - before:
        Model.metadata.remove(Model.metadata.tables[name])


@pytest.mark.parametrize(
    ("class_name", "table_name"),
    [
        ("Note", "note"),
        ("NoteTag", "note_tag"),
        ("HTTPCall", "http_call"),
        ("CallHTTP", "call_http"),
        ("HTTP2Call", "http2_call"),
        ("OAuth2Token", "o_auth2_token"),
        ("ABC", "abc"),
        ("PreABCPost", "pre_abc_post"),
        ("Snake_Case", "snake_case"),
        ("_Private", "private"),
        ("already", "already"),
    ],
)
def test_a_table_is_named_for_its_class_in_snake_case(class_name: str, table_name: str) -> None:
    assert generated_table_name(class_name) == table_name


@given(st.lists(st.from_regex(r"[A-Z][a-z0-9]+", fullmatch=True), min_size=1, max_size=5))
def test_each_word_of_a_class_name_is_a_word_of_the_table_name(words: list[str]) -> None:
    assert generated_table_name("".join(words)) == "_".join(words).lower()


def test_a_model_has_a_table_with_a_generated_name() -> None:
    class Base(ModelConventions, DeclarativeBase):
        pass

    class WorkingHour(Base):
        id: Mapped[Key]

    assert WorkingHour.__tablename__ == "working_hour"
    assert table_of(WorkingHour).name == "working_hour"


def test_a_name_that_the_class_gives_is_kept() -> None:
    class Base(ModelConventions, DeclarativeBase):
        pass

    class Hour(Base):
        __tablename__ = "hours"
        id: Mapped[Key]

    assert table_of(Hour).name == "hours"


def test_a_table_that_the_class_gives_is_kept() -> None:
    class Base(ModelConventions, DeclarativeBase):
        pass

    class Hour(Base):
        __table__ = sa.Table("hours", Base.metadata, sa.Column("id", sa.Integer, primary_key=True))

    assert table_of(Hour).name == "hours"
    assert not hasattr(Hour, "__tablename__")


def test_a_name_that_a_mixin_or_an_abstract_base_gives_is_kept() -> None:
    class Prefixed:
        @declared_attr.directive
        @classmethod
        def __tablename__(cls) -> str:
            return f"app_{cls.__name__.lower()}"

    class Fixed:
        __tablename__ = "fixed"

    class Base(ModelConventions, DeclarativeBase):
        pass

    class Hour(Prefixed, Base):
        id: Mapped[Key]

    class Day(Fixed, Base):
        id: Mapped[Key]

    class Special(Hour):
        id: Mapped[int] = mapped_column(sa.ForeignKey("app_hour.id"), primary_key=True)

    assert [table_of(model).name for model in (Hour, Day, Special)] == ["app_hour", "fixed", "app_special"]


def test_an_abstract_model_has_no_table_and_its_children_have() -> None:
    class Base(ModelConventions, DeclarativeBase):
        pass

    class Dated(Base):
        __abstract__ = True
        id: Mapped[Key]

    class Letter(Dated):
        pass

    assert not hasattr(Dated, "__table__")
    assert list(Base.metadata.tables) == ["letter"]
    assert table_of(Letter).primary_key.columns.keys() == ["id"]


def test_a_child_without_a_primary_key_shares_the_table_of_its_parent() -> None:
    class Base(ModelConventions, DeclarativeBase):
        pass

    class Person(Base):
        id: Mapped[Key]
        kind: Mapped[str]
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "person"}  # noqa: RUF012  # how SQLAlchemy spells it

    class Author(Person):
        pen_name: Mapped[str | None]
        __mapper_args__ = {"polymorphic_identity": "author"}  # noqa: RUF012  # how SQLAlchemy spells it

    class Poet(Author):
        __mapper_args__ = {"polymorphic_identity": "poet"}  # noqa: RUF012  # how SQLAlchemy spells it

    assert list(Base.metadata.tables) == ["person"]
    assert Poet.__table__ is Author.__table__ is Person.__table__
    assert Poet.__tablename__ == "person"
    assert "pen_name" in Person.__table__.c
    engine = sa.create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Poet(pen_name="Anonymous"), Person()])
        session.flush()
        assert [type(person) for person in session.scalars(sa.select(Person).order_by(Person.id))] == [Poet, Person]
        assert session.scalars(sa.select(Author)).one().pen_name == "Anonymous"
    engine.dispose()


def test_a_child_with_a_primary_key_has_a_table_of_its_own() -> None:
    class Base(ModelConventions, DeclarativeBase):
        pass

    class Person(Base):
        id: Mapped[Key]

    class Author(Person):
        id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)

    class Pair(Person):
        __table_args__ = (sa.PrimaryKeyConstraint("left", "right"),)
        left: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
        right: Mapped[int]

    assert sorted(Base.metadata.tables) == ["author", "pair", "person"]
    assert table_of(Author).name == "author"
    assert table_of(Pair).name == "pair"


def test_a_model_that_forgot_its_primary_key_is_told_so_by_sqlalchemy() -> None:
    class Base(ModelConventions, DeclarativeBase):
        pass

    with pytest.raises(ArgumentError, match="could not assemble any primary key columns"):

        class Forgetful(Base):
            text: Mapped[str]


def test_dataclass_models_have_names_too() -> None:
    class Base(ModelConventions, DeclarativeBase):
        pass

    class Point(MappedAsDataclass, Base):
        id: Mapped[int] = mapped_column(primary_key=True, init=False)
        x: Mapped[int]

    assert table_of(Point).name == "point"
    assert Point(x=3).x == 3


def test_all_constraints_have_names_that_a_migration_can_use() -> None:
    class Base(DeclarativeBase):
        metadata = sa.MetaData(naming_convention=Model.metadata.naming_convention)

    class Parent(Base):
        __tablename__ = "parent"
        id: Mapped[Key]

    class Child(Base):
        __tablename__ = "child"
        __table_args__ = (
            sa.UniqueConstraint("a", "b"),
            sa.Index(None, "a", "b"),
            sa.CheckConstraint("a > 0", name="positive"),
        )
        id: Mapped[Key]
        parent_id: Mapped[int] = mapped_column(sa.ForeignKey("parent.id"), index=True)
        a: Mapped[int] = mapped_column(unique=True)
        b: Mapped[int]

    ddl = str(CreateTable(table_of(Child)))
    assert re.findall(r"CONSTRAINT (\w+)", ddl) == [
        "pk_child",
        "uq_child_a_b",
        "ck_child_positive",
        "fk_child_parent_id_parent",
        "uq_child_a",
    ]
    assert sorted(str(index.name) for index in table_of(Child).indexes) == ["ix_child_a_b", "ix_child_parent_id"]


def test_repr_shows_the_primary_key() -> None:
    class Base(ModelConventions, DeclarativeBase):
        pass

    class Shelf(Base):
        room: Mapped[str] = mapped_column(primary_key=True)
        number: Mapped[int] = mapped_column(primary_key=True)

    engine = sa.create_engine("sqlite://")
    Shelf.metadata.create_all(engine)
    shelf = Shelf(room="A", number=3)
    assert repr(shelf) == "<Shelf (transient)>"
    with Session(engine) as session:
        session.add(shelf)
        assert repr(shelf) == "<Shelf (pending)>"
        session.commit()
        assert repr(shelf) == "<Shelf 'A', 3>"
    assert repr(shelf) == "<Shelf 'A', 3>"
    engine.dispose()


def test_db_model_is_model() -> None:
    assert db.Model is Model
    assert db.metadata is Model.metadata


def test_an_abstract_model_as_model_class_is_used_as_it_is() -> None:
    class Common(Model):
        __abstract__ = True

    assert SQLAlchemy(model_class=Common).Model is Common


def test_an_own_base_shares_the_metadata_and_gets_the_conventions() -> None:
    class Own(DeclarativeBase):
        type_annotation_map: ClassVar[dict[Any, Any]] = {str: sa.String(40)}

    own = SQLAlchemy(model_class=Own)

    class OwnBook(own.Model):  # type: ignore[name-defined,misc]  # mypy knows no base class that is an attribute
        id: Mapped[Key]
        title: Mapped[str]

    class OwnPage(Model):
        id: Mapped[Key]
        book_id: Mapped[int] = mapped_column(sa.ForeignKey("own_book.id"))

    assert issubclass(OwnBook, Own)
    assert OwnBook.metadata is Own.metadata is Model.metadata is own.metadata
    assert isinstance(kind := OwnBook.__table__.c.title.type, sa.String)
    assert kind.length == 40
    assert next(iter(OwnPage.__table__.c.book_id.foreign_keys)).column is OwnBook.__table__.c.id
    assert repr(OwnBook()) == "<OwnBook (transient)>"


def test_an_own_base_with_a_schema_or_a_convention_is_refused() -> None:
    class Own(DeclarativeBase):
        metadata = sa.MetaData(schema="library")

    with pytest.raises(SetupError, match=r"Own has a MetaData of its own.* `metadata = Model.metadata` in the class"):
        SQLAlchemy(model_class=Own)


def test_an_own_base_with_tables_is_refused() -> None:
    class Own(DeclarativeBase):
        pass

    class Early(Own):
        __tablename__ = "early"
        id: Mapped[Key]

    with pytest.raises(SetupError, match="with 1 tables"):
        SQLAlchemy(model_class=Own)
