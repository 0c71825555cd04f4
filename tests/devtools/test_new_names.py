"""``ferrule new``: names that cannot be meant are refused, all or nothing is written, and no secret gets published."""

from __future__ import annotations

import shutil
import stat
import subprocess
from collections.abc import Callable
from importlib.metadata import entry_points
from itertools import combinations
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jinja2 import UndefinedError

from ferrule_devtools.commands.new import new
from ferrule_devtools.scaffolds import FEATURES, Scaffold, ScaffoldError, application, extension, render, write

New = Callable[..., Result]


@pytest.fixture
def run_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> New:
    """Run the command in an empty folder, far from any project."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(new, arguments, prog_name="ferrule new")


def test_the_command_is_a_tool_of_its_distribution() -> None:
    (point,) = entry_points(group="ferrule.tools", name="new")
    assert point.load() is new


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("My App", "write 'my_app'"),
        ("1st", "write 'st'"),
        ("a__b", "write 'a_b'"),
        ("../other", "write 'other'"),
        ("ünder", "digits, and single - or _ inside\n"),
        ("class", "a keyword of Python; choose another, such as 'my_class'"),
        ("none", "a keyword of Python"),
        ("json", "a module of Python's own has this name; choose another, such as 'my_json'"),
        ("ferrule", "Ferrule and its extensions have such names"),
        ("ferrule-login", "Ferrule and its extensions have such names"),
        ("werkzeug", "a package that the application needs"),
        ("tests", "another folder of this name"),
        ("aux", "Windows keeps this name"),
        ("a" * 25, "it has 25 characters; 24 are the most"),
    ],
)
def test_an_application_gets_no_name_that_would_break_it(run_new: New, name: str, why: str) -> None:
    result = run_new("app", "--", name)
    assert (result.exit_code, list(Path.cwd().iterdir())) == (1, [])
    assert why in result.output


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Rate-Limit", "write 'rate_limit'"),
        ("class", "a keyword of Python; choose another, such as 'my-class'"),
        ("true", "a keyword of Python"),
        ("ferrule-greeting", "give the part after it: 'greeting'"),
        ("ferrule", "begins with 'ferrule-' anyway; choose another"),
        ("login", "there is a ferrule-login already"),
        ("static", "the framework itself uses this name"),
        ("env", "the framework itself uses this name"),
        ("session", "taken for the framework's 'session_cookie_name'"),
        ("debug", "taken for the framework's 'debug'"),
        ("routes", "`ferrule routes`, which there is"),
        ("db", "`ferrule db`, which there is"),
        ("blueprint", "Ferrule has something of this name"),
        ("g", "Ferrule has something of this name"),
        ("a" * 25, "it has 25 characters; 24 are the most"),
    ],
)
def test_an_extension_gets_no_name_that_would_break_it(run_new: New, name: str, why: str) -> None:
    result = run_new("extension", name)
    assert (result.exit_code, list(Path.cwd().iterdir())) == (1, [])
    assert why in result.output


def test_a_name_of_pythons_own_is_good_for_an_extension_whose_package_has_another(run_new: New) -> None:
    assert run_new("extension", "calendar").exit_code == 0
    assert Path("ferrule-calendar/src/ferrule_calendar/extension.py").is_file()


def test_all_mistakes_are_told_at_once(run_new: New) -> None:
    result = run_new("app", "json", "--with", "migrate,logn", "--with", "login", "-o", "nowhere")
    assert result.exit_code == 1
    assert result.output == (
        "Error: 5 mistakes in `ferrule new app`\n"
        "  NAME 'json': a module of Python's own has this name; choose another, such as 'my_json'\n"
        "  --with 'migrate': it migrates a database; add 'sqlalchemy': --with sqlalchemy,login,migrate\n"
        "  --with 'logn': no such part; did you mean 'login'?\n"
        "  --with 'login': its users are rows of a table; add 'sqlalchemy': --with sqlalchemy,login,migrate\n"
        "  --output 'nowhere': there is no such folder; make it first\n"
    )


def test_an_unknown_licence_is_refused_with_the_nearest(run_new: New) -> None:
    assert "did you mean 'MIT'?" in run_new("extension", "greeting", "--license", "mit").output
    assert "there is BSD-3-Clause and MIT" in run_new("extension", "greeting", "--license", "GPL").output


def test_the_licence_and_its_holder_can_be_chosen(run_new: New) -> None:
    assert run_new("extension", "hats", "--license", "MIT", "--author", "Ada <ada@example.com>").exit_code == 0
    text = Path("ferrule-hats/LICENSE").read_text(encoding="utf-8")
    assert text.startswith("MIT License")
    assert "Ada <ada@example.com>" in text
    assert 'license = "MIT"' in Path("ferrule-hats/pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["app", "extension"])
@pytest.mark.parametrize("existing", ["a folder", "a file", "a link to nowhere"])
def test_nothing_is_overwritten(run_new: New, kind: str, existing: str) -> None:
    there = Path("hats" if kind == "app" else "ferrule-hats")
    if existing == "a folder":
        there.mkdir()
    elif existing == "a file":
        there.write_text("precious")
    else:
        there.symlink_to("nowhere")
    result = run_new(kind, "hats")
    assert (result.exit_code, list(Path.cwd().iterdir())) == (1, [there.absolute()])
    assert f"{there}: it is there already" in result.output
    assert not there.is_file() or there.read_text() == "precious"


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(ScaffoldError, match=r"hats cannot be written: no space left on device"):
        write(application("hats"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_template_cannot_name_what_its_scaffold_does_not_have() -> None:
    with pytest.raises(UndefinedError, match="title"):
        render(Scaffold(folder="hats", layers=("app/base",), values={"package": "hats", "instance": "instance"}))


def test_no_two_layers_have_a_file_in_common() -> None:
    files = [set(render(application("hats", features=FEATURES))) for _ in range(2)]
    layers = ["app/base", *(f"app/{feature}" for feature in FEATURES)]
    whole = application("hats", features=FEATURES)
    apart = [render(Scaffold(folder="hats", layers=(layer,), values=whole.values)) for layer in layers]
    assert not any(set(one) & set(other) for one, other in combinations(apart, 2))
    assert sum(map(len, apart)) == len(files[0])


def test_a_dash_or_an_underscore_leads_to_one_spelling_of_each_name(run_new: New) -> None:
    files = [render(extension(name)) for name in ("rate-limit", "rate_limit")]
    assert files[0] == files[1]
    assert 'rate_limit = "ferrule_rate_limit:RateLimit"' in files[0]["pyproject.toml"]
    assert 'rate-limit = "ferrule_rate_limit.commands:show"' in files[0]["pyproject.toml"]
    assert run_new("app", "hat-shop").exit_code == 0
    assert (Path("hat-shop/hat_shop/application.py").is_file(), Path("hat_shop").exists()) == (True, False)


def test_the_next_steps_lead_into_the_folder(run_new: New) -> None:
    Path("of mine").mkdir()
    result = run_new("app", "hats", "--with", "sqlalchemy, migrate", "--output", "of mine")
    assert result.exit_code == 0
    assert "cd 'of mine/hats'\n" in result.output
    assert result.output.endswith("  ferrule db upgrade\n  ferrule run\n")


def test_each_application_has_a_key_of_its_own_which_is_in_no_file_of_the_repository(
    run_new: New, tmp_path: Path
) -> None:
    assert run_new("app", "hats", "--with", "sqlalchemy,login,migrate").exit_code == 0
    assert run_new("app", "gloves").exit_code == 0
    file = tmp_path / "hats/instance/secret_key"
    key = file.read_text(encoding="utf-8").strip()
    assert len(bytes.fromhex(key)) == 32
    assert (tmp_path / "gloves/instance/secret_key").read_text(encoding="utf-8").strip() != key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    git = shutil.which("git") or pytest.fail("git is needed")
    subprocess.run([git, "init", "-q"], cwd=tmp_path / "hats", check=True)
    subprocess.run([git, "add", "-A"], cwd=tmp_path / "hats", check=True)
    added = subprocess.run([git, "ls-files"], cwd=tmp_path / "hats", check=True, capture_output=True, text=True)
    names = added.stdout.split()
    assert {"ferrule.toml", "hats/__init__.py", ".gitignore"} <= set(names)
    assert not any(key in (tmp_path / "hats" / name).read_text(encoding="utf-8") for name in names)
    assert not any(name.startswith("instance") for name in names)


def test_a_folder_is_readable_as_any_other_that_is_made(run_new: New, tmp_path: Path) -> None:
    assert run_new("app", "hats").exit_code == 0
    (tmp_path / "other").mkdir()
    assert (tmp_path / "hats").stat().st_mode == (tmp_path / "other").stat().st_mode
