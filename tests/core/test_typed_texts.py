"""Texts of the environment are converted to their declared types."""

import enum
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, NewType

import msgspec
import pytest

from ferrule.typed.convert import convert
from ferrule.typed.problems import Array, Table, Text, Unfit


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


@dataclass(frozen=True)
class Pool:
    size: int
    name: str = "main"


class Struct(msgspec.Struct, forbid_unknown_fields=True):
    size: int


UserId = NewType("UserId", int)
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]

TEXT_GOOD: list[tuple[Any, str, Any]] = [
    (str, "5", "5"),
    (str, "null", "null"),
    (int, "5", 5),
    (int, "-5", -5),
    (float, "1.5", 1.5),
    *((bool, text, True) for text in ("true", "TRUE", "1", "yes", "on")),
    *((bool, text, False) for text in ("false", "False", "0", "no", "off")),
    (bytes, "é", b"\xc3\xa9"),
    (bytes, "\udcff", b"\xff"),
    (int | None, "null", None),
    (int | None, "5", 5),
    (str | None, "null", "null"),
    (int | str, "5", "5"),
    (bool | None, "on", True),
    (list[str] | str, '["a"]', ["a"]),
    (list[str] | str, "a", "a"),
    (timedelta, "90", timedelta(seconds=90)),
    (timedelta, "1.5", timedelta(seconds=1.5)),
    (timedelta, "P1D", timedelta(days=1)),
    (timedelta | None, "90", timedelta(seconds=90)),
    (Path, "/srv", Path("/srv")),
    (Literal["a", "b"] | None, "b", "b"),
    (Literal["a"] | None, "null", None),
    (Literal[1, 2], "2", 2),
    (Literal[True, "auto"], "yes", True),
    (Color, "blue", Color.BLUE),
    (Level, "1", Level.LOW),
    (list[str], '["a", "b"]', ["a", "b"]),
    (list, "[1]", [1]),
    (tuple[str, ...], "[]", ()),
    (dict[str, Any], '{"a": 1}', {"a": 1}),
    (Pool, '{"size": 1}', Pool(1)),
    (Pool | None, '{"size": 1}', Pool(1)),
    (Struct, '{"size": 1}', Struct(1)),
    (UserId, "5", 5),
    (Percent, "50", 50),
    (Any, "5", 5),
    (Any, "true", True),
    (Any, "null", None),
    (Any, '{"a": [1]}', {"a": [1]}),
    (Any, "plain", "plain"),
    (Any, "NaN", "NaN"),
    (Any, "[" * 100_000, "[" * 100_000),
]


@pytest.mark.parametrize(("kind", "text", "expected"), TEXT_GOOD, ids=lambda value: repr(value)[:40])
def test_a_text_of_the_environment_is_converted(kind: Any, text: str, expected: Any) -> None:
    result = convert(Text(text), kind)
    assert result == expected
    assert type(result) is type(expected)


TEXT_BAD: list[tuple[Any, str, str]] = [
    (int, "two", "expected int"),
    (int, "", "expected int"),
    (int, "5.5", "expected int"),
    (int, "1" * 5000, "expected int"),
    (float, "x", "expected float"),
    (float, "9" * 400, "expected float"),
    (bool, "maybe", "expected bool"),
    (bool, "", "expected bool"),
    (int | None, "", "expected int | None"),
    (timedelta, "soon", "expected timedelta (seconds"),
    (timedelta, "1e999", "expected timedelta (seconds"),
    (Path, "", "expected Path, found an empty string"),
    (Literal["a"], "b", "expected 'a'"),
    (Literal[1], "x", "expected 1"),
    (Color, "green", "expected 'red' | 'blue'"),
    (list[str], "old", "expected list[str] written as JSON"),
    (list[str], "a,b", "expected list[str] written as JSON"),
    (list[str], '"old"', "expected list[str]"),
    (list[str], "[" * 100_000, "more than 64 tables and lists are nested"),
    (list[Any], "[" * 70 + "]" * 70, "more than 64 tables and lists are nested"),
    (dict[str, Any], "[1]", "expected dict[str, any]"),
    (dict[str, float], '{"a": NaN}', "NaN is not JSON"),
    (Pool, "5", "expected Pool"),
    (Percent, "101", "expected int <= 100"),
]


@pytest.mark.parametrize(("kind", "text", "expected"), TEXT_BAD, ids=lambda value: repr(value)[:40])
def test_a_text_of_the_environment_that_cannot_be_meant(kind: Any, text: str, expected: str) -> None:
    with pytest.raises(Unfit) as caught:
        convert(Text(text), kind)
    (problem,) = caught.value.problems
    assert expected in problem.text


def test_inside_a_json_text_strings_are_strings() -> None:
    with pytest.raises(Unfit) as caught:
        convert(Text('[1, "2"]'), list[int])
    (problem,) = caught.value.problems
    assert (problem.path, problem.value) == ((1,), "2")


def test_a_text_inside_a_list_is_converted_and_a_string_beside_it_is_not() -> None:
    assert convert(Array([Text("1"), 2]), list[int]) == [1, 2]
    with pytest.raises(Unfit) as caught:
        convert(Array([Text("1"), "2"]), list[int])
    assert [problem.path for problem in caught.value.problems] == [(1,)]


def test_an_undeclared_value_has_no_text_left_in_it() -> None:
    value = Table({"pool": Table({"size": Text("5"), "name": Text("main")}), "key": Text("5", is_json=False)})
    result = convert(value, dict[str, Any])
    assert result == {"pool": {"size": 5, "name": "main"}, "key": "5"}
    assert [type(result), type(result["pool"]), type(result["key"])] == [dict, dict, str]
