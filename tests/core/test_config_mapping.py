"""The configuration is a dict with Flask's ways to fill it, and remembers who wrote each key."""

import copy
import json
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ferrule import App
from ferrule.config import CORE, Config, CoreSettings, Source
from ferrule.exceptions import ConfigError


def loaded(**overrides: Any) -> Config:
    config = Config("/nowhere")
    config.load(Source.read(root_path="/nowhere", config_file=None, environ={}), [CORE], overrides=overrides)
    return config


def update(config: Config) -> None:
    config.update({"DEBUG": True})


def set_default(config: Config) -> None:
    del config["DEBUG"]
    assert config.setdefault("DEBUG", True) is True


def merge(config: Config) -> None:
    config |= {"DEBUG": True}


WRITES: dict[str, Callable[[Config], object]] = {
    "assignment": lambda config: config.__setitem__("DEBUG", True),
    "update with a dict": update,
    "update with pairs": lambda config: config.update([("DEBUG", True)]),
    "update with keywords": lambda config: config.update(DEBUG=True),
    "setdefault": set_default,
    "|=": merge,
}
CALLS: dict[str, Callable[[Config], object]] = {
    "from_mapping": lambda config: config.from_mapping(DEBUG=True),
    "from_object": lambda config: config.from_object(type("Settings", (), {"DEBUG": True})),
    "set_from_command_line": lambda config: config.set_from_command_line("DEBUG", "yes", "--debug"),
}


@pytest.mark.parametrize("write", [*WRITES.values(), *CALLS.values()], ids=[*WRITES, *CALLS])
def test_every_way_to_write_makes_the_settings_new(write: Callable[[Config], object]) -> None:
    config = loaded()
    before = config.settings(CoreSettings)
    write(config)
    assert (before.debug, config.settings(CoreSettings).debug) == (False, True)


REMOVALS: dict[str, Callable[[Config], object]] = {
    "del": lambda config: config.__delitem__("DEBUG"),
    "pop": lambda config: config.pop("DEBUG"),
    "clear": lambda config: config.clear(),
    "popitem": lambda config: [config.popitem() for _ in range(len(config))],
}


@pytest.mark.parametrize("remove", REMOVALS.values(), ids=REMOVALS)
def test_a_removed_key_has_its_declared_default(remove: Callable[[Config], object]) -> None:
    config = loaded(DEBUG=True)
    assert config.settings(CoreSettings).debug is True
    remove(config)
    assert config.settings(CoreSettings).debug is False
    with pytest.raises(KeyError):
        config.origin("DEBUG")


def test_reading_makes_no_settings_new() -> None:
    config = loaded()
    before = config.settings(CoreSettings)
    assert config.get("X") is None
    assert config.setdefault("DEBUG", True) is False
    assert config.pop("X", 5) == 5
    assert config | {"X": 1} == {**config, "X": 1}
    assert config.settings(CoreSettings) == before


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_write_in_code_is_remembered_with_its_line(write: Callable[[Config], object]) -> None:
    config = loaded()
    write(config)
    path, _, line = config.origin("DEBUG").place.rpartition(":")
    assert path.endswith("test_config_mapping.py")
    assert "DEBUG" in Path(__file__).read_text(encoding="utf-8").splitlines()[int(line) - 1]


def test_a_write_through_an_attribute_is_remembered_with_its_line() -> None:
    app = App(__name__, config_file=None)
    app.debug = True
    assert "test_config_mapping.py:" in str(app.config.origin("DEBUG"))


def test_what_a_configuration_begins_with_is_remembered() -> None:
    assert str(Config("/nowhere", {"A": 1}).origin("A")) == "Config(defaults=…)"


def test_the_origin_of_a_key_that_nothing_sets_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="'NOTHING'"):
        Config("/nowhere").origin("NOTHING")


def test_from_mapping_passes_over_keys_in_lower_case() -> None:
    config = Config("/nowhere")
    assert config.from_mapping({"A": 1, "b": 2}, C=3, d=4)
    assert config == {"A": 1, "C": 3}
    assert str(config.origin("A")) == "from_mapping(…)"


def test_from_object_takes_names_in_upper_case() -> None:
    class Base:
        A = 1

    class Settings(Base):
        B = 2
        c = 3

    config = Config("/nowhere")
    config.from_object(Settings)
    assert config == {"A": 1, "B": 2}
    assert str(config.origin("B")) == "from_object(Settings)"


@pytest.mark.parametrize("name", ["notes_settings", "notes_settings:Production", "notes_settings.Production"])
def test_from_object_imports_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / "notes_settings.py").write_text("A = 1\nclass Production:\n    A = 1", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "notes_settings", raising=False)
    config = Config("/nowhere")
    config.from_object(name)
    assert (config, str(config.origin("A"))) == ({"A": 1}, f"from_object({name!r})")


@pytest.mark.parametrize("name", ["no_such_module", "json.no_such_name", "json:no_such_name", "not a name"])
def test_from_object_tells_what_cannot_be_imported(name: str) -> None:
    with pytest.raises(ImportError):
        Config("/nowhere").from_object(name)


def test_from_pyfile_runs_a_file_beside_the_application(tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text("import os\nA = 1 + 1\nb = 2\nFILE = __file__", encoding="utf-8")
    config = Config(tmp_path)
    assert config.from_pyfile("settings.py")
    assert config == {"A": 2, "FILE": str(tmp_path / "settings.py")}
    assert str(config.origin("A")) == "from_pyfile('settings.py')"


def test_from_file_reads_any_format(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"A": 1, "b": 2}', encoding="utf-8")
    (tmp_path / "b.toml").write_text("B = 2", encoding="utf-8")
    config = Config(tmp_path)
    assert config.from_file("a.json", json.load)
    assert config.from_file("b.toml", tomllib.load, text=False)
    assert config == {"A": 1, "B": 2}
    assert str(config.origin("B")) == "from_file('b.toml')"


@pytest.mark.parametrize("name", ["gone.py", "folder", "file.py/inner.py"])
def test_a_file_may_be_missing_where_that_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.py").write_text("A = 1", encoding="utf-8")
    config = Config(tmp_path)
    assert config.from_pyfile(name, silent=True) is False
    assert config.from_file(name, json.load, silent=True) is False
    with pytest.raises(OSError, match=name.partition("/")[0]):
        config.from_pyfile(name)
    with pytest.raises(OSError, match=name.partition("/")[0]):
        config.from_file(name, json.load)


def test_from_envvar_runs_the_file_that_a_variable_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "settings.py").write_text("A = 1", encoding="utf-8")
    config = Config("/nowhere")
    monkeypatch.setenv("NOTES_SETTINGS", str(tmp_path / "settings.py"))
    assert config.from_envvar("NOTES_SETTINGS")
    assert config == {"A": 1}
    monkeypatch.delenv("NOTES_SETTINGS")
    assert config.from_envvar("NOTES_SETTINGS", silent=True) is False
    with pytest.raises(ConfigError, match="the environment variable NOTES_SETTINGS is not set; set it to the path"):
        config.from_envvar("NOTES_SETTINGS")


def test_from_prefixed_env_reads_json_and_nests(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"A": "1", "B": "plain", "C__x__y": "[2]", "D": '{"x": 1}', "D__y": "2", "E__z": "3"}
    for name, value in values.items():
        monkeypatch.setenv(f"NOTES_{name}", value)
    given = {"E": {"w": 0}}
    config = Config("/nowhere", given)
    assert config.from_prefixed_env("NOTES")
    assert config == {"A": 1, "B": "plain", "C": {"x": {"y": [2]}}, "D": {"x": 1, "y": 2}, "E": {"w": 0, "z": 3}}
    assert given == {"E": {"w": 0}}
    assert str(config.origin("C")) == "from_prefixed_env('NOTES')"


def test_from_prefixed_env_reads_by_another_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTES_A", "1")
    config = Config("/nowhere")
    config.from_prefixed_env("NOTES", loads=str)
    assert config == {"A": "1"}


def test_from_prefixed_env_does_not_nest_into_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTES_A", "text")
    monkeypatch.setenv("NOTES_A__B", "1")
    with pytest.raises(ConfigError, match="environment NOTES_A__B: it nests into a value that is no dict"):
        Config("/nowhere").from_prefixed_env("NOTES")


def test_a_namespace_is_a_dict_of_its_own() -> None:
    config = Config("/nowhere", {"MAIL_HOST": "a", "MAIL_PORT": 25, "OTHER": 1})
    assert config.get_namespace("MAIL_") == {"host": "a", "port": 25}
    assert config.get_namespace("MAIL_", lowercase=False) == {"HOST": "a", "PORT": 25}
    assert config.get_namespace("MAIL_", trim_namespace=False) == {"mail_host": "a", "mail_port": 25}


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_a_configuration_can_be_copied(duplicate: Callable[[Config], Config]) -> None:
    config = loaded(DEBUG=True)
    other = duplicate(config)
    other["DEBUG"] = False
    assert (config["DEBUG"], other["DEBUG"]) == (True, False)
    assert (config.settings(CoreSettings).debug, other.settings(CoreSettings).debug) == (True, False)


def test_the_repr_has_no_secret() -> None:
    config = loaded(SECRET_KEY="sesame", API_TOKEN="sesame", TITLE="Notes")
    assert "sesame" not in repr(config)
    assert repr(config).startswith("<Config {'ENV': 'production', ")
    assert "'TITLE': 'Notes'" in repr(config)
