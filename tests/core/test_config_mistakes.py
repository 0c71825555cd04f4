"""All mistakes are told at once, each with its place, what was found and what cures it."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ferrule.config import CORE, Config, Section, Source, setting
from ferrule.exceptions import ConfigError


@dataclass(frozen=True)
class Pool:
    size: int = 5
    name: str = "main"


@dataclass(frozen=True, kw_only=True)
class SQLAlchemySettings:
    database_uri: str = setting(doc="The URL of the database.", secret=True)
    pool: Pool = setting(Pool(name="declared"), doc="The pool.")


@dataclass(frozen=True, kw_only=True)
class LoginSettings:
    view: str = setting("login", doc="The endpoint of the login page.")
    remember_days: int = setting(30, doc="How long to remember a user.")
    lifetime: timedelta | None = setting(None, doc="How long a login lasts.")
    providers: list[str] = setting(default_factory=list, doc="Who can vouch for a user.")


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


def mistakes(folder: Path, text: str = "", **arguments: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(folder, text, **arguments)
    first, *lines = str(caught.value).splitlines()
    assert first == f"{len(lines)} mistake{'s' if len(lines) > 1 else ''} in the configuration"
    return [line.removeprefix("  ") for line in lines]


def test_what_stands_outside_and_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff")
    (tmp_path / "large").write_bytes(b"x" * (1024 * 1024 + 1))
    text = """
        secret_key = { env = "GONE" }
        application_root = { file = "gone" }
        server_name = { file = "binary" }
        session_cookie_name = { file = "large" }
        session_cookie_path = { file = "nul\\u0000" }
        secret_key_fallbacks = ["a", { env = "OLD" }]
    """
    assert mistakes(tmp_path, text) == [
        (
            "ferrule.toml secret_key: the environment variable GONE is not set;"
            ' set it, or write { env = "…", default = … }'
        ),
        "ferrule.toml application_root: cannot read the file gone: No such file or directory",
        "ferrule.toml server_name: cannot read the file binary: it is not UTF-8",
        "ferrule.toml session_cookie_name: cannot read the file large: it is larger than 1048576 bytes",
        "ferrule.toml session_cookie_path: cannot read the file 'nul\\x00': embedded null byte",
        (
            "ferrule.toml secret_key_fallbacks[1]: the environment variable OLD is not set;"
            ' set it, or write { env = "…", default = … }'
        ),
    ]


def test_the_mistakes_of_all_sources_are_told_together(tmp_path: Path) -> None:
    text = """
        secret_kye = "x"
        debug = "yes"
        login_view = "x"
        [sqlalchemy]
        database_url = "x"
        [login]
        remember_days = "14"
        providers = "github"
        [loginn]
        [env.testing]
        server_nmae = "x"
        [env.testing.login]
        lifetime = { env = "LIFETIME" }
        [env.staging.login]
        veiw = "x"
    """
    found = mistakes(
        tmp_path,
        text,
        env="testing",
        defaults={"LOGIN_VEIW": "x", "title": "x"},
        overrides={"PERMANENT_SESSION_LIFETIME": "soon"},
        LIFETIME="soon",
        FERRULE_LOGIN_REMEMBER_DAYS="two",
        FERRULE_SQLALCHEMY_DATABSE_URI="x",
        FERRULE_SECERT_KEY="x",
        FERRULE_SOMETHING_ELSE="x",
    )
    assert found == [
        (
            "App(defaults=…) LOGIN_VEIW: unknown key of extension 'login' (ferrule-login 0.1.0);"
            " did you mean 'LOGIN_VIEW'?"
        ),
        "App(defaults=…) 'title': keys are texts in upper case; write 'TITLE'",
        "ferrule.toml secret_kye: unknown key; did you mean 'secret_key'?",
        "ferrule.toml login_view: unknown key; did you mean [login] view?",
        "ferrule.toml [sqlalchemy] database_url: unknown key; did you mean 'database_uri'?",
        "ferrule.toml [loginn]: unknown table; did you mean [login]?",
        "ferrule.toml [env.testing] server_nmae: unknown key; did you mean 'server_name'?",
        "ferrule.toml [env.staging.login] veiw: unknown key; did you mean 'view'?",
        "environment FERRULE_SECERT_KEY: unknown variable; did you mean FERRULE_SECRET_KEY?",
        (
            "environment FERRULE_SQLALCHEMY_DATABSE_URI: unknown key of extension 'sqlalchemy'"
            " (ferrule-sqlalchemy 0.1.0); did you mean FERRULE_SQLALCHEMY_DATABASE_URI?"
        ),
        "ferrule.toml debug='yes': expected bool",
        "ferrule.toml [login] remember_days='14': expected int",
        "environment FERRULE_LOGIN_REMEMBER_DAYS='two': expected int",
        "ferrule.toml [login] providers='github': expected list[str]",
        (
            "ferrule.toml [env.testing.login] lifetime='soon' (from environment LIFETIME):"
            " expected timedelta | None (seconds, or an ISO 8601 duration such as 'P31D')"
        ),
        (
            "App(config=…) PERMANENT_SESSION_LIFETIME='soon':"
            " expected timedelta (seconds, or an ISO 8601 duration such as 'P31D')"
        ),
    ]


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    [
        (
            "secret_key_fallbacks = 'old'",
            {},
            "ferrule.toml secret_key_fallbacks=********: expected list[str | bytes], found a string",
        ),
        ("secret_key = 5", {}, "ferrule.toml secret_key=********: expected str | bytes | None, found an integer"),
        (
            "",
            {"FERRULE_SECRET_KEY_FALLBACKS": "old"},
            (
                "environment FERRULE_SECRET_KEY_FALLBACKS=********: expected list[str | bytes] written as JSON"
                " (Expecting value: line 1 column 1 (char 0))"
            ),
        ),
        ("[sqlalchemy]\npool = { size = 'x' }", {}, "ferrule.toml [sqlalchemy] pool.size='x': expected int"),
        (
            "[sqlalchemy]\npool = { sise = 1 }",
            {},
            "ferrule.toml [sqlalchemy] pool.sise: unknown key; did you mean 'size'?",
        ),
        (
            "[sqlalchemy]\npool = { size = 1 }",
            {"FERRULE_SQLALCHEMY_POOL__SISE": "1"},
            "environment FERRULE_SQLALCHEMY_POOL__SISE: unknown key; did you mean 'size'?",
        ),
        (
            "",
            {"FERRULE_LOGIN_PROVIDERS": '["a", 1]'},
            "environment FERRULE_LOGIN_PROVIDERS[1]=1: expected str",
        ),
        ("", {"FERRULE_LOGIN_VIEW__X": "a"}, "environment FERRULE_LOGIN_VIEW__X={'x': 'a'}: expected str"),
        (
            "[login]\nview = 'x'",
            {"FERRULE_LOGIN_VIEW__X": "a"},
            (
                "environment FERRULE_LOGIN_VIEW__X: it nests into what ferrule.toml [login] says of LOGIN_VIEW,"
                " which is no table; take one of them out"
            ),
        ),
        (
            "",
            {"FERRULE_APP_A": "[text", "FERRULE_APP_A__B": "1"},
            (
                "environment FERRULE_APP_A__B: it nests into what environment FERRULE_APP_A says of A,"
                " which is no table; take one of them out"
            ),
        ),
        (
            "",
            {"FERRULE_LOGIN_PROVIDERS__": "a"},
            "environment FERRULE_LOGIN_PROVIDERS__: a name is missing between the underscores",
        ),
        ("", {"FERRULE_APP_": "a"}, "environment FERRULE_APP_: a key needs a name"),
        ("login = 5", {}, "ferrule.toml login: expected a table; write [login]"),
        ("app = 5", {}, "ferrule.toml app: expected a table; write [app]"),
        ("colour = 'red'", {}, "ferrule.toml colour: unknown key; keys of the application stand under [app]"),
        ("[colour]", {}, "ferrule.toml [colour]: unknown table; is an extension of this name enabled?"),
        ('"a\\u001bb" = 1', {}, "ferrule.toml 'a\\x1bb': unknown key; keys of the application stand under [app]"),
        ("secret_kye = { env = 'X' }", {}, "ferrule.toml secret_kye: unknown key; did you mean 'secret_key'?"),
        ("'' = 1", {}, "ferrule.toml '': unknown key; keys of the application stand under [app]"),
        ("[app]\n'' = 1", {}, "ferrule.toml [app] '': a key needs a name"),
        (
            "[app]\nsecret_key = 'x'",
            {},
            "ferrule.toml [app] secret_key: SECRET_KEY belongs to ferrule; write secret_key",
        ),
        (
            "[app]\nlogin_view = 'x'",
            {},
            (
                "ferrule.toml [app] login_view: LOGIN_VIEW belongs to extension 'login' (ferrule-login 0.1.0);"
                " write [login] view"
            ),
        ),
        (
            "[app]\nlogin_title = 'x'",
            {},
            (
                "ferrule.toml [app] login_title: keys that begin with LOGIN_ belong to extension 'login'"
                " (ferrule-login 0.1.0); rename it"
            ),
        ),
        (
            "[app]\nenv = 'x'",
            {},
            "ferrule.toml [app] env: this is the name of the environment; choose it by FERRULE_ENV or App(env=…)",
        ),
        ("[app]\na = 1\nA = 2", {}, "ferrule.toml [app] A: it has the same key as a, A; take one out"),
        (
            "",
            {"FERRULE_APP_LOGIN_TITLE": "x"},
            (
                "environment FERRULE_APP_LOGIN_TITLE: keys that begin with LOGIN_ belong to extension 'login'"
                " (ferrule-login 0.1.0); rename it"
            ),
        ),
        (
            "",
            {"FERRULE_DEBU\udcff": "x"},
            "environment 'FERRULE_DEBU\\udcff': unknown variable; did you mean FERRULE_DEBUG?",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_its_cure(
    tmp_path: Path, text: str, environ: dict[str, str], expected: str
) -> None:
    assert mistakes(tmp_path, text, **environ) == [expected]


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"debug": True}, "App(config=…) 'debug': keys are texts in upper case; write 'DEBUG'"),
        ({5: True}, "App(config=…) 5: keys are texts in upper case"),
        (
            {"ENV": "x"},
            "App(config=…) ENV: this is the name of the environment; choose it by FERRULE_ENV or App(env=…)",
        ),
        ({"LOGIN_REMEMBER_DAYS": "5"}, "App(config=…) LOGIN_REMEMBER_DAYS='5': expected int"),
        ({"SECRET_KEY": 5}, "App(config=…) SECRET_KEY=********: expected str | bytes | None, found an integer"),
        ({"TRUSTED_HOSTS": ["a", 5]}, "App(config=…) TRUSTED_HOSTS[1]=5: expected str"),
    ],
)
def test_a_mistake_in_the_constructor_is_told(tmp_path: Path, overrides: Any, expected: str) -> None:
    assert mistakes(tmp_path, overrides=overrides) == [expected]


def test_a_secret_inside_a_value_is_not_told(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Account:
        name: str = ""
        code: str = setting("", doc="…", secret=True)

    @dataclass(frozen=True, kw_only=True)
    class MailSettings:
        account: Account | None = setting(None, doc="…")
        passwords: dict[str, str] = setting(default_factory=dict, doc="…")
        server: dict[str, list[str]] = setting(default_factory=dict, doc="…")

    section = Section("mail", MailSettings, "extension 'mail'")
    text = """
        [mail]
        account = { name = "x", code = 12345 }
        server = { password = "12345", url = "smtp://me:12345@host" }
    """
    assert mistakes(tmp_path, text, sections=(CORE, section)) == [
        "ferrule.toml [mail] account.code=********: expected str, found an integer",
        "ferrule.toml [mail] server.password=********: expected list[str], found a string",
        "ferrule.toml [mail] server.url='smtp://me:********@host': expected list[str]",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "extensions = ['sentry']\n[sentry]\ndsn = 'x'",
        "[env.production]\nextensions = ['sentry']\n[env.production.sentry]\ndsn = 'x'",
        "[env.production]\nextensions = ['notes.audit:Audit']\n[env.production.audit]\nfile = 'x'",
    ],
    ids=["listed", "listed elsewhere", "named by its module"],
)
def test_the_table_of_a_listed_extension_is_tolerated(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text, env="testing")["ENV"] == "testing"


def test_a_table_that_is_nearly_known_is_refused_even_where_any_could_be_meant(tmp_path: Path) -> None:
    text = "[env.production]\nextensions = ['notes.audit:Audit']\n[logni]"
    assert mistakes(tmp_path, text, env="testing") == ["ferrule.toml [logni]: unknown table; did you mean [login]?"]


@pytest.mark.parametrize(
    "name",
    [
        "FERRULE_APP",
        "FERRULE_CONFIG",
        "FERRULE_NO_EXTENSION",
        "FERRULE_ENV",
        "FERRULE_REDIS_URL",
        "FERRULE_",
        "FERRULE_X",
    ],
)
def test_variables_of_others_are_left_alone(tmp_path: Path, name: str) -> None:
    environ: dict[str, Any] = {name: ""}
    assert load(tmp_path, **environ)["DEBUG"] is False


def test_variables_of_a_listed_extension_are_left_alone(tmp_path: Path) -> None:
    text = "[env.production]\nextensions = ['secret-keys']"
    assert load(tmp_path, text, env="testing", FERRULE_SECRET_KEYS_X="x")["ENV"] == "testing"


def test_the_longer_of_two_prefixes_tells_whose_a_key_is(tmp_path: Path) -> None:
    @dataclass(frozen=True, kw_only=True)
    class ExtraSettings:
        color: str = setting("red", doc="…")

    extra = Section("login-extra", ExtraSettings, "extension 'login-extra'")
    sections = (CORE, LOGIN, extra)
    assert load(tmp_path, sections=sections, FERRULE_LOGIN_EXTRA_COLOR="blue")["LOGIN_EXTRA_COLOR"] == "blue"
    (line,) = mistakes(tmp_path, sections=sections, FERRULE_LOGIN_EXTRA_COLOUR="blue")
    assert "unknown key of extension 'login-extra'; did you mean FERRULE_LOGIN_EXTRA_COLOR?" in line


def test_a_mistake_that_another_source_replaces_is_still_told(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "debug = 'yes'", FERRULE_DEBUG="1") == ["ferrule.toml debug='yes': expected bool"]


def test_a_failed_load_leaves_the_mapping_as_it_was(tmp_path: Path) -> None:
    config = Config(tmp_path, {"A": 1})
    source = Source.read(root_path=str(tmp_path), environ={"FERRULE_DEBUG": "maybe"})
    with pytest.raises(ConfigError):
        config.load(source, [CORE])
    assert config == {"A": 1}
