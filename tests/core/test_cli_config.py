"""``ferrule config check`` and ``init``: the file against what is declared, and a file with all that is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time, timedelta
from enum import Enum
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from click.testing import CliRunner, Result

from ferrule import setting
from ferrule.cli.main import cli
from ferrule.config import CORE, Config, ConfigFile, Section, Source
from ferrule.config.writing import commented_file
from ferrule.exceptions import ConfigError

EXTENSIONS: Final = """
from dataclasses import dataclass
from ferrule import Extension, setting

@dataclass(frozen=True, kw_only=True)
class Settings:
    phrase: str = setting("Hello", doc="What to say.")
    times: int = setting(1, doc="How often.")
    token: str = setting(secret=True, doc="Whose it is.")
    pins: dict[str, str] = setting(default_factory=lambda: {"door": "sesame"}, secret=True, doc="Of the doors.")

    def __post_init__(self):
        if self.times > 9:
            raise ValueError("[salute] times is more than anybody bears")

class Salute(Extension):
    name = "salute"
    settings_class = Settings
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a project whose application cannot be imported, with an extension of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for variable in ("FERRULE_ENV", "FERRULE_CONFIG", "FERRULE_NO_EXTENSION"):  # which commands set
        monkeypatch.setenv(variable, "")
    (tmp_path / "shop.py").write_text("raise ValueError('the application was imported')\n")
    (tmp_path / "saluting.py").write_text(EXTENSIONS)
    monkeypatch.delitem(__import__("sys").modules, "saluting", raising=False)


def run(*arguments: str, **variables: str) -> Result:
    return CliRunner().invoke(cli, ["config", *arguments], env=variables)


def configure(text: str) -> None:
    Path("ferrule.toml").write_text(f'application = "shop:app"\n{text}')


def test_a_file_without_mistakes_passes_and_the_application_stays_out_of_it() -> None:
    configure('extensions = ["saluting:Salute"]\n[salute]\ntoken = "t"\n[app]\nwhatever = 1\n')
    result = run("check")
    assert (result.exit_code, result.stdout) == (0, "no mistakes in ferrule.toml; environments: development\n")


def test_all_mistakes_of_all_environments_are_told_at_once_each_once() -> None:
    configure(
        'extensions = ["saluting:Salute"]\nmax_form_parts = "many"\n[salute]\ntoken = "t"\nphrse = "Hi"\n'
        "[env.production]\nsalute.times = 10\n[env.staging]\nsalute.times = true\n"
    )
    result = run("check")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert "ferrule.toml max_form_parts='many': expected int | None" in lines
    assert "ferrule.toml [salute] phrse: unknown key; did you mean 'phrase'?" in lines
    assert "ferrule.toml [env.staging.salute] times=True: expected int (staging)" in lines
    assert lines[-1] == "3 mistakes in ferrule.toml; environments: development, production, staging"


def test_what_the_settings_class_says_itself_is_a_mistake_of_its_environment() -> None:
    configure('extensions = ["saluting:Salute"]\n[salute]\ntoken = "t"\n[env.production]\nsalute.times = 10\n')
    result = run("check")
    assert result.exit_code == 1
    assert "[salute] times is more than anybody bears (production)" in result.stdout
    assert run("check", "--env", "development").exit_code == 0


def test_what_the_environment_has_to_say_later_is_not_missed_but_noted() -> None:
    configure('extensions = ["saluting:Salute"]\n[salute]\nphrase = { env = "SAID_IN_PRODUCTION" }\n')
    result = run("check")
    assert result.exit_code == 0
    assert "development: [salute] token is required, and left to the environment or to code" in result.stdout
    assert "SAID_IN_PRODUCTION" not in result.stdout


def test_what_a_settings_class_misses_may_come_from_elsewhere_too() -> None:
    Path("saluting.py").write_text(
        EXTENSIONS.replace("raise ValueError", "raise NotSetError").replace(
            "from dataclasses", "from ferrule.config import NotSetError\nfrom dataclasses"
        )
    )
    configure('extensions = ["saluting:Salute"]\n[salute]\ntoken = "t"\ntimes = 10\n')
    result = run("check")
    assert result.exit_code == 0, result.output
    note = "development: left to the environment or to code: [salute] times is more than anybody bears"
    assert note in result.stdout


def test_a_table_of_an_environment_that_is_nearly_a_usual_one_is_noted() -> None:
    configure("[env.prodution]\ndebug = false\n[env.staging]\ndebug = false\n")
    result = run("check")
    assert result.exit_code == 0
    assert "FERRULE_ENV=prodution chooses [env.prodution]; did you mean [env.production]?" in result.stdout
    assert "[env.staging]; did" not in result.stdout


def test_a_misspelt_reference_to_a_variable_is_told_how_it_is_written() -> None:
    configure('secret_key = { evn = "KEY" }\nmax_form_parts = { size = 3 }\n')
    key, parts = sorted(line for line in run("check").stdout.splitlines() if "expected" in line)[::-1]
    assert key.endswith(
        '; write { env = "NAME" } or { file = "/path" } for what stands elsewhere, { none = true } for nothing'
    )
    assert "write {" not in parts


def test_an_environment_that_the_file_does_not_have_is_told_the_nearest() -> None:
    configure("[env.staging]\n")
    result = run("check", "--env", "stagin")
    assert (result.exit_code, "no such environment; did you mean 'staging'?" in result.stderr) == (2, True)


def test_variables_count_in_the_environment_in_force_alone() -> None:
    configure("[env.production]\n")
    result = run("check", FERRULE_MAX_FORM_PARTS="many")
    assert result.exit_code == 1
    assert "FERRULE_MAX_FORM_PARTS='many': expected int | None (development)" in result.stdout


def test_an_extension_that_is_not_here_is_a_mistake_in_force_and_a_note_elsewhere() -> None:
    configure('[env.production]\nextensions = ["nowhere"]\nnowhere.key = 1\n')
    elsewhere = run("check")
    assert elsewhere.exit_code == 0
    assert "production: not all is checked: " in elsewhere.stdout
    assert "extension 'nowhere' is not installed" in elsewhere.stdout
    configure('extensions = ["nowhere"]\n[nowhere]\nkey = 1\n')
    here = run("check")
    assert (here.exit_code, "extension 'nowhere' is not installed" in here.stdout) == (1, True)
    assert "unknown table" not in here.stdout


def test_without_a_file_there_is_nothing_to_check() -> None:
    result = run("check")
    assert (result.exit_code, "`ferrule config init` writes one" in result.stderr) == (2, True)


# init


def test_init_writes_every_setting_of_the_core_and_of_named_extensions() -> None:
    result = run("init", "--extension", "saluting:Salute")
    assert (result.exit_code, result.stdout) == (0, "wrote ferrule.toml\n")
    text = Path("ferrule.toml").read_text()
    assert 'extensions = ["saluting:Salute"]\n' in text
    assert '[salute]\n\n# What to say. (str)\n# phrase = "Hello"\n' in text
    assert '# Whose it is. (str, required, secret)\n# token = ""\n' in text
    assert "# Of the doors. (dict[str, str], secret)\n# pins = {}\n" in text
    assert "sesame" not in text
    for declared in fields(CORE.settings_class):
        assert re.search(rf"^(# )?{declared.name} = ", text, re.MULTILINE), declared.name


def test_init_takes_the_enabled_extensions_and_overwrites_only_when_told() -> None:
    configure('extensions = ["saluting:Salute"]\n')
    before = Path("ferrule.toml").read_text()
    refused = run("init")
    assert (refused.exit_code, "ferrule.toml exists; --force overwrites it" in refused.stderr) == (2, True)
    assert Path("ferrule.toml").read_text() == before
    assert run("init", "-o", "other.toml").exit_code == 0
    assert "[salute]" in Path("other.toml").read_text()
    assert run("init", "--force").exit_code == 0
    assert Path("ferrule.toml").read_text() == Path("other.toml").read_text()
    assert "cannot write no/folder.toml: No such file" in run("init", "-o", "no/folder.toml").stderr
    assert "extension 'nowhere' is not installed" in run("init", "--extension", "nowhere", "--force").stderr


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class Nested:
    x: int = 1
    names: list[str] = field(default_factory=lambda: ["a", 'b"\\\x7f'])


@dataclass(frozen=True, kw_only=True)
class Settings:
    text: str = setting('with "quotes", a \\ and\nlines', doc="A text.")
    colour: Colour = setting(Colour.RED, doc="An enumeration.")
    nested: Nested = setting(Nested(), doc="A table.")
    table: dict[str, int | None] = setting(default_factory=lambda: {"a b": 1, "c": None}, doc="A free table.")
    brief: timedelta = setting(timedelta(milliseconds=1500), doc="A duration.")
    path: Path = setting(Path("a") / "b", doc="A path.")
    key: bytes = setting(b"bytes", doc="Bytes.")
    day: date = setting(date(2026, 11, 22), doc="A day.")
    at: datetime = setting(datetime(2026, 11, 22, 12, 30), doc="A moment.")  # noqa: DTZ001  # as a file may have it
    hour: time = setting(time(12, 30), doc="An hour.")
    ratio: float = setting(0.5, doc="A ratio. " * 30)
    names: frozenset[str] = setting(frozenset({"one"}), doc="Names.")
    pair: tuple[int, str] = setting((1, "two"), doc="A pair.")
    needed: Literal["only", "these"] = setting(doc="A required choice.")
    number: int = setting(doc="A required number.")


KINDS: Final = Section("kinds", Settings, "the test")


def loaded(text: str, section: Section) -> Config:
    Path("one.toml").write_text(text)
    file: ConfigFile = "one.toml"
    config = Config(".")
    source = Source.read(root_path=".", config_file=file, env="testing", environ={})
    config.load(source, [CORE] if section is CORE else [CORE, section])
    return config


@pytest.mark.parametrize(
    ("section", "name"),
    [(section, f.name) for section in (CORE, KINDS) for f in fields(section.settings_class)],
    ids=lambda value: value.name if isinstance(value, Section) else value,
)
def test_any_line_uncommented_is_valid_and_says_what_is_so_anyway(section: Section, name: str) -> None:
    sections = [CORE] if section is CORE else [CORE, section]
    text = commented_file(sections, [])
    changed, count = re.subn(rf"^# ({name} = )", r"\1", text, count=1, flags=re.MULTILINE)
    assert count == 1
    untouched, config = loaded(text, section), loaded(changed, section)
    key = section.key(name)
    assert config.origin(key).kind == "file" or key == "EXTENSIONS"
    expected: Any = untouched.get(key, config[key])
    assert config[key] == expected
    assert type(config[key]) is type(expected)


def test_a_mistake_in_the_uncommented_file_would_be_found() -> None:
    with pytest.raises(ConfigError, match="debug='yes': expected bool"):
        loaded(commented_file([CORE], []).replace("# debug = false", 'debug = "yes"'), CORE)
