"""Models: generated names, inheritance, naming convention, repr."""

import re
from collections.abc import Iterator
from types import new_class
from typing import Annotated, Any, ClassVar, cast

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ArgumentError, InvalidRequestError, NoForeignKeysError
from sqlalchemy.orm import (
    DeclarativeBase,
    DeclarativeBaseNoMeta,
    Mapped,
    MappedAsDataclass,
    Session,
    declared_attr,
    mapped_column,
)
from sqlalchemy.schema import CreateTable

from ferrule import SetupError
from ferrule_sqlalchemy import Model, SQLAlchemy, db
from ferrule_sqlalchemy.metadatas import METADATAS, NAMING_CONVENTION
from ferrule_sqlalchemy.models import ModelConventions, generated_table_name

Key = Annotated[int, mapped_column(primary_key=True)]


def table_of(model: type[DeclarativeBase]) -> sa.Table:
    assert isinstance(model.__table__, sa.Table)
    return model.__table__


@pytest.fixture(autouse=True)
def _nothing_added() -> Iterator[None]:
    """Leave the MetaData that all models share as it was."""
    before, binds = set(Model.metadata.tables), set(METADATAS)
    yield
    for key in METADATAS.keys() - binds:
        del METADATAS[key]
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
        ("Snake_Case", "snake__case"),
        ("_Private", "private"),
        ("already", "already"),
        ("AB", "ab"),
        ("ABc", "a_bc"),
        ("aB", "a_b"),
        ("X1Y", "x1_y"),
        ("User2Role", "user2_role"),
        ("IPv4Address", "i_pv4_address"),
        ("JSON2XML", "json2_xml"),
        ("HTMLParser2D", "html_parser2_d"),
        ("Model3D3", "model3_d3"),
        ("DNAStrand2RNA", "dna_strand2_rna"),
        ("userID", "user_id"),
        ("iPhone", "i_phone"),
        ("ÜberUser", "über_user"),
        ("__Dunder", "dunder"),
        ("_ABC", "abc"),
        ("My__Thing", "my___thing"),
        ("Foo_bar", "foo_bar"),
        ("FOO_BAR", "foo_bar"),
        ("Trailing_", "trailing_"),
    ],
)
def test_a_table_is_named_for_its_class_as_flask_sqlalchemy_names_it(class_name: str, table_name: str) -> None:
    """The names are what Flask-SQLAlchemy 3.1.1 answered."""
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


@pytest.mark.parametrize("own_base", [True, False])
def test_a_name_that_a_mixin_makes_gives_way_where_a_child_has_no_table(own_base: bool) -> None:
    class Prefixed:
        @declared_attr.directive
        @classmethod
        def __tablename__(cls) -> str:
            return f"app_{cls.__name__.lower()}"

    class Plain(DeclarativeBase):
        pass

    class Ours(ModelConventions, DeclarativeBase):
        pass

    base: Any = SQLAlchemy(model_class=Plain).Model if own_base else Ours

    class MixedPerson(Prefixed, base):  # type: ignore[misc]  # a base that is chosen at run time
        id: Mapped[Key]
        kind: Mapped[str]
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "person"}  # noqa: RUF012  # how SQLAlchemy spells it

    class MixedAuthor(MixedPerson):
        pen_name: Mapped[str | None]
        __mapper_args__ = {"polymorphic_identity": "author"}  # noqa: RUF012  # how SQLAlchemy spells it

    assert table_of(MixedAuthor) is table_of(MixedPerson)
    assert table_of(MixedPerson).name == "app_mixedperson"
    with pytest.raises(NoForeignKeysError):

        class MixedPoet(MixedPerson):
            __tablename__ = "mixed_poet"


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


def test_a_check_without_a_name_gets_one_of_what_it_says() -> None:
    class Base(ModelConventions, DeclarativeBase):
        metadata = sa.MetaData(naming_convention=dict(NAMING_CONVENTION))

    class Price(Base):
        __table_args__ = (sa.CheckConstraint("amount < 9"), sa.CheckConstraint("amount > 0", name="positive"))
        id: Mapped[Key]
        amount: Mapped[int] = mapped_column(sa.CheckConstraint("amount <> 7"))
        is_net: Mapped[bool] = mapped_column(sa.Boolean(create_constraint=True))

    table = table_of(Price)
    for least in (1, 2):
        table.append_constraint(sa.CheckConstraint(table.c.amount >= least))
    written = str(CreateTable(table).compile(dialect=sqlite.dialect()))
    names = dict(re.findall(r"CONSTRAINT (ck_\w+) CHECK \(([^()]+)", written))
    assert list(map(names.pop, ["ck_price_positive", "ck_price_is_net"])) == ["amount > 0", "is_net IN "]
    assert sorted(names.values()) == ["amount < 9", "amount <> 7", "amount >= 1", "amount >= 2"]
    assert names["ck_price_335e658e"] == "amount < 9"  # the same in every process, and on every database


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


def test_models_may_derive_from_the_own_base_itself() -> None:
    class Own(DeclarativeBase):
        pass

    own = SQLAlchemy(model_class=Own)

    class OwnDerived(Own):
        id: Mapped[Key]

    assert cast(object, own.Model) is Own
    assert table_of(OwnDerived).name == "own_derived"
    assert repr(OwnDerived()) == "<OwnDerived (transient)>"


def test_a_base_without_a_metaclass_follows_the_conventions() -> None:
    class Own(DeclarativeBaseNoMeta):
        pass

    class Mixed(SQLAlchemy(model_class=Own).Model):  # type: ignore[misc]  # mypy knows no base class that is an attribute
        __abstract__ = True
        id: Mapped[Key]

    class OwnBare(Mixed):
        pass

    class OwnBarer(OwnBare):
        pass

    assert OwnBare.__table__ is OwnBarer.__table__ is Model.metadata.tables["own_bare"]
    assert OwnBare.metadata is Model.metadata


@pytest.mark.parametrize("bases", [(MappedAsDataclass, DeclarativeBase), (MappedAsDataclass, DeclarativeBaseNoMeta)])
def test_a_base_of_dataclasses_follows_the_conventions(bases: tuple[type, ...]) -> None:
    own = new_class("Own", bases, {"kw_only": True})
    base: Any = SQLAlchemy(model_class=own).Model

    class OwnPoint(base):  # type: ignore[misc]  # likewise
        __bind_key__ = "geometry"
        id: Mapped[int] = mapped_column(primary_key=True, init=False, repr=False)
        x: Mapped[int]
        y: Mapped[int] = mapped_column(default=2)

    assert repr(OwnPoint(x=1)).endswith("OwnPoint(x=1, y=2)")
    assert OwnPoint.__table__ is METADATAS["geometry"].tables["own_point"]


def test_a_base_keeps_what_it_has_of_its_own() -> None:
    made: list[tuple[str, str]] = []

    class Own(DeclarativeBase):
        def __init_subclass__(cls, *, note: str = "", **kwargs: Any) -> None:
            made.append((cls.__name__, note))
            super().__init_subclass__(**kwargs)

        @classmethod
        def __table_cls__(cls, *args: Any, **options: Any) -> sa.Table:
            made.append((cls.__name__, args[0]))
            return sa.Table(*args, comment="own", **options)

        def __repr__(self) -> str:
            return "own"

    SQLAlchemy(model_class=Own)

    class OwnNoted(Own, note="noted"):
        id: Mapped[Key]

    assert made == [("OwnNoted", "noted"), ("OwnNoted", "own_noted")]
    assert table_of(OwnNoted).comment == "own"
    assert repr(OwnNoted()) == "own"


def test_two_objects_may_have_one_base() -> None:
    class Own(DeclarativeBase):
        pass

    first, second = SQLAlchemy(model_class=Own), SQLAlchemy(model_class=Own)

    class OwnTwice(Own):
        id: Mapped[Key]

    assert first.Model is second.Model
    assert table_of(OwnTwice).name == "own_twice"


@pytest.mark.parametrize("own_base", [True, False])
def test_names_are_not_generated_where_that_is_disabled(own_base: bool) -> None:
    class Own(DeclarativeBase):
        pass

    own = SQLAlchemy(model_class=Own, disable_autonaming=True) if own_base else SQLAlchemy(disable_autonaming=True)
    base: Any = own.Model

    class OwnNamed(base):  # type: ignore[misc]  # mypy knows no base class that is an attribute
        __tablename__ = "own_name"
        id: Mapped[Key]

    class OwnChild(OwnNamed):
        pass

    with pytest.raises(InvalidRequestError, match="__tablename__"):

        class OwnNameless(base):  # type: ignore[misc]  # likewise
            id: Mapped[Key]

    assert OwnChild.__table__ is OwnNamed.__table__
    assert Model.__autonaming__
    assert db.Model is Model


def test_names_can_be_left_to_the_models_below_an_abstract_one() -> None:
    class Quiet(Model):
        __abstract__ = True
        __autonaming__ = False

    with pytest.raises(InvalidRequestError, match="__tablename__"):

        class OwnQuiet(Quiet):
            id: Mapped[Key]


def test_a_bind_key_is_inherited_from_abstract_models_and_mixins_and_can_be_taken_back() -> None:
    class Elsewhere:
        __bind_key__ = "elsewhere"

    class Base(Elsewhere, Model):
        __abstract__ = True
        id: Mapped[Key]

    class OwnFirst(Base):
        pass

    class OwnSecond(Base):
        __bind_key__ = "second"

    class OwnHome(Base):
        __bind_key__ = None  # type: ignore[assignment]  # the default one

    assert [model.metadata.info["bind_key"] for model in (OwnFirst, OwnSecond, OwnHome)] == [
        "elsewhere",
        "second",
        None,
    ]
    assert [*METADATAS["elsewhere"].tables, *METADATAS["second"].tables] == ["own_first", "own_second"]


def test_a_table_or_a_metadata_that_a_model_gives_says_the_bind() -> None:
    class OwnGiven(Model):
        __bind_key__ = "ignored"
        __table__ = sa.Table("own_given", METADATAS["given"], sa.Column("id", sa.Integer, primary_key=True))

    assert table_of(OwnGiven).metadata is METADATAS["given"]


def test_tables_of_the_same_name_stand_in_several_databases() -> None:
    class OwnHere(Model):
        __tablename__ = "own_same"
        id: Mapped[Key]

    class OwnThere(Model):
        __tablename__ = "own_same"
        __bind_key__ = "there"
        id: Mapped[Key]

    assert table_of(OwnHere) is not table_of(OwnThere)


def test_a_concrete_child_may_be_in_another_database() -> None:
    class OwnParent(Model):
        id: Mapped[Key]

    class OwnConcrete(OwnParent):
        __bind_key__ = "concrete"
        __mapper_args__ = {"concrete": True}  # noqa: RUF012  # how SQLAlchemy spells it
        id: Mapped[Key]

    assert table_of(OwnConcrete).metadata is METADATAS["concrete"]


@pytest.fixture
def _convention() -> Iterator[None]:
    before = (METADATAS._convention, METADATAS._chosen_by)
    yield
    METADATAS._convention, METADATAS._chosen_by = before
    for metadata in METADATAS.values():
        metadata.naming_convention = before[0]


@pytest.mark.usefixtures("_convention")
def test_a_naming_convention_of_ones_own_names_the_tables_that_follow() -> None:
    SQLAlchemy(metadata=sa.MetaData(naming_convention={"pk": "%(table_name)s_key"}))

    class OwnKeyed(Model):
        id: Mapped[Key]

    class OwnKeyedToo(Model):
        __bind_key__ = "keyed"
        id: Mapped[Key]

    names = [table_of(model).primary_key.name for model in (OwnKeyed, OwnKeyedToo)]
    assert names == ["own_keyed_key", "own_keyed_too_key"]


@pytest.mark.usefixtures("_convention")
def test_two_naming_conventions_are_refused_and_both_named() -> None:
    class Own(DeclarativeBase):
        metadata = sa.MetaData(naming_convention={"pk": "%(table_name)s_key"})

    SQLAlchemy(model_class=Own)
    assert Own.metadata is Model.metadata
    SQLAlchemy(metadata=sa.MetaData(naming_convention={"pk": "%(table_name)s_key"}))
    with pytest.raises(
        SetupError, match=r"SQLAlchemy\(metadata=…\) brings .*, and SQLAlchemy\(m.*Own has brought another"
    ):
        SQLAlchemy(metadata=sa.MetaData(naming_convention={"pk": "pk"}))


@pytest.mark.parametrize("given", [DeclarativeBase, dict, "Base", None])
def test_what_is_no_base_is_refused_with_the_cure(given: Any) -> None:
    with pytest.raises(SetupError, match=r"no declarative base; write `class Base\(DeclarativeBase\): pass`"):
        SQLAlchemy(model_class=given)


def test_an_own_base_with_a_schema_is_refused() -> None:
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
