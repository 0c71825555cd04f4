"""All sources over each other: their precedence, and values that stand outside the file."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ferrule.config import CORE, Config, Section, Source, setting


@dataclass(frozen=True)
class Pool:
    size: int = 5
    name: str = "main"


@dataclass(frozen=True, kw_only=True)
class SQLAlchemySettings:
    database_uri: str = setting(doc="The URL of the database.", secret=True)
    engine_options: dict[str, Any] = setting(default_factory=dict, doc="Options of the engine.")
    pool: Pool = setting(Pool(name="declared"), doc="The pool.")


@dataclass(frozen=True, kw_only=True)
class LoginSettings:
    view: str = setting("login", doc="The endpoint of the login page.")
    remember_days: int = setting(30, doc="How long to remember a user.")
    lifetime: timedelta | None = setting(None, doc="How long a login lasts.")


SQLALCHEMY = Section("sqlalchemy", SQLAlchemySettings, "extension 'sqlalchemy' (ferrule-sqlalchemy 0.1.0)")
LOGIN = Section("login", LoginSettings, "extension 'login' (ferrule-login 0.1.0)")


def load(
    folder: Path,
    text: str | None = None,
    *,
    env: str | None = None,
    defaults: dict[str, Any] | None = None,
    overrides: dict[str, Any] | None = None,
    sections: tuple[Section, ...] = (CORE, SQLALCHEMY, LOGIN),
    **environ: str,
) -> Config:
    if text is not None:
        (folder / "ferrule.toml").write_text(text, encoding="utf-8")
    config = Config(folder)
    config.load(
        Source.read(root_path=str(folder), env=env, environ=environ), sections, defaults=defaults, overrides=overrides
    )
    return config


@pytest.fixture(autouse=True)
def _in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let paths in messages be short."""
    monkeypatch.chdir(tmp_path)


def test_each_source_goes_over_the_one_before(tmp_path: Path) -> None:
    text = "[login]\nremember_days = 2\n[env.testing.login]\nremember_days = 3"
    defaults, overrides = {"LOGIN_REMEMBER_DAYS": 1}, {"LOGIN_REMEMBER_DAYS": 5}
    environ: dict[str, Any] = {"FERRULE_LOGIN_REMEMBER_DAYS": "4"}

    def shown(config: Config) -> tuple[Any, str, str]:
        origin = config.origin("LOGIN_REMEMBER_DAYS")
        return config["LOGIN_REMEMBER_DAYS"], origin.kind, str(origin)

    assert shown(load(tmp_path)) == (30, "default", "default")
    assert shown(load(tmp_path, defaults=defaults)) == (1, "App(defaults=…)", "App(defaults=…)")
    assert shown(load(tmp_path, text, defaults=defaults)) == (2, "file", "ferrule.toml [login]")
    assert shown(load(tmp_path, text, env="testing")) == (3, "file", "ferrule.toml [env.testing.login]")
    assert shown(load(tmp_path, text, env="testing", **environ)) == (
        4,
        "environment",
        "environment FERRULE_LOGIN_REMEMBER_DAYS",
    )
    config = load(tmp_path, text, env="testing", overrides=overrides, **environ)
    assert shown(config) == (5, "code", "App(config=…)")
    config["LOGIN_REMEMBER_DAYS"] = 6
    assert shown(config)[:2] == (6, "code")
    config.set_from_command_line("LOGIN_REMEMBER_DAYS", "7", "--days")
    assert shown(config) == (7, "command line", "command line --days")


def test_one_key_has_three_spellings(tmp_path: Path) -> None:
    in_file = load(tmp_path, "[sqlalchemy]\ndatabase_uri = 'sqlite://'")
    (tmp_path / "ferrule.toml").unlink()
    in_environment = load(tmp_path, FERRULE_SQLALCHEMY_DATABASE_URI="sqlite://")
    in_code = load(tmp_path, overrides={"SQLALCHEMY_DATABASE_URI": "sqlite://"})
    for config in (in_file, in_environment, in_code):
        assert config["SQLALCHEMY_DATABASE_URI"] == "sqlite://"


def test_a_section_with_a_hyphen_has_an_underscore_in_keys(tmp_path: Path) -> None:
    section = Section("rest-api", LoginSettings, "extension 'rest-api'")
    config = load(tmp_path, "[rest-api]\nview = 'a'", sections=(CORE, section), FERRULE_REST_API_REMEMBER_DAYS="1")
    assert (config["REST_API_VIEW"], config["REST_API_REMEMBER_DAYS"]) == ("a", 1)


def test_the_project_file_has_the_same_keys_below_its_table(tmp_path: Path) -> None:
    text = "[tool.ferrule]\ndebug = true\n[tool.ferrule.env.testing.login]\nview = 'x'"
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    config = load(tmp_path, env="testing")
    assert (config["DEBUG"], config["LOGIN_VIEW"]) == (True, "x")
    assert str(config.origin("DEBUG")) == "pyproject.toml [tool.ferrule]"
    assert str(config.origin("LOGIN_VIEW")) == "pyproject.toml [tool.ferrule.env.testing.login]"


def test_the_keys_of_the_application_are_free_and_without_prefix(tmp_path: Path) -> None:
    text = "[app]\ntitle = 'Notes'\nper-page = 10\nmenu = { Home = '/' }"
    config = load(tmp_path, text, FERRULE_APP_PER_PAGE="20", FERRULE_APP_MENU__HOME="/start", FERRULE_APP_NAME="x")
    assert config["TITLE"] == "Notes"
    assert config["PER_PAGE"] == 20
    assert config["MENU"] == {"Home": "/start"}
    assert config["NAME"] == "x"
    assert str(config.origin("TITLE")) == "ferrule.toml [app]"


def test_the_name_of_the_environment_is_a_key(tmp_path: Path) -> None:
    config = load(tmp_path, env="testing")
    assert (config["ENV"], str(config.origin("ENV"))) == ("testing", "App(env=…)")


def test_the_extensions_in_force_are_a_key(tmp_path: Path) -> None:
    config = load(tmp_path, "extensions = ['a']", FERRULE_EXTENSIONS="b,c")
    assert config["EXTENSIONS"] == ["b", "c"]
    assert str(config.origin("EXTENSIONS")) == "environment FERRULE_EXTENSIONS"


def test_tables_of_an_environment_merge_key_by_key_and_lists_replace(tmp_path: Path) -> None:
    text = """
        trusted_hosts = ["a", "b"]
        [sqlalchemy.engine_options]
        echo = true
        pool = { size = 1, name = "x" }
        [env.testing]
        trusted_hosts = ["c"]
        [env.testing.sqlalchemy.engine_options]
        pool = { size = 2 }
    """
    config = load(tmp_path, text, env="testing")
    assert config["TRUSTED_HOSTS"] == ["c"]
    assert config["SQLALCHEMY_ENGINE_OPTIONS"] == {"echo": True, "pool": {"size": 2, "name": "x"}}
    origin = str(config.origin("SQLALCHEMY_ENGINE_OPTIONS"))
    assert origin == "ferrule.toml [env.testing.sqlalchemy] over ferrule.toml [sqlalchemy]"


def test_the_file_replaces_the_defaults_of_the_application_whole(tmp_path: Path) -> None:
    defaults = {"SQLALCHEMY_ENGINE_OPTIONS": {"echo": True}}
    config = load(tmp_path, "[sqlalchemy]\nengine_options = { pool_size = 1 }", defaults=defaults)
    assert config["SQLALCHEMY_ENGINE_OPTIONS"] == {"pool_size": 1}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"ENGINE_OPTIONS__POOL_SIZE": "5"}, {"echo": True, "Deep": {"a": 1}, "pool_size": 5}),
        ({"ENGINE_OPTIONS__DEEP__B": "x"}, {"echo": True, "Deep": {"a": 1, "b": "x"}}),
        ({"ENGINE_OPTIONS__DEEP__A": "[2]"}, {"echo": True, "Deep": {"a": [2]}}),
        ({"ENGINE_OPTIONS": '{"x": 1}'}, {"x": 1}),
        ({"ENGINE_OPTIONS": '{"x": 1}', "ENGINE_OPTIONS__Y": "2"}, {"x": 1, "y": 2}),
        ({"ENGINE_OPTIONS__FILE": "/etc/passwd"}, {"echo": True, "Deep": {"a": 1}, "file": "/etc/passwd"}),
    ],
)
def test_double_underscores_nest_into_a_table(tmp_path: Path, environ: dict[str, str], expected: Any) -> None:
    text = "[sqlalchemy.engine_options]\necho = true\nDeep = { a = 1 }"
    variables: dict[str, Any] = {f"FERRULE_SQLALCHEMY_{name}": value for name, value in environ.items()}
    config = load(tmp_path, text, **variables)
    assert config["SQLALCHEMY_ENGINE_OPTIONS"] == expected


def test_a_variable_can_set_one_field_of_a_declared_default(tmp_path: Path) -> None:
    config = load(tmp_path, FERRULE_SQLALCHEMY_POOL__SIZE="7")
    assert config["SQLALCHEMY_POOL"] == Pool(7, "declared")


def test_two_variables_can_complete_a_table_of_the_file(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Server:
        host: str
        port: int

    @dataclass(frozen=True, kw_only=True)
    class MailSettings:
        server: Server | None = setting(None, doc="…")

    section = Section("mail", MailSettings, "extension 'mail'")
    config = load(tmp_path, "[mail]\nserver = { host = 'a' }", sections=(CORE, section), FERRULE_MAIL_SERVER__PORT="25")
    assert config["MAIL_SERVER"] == Server("a", 25)


def test_values_can_stand_outside_the_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"sesame\r\n")
    (tmp_path / "days").write_bytes(b"14\n")
    text = """
        secret_key = { file = "key" }
        secret_key_fallbacks = ["a", { env = "OLD" }, { file = "key" }]
        max_content_length = { none = true }
        [sqlalchemy]
        database_uri = { env = "URL" }
        engine_options = { pool_size = { env = "POOL" }, echo = { env = "ECHO", default = false } }
        [login]
        remember_days = { file = "days" }
        lifetime = { env = "LIFETIME", default = 60 }
        [app]
        token = { file = "days" }
        number = { env = "POOL" }
    """
    config = load(tmp_path, text, URL="sqlite://", POOL="5", OLD="b")
    assert config["SECRET_KEY"] == "sesame"
    assert config["SECRET_KEY_FALLBACKS"] == ["a", "b", "sesame"]
    assert config["MAX_CONTENT_LENGTH"] is None
    assert config["SQLALCHEMY_DATABASE_URI"] == "sqlite://"
    assert config["SQLALCHEMY_ENGINE_OPTIONS"] == {"pool_size": 5, "echo": False}
    assert config["LOGIN_REMEMBER_DAYS"] == 14
    assert config["LOGIN_LIFETIME"] == timedelta(minutes=1)
    assert (config["TOKEN"], config["NUMBER"]) == ("14", 5)
    assert {type(config[key]) for key in ("SECRET_KEY", "SQLALCHEMY_DATABASE_URI", "TOKEN")} == {str}
    assert str(config.origin("SECRET_KEY")) == "ferrule.toml (from file key)"
    assert str(config.origin("SQLALCHEMY_DATABASE_URI")) == "ferrule.toml [sqlalchemy] (from environment URL)"


def test_a_file_that_stands_for_a_value_lies_beside_the_configuration(tmp_path: Path) -> None:
    folder = tmp_path / "conf"
    folder.mkdir()
    (folder / "key").write_text("sesame", encoding="utf-8")
    (folder / "notes.toml").write_text("secret_key = { file = 'key' }", encoding="utf-8")
    assert load(tmp_path, FERRULE_CONFIG=str(folder / "notes.toml"))["SECRET_KEY"] == "sesame"


def test_a_table_that_only_resembles_one_is_a_value(tmp_path: Path) -> None:
    text = "[app]\na = { env = 5 }\nb = { file = 'x', mode = 'r' }\nc = { none = false }"
    config = load(tmp_path, text, overrides={"D": {"env": "X"}}, FERRULE_APP_E='{"file": "/etc/passwd"}')
    assert config["A"] == {"env": 5}
    assert config["B"] == {"file": "x", "mode": "r"}
    assert config["C"] == {"none": False}
    assert (config["D"], config["E"]) == ({"env": "X"}, {"file": "/etc/passwd"})


def test_a_table_that_stands_for_a_value_merges_with_no_other(tmp_path: Path) -> None:
    text = "[sqlalchemy]\ndatabase_uri = { env = 'A' }\n[env.testing.sqlalchemy]\ndatabase_uri = { file = 'url' }"
    (tmp_path / "url").write_text("sqlite://", encoding="utf-8")
    assert load(tmp_path, text, env="testing")["SQLALCHEMY_DATABASE_URI"] == "sqlite://"


@pytest.mark.parametrize(
    "arguments",
    [
        {"env": "testing"},
        {"FERRULE_SQLALCHEMY_DATABASE_URI": "x"},
        {"overrides": {"SQLALCHEMY_DATABASE_URI": "x"}},
        {"sections": (CORE,), "text": "extensions = ['sqlalchemy']\n"},
    ],
    ids=["env table", "environment", "code", "not enabled"],
)
def test_what_is_replaced_or_not_enabled_need_not_be_there(tmp_path: Path, arguments: dict[str, Any]) -> None:
    text = arguments.pop("text", "")
    text += "[sqlalchemy]\ndatabase_uri = { env = 'GONE' }\n[env.testing.sqlalchemy]\ndatabase_uri = 'x'"
    assert load(tmp_path, text, **arguments).get("SQLALCHEMY_DATABASE_URI", "x") == "x"
