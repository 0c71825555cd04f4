"""What an application is made of: ``extensions``, ``explain``, ``hooks``, ``--safe`` and ``--no-extension``."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from ferrule import App
from ferrule.cli.hooks import hooks_command
from ferrule.cli.main import cli
from ferrule.config.tomlfile import line_of_item

Make = Callable[..., Path]

SHOP: Final = """
from ferrule import App
app = App(__name__)

@app.get("/")
def index():
    return "hello"
"""
PARTS: Final = """
from dataclasses import dataclass
from ferrule import Blueprint, Check, Extension, hookimpl, hookspec, setting

@dataclass(frozen=True, kw_only=True)
class Settings:
    phrase: str = setting("Hello", doc="What to say.")
    token: str = setting("t0p", secret=True, doc="Whose it is.")

class Hooks:
    @hookspec()
    def first_said(self, app, text):
        "Something was said."

class First(Extension):
    name = "first"
    description = "The first of them."
    settings_class = Settings
    hookspecs = Hooks
    before = ("third",)

    @hookimpl
    def app_init(self, app):
        app.add_url_rule("/first", "first", lambda: app.config["FIRST_PHRASE"])

    @hookimpl(methods=["POST"])
    def before_request(self, ctx):
        return None

    @hookimpl(wrapper=True)
    def handle_request(self, ctx):
        return (yield)

    @hookimpl
    def check_app(self, app, deploy):
        yield Check("first.odd", "warning", "it is odd", "make it even")

class Second(Extension):
    name = "second"
    requires = ("first",)
    after = ("absent",)

    @hookimpl(optionalhook=True)
    def first_said(self, text):
        pass

    @hookimpl
    def before_request(self, ctx):
        return None

class Third(Extension):
    name = "third"

class Furnished(Extension):
    name = "furnished"

    @hookimpl
    def app_init(self, app):
        blueprint = Blueprint("furnished", __name__, static_folder="furniture", template_folder="furniture")
        app.register_blueprint(blueprint, url_prefix="/furnished")
        app.cli.command("furnish")(lambda: print("The house is furnished."))

class FailsAtInit(Extension):
    name = "fails_at_init"

    @hookimpl
    def app_init(self, app):
        app.add_url_rule("/lost", "lost", lambda: "")
        raise OSError("no disk")

class FailsWhenReady(Extension):
    name = "fails_when_ready"

    @hookimpl
    def app_ready(self, app):
        raise OSError("no disk")

class Misspelt(Extension):
    name = "misspelt"

    @hookimpl
    def befor_request(self, ctx):
        pass

@dataclass(frozen=True, kw_only=True)
class Needing:
    needed: str = setting(doc="Needed.")

class Unset(Extension):
    name = "unset"
    settings_class = Needing

class WrongType(Extension):
    name = "wrong_type"
    settings_class = dataclass(frozen=True, kw_only=True)(
        type("Wrong", (), {"__annotations__": {"n": int}, "n": setting(1, doc="N.")}))

class Hostile(Extension):
    name = "hostile"
    description = "two\\nlines \\x1b]0;title\\x07"

    @hookimpl
    def jinja_environment(self, env):
        env.globals["hostile"] = 1

class CircleA(Extension):
    name = "circle_a"
    requires = ("circle_b",)

class CircleB(Extension):
    name = "circle_b"
    requires = ("circle_a",)

class Dependent(Extension):
    name = "dependent"
    requires = ("fails_at_init",)
"""


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Return a function that makes a project; its parts are an installed distribution and modules of its own."""
    site = tmp_path / "site"
    info = site / "fake_parts-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fake-parts\nVersion: 1.2\nSummary: Parts.\n")
    points = (
        "first = fake_parts:First\nsecond = fake_parts:Second\nbroken = fake_broken:Broken\nidle = fake_idle:Idle\n"
    )
    commands = "[ferrule.commands]\nspeak = fake_parts:speak\n"
    (info / "entry_points.txt").write_text(f"[ferrule.extensions]\n{points}{commands}")
    (site / "fake_parts.py").write_text(PARTS)
    (site / "fake_broken.py").write_text("import nowhere_at_all\n")
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    for variable in ("FERRULE_ENV", "FERRULE_CONFIG", "FERRULE_NO_EXTENSION"):  # which commands set
        monkeypatch.setenv(variable, "")
    modules = set(sys.modules)

    def make(extensions: str, rest: str = "", shop: str = SHOP) -> Path:
        Path("shop.py").write_text(textwrap.dedent(shop))
        Path("ferrule.toml").write_text(f'application = "shop:app"\nextensions = [\n{extensions}\n]\n{rest}')
        return tmp_path / "project"

    yield make
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def run(*arguments: str) -> Result:
    for variable in ("FERRULE_ENV", "FERRULE_CONFIG", "FERRULE_NO_EXTENSION"):
        os.environ[variable] = ""
    sys.modules.pop("shop", None)
    return CliRunner().invoke(cli, arguments)


def listed(*arguments: str) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in json.loads(run(*arguments, "extensions", "--json").stdout)}


# ferrule extensions


def test_all_extensions_are_listed_with_state_and_order(make: Make) -> None:
    make('"fake_parts:Third",\n"second",\n"first",')
    found = listed()
    names = ["first", "second", "third"]
    assert list(found)[:3] == sorted(found, key=lambda name: found[name]["order"] or 99)[:3]
    assert {name: found[name]["state"] for name in names} == dict.fromkeys(names, "enabled")
    assert {found[name]["order"] for name in names} == {1, 2, 3}
    assert found["first"]["description"] == "The first of them."
    assert (found["second"]["distribution"], found["second"]["version"]) == ("fake-parts", "1.2")
    assert found["third"]["distribution"] == "of the application"
    assert (found["idle"]["state"], found["idle"]["order"]) == ("installed", None)
    assert "fake_idle" not in sys.modules


@pytest.mark.parametrize("shop", ["raise ValueError('no application')", SHOP])
def test_what_is_broken_is_told_and_keeps_nothing_else_from_being_shown(make: Make, shop: str) -> None:
    make('"broken",\n"nowhere",\n"fake_parts:Misspelt",\n"no.module:X",\n"second",\n"first",', shop=shop)
    result = run("extensions")
    assert result.exit_code == 1
    rows = {line.split("  ")[0]: line for line in result.stdout.splitlines()}
    assert "enabled, 1" in rows["first"]
    assert "enabled, 2" in rows["second"]
    for name in ("broken", "misspelt", "no.module:X"):
        assert " broken " in rows[name], name
    assert "NOT INSTALLED" in rows["nowhere"]
    assert "extension 'broken' (fake-parts 1.2), enabled by ferrule.toml:3: failed at import" in result.stderr
    assert "did you mean 'before_request'" in result.stderr
    assert "Traceback" not in result.stderr


def test_what_the_application_enables_in_code_is_listed_as_enabled(make: Make) -> None:
    shop = "from ferrule import App\nfrom fake_parts import Third\napp = App(__name__, extensions=['first'])\n"
    make("", shop=f"{shop}Third().init_app(app)\n")
    found = listed()
    assert {name for name, each in found.items() if each["state"] == "enabled"} == {"first", "third"}
    make('"first"', shop="raise OSError('no disk')")
    result = run("extensions")
    assert (result.exit_code, "enabled, 1" in result.stdout) == (0, True)
    assert "The application cannot be made; this is what its file enables. OSError: no disk" in result.stderr


def test_an_extension_that_ends_the_process_when_it_is_imported_is_told_like_any_other(make: Make) -> None:
    make('"broken", "second", "first"').parent.joinpath("site/fake_broken.py").write_text("raise SystemExit('bye')\n")
    result = run("extensions")
    assert result.exit_code == 1
    assert re.search(r"^first +enabled", result.stdout, re.MULTILINE)
    assert re.search(r"failed at import of fake_broken:Broken: SystemExit: bye \(.*fake_broken.py:1\)", result.stderr)


def test_what_fails_is_told_with_the_line_that_failed(make: Make) -> None:
    folder = make('"fake_parts:FailsAtInit"')
    result = run("routes")
    assert result.exit_code == 1
    line = 1 + (folder.parent / "site/fake_parts.py").read_text().splitlines().index('        raise OSError("no disk")')
    assert re.search(rf"OSError: no disk \(.*fake_parts\.py:{line}\); repair it", result.stderr)


@pytest.mark.parametrize("command", [("extensions",), ("extensions", "explain", "hostile")])
def test_no_text_of_an_extension_breaks_a_table_or_steers_a_terminal(make: Make, command: tuple[str, ...]) -> None:
    make('"fake_parts:Hostile"')
    result = run(*command)
    assert result.exit_code == 0, result.output
    assert r"two lines \x1b]0;title\x07" in result.stdout


# ferrule extensions explain


def test_a_page_has_the_names_that_a_hook_of_the_environment_gives_to_templates(make: Make) -> None:
    make('"fake_parts:Hostile"')
    assert re.search(
        r"^  template global +hostile +.*:\d+$", run("extensions", "explain", "hostile").stdout, re.MULTILINE
    )


def test_a_page_of_a_built_in_one_says_that_it_is_of_ferrule(make: Make) -> None:
    make("")
    assert re.search(
        r"^  distribution +ferrule +built in$", run("extensions", "explain", "sessions").stdout, re.MULTILINE
    )


def test_one_that_takes_the_name_of_an_installed_one_is_not_told_to_be_that(make: Make) -> None:
    make('"fake_parts:First"')
    listed, page = run("extensions").stdout, run("extensions", "explain", "first").stdout
    assert re.search(r"^first +enabled, 1 +of the application", listed, re.MULTILINE)
    assert re.search(r"^  distribution +of the application$", page, re.MULTILINE)


def test_the_checks_of_an_application_that_is_not_complete_are_not_asked(make: Make) -> None:
    make('"fake_parts:FailsWhenReady"')
    result = run("extensions", "explain", "fails_when_ready")
    assert "not asked" in result.stdout.partition("checks\n")[2]
    assert "failed in app_ready: OSError: no disk" in result.stderr


def test_a_page_tells_all_of_an_extension(make: Make) -> None:
    make('"fake_parts:Third",\n"second",\n"first",', "[first]\nphrase = 'Good day'\n")
    result = run("extensions", "explain", "first")
    assert result.exit_code == 0, result.output
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    place = next(line for line in lines if line.startswith("class fake_parts:First"))
    assert "distribution fake-parts 1.2 fake_parts:First" in lines
    assert place.rpartition(":")[2].isdigit()
    assert "fake_parts.py" in place
    assert "enabled ferrule.toml:5" in lines
    assert "place 1 of 3" in lines
    assert "before second second.requires" in lines
    assert "before third first.before" in lines
    assert "thread_safe True" in lines
    assert any(line.startswith("before_request") and line.endswith("POST only") for line in lines)
    assert any(line.startswith("handle_request") and line.endswith("wrapper") for line in lines)
    assert any(line.startswith("first_said(app, text) second (") for line in lines)
    assert "FIRST_PHRASE 'Good day' ferrule.toml [first] str" in lines
    assert "FIRST_TOKEN '********' default str" in lines
    assert "t0p" not in result.stdout
    assert any(line.startswith("route GET") and "/first" in line for line in lines)
    assert "command speak fake_parts:speak" in lines
    assert "first.odd warning it is odd make it even" in lines


def test_the_reason_of_a_place_is_told_both_ways_or_that_there_is_none(make: Make) -> None:
    make('"fake_parts:Third",\n"second",\n"first",')
    second, third = (run("extensions", "explain", name).stdout for name in ("second", "third"))
    assert "after first" in second
    assert "second.requires" in second
    assert "absent" not in second.partition("manifest")[0]
    assert "first.before" in third
    assert "ferrule.toml:3" in third
    make('"first",')
    assert "no constraint  the list's order" in run("extensions", "explain", "first").stdout
    assert "a part of the core" in run("extensions", "explain", "sessions").stdout


def test_what_can_be_told_without_the_application_is_told(make: Make) -> None:
    make('"first",', shop="raise ValueError('no application')")
    result = run("extensions", "explain", "first")
    assert result.exit_code == 0
    assert "ferrule.toml:3" in result.stdout
    assert "FIRST_PHRASE" in result.stdout
    assert "before_request" in result.stdout
    assert "contributes" not in result.stdout
    assert "the application cannot be made" in result.stderr
    assert "ValueError: no application" in result.stderr


def test_one_that_is_only_installed_or_broken_is_explained_too(make: Make) -> None:
    make('"broken",')
    installed = run("extensions", "explain", "second")
    assert "installed, not enabled" in installed.stdout
    assert "first_said" in installed.stdout
    assert "before_request" in installed.stdout
    assert "FIRST_PHRASE" in run("extensions", "explain", "first").stdout
    broken = run("extensions", "explain", "broken")
    assert "failed (import)" in broken.stdout
    make('"first"', "[first]\nphrase = 1\n")
    unset = run("extensions", "explain", "first").stdout
    assert "failed (settings)" in unset
    assert re.search(r"^  enabled +ferrule.toml:3$", unset, re.MULTILINE)
    assert "fake-parts 1.2" in broken.stdout
    assert "No module named 'nowhere_at_all'" in broken.stderr


def test_an_unknown_extension_is_told_the_nearest(make: Make) -> None:
    make('"first",')
    result = run("extensions", "explain", "frist")
    assert (result.exit_code, "did you mean 'first'" in result.stderr) == (2, True)


def test_a_page_can_be_had_as_json(make: Make) -> None:
    make('"first",')
    page = json.loads(run("extensions", "explain", "first", "--json").stdout)
    assert {"what": "enabled", "value": "ferrule.toml:3"} in page["origin"]
    token = {"key": "FIRST_TOKEN", "value": "'********'", "source": "default", "type": "str"}
    assert token in page["settings"]
    (check,) = page["checks"]
    assert check == {"id": "first.odd", "level": "warning", "message": "it is odd", "cure": "make it even"}
    assert {"hook", "place", "note"} == set(page["implements"][0])
    assert {"kind", "name", "place"} == set(page["contributes"][0])
    assert page["problems"] == []


def test_a_page_has_each_template_and_each_command_of_a_blueprint(make: Make) -> None:
    folder = make('"fake_parts:Furnished"').parent / "site/furniture/furnished"
    folder.mkdir(parents=True)
    (folder / "page.html").write_text("")
    result = run("extensions", "explain", "furnished")
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert f"template furnished/page.html {folder / 'page.html'}" in lines, result.output
    (command,) = (line for line in lines if line.startswith("command furnish "))
    assert re.search(r"fake_parts\.py:\d+$", command)
    assert run("furnish").output.endswith("The house is furnished.\n")
    assert re.search("^  furnish$", run("--help").stdout, re.MULTILINE)
    (endpoint,) = (line for line in lines if line.startswith("endpoint furnished.static "))
    assert re.search(r"fake_parts\.py:\d+$", endpoint)


@pytest.mark.parametrize("command", ["routes", "check"])
def test_a_name_to_leave_out_that_nothing_has_is_told_the_nearest(
    make: Make, command: str, caplog: pytest.LogCaptureFixture
) -> None:
    make('"first", "fake_parts:Third"')
    run("--no-extension", "frist", "--no-extension", "third", command)
    (told,) = caplog.messages
    assert told == "--no-extension frist (or FERRULE_NO_EXTENSION): no such extension is enabled; did you mean 'first'?"
    make('"first"', '[env.production]\nextensions = ["second"]\n')
    assert run("--no-extension", "second", "--no-extension", "first", command).exit_code == 0
    assert caplog.messages == [told]


def test_a_long_value_makes_no_column_wide(make: Make) -> None:
    make('"first",', f"[first]\nphrase = '{'long ' * 50}'\n")
    lines = run("extensions", "explain", "first").stdout.splitlines()
    (token,) = (line for line in lines if "FIRST_TOKEN" in line)
    assert len(token) < 60
    assert any(line.endswith("ferrule.toml [first]  str") and len(line) > 250 for line in lines)


# where it is enabled


@pytest.mark.parametrize(
    ("text", "keys", "line"),
    [
        ('extensions = ["a", "b"]', ("extensions",), 1),
        ("x = 'b'\n# 'b'\nextensions = [\n  'a', # 'b'\n  'b',\n]", ("extensions",), 5),
        ('s = """\n"b"\n"""\nextensions = ["b"]', ("extensions",), 4),
        ('extensions = ["b"]\n[env.testing]\nextensions = [\n"b"]', ("env", "testing", "extensions"), 4),
        ('[tool.ferrule]\nextensions = ["b"]', ("tool", "ferrule", "extensions"), 2),
        ('\ufeffextensions = [\n"b"]', ("extensions",), 2),
        (r'extensions = ["\u0062"]', ("extensions",), None),
        ('extensions = ["a"]', ("extensions",), None),
    ],
)
def test_the_line_of_an_item_is_found_in_the_text(
    tmp_path: Path, text: str, keys: tuple[str, ...], line: int | None
) -> None:
    file = tmp_path / "some.toml"
    file.write_text(text, encoding="utf-8")
    assert line_of_item(str(file), keys, "b") == line


# ferrule hooks


def test_hooks_are_listed_in_the_order_in_which_they_run(make: Make) -> None:
    make('"second",\n"first",')
    result = run("hooks")
    assert result.exit_code == 0, result.output
    text = result.stdout
    before = text[text.index("before_request(ctx)") : text.index("handle_exception(")]
    assert before.index("first") < before.index("second")
    assert "POST only" in before
    assert "built in" in before
    assert "(wrapper)" in text[text.index("handle_request(ctx)") : text.index("before_request(ctx)")]
    assert "message_flashed(ctx, message, category)\n  (nobody implements it)" in text
    assert "first_said(app, text)  opened by first\n  second" in text


def test_one_hook_is_explained_and_an_unknown_one_told_the_nearest(make: Make) -> None:
    make('"second",\n"first",')
    one = run("hooks", "after_request").stdout
    assert "dependencies last; result: one that is not None replaces the last argument" in one
    assert "app_init" not in one
    unknown = run("hooks", "after_reqest")
    assert (unknown.exit_code, "did you mean 'after_request'" in unknown.stderr) == (2, True)


def test_hooks_are_told_without_the_application_and_as_json(make: Make) -> None:
    make('"first",\n"fake_parts:Misspelt",')
    result = run("hooks", "before_request", "--json")
    assert result.exit_code == 0
    (hook,) = json.loads(result.stdout)
    assert [each["extension"] for each in hook["implementations"]][-1] == "first"
    assert hook["implementations"][-1]["methods"] == ["POST"]
    assert "did you mean 'before_request'" in result.stderr


def test_a_test_asks_for_the_hooks_of_its_application() -> None:
    app = App("the_app", config_file=None)
    assert "app_init(app)" in app.test_cli_runner().invoke(hooks_command).stdout


# --no-extension after the command


@pytest.mark.parametrize("command", ["routes", "check", "config", "hooks"])
def test_an_extension_is_left_out_on_either_side_of_the_command(make: Make, command: str) -> None:
    make('"fake_parts:FailsAtInit",')
    assert run(command, "--no-extension", "fails_at_init").exit_code == 0
    assert run("--no-extension", "fails_at_init", command).exit_code == 0


# --safe

PHASES: Final = {
    "broken": ("import", "broken"),
    "nowhere": ("import", "nowhere"),
    "fake_parts:CircleA": ("order", "circle_a"),
    "fake_parts:Misspelt": ("validation", "misspelt"),
    "fake_parts:WrongType": ("settings", "wrong_type"),
    "fake_parts:Unset": ("settings", "unset"),
    "fake_parts:FailsAtInit": ("app_init", "fails_at_init"),
    "fake_parts:FailsWhenReady": ("app_ready", "fails_when_ready"),
}


@pytest.mark.parametrize("command", ["routes", "config", "extensions", "hooks", "check"])
@pytest.mark.parametrize("what", PHASES)
def test_diagnostics_run_though_an_extension_fails_in_any_phase(make: Make, what: str, command: str) -> None:
    make(f'"second",\n"{what}",\n"first",', "[wrong_type]\nn = 'one'\n" if "WrongType" in what else "")
    phase, name = PHASES[what]
    result = run("--safe", command)
    assert result.exit_code == (1 if command in {"check", "extensions"} else 0), result.output
    assert f"--safe left out '{name}', which failed ({phase}): " in result.stderr
    expected = {"routes": "/first", "config": "FIRST_PHRASE", "extensions": "enabled, 2", "hooks": "first_said"}
    assert expected.get(command, f"core.left_out: '{name}' failed ({phase})") in result.stdout


def test_one_that_fails_as_it_starts_is_explained_with_safe(make: Make) -> None:
    make('"first",\n"fake_parts:FailsAtInit",')
    result = run("--safe", "extensions", "explain", "fails_at_init")
    assert result.exit_code == 0, result.output
    assert "failed (app_init)" in result.stdout
    assert "fake_parts:FailsAtInit" in result.stdout
    assert "OSError: no disk" in result.stderr


def test_without_safe_each_of_them_stops_the_start(make: Make) -> None:
    for what in PHASES:
        make(f'"{what}",', "[wrong_type]\nn = 'one'\n" if "WrongType" in what else "")
        result = run("check")
        assert result.exit_code == 1, what
        assert "core.broken" in result.stdout, what


def test_what_requires_one_that_failed_is_left_out_with_it(make: Make) -> None:
    make('"fake_parts:Dependent",\n"fake_parts:FailsAtInit",\n"fake_parts:CircleA",\n"fake_parts:CircleB",\n"first",')
    found = listed("--safe")
    assert {name for name, each in found.items() if each["state"] == "broken"} == {
        "dependent",
        "fails_at_init",
        "circle_a",
        "circle_b",
    }
    assert "requires 'fails_at_init', which failed; repair that first" in found["dependent"]["error"]
    assert found["first"]["state"] == "enabled"


def test_what_was_left_out_is_told_even_if_the_application_cannot_do_without_it(make: Make) -> None:
    make('"broken",', shop=SHOP + '\napp.extensions["broken"]\n')
    result = run("--safe", "check")
    assert result.exit_code == 1
    assert "core.left_out: 'broken' failed (import)" in result.stdout
    assert "core.broken: the application cannot be made: KeyError: 'broken'" in result.stdout


@pytest.mark.parametrize("command", ["run", "serve", "shell", "speak"])
def test_what_does_more_than_look_refuses_safe(make: Make, command: str) -> None:
    make('"first",')
    result = run("--safe", command)
    assert (result.exit_code, "--safe leaves extensions out that fail" in result.stderr) == (2, True)


def test_a_command_that_cannot_be_imported_is_named_with_its_distribution(make: Make) -> None:
    make('"first",')
    result = run("speak")
    assert result.exit_code == 1
    assert "the command 'speak' of fake-parts 1.2: failed at import of fake_parts:speak" in result.stderr


def test_a_shut_down_that_fails_is_told_with_the_distribution(make: Make) -> None:
    make('"first",')
    Path("shop.py").write_text("")
    site = Path(sys.path[0])
    assert (site / "fake_parts.py").exists()
    text = PARTS.replace(
        "    def app_init(self, app):\n        app.add", "    def app_shutdown(self, app):\n        app.add"
    )
    (site / "fake_parts.py").write_text(text)
    app = App("shop", config_file=str(Path("ferrule.toml").absolute()))
    app.finalize()
    with pytest.raises(BaseExceptionGroup) as raised:
        app.shutdown()
    notes = raised.value.exceptions[0].__notes__
    assert notes == ["raised in the hook 'app_shutdown' of <extension 'first' of fake-parts 1.2>"]


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="a pseudo-terminal is one of Unix")
def test_on_a_terminal_no_line_of_the_list_is_wider_than_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from ferrule.cli.main import main; main()", "extensions"]
    environ = {**os.environ, "COLUMNS": "60"}
    piped = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True).stdout
    ours, theirs = os.openpty()
    subprocess.run(command, cwd=tmp_path, env=environ, stdout=theirs, stderr=subprocess.DEVNULL, check=True)
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # what Linux says when the other end is closed
        while part := os.read(ours, 65536):
            shown += part
    os.close(ours)
    lines = shown.decode().splitlines()
    assert max(map(len, piped.splitlines())) > 60
    assert max(map(len, lines)) == 60
    assert [line.rstrip("…") for line in lines] == [
        line[: len(cut.rstrip("…"))] for line, cut in zip(piped.splitlines(), lines, strict=True)
    ]


def test_the_commands_of_an_extension_that_code_enlists_are_there(make: Make) -> None:
    make("", shop="from ferrule import App\nfrom fake_parts import First\napp = App(__name__)\nFirst().init_app(app)\n")
    assert "speak" in run("--help").stdout
    assert "the command 'speak' of fake-parts 1.2: failed at import" in run("speak").stderr  # found, and broken


def test_the_commands_of_an_extension_that_nobody_enlists_are_not(make: Make) -> None:
    make("", shop="from ferrule import App\napp = App(__name__)\n")
    assert "speak" not in run("--help").stdout
    assert run("speak").exit_code == 2
