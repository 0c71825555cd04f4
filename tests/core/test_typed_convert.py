"""Values of files and code become their declared types, strictly."""

import enum
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, NewType, NotRequired, Protocol, TypedDict

import msgspec
import pytest

from ferrule.typed.convert import convert
from ferrule.typed.problems import NOTHING, Unfit
from ferrule.typed.typenames import shown_value, type_text


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


@dataclass(frozen=True)
class Engine:
    pool: Pool
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Checked:
    low: int
    high: int

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low is above high")


class Point(TypedDict):
    x: int
    y: NotRequired[int]


class Pair(NamedTuple):
    one: int
    two: str


class Struct(msgspec.Struct, forbid_unknown_fields=True):
    size: int


@dataclass(frozen=True)
class Unresolved:
    size: "NoSuchType"  # type: ignore[name-defined]  # noqa: F821 - what is tested


class Quacking(Protocol):
    def quack(self) -> None: ...


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


UserId = NewType("UserId", int)
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]

STRICT_GOOD: list[tuple[Any, Any, Any]] = [
    (str, "a", "a"),
    (str, "", ""),
    (int, 5, 5),
    (int, 10**30, 10**30),
    (bool, True, True),
    (float, 1.5, 1.5),
    (float, 2, 2.0),
    (bytes, b"a", b"a"),
    (bytes, "é", b"\xc3\xa9"),
    (None, None, None),
    (int | None, None, None),
    (str | bytes | None, b"a", b"a"),
    (str | bytes | None, "a", "a"),
    (int | float, 5, 5),
    (float | int, 5, 5),
    (Path | str, "a", "a"),
    (timedelta, 90, timedelta(seconds=90)),
    (timedelta, 1.5, timedelta(seconds=1.5)),
    (timedelta, "P1DT1H", timedelta(days=1, hours=1)),
    (timedelta, timedelta(days=1), timedelta(days=1)),
    (timedelta | None, 5, timedelta(seconds=5)),
    (Path, "/srv", Path("/srv")),
    (Path | None, "/srv", Path("/srv")),
    (Literal["a", "b"], "b", "b"),
    (Literal[1, "x"] | None, 1, 1),
    (Color, "red", Color.RED),
    (Color, Color.RED, Color.RED),
    (Level, 2, Level.HIGH),
    (list[str], ["a"], ["a"]),
    (list[str], ("a",), ["a"]),
    (list, [1, "a"], [1, "a"]),
    (tuple[str, ...], ["a", "b"], ("a", "b")),
    (tuple[int, str], [1, "a"], (1, "a")),
    (set[str], ["a", "a"], {"a"}),
    (frozenset[int], {1}, frozenset({1})),
    (Sequence[str], ["a"], ["a"]),
    (list[int] | list[str], ["a"], ["a"]),
    (dict[str, Any], {"a": [1]}, {"a": [1]}),
    (Mapping[str, int], {"a": 1}, {"a": 1}),
    (dict[int, str], {"5": "a"}, {5: "a"}),
    (dict[str, list[Pool]], {"a": [{"size": 1}]}, {"a": [Pool(1)]}),
    (Pool, {"size": 1}, Pool(1)),
    (Engine, {"pool": {"size": 1, "name": "x"}}, Engine(Pool(1, "x"))),
    (Pool | None, {"size": 1}, Pool(1)),
    (Point, {"x": 1}, {"x": 1}),
    (Pair, [1, "a"], Pair(1, "a")),
    (Struct, {"size": 1}, Struct(1)),
    (UserId, 5, 5),
    (Percent, 50, 50),
    (date, date(2026, 1, 2), date(2026, 1, 2)),
    (datetime, "2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5)),  # noqa: DTZ001 - a local time, as TOML has them
    (uuid.UUID, "12345678-1234-5678-1234-567812345678", uuid.UUID("12345678-1234-5678-1234-567812345678")),
    (Decimal, "1.5", Decimal("1.5")),
    (type[Exception], ValueError, ValueError),
    (Any, {"a": 1}, {"a": 1}),
]


@pytest.mark.parametrize(("kind", "value", "expected"), STRICT_GOOD, ids=repr)
def test_a_value_of_a_file_fits(kind: Any, value: Any, expected: Any) -> None:
    result = convert(value, kind)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(("kind", "_value", "result"), STRICT_GOOD, ids=repr)
def test_a_converted_value_fits_as_it_is(kind: Any, _value: Any, result: Any) -> None:
    assert convert(result, kind) == result


STRICT_BAD: list[tuple[Any, Any, str]] = [
    (str, 5, "expected str"),
    (str, None, "expected str"),
    (int, "5", "expected int"),
    (int, 5.0, "expected int"),
    (int, True, "expected int"),
    (bool, 1, "expected bool"),
    (bool, "true", "expected bool"),
    (float, "1.5", "expected float"),
    (float, True, "expected float"),
    (float, 10**400, "expected float; this is out of range"),
    (None, "null", "expected None"),
    (int | None, "5", "expected int | None"),
    (timedelta, "5", "expected timedelta (seconds, or an ISO 8601 duration such as 'P31D')"),
    (timedelta, True, "expected timedelta (seconds"),
    (timedelta, 1e300, "this is out of range"),
    (timedelta, float("nan"), "this is out of range"),
    (Path, 5, "expected Path"),
    (Path, "", "expected Path, found an empty string"),
    (Literal["a", "b"], "c", "expected 'a' | 'b'"),
    (Literal[1], True, "expected 1"),
    (Color, "green", "expected 'red' | 'blue'"),
    (list[str], "old", "expected list[str]"),
    (list[str | bytes], "old", "expected list[str | bytes]"),
    (tuple[str, ...], "old", "expected tuple[str, ...]"),
    (Sequence[str], "old", "expected Sequence[str]"),
    (list[str], {"a": 1}, "expected list[str]"),
    (list[str], {"a"}, "expected list[str]"),
    (tuple[int, str], [1], "expected tuple[int, str], which has 2 items; found 1"),
    (set[Any], [[1]], "expected set[any], found an item that no set can hold"),
    (dict[str, int], [1], "expected dict[str, int]"),
    (Pool, 5, "expected Pool"),
    (Pool, [1], "expected Pool"),
    (Checked, {"low": 2, "high": 1}, "low is above high"),
    (Percent, 101, "expected int <= 100"),
    (date, datetime(2026, 1, 2), "expected date"),  # noqa: DTZ001 - as above
    (type[Exception], int, "expected type[Exception]"),
    (Callable[[], int], 5, "expected callable"),
    (complex, "x", "expected complex"),
    (list[int] | dict[str, int], "x", "expected list[int] | dict[str, int]"),
]


@pytest.mark.parametrize(("kind", "value", "text"), STRICT_BAD, ids=repr)
def test_a_value_of_a_file_does_not_fit(kind: Any, value: Any, text: str) -> None:
    with pytest.raises(Unfit) as caught:
        convert(value, kind)
    (problem,) = caught.value.problems
    assert text in problem.text
    assert problem.path == ()


def test_all_mistakes_inside_a_value_are_found_with_their_places() -> None:
    value = {"pool": {"size": "x", "nmae": "y"}, "options": [], "extra": 1}
    with pytest.raises(Unfit) as caught:
        convert(value, Engine)
    found = {problem.path: problem.text for problem in caught.value.problems}
    assert found == {
        ("extra",): "unknown key; Engine has pool, options",
        ("pool", "nmae"): "unknown key; did you mean 'name'?",
        ("pool", "size"): "expected int",
        ("options",): "expected dict[str, any]",
    }


@pytest.mark.parametrize("kind", [Pool, Point])
def test_a_missing_key_of_a_nested_table_is_named(kind: Any) -> None:
    with pytest.raises(Unfit) as caught:
        convert({}, kind)
    (problem,) = caught.value.problems
    assert problem.path in {("size",), ("x",)}
    assert problem.text == "missing, and required; expected int"
    assert problem.value is NOTHING


def test_an_unknown_key_of_a_typed_dict_is_refused() -> None:
    with pytest.raises(Unfit) as caught:
        convert({"x": 1, "Y": 2}, Point)
    assert caught.value.problems[0].text == "unknown key; did you mean 'y'?"


def test_a_union_tells_what_is_wrong_inside_the_member_that_was_meant() -> None:
    with pytest.raises(Unfit) as caught:
        convert({"size": "x"}, Pool | None)
    (problem,) = caught.value.problems
    assert (problem.path, problem.text) == (("size",), "expected int")


@pytest.mark.parametrize("value", [["a"], {"a": [1]}, {"a": {"b": 1}}])
def test_a_value_that_fits_stays_the_same_object(value: Any) -> None:
    """So that code which changes a list in place changes the settings, too."""
    kind: Any = list[str] if isinstance(value, list) else dict[str, Any]
    assert convert(value, kind) is value


def test_a_type_that_cannot_be_read_is_told_as_such() -> None:
    with pytest.raises(Unfit, match="x") as caught:
        convert({"x": 1}, "x")
    assert "the declared type" in caught.value.problems[0].text


def test_an_instance_of_a_subclass_fits_as_it_is() -> None:
    @dataclass(frozen=True)
    class Larger(Pool):
        extra: int = 0

    pool = Larger(1)
    assert convert(pool, Pool) is pool


def test_a_nested_annotation_that_cannot_be_resolved_is_told() -> None:
    with pytest.raises(Unfit) as caught:
        convert({"size": 1}, Unresolved)
    assert caught.value.problems[0].text.startswith("the annotations of Unresolved cannot be resolved: name 'NoSuch")


def test_a_value_fits_no_protocol_that_cannot_be_checked() -> None:
    with pytest.raises(Unfit):
        convert(5, Quacking)


@pytest.mark.parametrize("value", [Broken(), [Broken()], 10**5000, "x" * 5000], ids=["repr", "inside", "int", "str"])
def test_any_value_can_be_told_in_few_characters(value: Any) -> None:
    assert 0 < len(shown_value(value)) < 80


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Percent, "int"),
        (Color, "'red' | 'blue'"),
        (Pool | None, "Pool | None"),
        (dict[str, Any], "dict[str, any]"),
        (tuple[int, ...], "tuple[int, ...]"),
        (Literal["a", 1], "'a' | 1"),
        (Callable[[], int] | None, "callable | None"),
        (UserId, "UserId"),
    ],
)
def test_a_type_is_told_as_one_would_write_it(kind: Any, text: str) -> None:
    assert type_text(kind) == text


def test_a_callable_fits_where_one_is_declared() -> None:
    assert convert(print, Callable[..., Any]) is print
