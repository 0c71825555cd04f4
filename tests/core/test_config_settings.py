"""Settings are frozen, typed and checked; what `ferrule config` shows of them has no secrets."""

from dataclasses import MISSING, FrozenInstanceError, dataclass
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any, assert_type

import pytest

from ferrule.config import CORE, Config, Row, Section, Source, setting
from ferrule.exceptions import ConfigError


@dataclass(frozen=True)
class Account:
    name: str = "me"
    password: str = setting("", doc="The password of the account.", secret=True)


@dataclass(frozen=True, kw_only=True)
class MailSettings:
    sender: str = setting(doc="The address that mails come from.")
    key: str = setting(doc="The key of the service.", secret=True)
    port: int = setting(25, doc="The port of the server.")
    timeout: timedelta = setting(timedelta(seconds=5), doc="How long to wait.")
    hosts: list[str] = setting(default_factory=list, doc="The servers.")
    account: Account | None = setting(None, doc="Who sends.")
    options: dict[str, Any] = setting(default_factory=dict, doc="Options of the client.")

    def __post_init__(self) -> None:
        if self.port > 65535:
            raise ValueError(f"port {self.port} is above 65535")


@dataclass(frozen=True, kw_only=True)
class LoginSettings:
    view: str = setting(doc="The endpoint of the login page.")


MAIL = Section("mail", MailSettings, "extension 'mail' (ferrule-mail 1.0)")
LOGIN = Section("login", LoginSettings, "extension 'login' (ferrule-login 0.1.0)")
REQUIRED = {"MAIL_SENDER": "a@example.com", "MAIL_KEY": "sesame"}


def loaded(
    *sections: Section,
    file: Path | None = None,
    overrides: dict[str, Any] | None = None,
    defaults: dict[str, Any] | None = None,
    **environ: str,
) -> Config:
    config = Config("/nowhere")
    source = Source.read(root_path="/nowhere", config_file=file, environ=environ)
    config.load(source, [CORE, *sections], overrides=overrides, defaults=defaults)
    return config


def row(config: Config, key: str) -> Row:
    return next(row for row in config.rows() if row.key == key)


def check(config: Config) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config.check_required()
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


def test_settings_are_of_their_class_and_frozen() -> None:
    settings = loaded(MAIL, overrides=REQUIRED).settings(MailSettings)
    assert_type(settings, MailSettings)
    assert settings == MailSettings(sender="a@example.com", key="sesame")
    with pytest.raises(FrozenInstanceError):
        settings.port = 26  # type: ignore[misc]  # what is tested


def test_settings_stay_the_same_object_until_a_write() -> None:
    config = loaded(MAIL, overrides=REQUIRED)
    before = config.settings(MailSettings)
    assert config.settings(MailSettings) is before
    config["MAIL_PORT"] = 26
    assert config.settings(MailSettings).port == 26
    assert before.port == 25


def test_settings_follow_a_list_that_code_changes_in_place() -> None:
    config = loaded(MAIL, overrides=REQUIRED)
    config["MAIL_HOSTS"].append("a")
    assert config.settings(MailSettings).hosts == ["a"]
    config["MAIL_HOSTS"].append("b")
    assert config.settings(MailSettings).hosts == ["a", "b"]


def test_two_configurations_share_no_default() -> None:
    one, other = loaded(MAIL), loaded(MAIL)
    one["MAIL_HOSTS"].append("a")
    assert other["MAIL_HOSTS"] == []


def test_values_of_code_are_converted_without_loss() -> None:
    config = loaded(MAIL, overrides=REQUIRED)
    config.update(MAIL_TIMEOUT=30, MAIL_HOSTS=("a", "b"), MAIL_ACCOUNT={"name": "x"})
    settings = config.settings(MailSettings)
    assert settings.timeout == timedelta(seconds=30)
    assert settings.hosts == ["a", "b"]
    assert settings.account == Account("x")
    assert config["MAIL_TIMEOUT"] == 30


def test_a_wrong_value_of_code_is_told_with_its_line() -> None:
    config = loaded(MAIL, overrides=REQUIRED)
    config["MAIL_PORT"] = "26"
    config["MAIL_KEY"] = 5
    config["MAIL_ACCOUNT"] = {"password": 5}
    config["MAIL_PROT"] = 5
    with pytest.raises(ConfigError) as caught:
        config.settings(MailSettings)
    first, *lines = str(caught.value).splitlines()
    assert first == "4 mistakes in the configuration"
    assert [line.partition("test_config_settings.py:")[2].partition(" ")[2] for line in lines] == [
        "MAIL_PROT: unknown key of extension 'mail' (ferrule-mail 1.0); did you mean 'MAIL_PORT'?",
        "MAIL_KEY=********: expected str, found an integer",
        "MAIL_PORT='26': expected int",
        "MAIL_ACCOUNT.password=********: expected str, found an integer",
    ]


def test_what_the_settings_class_refuses_is_told() -> None:
    config = loaded(MAIL, overrides={**REQUIRED, "MAIL_PORT": 70_000})
    with pytest.raises(ConfigError, match=r"extension 'mail' \(ferrule-mail 1\.0\): port 70000 is above 65535"):
        config.settings(MailSettings)


def test_a_mistake_mended_is_forgotten() -> None:
    config = loaded(MAIL, overrides=REQUIRED)
    config["MAIL_PORT"] = "26"
    with pytest.raises(ConfigError):
        config.settings(MailSettings)
    config["MAIL_PORT"] = 26
    assert config.settings(MailSettings).port == 26


def test_keys_outside_the_prefixes_are_free_in_code() -> None:
    config = loaded(MAIL, overrides={**REQUIRED, "ANYTHING": object()})
    config["SECERT_KEY"] = object()
    config.check_required()


def test_settings_that_nobody_declared_are_told() -> None:
    with pytest.raises(ConfigError, match=r"no section of the configuration has the settings .*LoginSettings; enable"):
        loaded(MAIL).settings(LoginSettings)


def test_all_missing_keys_are_told_at_once_with_three_spellings(tmp_path: Path) -> None:
    (tmp_path / "ferrule.toml").write_text("", encoding="utf-8")
    config = loaded(MAIL, LOGIN, file=tmp_path / "ferrule.toml")
    assert check(config) == [
        f"extension 'mail' (ferrule-mail 1.0) requires [mail] {name}, which is not set;"
        f" set {name} in {tmp_path}/ferrule.toml [mail], FERRULE_MAIL_{name.upper()} in the environment,"
        f" or app.config['MAIL_{name.upper()}']"
        for name in ("sender", "key")
    ] + [
        (
            "extension 'login' (ferrule-login 0.1.0) requires [login] view, which is not set;"
            f" set view in {tmp_path}/ferrule.toml [login], FERRULE_LOGIN_VIEW in the environment,"
            " or app.config['LOGIN_VIEW']"
        )
    ]


def test_a_missing_key_is_told_where_there_is_no_file() -> None:
    assert "; set view in ferrule.toml [login], FERRULE_LOGIN_VIEW in " in check(loaded(LOGIN))[0]


def test_a_required_key_can_be_set_after_loading() -> None:
    config = loaded(LOGIN)
    config["LOGIN_VIEW"] = "auth.login"
    config.check_required()
    assert config.settings(LoginSettings).view == "auth.login"


def test_the_check_tells_wrong_values_of_code_too() -> None:
    config = loaded(MAIL, LOGIN, overrides=REQUIRED)
    config["MAIL_PORT"] = "26"
    assert ["requires [login] view" in line or "MAIL_PORT='26': expected int" in line for line in check(config)] == [
        True,
        True,
    ]


def test_a_section_can_be_added_later(tmp_path: Path) -> None:
    file = tmp_path / "ferrule.toml"
    file.write_text("extensions = ['mail']\n[mail]\nport = 26\nsender = 'file'", encoding="utf-8")
    config = loaded(file=file, defaults={"MAIL_HOSTS": ["a"]}, overrides={"MAIL_KEY": "x"}, FERRULE_MAIL_TIMEOUT="9")
    assert "MAIL_PORT" not in config
    config.add_section(MAIL)
    settings = config.settings(MailSettings)
    assert settings == MailSettings(sender="file", key="x", port=26, timeout=timedelta(seconds=9), hosts=["a"])
    assert str(config.origin("MAIL_TIMEOUT")) == "environment FERRULE_MAIL_TIMEOUT"


def test_a_section_that_is_added_leaves_what_code_wrote() -> None:
    config = loaded(FERRULE_MAIL_PORT="26")
    config["MAIL_PORT"] = 27
    config["DEBUG"] = True
    config.add_section(MAIL)
    config.add_section(MAIL)
    assert (config["MAIL_PORT"], config["DEBUG"], config["MAIL_HOSTS"]) == (27, True, [])


def test_a_section_that_is_added_is_checked_like_the_others() -> None:
    config = loaded(FERRULE_MAIL_PORT="x")
    with pytest.raises(ConfigError, match="environment FERRULE_MAIL_PORT='x': expected int"):
        config.add_section(MAIL)
    assert "MAIL_HOSTS" not in config


def test_a_section_can_be_added_to_a_configuration_that_was_never_loaded() -> None:
    config = Config("/nowhere")
    config.add_section(MAIL)
    assert config["MAIL_PORT"] == 25


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("MAIL_PORT", "x", "command line --set='x': expected int"),
        ("MAIL_KEY", 5, "command line --set=********: expected str, found an integer"),
        ("MAIL_PROT", "5", "command line --set MAIL_PROT: unknown key of extension 'mail'"),
    ],
)
def test_a_switch_is_checked(key: str, value: Any, text: str) -> None:
    config = loaded(MAIL)
    with pytest.raises(ConfigError) as caught:
        config.set_from_command_line(key, value, "--set")
    assert text in str(caught.value)


def test_a_switch_is_converted_and_remembered() -> None:
    config = loaded(MAIL, overrides=REQUIRED)
    config.set_from_command_line("MAIL_HOSTS", '["a"]', "--hosts")
    config.set_from_command_line("DEBUG", True, "--debug")
    config.set_from_command_line("FREE", "5", "--free")
    assert (config["MAIL_HOSTS"], config["DEBUG"], config["FREE"]) == (["a"], True, "5")
    assert str(config.origin("DEBUG")) == "command line --debug"


def test_a_row_tells_key_section_type_value_origin_and_doc() -> None:
    config = loaded(MAIL, FERRULE_MAIL_PORT="26")
    found = row(config, "MAIL_PORT")
    assert found == Row("MAIL_PORT", "mail", "int", 26, config.origin("MAIL_PORT"), "The port of the server.")
    assert row(config, "MAIL_ACCOUNT").type == "Account | None"
    assert row(config, "SESSION_COOKIE_SAMESITE").type == "'Lax' | 'Strict' | 'None' | None"


def test_rows_come_by_section_and_the_applications_own_last() -> None:
    config = loaded(MAIL, overrides={"TITLE": "x", "COLOR": "y"})
    keys = [(found.section, found.key) for found in config.rows()]
    assert keys[:3] == [("", "ENV"), ("", "APPLICATION"), ("", "EXTENSIONS")]
    assert keys[-4:] == [("mail", "MAIL_ACCOUNT"), ("mail", "MAIL_OPTIONS"), ("app", "COLOR"), ("app", "TITLE")]


def test_a_required_key_that_nothing_sets_has_a_row() -> None:
    found = row(loaded(LOGIN), "LOGIN_VIEW")
    assert (found.value, str(found.origin)) == (MISSING, "not set")


MASK = "********"


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("SECRET_KEY", "sesame", MASK),
        ("SECRET_KEY", b"sesame", MASK),
        ("SECRET_KEY", None, None),
        ("SECRET_KEY_FALLBACKS", ["sesame", b"sesame"], [MASK, MASK]),
        ("SECRET_KEY_FALLBACKS", [], []),
        ("MAIL_ACCOUNT", Account("x", "sesame"), {"name": "x", "password": MASK}),
        ("MAIL_ACCOUNT", {"name": "x", "password": "sesame"}, {"name": "x", "password": MASK}),
        ("MAIL_OPTIONS", {"api-key": "sesame", "size": 5}, {"api-key": MASK, "size": 5}),
        ("MAIL_OPTIONS", {"a": [{"token": {"b": "sesame"}}]}, {"a": [{"token": {"b": MASK}}]}),
        ("MAIL_SENDER", "smtp://me:sesame@host/x", f"smtp://me:{MASK}@host/x"),
        ("MAIL_SENDER", "smtp://host:25/@me:x", "smtp://host:25/@me:x"),
        ("API_TOKEN", "sesame", MASK),
        ("DB_PASSWORD", {"a": ("sesame", 1)}, {"a": [MASK, MASK]}),
        ("MONKEY", "banana", "banana"),
        ("KEYBOARD", "qwerty", "qwerty"),
    ],
    ids=repr,
)
def test_a_secret_is_masked_wherever_it_stands(key: str, value: Any, shown: Any) -> None:
    config = loaded(MAIL, overrides={**REQUIRED, key: value})
    before = config[key]
    assert row(config, key).value == shown
    assert config[key] is before


def test_a_secret_is_masked_in_a_dataclass_whose_types_cannot_be_read() -> None:
    @dataclass(frozen=True)
    class Local:
        name: "NoSuchType"  # type: ignore[name-defined]  # noqa: F821 - what is tested
        code: str = setting("", doc="…", secret=True)

    config = loaded(overrides={"OWN": Local("x", "sesame")})
    assert row(config, "OWN").value == {"name": "x", "code": MASK}


def test_what_an_undeclared_key_points_to_is_masked(tmp_path: Path) -> None:
    file = tmp_path / "ferrule.toml"
    (tmp_path / "x").write_text("sesame", encoding="utf-8")
    file.write_text("[app]\na = { env = 'A' }\nb = { file = 'x' }\nc = [{ file = 'x' }]\nd = 'x'", encoding="utf-8")
    config = loaded(file=file, A="sesame")
    assert [row(config, key).value for key in "ABCD"] == [MASK, MASK, [MASK], "x"]


def test_a_value_that_contains_itself_can_be_shown() -> None:
    value: dict[str, Any] = {"a": 1}
    value["self"] = value
    config = loaded(MAIL, overrides={**REQUIRED, "MAIL_OPTIONS": value, "OWN": [value]})
    assert row(config, "MAIL_OPTIONS").value == {"a": 1, "self": MASK}
    assert row(config, "OWN").value == [{"a": 1, "self": MASK}]


def test_settings_derived_while_another_thread_writes_are_never_kept_too_long() -> None:
    config = loaded(MAIL, overrides=REQUIRED)
    rounds, start = 200, Barrier(2)

    def write() -> None:
        for port in range(1, rounds + 1):
            start.wait()
            config["MAIL_PORT"] = port

    def read() -> None:
        for _ in range(rounds):
            start.wait()
            config.settings(MailSettings)

    threads = [Thread(target=write), Thread(target=read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert config.settings(MailSettings).port == rounds
