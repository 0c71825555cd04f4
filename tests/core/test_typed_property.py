"""What msgspec accepts as a type, the walk that looks for all mistakes accepts too: it invents none."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Literal, NamedTuple, NewType, NotRequired, TypedDict
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrule.typed.convert import convert
from ferrule.typed.leaves import read_json
from ferrule.typed.problems import Sent, Unfit

Id = NewType("Id", int)


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1


class Pair(NamedTuple):
    a: int
    b: str = ""


class Point(msgspec.Struct, array_like=True):
    a: int
    b: int = 0


class Strict(msgspec.Struct, forbid_unknown_fields=True):
    a: int


class Renamed(msgspec.Struct, rename={"given": "a"}):
    given: int | None = None
    b: list[str] = []


class Cat(msgspec.Struct, tag="a", tag_field="kind"):
    a: int = 0


class Dog(msgspec.Struct, tag="b", tag_field="kind"):
    a: str = ""


class Unset(msgspec.Struct):
    a: int | msgspec.UnsetType = msgspec.UNSET


class Tree(msgspec.Struct):
    a: list[Tree] = []
    b: Tree | None = None


@dataclass
class Plain:
    a: int
    b: list[int] = field(default_factory=list)


class Table(TypedDict):
    a: int
    b: NotRequired[Plain]


KINDS: list[Any] = [
    *(Any, object, bool, int, float, str, bytes, None, date, time, datetime, timedelta, Decimal, UUID, Colour, Level),
    *(Id, Pair, Point, Strict, Renamed, Cat, Cat | Dog, Cat | Dog | None, Unset, Tree, Plain, Table, Plain | None),
    *(list[int], list[Plain], Sequence[str], set[int], frozenset[str], tuple[int, str], tuple[int, ...], list[Any]),
    *(dict[str, int], dict[int, str], dict[Colour, Plain], Mapping[str, list[int]], dict[str, Any]),
    *(int | str, int | None, str | list[str], Literal["a", 1], Literal[1] | None, float | bool, Plain | list[Plain]),
    Annotated[int, msgspec.Meta(ge=1)],
    Annotated[str, msgspec.Meta(pattern="^a")],
    list[Annotated[str, msgspec.Meta(max_length=1)]],
    Annotated[list[int], msgspec.Meta(min_length=1)],
    Annotated[datetime, msgspec.Meta(tz=True)],
]

MISSING = "missing, and required; expected int"
_TEXTS = ["", "a", "b", "1", "red", "YQ==", "2024-02-29", "2024-02-29T10:00:00Z", "10:00:00", "P1D", "1.5"]
_leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from([1.0, 1.5, 10**30]), st.sampled_from(_TEXTS)
)
_keys = st.sampled_from(["a", "b", "1", "red", "kind"])
_values = st.recursive(_leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=3))


def fits(body: bytes, kind: Any) -> bool:
    try:
        msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError:
        return False
    return True


@pytest.mark.parametrize("kind", KINDS, ids=str)
@given(value=_values)
def test_what_msgspec_accepts_has_no_mistake(kind: Any, value: Any) -> None:
    body = json.dumps(value).encode()
    if fits(body, kind):
        convert(read_json(body, table=Sent), kind)  # raises Unfit if it finds a mistake


def test_a_key_may_be_missing_although_annotations_are_texts() -> None:
    assert convert({"a": 0}, Table) == {"a": 0}


def mistakes(value: Any, kind: Any) -> list[tuple[tuple[str | int, ...], str]]:
    body = json.dumps(value).encode()
    assert not fits(body, kind)
    with pytest.raises(Unfit) as caught:
        convert(read_json(body, table=Sent), kind)
    return [(problem.path, problem.text) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (Strict, {"a": 1, "A": 2}, [(("A",), "unknown key; did you mean 'a'?")]),
        (Renamed, {"a": "x", "b": [1, "y"]}, [(("a",), "expected int | None"), (("b", 0), "expected str")]),
        (Cat | Dog, {"kind": "b", "a": 1}, [(("a",), "expected str")]),
        (Cat | Dog, {"kind": "a", "a": "x"}, [(("a",), "expected int")]),
        (Cat, {"kind": "b"}, [(("kind",), "expected 'a'")]),
        (
            list[Tree],
            [{"a": [{"b": 1}, {"a": 2}]}],
            [((0, "a", 0, "b"), "expected Tree | None"), ((0, "a", 1, "a"), "expected list[Tree]")],
        ),
        (Table, {"b": {"unknown": 1}}, [(("a",), MISSING), (("b", "a"), MISSING)]),
    ],
)  # fmt: skip
def test_all_mistakes_are_found_with_their_places(
    kind: Any, value: Any, expected: list[tuple[tuple[str | int, ...], str]]
) -> None:
    assert mistakes(value, kind) == expected


def test_a_million_mistakes_are_not_all_told() -> None:
    assert len(mistakes(["x"] * 1_000, list[int])) == 100
    assert len(mistakes({"a": 1} | {str(number): 0 for number in range(1_000)}, Strict)) == 100
