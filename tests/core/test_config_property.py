"""Whatever a file or an environment says, it makes a configuration or a ConfigError, and never another exception."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrule.config import CORE, Config, CoreSettings, Found, Section, Source, declarations, setting
from ferrule.exceptions import ConfigError
from ferrule.typed.convert import convert
from ferrule.typed.problems import Text, Unfit


@dataclass(frozen=True)
class Pool:
    size: int = 5
    name: str = "main"
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class DemoSettings:
    text: str = setting("", doc="…")
    number: int | None = setting(None, doc="…")
    ratio: float = setting(1.0, doc="…")
    flag: bool = setting(False, doc="…")
    mode: Literal["a", "b"] = setting("a", doc="…")
    wait: timedelta = setting(timedelta(), doc="…")
    folder: Path | None = setting(None, doc="…")
    names: list[str] = setting(default_factory=list, doc="…")
    pair: tuple[int, str] = setting((1, "a"), doc="…")
    days: set[date] = setting(default_factory=set, doc="…")
    table: dict[str, Any] = setting(default_factory=dict, doc="…")
    counts: dict[int, float] = setting(default_factory=dict, doc="…")
    pool: Pool = setting(Pool(), doc="…")
    pools: list[Pool] | Pool | None = setting(None, doc="…")
    anything: Any = setting(None, doc="…")


DEMO = Section("demo", DemoSettings, "extension 'demo'")
NAMES = [declared.name for declared in declarations(DemoSettings)]
CORE_NAMES = [declared.name for declared in declarations(CoreSettings)]

words = st.sampled_from(
    ["a", "b", "env", "file", "none", "default", "size", "name", "options", "app", "demo", "extensions"]
)
keys = words | st.text(max_size=8)
leaves = (
    st.none().map(lambda _: True)
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=10)
    | st.sampled_from(["5", "true", "null", "P1D", "[1]", '{"a": 1}', "HOME", "/dev/null"])
    | st.dates()
    | st.times()
    | st.datetimes()
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=8
)


def tables(names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names) | keys, values, max_size=5)


files = st.builds(
    lambda core, demo, app, envs, other: {**other, **core, "demo": demo, "app": app, "env": envs},
    st.dictionaries(st.sampled_from(CORE_NAMES), values, max_size=3),
    tables(NAMES) | values,
    tables(["title", "menu"]) | values,
    st.dictionaries(
        st.sampled_from(["testing", "staging"]),
        st.fixed_dictionaries({}, optional={"demo": tables(NAMES), "app": values}),
    )
    | values,
    st.dictionaries(keys, values, max_size=2),
)
variables = st.dictionaries(
    st.builds(
        "FERRULE_{}{}{}".format,
        st.sampled_from(["", "DEMO_", "APP_", "DEMO_TABLE__", "DEMO_POOL__", "DEMO_POOL__SIZE__", "TESTING__"]),
        st.sampled_from([name.upper() for name in [*NAMES, *CORE_NAMES, "env", "config_", "size"]])
        | st.text(max_size=8),
        st.sampled_from(["", "__", "__A", "__A__B"]),
    ).filter(lambda name: name != "FERRULE_CONFIG"),
    st.text(max_size=10)
    | st.sampled_from(["5", "-1", "1.5", "true", "off", "null", "P1D", "[]", '["a"]', '{"a": 1}', "[[[["]),
    max_size=5,
)
small = st.recursive(leaves | st.none(), lambda inner: st.lists(inner, max_size=2), max_leaves=3)


def assert_configures_or_tells(data: Mapping[str, Any] | None, environ: Mapping[str, str], **layers: Any) -> None:
    found = None if data is None else Found(Path("/nowhere/ferrule.toml"), (), data)
    config = Config("/nowhere")
    if (mistakes := mistakes_in(lambda: configure(config, found, environ, **layers))) is not None:
        assert len(mistakes.splitlines()) > 1
        assert mistakes.encode()
        return
    assert isinstance(config.settings(CoreSettings), CoreSettings)
    settings = config.settings(DemoSettings)
    for name in NAMES:
        assert_has_no_text_left(getattr(settings, name))
    assert len(config.rows()) == len(config)
    assert repr(config).encode("utf-8", "backslashreplace")


def configure(config: Config, found: Found | None, environ: Mapping[str, str], **layers: Any) -> None:
    config.load(Source(found, env="testing", environ=environ), [CORE, DEMO], **layers)
    config.check_required()


def mistakes_in(work: Callable[[], object]) -> str | None:
    try:
        work()
    except ConfigError as error:
        return str(error)
    return None


def assert_has_no_text_left(value: Any) -> None:
    assert type(value) is not Text
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        assert_has_no_text_left(item)


@given(files)
def test_any_file_configures_or_is_told(data: dict[str, Any]) -> None:
    assert_configures_or_tells(data, {"HOME": "/home/me", "a": "5"})


@given(variables)
def test_any_environment_configures_or_is_told(environ: dict[str, str]) -> None:
    assert_configures_or_tells(None, environ)


@given(files, variables)
def test_any_file_and_environment_configure_or_are_told(data: dict[str, Any], environ: dict[str, str]) -> None:
    assert_configures_or_tells(data, environ)


@given(st.dictionaries(st.sampled_from([f"DEMO_{name.upper()}" for name in NAMES]) | st.text(), small, max_size=4))
def test_any_values_of_code_configure_or_are_told(written: dict[str, Any]) -> None:
    assert_configures_or_tells(None, {}, overrides=written)
    assert_configures_or_tells(None, {}, defaults=written)


def assert_reads_or_tells(name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        mistakes = mistakes_in(lambda: Config(folder).load(Source.read(root_path=folder, environ={}), [CORE, DEMO]))
        assert mistakes is None or str(path) in mistakes


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_file_or_are_told(content: bytes) -> None:
    assert_reads_or_tells("ferrule.toml", content)


PIECES = ["[a]", "[[a]]", "a = ", "b.c = ", "{", "}", "[", "]", "'x'", '"""', "1", "\n", "=", ".", "1979-05-27", "\\u"]


@given(st.lists(st.sampled_from(PIECES)))
def test_anything_like_toml_is_a_file_or_is_told(pieces: list[str]) -> None:
    assert_reads_or_tells("pyproject.toml", "".join(["[tool.ferrule]\n", *pieces]).encode())


KINDS: list[Any] = [declared.type for declared in declarations(DemoSettings)]


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
@given(value=values | st.text().map(Text))
def test_what_was_converted_fits_unchanged(kind: Any, value: Any) -> None:
    """So that settings are the same whether they are derived from what was loaded, or from what code put back."""
    try:
        result = convert(value, kind)
    except Unfit:
        return
    again = convert(result, kind)
    assert again == result or result != result or "nan" in repr(result)  # noqa: PLR0124 - NaN is not itself


@given(st.integers() | st.floats(allow_nan=False) | st.booleans())
def test_what_python_writes_in_the_environment_is_read_back(value: Any) -> None:
    assert convert(Text(str(value)), type(value)) == value


@given(st.timedeltas(timedelta(days=-100_000), timedelta(days=100_000)))
def test_seconds_in_the_environment_are_a_duration(value: timedelta) -> None:
    assert abs(convert(Text(str(value.total_seconds())), timedelta) - value) <= timedelta(microseconds=1)


@pytest.mark.parametrize("moment", [date(2026, 1, 2), datetime(2026, 1, 2, 3, 4), time(5, 6)])  # noqa: DTZ001 - TOML's
def test_moments_of_toml_stay_what_they_are(moment: Any) -> None:
    assert convert(moment, Any) is moment
    assert convert(moment, type(moment)) is moment
