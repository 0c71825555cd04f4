"""Which file an application has, which environment is in force, and which extensions are enabled."""

from pathlib import Path
from typing import Any

import pytest

from ferrule.config import DETECT, Enabled, Origin, Source
from ferrule.exceptions import ConfigError


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def read(root: Path, *, config_file: Any = DETECT, env: str | None = None, **environ: str) -> Source:
    return Source.read(root_path=str(root), config_file=config_file, env=env, environ=environ)


def mistakes(root: Path, **arguments: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(root, **arguments)
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


def names(source: Source) -> list[str]:
    return [extension.name for extension in source.extensions]


def test_the_nearest_file_is_found_from_the_folder_upwards(tmp_path: Path) -> None:
    write(tmp_path / "ferrule.toml")
    near = write(tmp_path / "app" / "ferrule.toml")
    (tmp_path / "app" / "package" / "inner").mkdir(parents=True)
    assert read(tmp_path / "app" / "package" / "inner").path == near


def test_a_table_of_the_project_file_is_a_configuration(tmp_path: Path) -> None:
    project = write(tmp_path / "pyproject.toml", '[tool.ferrule]\napplication = "notes"')
    (tmp_path / "notes").mkdir()
    source = read(tmp_path / "notes")
    assert (source.path, source.application) == (project, "notes")


def test_a_project_file_can_be_named(tmp_path: Path) -> None:
    project = write(tmp_path / "pyproject.toml", '[tool.ferrule]\napplication = "notes"')
    assert read(tmp_path, config_file="pyproject.toml").application == "notes"
    assert read(tmp_path, FERRULE_CONFIG=str(project)).application == "notes"


def test_the_search_ends_at_the_first_project_file(tmp_path: Path) -> None:
    write(tmp_path / "ferrule.toml")
    write(tmp_path / "app" / "pyproject.toml", "[project]\nname = 'app'\ndependencies = ['ferrule']")
    assert read(tmp_path / "app").path is None


def test_a_broken_project_file_without_our_table_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", "dependencies = ['ferrule'\n[oops")
    own = write(tmp_path / "ferrule.toml")
    assert read(tmp_path).path == own


def test_two_configurations_in_one_folder_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "ferrule.toml")
    write(tmp_path / "pyproject.toml", "[tool.ferrule]")
    with pytest.raises(ConfigError, match=r"ferrule\.toml and \[tool\.ferrule\] in .*pyproject\.toml both configure"):
        read(tmp_path)


@pytest.mark.parametrize("folder", ["lib/python3/site-packages/notes", "usr/lib/python3/dist-packages/notes"])
def test_an_installed_package_has_no_file_of_its_own(tmp_path: Path, folder: str) -> None:
    write(tmp_path / "ferrule.toml")
    (tmp_path / folder).mkdir(parents=True)
    assert read(tmp_path / folder).path is None


def test_a_package_in_an_archive_has_no_file_of_its_own(tmp_path: Path) -> None:
    write(tmp_path / "ferrule.toml")
    archive = write(tmp_path / "app.zip")
    assert read(archive / "notes").path is None


def test_an_installed_package_can_be_given_a_file(tmp_path: Path) -> None:
    root = tmp_path / "site-packages" / "notes"
    root.mkdir(parents=True)
    file = write(tmp_path / "etc" / "notes.toml")
    assert read(root, FERRULE_CONFIG=str(file)).path == file


def test_no_file_is_read_where_none_is_wanted(tmp_path: Path) -> None:
    write(tmp_path / "ferrule.toml", "application = 'notes'")
    source = read(tmp_path, config_file=None, FERRULE_CONFIG="/nowhere/at.all")
    assert (source.path, source.application) == (None, None)


def test_a_file_named_in_code_is_relative_to_the_application(tmp_path: Path) -> None:
    file = write(tmp_path / "conf" / "notes.toml")
    assert read(tmp_path, config_file="conf/notes.toml").path == file
    assert read(tmp_path, config_file=file, FERRULE_CONFIG="/nowhere").path == file


def test_a_file_named_in_the_environment_is_relative_to_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "notes.toml")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app").mkdir()
    assert read(tmp_path / "app", FERRULE_CONFIG="notes.toml").path == file


def test_an_empty_variable_names_no_file(tmp_path: Path) -> None:
    file = write(tmp_path / "ferrule.toml")
    assert read(tmp_path, FERRULE_CONFIG="", FERRULE_ENV="").path == file


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            {"config_file": "gone.toml"},
            r"App\(config_file=…\) names the configuration file .*gone\.toml, which does not",
        ),
        ({"FERRULE_CONFIG": "/gone.toml"}, r"FERRULE_CONFIG names the configuration file /gone\.toml, which does not"),
        ({"config_file": "folder"}, r"cannot read the configuration file .*folder: Is a directory"),
        ({"config_file": "pyproject.toml"}, r"names .*pyproject\.toml, which has no table \[tool\.ferrule\]"),
        ({"config_file": "nul\0"}, "which does not exist"),
    ],
)
def test_a_named_file_must_be_there(tmp_path: Path, arguments: Any, text: str) -> None:
    (tmp_path / "folder").mkdir()
    write(tmp_path / "pyproject.toml")
    with pytest.raises(ConfigError, match=text):
        read(tmp_path, **arguments)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"a = 1\nb = \n", "ferrule.toml:2:5: not TOML: Invalid value"),
        (b"a = 1\na = 2", "ferrule.toml:2: not TOML: Cannot overwrite a value"),
        (b'a = "', "ferrule.toml:1: not TOML: Unterminated string"),
        (b"a = 1\nb = '\xff'", "ferrule.toml:2: not UTF-8"),
        (b"a = " + b"1" * 5000, "ferrule.toml: not TOML: Exceeds the limit"),
        (b"a = " + b"[" * 5000, "ferrule.toml: more than 64 tables and lists are nested in each other"),
        (b"a" + b".a" * 500 + b" = 1", "ferrule.toml: more than 64 tables and lists are nested in each other"),
        (b"#" * (4 * 1024 * 1024 + 1), "ferrule.toml: it is larger than 4194304 bytes"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_not_toml_is_told_with_its_place(tmp_path: Path, content: bytes, text: str) -> None:
    (tmp_path / "ferrule.toml").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read(tmp_path)
    assert text in str(caught.value)


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "ferrule.toml").write_bytes(b"\xef\xbb\xbfapplication = 'notes'")
    assert read(tmp_path).application == "notes"


def test_paths_in_messages_are_relative_below_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "notes" / "ferrule.toml", "extensions = 'login'")
    monkeypatch.chdir(tmp_path)
    assert mistakes(tmp_path / "notes")[0].startswith("notes/ferrule.toml extensions: ")
    monkeypatch.chdir("/")
    assert mistakes(tmp_path / "notes")[0].startswith(str(tmp_path).lstrip("/"))
    monkeypatch.chdir(write(tmp_path / "other" / "x").parent)
    assert mistakes(tmp_path / "notes")[0].startswith(f"{tmp_path}/notes/ferrule.toml extensions: ")


def test_paths_in_messages_are_absolute_where_the_working_directory_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "notes" / "ferrule.toml", "extensions = 'login'")
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert mistakes(tmp_path / "notes")[0].startswith(f"{tmp_path}/notes/ferrule.toml extensions: ")


@pytest.mark.parametrize(
    ("env", "environ", "expected", "origin"),
    [
        (None, {}, "production", "default"),
        (None, {"FERRULE_ENV": "testing"}, "testing", "environment FERRULE_ENV"),
        ("development", {"FERRULE_ENV": "testing"}, "development", "App(env=…)"),
    ],
)
def test_the_environment_is_chosen(
    tmp_path: Path, env: str | None, environ: dict[str, str], expected: str, origin: str
) -> None:
    source = read(tmp_path, env=env, **environ)
    assert (source.env, str(source.env_origin)) == (expected, origin)


@pytest.mark.parametrize("name", ["staging", "development", "testing", "production"])
def test_an_environment_needs_a_table_unless_it_is_usual(tmp_path: Path, name: str) -> None:
    write(tmp_path / "ferrule.toml", "[env.staging]\ndebug = true")
    assert read(tmp_path, FERRULE_ENV=name).env == name


def test_an_environment_that_no_table_describes_is_refused_with_the_nearest(tmp_path: Path) -> None:
    write(tmp_path / "ferrule.toml", "[env.staging]")
    assert mistakes(tmp_path, FERRULE_ENV="stagign") == [
        f"environment FERRULE_ENV='stagign': {tmp_path}/ferrule.toml has no such environment; did you mean 'staging'?"
    ]


def test_any_environment_is_fine_where_no_table_describes_one(tmp_path: Path) -> None:
    write(tmp_path / "ferrule.toml", "debug = true")
    assert read(tmp_path, env="blue").env == "blue"


def test_extensions_come_in_their_order_with_where_they_were_enabled(tmp_path: Path) -> None:
    file = write(tmp_path / "ferrule.toml", 'extensions = ["sqlalchemy", "notes.audit:Audit"]')
    origin = Origin("file", str(file))
    assert read(tmp_path).extensions == (Enabled("sqlalchemy", origin), Enabled("notes.audit:Audit", origin))


def test_the_list_of_an_environment_replaces_the_base(tmp_path: Path) -> None:
    write(tmp_path / "ferrule.toml", 'extensions = ["a", "b"]\n[env.testing]\nextensions = ["c"]')
    source = read(tmp_path, env="testing")
    assert names(source) == ["c"]
    assert str(source.extensions[0].origin) == f"{tmp_path}/ferrule.toml [env.testing]"
    assert source.listed_extensions == {"a", "b", "c"}


def test_extensions_of_other_environments_are_listed(tmp_path: Path) -> None:
    write(tmp_path / "ferrule.toml", 'extensions = ["a"]\n[env.production]\nextensions = ["sentry", { env = "MORE" }]')
    source = read(tmp_path, env="testing")
    assert names(source) == ["a"]
    assert source.listed_extensions == {"a", "sentry"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a,b", ["a", "b"]), (" a , b,", ["a", "b"]), ('["a", "b"]', ["a", "b"]), ("", []), ("[]", []), ("a", ["a"])],
)
def test_extensions_of_the_environment_replace_those_of_the_file(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    write(tmp_path / "ferrule.toml", 'extensions = ["c"]')
    source = read(tmp_path, FERRULE_EXTENSIONS=text)
    assert names(source) == expected
    assert str(source.extensions_origin) == "environment FERRULE_EXTENSIONS"


def test_extensions_can_stand_in_the_environment(tmp_path: Path) -> None:
    write(tmp_path / "ferrule.toml", 'extensions = ["a", { env = "B" }]\n[env.testing]\nextensions = { env = "ALL" }')
    assert names(read(tmp_path, B="b")) == ["a", "b"]
    assert names(read(tmp_path, env="testing", ALL="x,y")) == ["x", "y"]


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    [
        ("extensions = 'login'", {}, ['{file} extensions: expected a list of names, such as ["login"]']),
        ("extensions = [1]", {}, ['{file} extensions: expected a list of names, such as ["login"]']),
        (
            "[env.testing]\nextensions = 5",
            {},
            ['{file} [env.testing] extensions: expected a list of names, such as ["login"]'],
        ),
        (
            "extensions = [{ env = 'X' }]",
            {},
            [
                (
                    "{file} extensions[0]: the environment variable X is not set;"
                    ' set it, or write { env = "…", default = … }'
                )
            ],
        ),
        (
            "",
            {"FERRULE_EXTENSIONS": '["a"'},
            ["environment FERRULE_EXTENSIONS: expected names, between commas or as a JSON list"],
        ),
        (
            "",
            {"FERRULE_EXTENSIONS": '["a", { "env": "B" }]'},
            ["environment FERRULE_EXTENSIONS: expected names, between commas or as a JSON list"],
        ),
        (
            "env = 'testing'",
            {},
            ["{file} env: expected tables; write tables such as [env.testing]; FERRULE_ENV chooses one"],
        ),
        ("[env]\ntesting = true", {}, ["{file} [env] testing: expected a table; write [env.testing]"]),
        (
            "[env.testing.env.x]",
            {},
            ["{file} [env.testing] env: an environment has no environments inside; take it out"],
        ),
        (
            "extensions = 5\n[env]\nx = 1",
            {},
            [
                "{file} [env] x: expected a table; write [env.x]",
                '{file} extensions: expected a list of names, such as ["login"]',
            ],
        ),
    ],
)
def test_what_cannot_be_meant_is_told_all_at_once(
    tmp_path: Path, text: str, environ: dict[str, str], expected: list[str]
) -> None:
    file = write(tmp_path / "ferrule.toml", text)
    assert mistakes(tmp_path, **environ) == [line.replace("{file}", str(file)) for line in expected]


def test_the_application_is_told_by_environment_or_file(tmp_path: Path) -> None:
    write(tmp_path / "ferrule.toml", "application = 'a'\n[env.testing]\napplication = { env = 'B' }")
    assert read(tmp_path).application == "a"
    assert read(tmp_path, env="testing", B="b").application == "b"
    assert read(tmp_path, FERRULE_APPLICATION="c").application == "c"


def test_other_extensions_can_be_enabled_in_place_of_the_listed(tmp_path: Path) -> None:
    write(tmp_path / "ferrule.toml", 'extensions = ["a", "b", "notes:c"]')
    source = read(tmp_path)
    without = source.enabling(["b", "d"], "command line", "--no-extension")
    assert [(extension.name, extension.origin.kind) for extension in without.extensions] == [
        ("b", "file"),
        ("d", "command line"),
    ]
    assert (source.has_unknown_tables, without.has_unknown_tables) == (False, True)


def test_the_repr_of_a_source_has_no_secret(tmp_path: Path) -> None:
    write(tmp_path / "ferrule.toml", "secret_key = 'sesame'")
    source = read(tmp_path, FERRULE_SECRET_KEY="sesame")
    assert "sesame" not in repr(source) + repr(source.found)
