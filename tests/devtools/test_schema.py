"""The schema of a configuration file: what it accepts, Ferrule loads, and what it refuses, Ferrule refuses."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, make_dataclass
from datetime import timedelta
from enum import Enum, IntEnum
from pathlib import Path
from types import GenericAlias
from typing import Annotated, Any, Final, Literal, NewType, TypedDict
from uuid import UUID

import msgspec
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from ferrule import ConfigError, setting
from ferrule.cli.project import Project
from ferrule.config import CORE, Found, Section, Source
from ferrule.config.loading import Loading
from ferrule.config.vocabulary import Vocabulary
from ferrule_devtools.commands.schema import schema_command
from ferrule_devtools.schema import schema_of_file

ROOT: Final = Path(__file__).parents[2]


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Size(IntEnum):
    SMALL = 1


class Mixed(Enum):
    RED = "red"
    TWO = 2


class Limits(TypedDict, total=False):
    low: int
    high: float | None


@dataclass(frozen=True)
class Server:
    host: str = "localhost"
    ports: tuple[int, ...] = ()


@dataclass(frozen=True)
class Node:
    name: str
    children: list[Node] | None = None


class Point(msgspec.Struct, rename="camel", tag="point"):
    line_width: int = 1


UserId = NewType("UserId", int)
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Few = Annotated[list[int], msgspec.Meta(max_length=1)]
Short = Annotated[str, msgspec.Meta(min_length=1, max_length=3, pattern="^[a-z]*$")]


def section_of(kind: Any, *, secret: bool = False) -> Section:
    fields = [("value", kind, setting(None, doc="A value.", secret=secret))]
    return Section("shop", make_dataclass("Settings", fields, frozen=True, kw_only=True), "extension 'shop'")


def is_valid(data: Mapping[str, Any], section: Section) -> bool:
    schema = schema_of_file([section])
    Draft7Validator.check_schema(schema)
    # A date of TOML is a text for an editor.
    return bool(Draft7Validator(schema).is_valid(json.loads(json.dumps(data, default=str))))


def is_loaded(data: Mapping[str, Any], section: Section, **environ: str) -> bool:
    """Tell whether Ferrule takes a file in each of its environments."""
    tables = data.get("env", {})
    for env in ("production", *(tables if isinstance(tables, dict) else ())):
        try:
            source = Source(Found(ROOT / "ferrule.toml", (), data), env=env, environ=environ)
            Loading(source, Vocabulary([CORE, section])).load({}, {})
        except ConfigError:
            return False
    return True


LEAVES: Final = [
    *(str, int, float, bool, bytes, timedelta, Path, UUID, Any, object),
    *(Colour, Size, Mixed, Limits, Server, Point, UserId, Percent, Short, Few),
    *(Literal["a", "b"], Literal[1, True, "x"]),
]
GENERIC: Final[list[Callable[[Any], Any]]] = [
    lambda kind: GenericAlias(list, kind),
    lambda kind: GenericAlias(tuple, (kind, ...)),
    lambda kind: GenericAlias(tuple, (kind, kind)),
    lambda kind: GenericAlias(dict, (str, kind)),
    lambda kind: GenericAlias(Mapping, (str, kind)),
    lambda kind: kind | None,
    lambda kind: kind | str,
    lambda kind: kind | Limits,
]
kinds = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.builds(lambda make, kind: make(kind), st.sampled_from(GENERIC), inner),
    max_leaves=4,
)
values = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.integers(-3, 120),
        st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not number.is_integer()),
        st.text(max_size=4),
        st.sampled_from(["a", "b", "x", "red", "P1D", "PT5M", "-PT1.5S", "P", "P1Y", "point", f"{UUID(int=3)}"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["low", "high", "host", "ports", "lineWidth", "type", "line_width", "x"]), inner, max_size=3
        ),
    ),
    max_leaves=6,
)


@given(kind=kinds, value=values)
def test_an_editor_and_a_start_agree_on_a_value_of_any_type(kind: Any, value: Any) -> None:
    data, section = {"shop": {"value": value}}, section_of(kind)
    assert is_valid(data, section) == is_loaded(data, section)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (timedelta, "P31D"),
        (timedelta, 5),
        (bytes, "abc"),
        (dict[int, str], {"5": "x"}),
        (dict[Literal["a"], int], {"a": 1}),
        (list[Node], [{"name": "x", "children": [{"name": "y"}]}]),
        (frozenset[str], ["x", "x"]),
        (Point, {"type": "point", "lineWidth": 3}),
        (str | None, {"none": True}),
        (list[str | None], [{"none": True}]),
        (int, {"env": "NUMBER"}),
        (list[int], [1, {"env": "NUMBER"}]),
        (int, {"env": "NOTHING", "default": 3}),
        (Limits, {"low": {"env": "NUMBER"}}),
    ],
)
def test_what_is_right_is_right_for_both(kind: Any, value: Any) -> None:
    data, section = {"shop": {"value": value}}, section_of(kind)
    assert is_loaded(data, section, NUMBER="3")
    assert is_valid(data, section)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (timedelta, "a while"),
        (dict[int, str], {"five": "x"}),
        (dict[Literal["a"], int], {"b": 1}),
        (list[Node], [{"children": []}]),
        (list[Node], [{"name": "x", "children": [{"nam": "y"}]}]),
        (tuple[int, str], [1]),
        (str, {"none": True}),
        (int, {"env": 3}),
        (int, {"env": "NUMBER", "defalt": 3}),
        (int, {"evn": "NUMBER"}),
        (type[int], "int"),
    ],
)
def test_what_is_wrong_is_wrong_for_both(kind: Any, value: Any) -> None:
    data, section = {"shop": {"value": value}}, section_of(kind)
    assert not is_loaded(data, section, NUMBER="3")
    assert not is_valid(data, section)


@pytest.mark.parametrize(
    "file",
    [
        "debug = true",
        "debug = 'yes'",
        "debgu = true",
        "session_cookie_samesite = 'Lax'",
        "session_cookie_samesite = 'lax'",
        "permanent_session_lifetime = 'P31D'",
        "proxy_fix = { x_for = 1 }",
        "proxy_fix = { x_fro = 1 }",
        "secret_key_fallbacks = 'old'",
        "secret_key = { file = 'README.md' }",
        "[shop]\nvalue = 3",
        "[shop]\nvalu = 3",
        "[shp]\nvalue = 3",
        "shop = 3",
        "[app]\nanything = { goes = [1, 'x'] }",
        "[app]\ndebug = true",
        "[app]\nDebug = true",
        "[app]\nenv = 'x'",
        "[app]\nshop-window = 3",
        "[app]\nshopping = 3",
        '[app]\n"" = 3',
        "[env.testing]\ntesting = true",
        "[env.testing]\ntestin = true",
        "[env.testing.shop]\nvalue = 'x'",
        "[env.testing.app]\nanything = 1",
        "[env.testing.env.production]\ndebug = true",
        "env = 3",
        "[env]\ntesting = 3",
        "extensions = ['login', 'shop.audit:Audit']\n[login]\nview = 'x'",
        "extensions = 'login'",
        "extensions = [3]",
    ],
)
def test_an_editor_and_a_start_agree_on_a_file(file: str) -> None:
    data, section = tomllib.loads(file), section_of(int | None)
    others = {"login"} if "login" in file else set()
    schema = schema_of_file([section], others=others)
    assert Draft7Validator(schema).is_valid(data) == is_loaded(data, section)


def test_a_setting_has_doc_default_and_what_makes_it_a_secret() -> None:
    fields = [
        ("phrase", str, setting("Hello", doc="What to say.")),
        ("pause", timedelta, setting(timedelta(seconds=5), doc="How long.")),
        ("key", str, setting(doc="The key.", secret=True)),
        ("names", list[str], setting(default_factory=lambda: ["a"], doc="Whom.")),
        ("handler", object, setting(print, doc="Given in code.")),
    ]
    section = Section("shop", make_dataclass("S", fields, frozen=True, kw_only=True), "extension 'shop'")
    told = schema_of_file([section])["properties"]["shop"]["properties"]
    assert (told["phrase"]["description"], told["phrase"]["default"]) == ("What to say.", "Hello")
    assert told["names"]["default"] == ["a"]
    assert told["key"]["writeOnly"] is True
    assert told["key"]["description"].endswith("Required: here, in a table [env.…], or as FERRULE_SHOP_KEY.")
    assert "default" not in told["key"]
    json.dumps(told)


def test_a_secret_that_has_a_default_does_not_show_it() -> None:
    assert "default" not in schema_of_file([section_of(str, secret=True)])["properties"]["shop"]["properties"]["value"]


def run(*arguments: str, file: str = "", folder: Path) -> Result:
    runner = CliRunner()
    (folder / "ferrule.toml").write_text(file, encoding="utf-8")
    return runner.invoke(schema_command, arguments, obj=Project(quiet=True))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setenv("FERRULE_ENV", "development")
    monkeypatch.setenv("FERRULE_CONFIG", str(tmp_path / "ferrule.toml"))
    return tmp_path


def test_the_command_writes_a_schema_with_what_the_file_names_in_any_environment(folder: Path) -> None:
    file = 'application = "nobody:app"\nextensions = ["login"]\n[env.testing]\nextensions = ["greeting"]\n'
    result = run("--output", "ferrule.schema.json", file=file, folder=folder)
    assert result.exit_code == 0, result.output
    assert "#:schema ./ferrule.schema.json" in result.stdout
    schema = json.loads((folder / "ferrule.schema.json").read_text(encoding="utf-8"))
    assert {"debug", "login", "greeting", "app", "env"} <= set(schema["properties"])
    assert "sqlalchemy" not in schema["properties"]
    items = schema["properties"]["extensions"]["anyOf"][0]["items"]["anyOf"][0]["enum"]
    assert {"login", "sqlalchemy", "greeting"} <= set(items)


def test_an_extension_of_the_applications_own_is_found_beside_the_file(folder: Path) -> None:
    own = "from ferrule import Extension\n\nclass Own(Extension):\n    name = 'own_one'\n"
    (folder / "schema_own.py").write_text(own, encoding="utf-8")
    result = run(file='extensions = ["schema_own:Own"]\n', folder=folder)
    sys.modules.pop("schema_own", None)
    assert result.exit_code == 0, result.output
    assert "own_one" in json.loads(result.stdout)["properties"]


def test_a_file_that_cannot_be_written_is_one_clear_line(folder: Path) -> None:
    result = run("-o", "nowhere/schema.json", folder=folder)
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: cannot write nowhere/schema.json: No such file or directory\n",
    )


def test_the_command_says_nothing_of_what_the_file_says_already(folder: Path) -> None:
    file = "#:schema ./ferrule.schema.json\n"
    result = run("-o", "ferrule.schema.json", file=file, folder=folder)
    assert result.stdout == "ferrule.schema.json written\n"
    (folder / "schemas").mkdir()
    elsewhere = str(folder / "schemas/ferrule.json")
    assert "#:schema ./schemas/ferrule.json\n" in run("-o", elsewhere, file=file, folder=folder).stdout


def test_with_all_the_command_has_what_is_installed_and_without_a_file_it_prints(folder: Path) -> None:
    schema = json.loads(run("--all", folder=folder).stdout)
    assert {"login", "sqlalchemy", "greeting"} <= set(schema["properties"])


def test_an_extension_that_is_listed_for_another_environment_and_not_installed_has_a_free_table(folder: Path) -> None:
    file = '[env.production]\nextensions = ["nobodys"]\n[env.production.nobodys]\nkey = 3\n'
    result = run(file=file, folder=folder)
    assert "Left out: " in result.stderr
    assert Draft7Validator(json.loads(result.stdout)).is_valid(tomllib.loads(file))


def test_the_file_of_the_example_application_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "examples/notes")
    monkeypatch.setenv("FERRULE_ENV", "development")
    monkeypatch.setenv("FERRULE_CONFIG", str(ROOT / "examples/notes/ferrule.toml"))
    monkeypatch.syspath_prepend(ROOT / "examples/notes")
    result = CliRunner().invoke(schema_command, obj=Project(quiet=True))
    data = tomllib.loads((ROOT / "examples/notes/ferrule.toml").read_text(encoding="utf-8"))
    validator = Draft7Validator(json.loads(result.stdout))
    assert [error.message for error in validator.iter_errors(data)] == []
    data["login"]["viw"] = "x"
    (error,) = validator.iter_errors(data)
    assert "'viw' was unexpected" in error.message
