"""What a user is: the two mixins, and what stands in for a user and is none."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from werkzeug.local import LocalProxy

from ferrule_login import AnonymousUserMixin, NotAUserError, UserMixin
from ferrule_login.users import id_of, missing_parts


@dataclass(eq=False)
class Reader(UserMixin):
    id: int | str | None = None


class Writer(Reader):
    pass


class Locked(Reader):
    is_active = False


def test_a_user_by_the_mixin_is_active_and_known() -> None:
    reader = Reader(7)
    assert (reader.is_active, reader.is_authenticated, reader.is_anonymous) == (True, True, False)


def test_nobody_is_neither_active_nor_known_and_has_no_id() -> None:
    nobody = AnonymousUserMixin()
    assert (nobody.is_active, nobody.is_authenticated, nobody.is_anonymous) == (False, False, True)
    assert nobody.get_id() is None  # type: ignore[func-returns-value]  # that it returns nothing is the promise


def test_an_inactive_user_is_let_in_nowhere() -> None:
    assert not Locked(7).is_authenticated


@pytest.mark.parametrize(("own", "text"), [(7, "7"), ("ada", "ada"), (0, "0")])
def test_the_id_is_the_text_of_the_attribute(own: int | str, text: str) -> None:
    assert Reader(own).get_id() == text


def test_users_of_one_class_and_one_id_are_equal_and_hash_alike() -> None:
    assert Reader(7) == Reader(7)
    assert Reader(int("10000000007")) == Reader(int("10000000007"))
    assert {Reader(7), Reader(7)} == {Reader(7)}
    assert Reader(7) != Reader(8)


def test_users_of_two_classes_are_never_equal() -> None:
    """The administrator 1 is not the customer 1."""
    assert Reader(1) != Writer(1)
    assert Reader(1) != AnonymousUserMixin()
    assert Reader(1) != 1


def test_a_proxy_equals_the_user_that_it_stands_for_on_either_side() -> None:
    proxy: Any = LocalProxy(lambda: Reader(7))
    assert proxy == Reader(7)
    assert Reader(7) == proxy
    assert Reader(8) != proxy


def test_a_user_without_an_id_equals_only_itself() -> None:
    unsaved = Reader()
    assert unsaved == unsaved  # noqa: PLR0124 - that it equals itself is the promise
    assert unsaved != Reader()


def test_a_user_without_an_id_has_no_hash_that_would_change_later() -> None:
    with pytest.raises(NotAUserError, match=r"a Reader without an id cannot be hashed; save it first"):
        hash(Reader())


def test_a_user_without_an_id_is_not_identified_as_none() -> None:
    with pytest.raises(
        NotAUserError, match=r"cannot be identified; save it first \(with SQLAlchemy: session\.flush\(\)"
    ):
        Reader().get_id()


@pytest.mark.parametrize("thing", [None, {}, "ada", 7])
def test_what_has_none_of_the_parts_is_no_user(thing: object) -> None:
    assert missing_parts(thing) == ["get_id", "is_active", "is_anonymous", "is_authenticated"]


def test_parts_may_stand_in_the_class_or_in_the_object() -> None:
    parts = SimpleNamespace(get_id=lambda: "7", is_active=True, is_anonymous=False, is_authenticated=True)
    assert missing_parts(parts) == []
    assert missing_parts(Reader(7)) == []
    del parts.is_active
    assert missing_parts(parts) == ["is_active"]


def test_to_ask_for_the_parts_runs_no_property_of_the_class() -> None:
    class Costly(UserMixin):
        @property
        def is_active(self) -> bool:
            raise AssertionError

    assert missing_parts(Costly()) == []


@pytest.mark.parametrize("found", [None, "", 7, b"7"], ids=repr)
def test_an_id_is_a_text_that_is_not_empty(found: object) -> None:
    class Odd(UserMixin):
        def get_id(self) -> Any:
            return found

    with pytest.raises(NotAUserError, match=rf"Odd\.get_id\(\) returned {found!r}; who logs in needs an id"):
        id_of(Odd())


def test_none_for_a_user_hints_at_the_search_that_found_nobody() -> None:
    with pytest.raises(NotAUserError, match=r"was given None; did the search for the user find nobody\?"):
        id_of(None)


def test_what_is_no_user_is_named_with_what_it_lacks() -> None:
    with pytest.raises(
        NotAUserError, match=r"a dict, which has no get_id, is_active, is_anonymous, is_authenticated; der"
    ):
        id_of({"id": 7})


class Base(DeclarativeBase):
    pass


class Team(Base):
    __tablename__ = "team"
    id: Mapped[int] = mapped_column(primary_key=True)
    members: Mapped[list[Member]] = relationship(back_populates="team")


class Member(UserMixin, Base):
    __tablename__ = "member"
    id: Mapped[int] = mapped_column(primary_key=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"))
    team: Mapped[Team | None] = relationship(back_populates="members")


def test_a_model_of_sqlalchemy_is_a_user_before_and_after_it_is_saved() -> None:
    """The object-relational mapper handles unsaved users, which have no hash, without asking for one."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    Base.metadata.create_all(engine)
    with Session(engine) as session, Session(engine) as other:
        team = Team(members=[Member(), Member(is_active=False)])
        session.add(team)
        session.commit()
        first, second = team.members
        team.members.remove(second)
        session.delete(second)
        session.commit()
        assert id_of(first) == str(first.id)
        assert first.is_authenticated
        assert other.get(Member, first.id) == first
        assert {first} == {other.get(Member, first.id)}
        assert session.merge(Member(id=first.id)) is first
    engine.dispose()
