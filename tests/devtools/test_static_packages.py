"""The static check of a whole project: entry points, metadata, settings, and what importing it does."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest
from click.testing import CliRunner, Result

from ferrule import App, ExtensionError
from ferrule_devtools.commands.check import check_command
from ferrule_devtools.static import RULES, check, package_at

ROOT: Final = Path(__file__).parents[2]

FILES: Final = {
    "pyproject.toml": """\
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = "ferrule-hello"
version = "0.1.0"
readme = "README.md"
license = "MIT"
requires-python = ">=3.11"
dependencies = ["ferrule==0.1.*", "click>=8"]

[project.entry-points."ferrule.extensions"]
hello = "ferrule_hello:Hello"

[project.entry-points."ferrule.commands"]
hello = "ferrule_hello.commands:hello"
""",
    "README.md": "# Hello\n",
    "src/ferrule_hello/py.typed": "",
    "src/ferrule_hello/templates/hello/page.html": "",
    "src/ferrule_hello/__init__.py": "from .extension import Hello\n",
    "src/ferrule_hello/commands.py": """\
import click

@click.command("hello")
def hello() -> None:
    click.echo("Hello")

def plain() -> None: ...
""",
    "src/ferrule_hello/extension.py": """\
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ferrule import App, Extension, hookimpl, setting

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class HelloSettings:
    phrase: str = setting("Hello", doc="What to say.")
    shared: ClassVar[int] = 3


class Hello(Extension):
    name = "hello"
    description = "Says hello."
    api_version = "0.1"
    thread_safe = fork_safe = async_safe = True
    requires = ("login",)
    settings_class = HelloSettings

    @hookimpl
    def app_init(self, app: App) -> None: ...


hello = Hello()
""",
}


def project(folder: Path, *changes: tuple[str, str, str], without: str = "") -> Path:
    """Write a project that is all right, but for some replaced texts."""
    files = {name: text for name, text in FILES.items() if name != without}
    for file, old, new in changes:
        name = next(path for path in files if path.endswith(file))
        assert old in files[name]
        files[name] = files[name].replace(old, new)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def rules(folder: Path) -> dict[str, str]:
    found = check(package_at(str(folder)))
    return {f.rule: f"{f.place.file.rpartition('/')[2]}:{f.place.line}: {f.message}; {f.cure}" for f in found}


def test_a_project_that_is_all_right_has_no_finding(tmp_path: Path) -> None:
    assert rules(project(tmp_path)) == {}


def test_a_flat_layout_a_module_and_an_instance_are_found_too(tmp_path: Path) -> None:
    project(tmp_path, ("pyproject.toml", "ferrule_hello:Hello", "ferrule_hello.extension:hello"))
    (tmp_path / "src/ferrule_hello").rename(tmp_path / "ferrule_hello")
    assert rules(tmp_path) == {}


TOML: Final = "pyproject.toml"
CODE: Final = "extension.py"

MISTAKES: Final = [
    (TOML, "ferrule_hello:Hello", "ferrule_helo:Hello", "entry_point", ":14: ", "did you mean 'ferrule_hello'?"),
    (TOML, "ferrule_hello:Hello", "ferrule_hello:Helo", "entry_point", ":14: ", "did you mean 'Hello'?"),
    (TOML, "ferrule_hello:Hello", "ferrule_hello", "entry_point", ":14: ", "leads to a module"),
    (TOML, "ferrule_hello:Hello", "ferrule_hello.extension:HelloSettings", "not_an_extension", ":14: ", "derive"),
    (TOML, 'hello = "ferrule_hello:', 'hallo = "ferrule_hello:', "extension_name", "extension.py:17: ", "one name"),
    (TOML, "commands:hello", "commands:plain", "command", ":17: ", "no click command"),
    (
        TOML,
        'hello = "ferrule_hello.commands',
        'run = "ferrule_hello.commands',
        "hidden_command",
        ":17: ",
        "another name",
    ),
    (TOML, "extensions", "extension", "no_extension", ":5: ", "no entry point in the group"),
    (TOML, '"ferrule==0.1.*", ', "", "no_dependency", ":11: ", 'add "ferrule=='),
    (TOML, "ferrule==0.1.*", "ferrule>=0.1", "open_dependency", ":11: ", "upper bound"),
    (TOML, "ferrule==0.1.*", "ferrule==!", "no_dependency", ":11: ", "PEP 508"),
    (TOML, 'version = "0.1.0"\n', "", "no_version", ":5: ", "no version"),
    (TOML, 'readme = "README.md"\n', "", "no_readme", ":5: ", "README"),
    (TOML, 'license = "MIT"\n', "", "no_license", ":5: ", "PEP 639"),
    (TOML, 'requires-python = ">=3.11"\n', "", "no_requires_python", ":5: ", "Pythons"),
    (TOML, "[project", "[tool", "no_project", ": ", "no table [project]"),
    (TOML, "[project]", "[project", "no_project", ": ", "not TOML"),
    (CODE, 'name = "hello"', "title = 3", "extension_name", ":16: ", 'write name = "hello"'),
    (CODE, 'description = "Says hello."', "title = 3", "no_description", ":16: ", "one line"),
    (CODE, 'api_version = "0.1"', "title = 3", "no_api_version", ":16: ", 'api_version = "0.1"'),
    (CODE, 'api_version = "0.1"', 'api_version = "9.1"', "manifest", ":19: ", "written for Ferrule 9.1"),
    (CODE, 'api_version = "0.1"', 'api_version = "x"', "manifest", ":19: ", "expected a version of"),
    (
        CODE,
        "thread_safe = fork_safe = async_safe = True",
        "fork_safe = True",
        "safety",
        ":16: ",
        "thread_safe, async_safe",
    ),
    (CODE, 'requires = ("login",)', 'requires = "login"', "manifest", ":21: ", "write requires = ('login',)"),
    (CODE, 'requires = ("login",)', 'after = ("logn",)', "unknown_extension", ":21: ", "did you mean 'login'?"),
    (CODE, 'requires = ("login",)', 'after = ("zzz",)', "unseen", ":21: ", "no extension 'zzz' is installed"),
    (CODE, ", kw_only=True", "", "settings", ":10: ", "not keyword-only"),
    (CODE, "frozen=True, ", "", "settings", ":10: ", "not frozen"),
    (CODE, "@dataclass(frozen=True, kw_only=True)\n", "", "settings", ":10: ", "not a dataclass"),
    (
        CODE,
        'phrase: str = setting("Hello", doc="What to say.")',
        'phrase: str = "Hello"',
        "settings",
        ":12: ",
        "no setting",
    ),
    (CODE, "phrase: str", "phrase", "settings", ":12: ", "without a type"),
    (CODE, "phrase: str", "Phrase: str", "settings", ":12: ", "no name for a key"),
    (CODE, "phrase: str", "phrase: Decimal", "settings", ":12: ", "import what they name"),
    (CODE, "phrase: str", "phrase: 'Strang'", "settings", ":12: ", "cannot be resolved: name 'Strang'"),
    (CODE, ', doc="What to say."', "", "settings", ":12: ", "no doc"),
    (CODE, 'setting("Hello"', "setting(['Hello']", "settings", ":12: ", "default_factory"),
    (CODE, "= HelloSettings", "= HeloSettings", "settings", ":22: ", "no class of the package"),
    (CODE, "hello = Hello()", "app = App(__name__)", "side_effect", ":28: ", "makes an application"),
    (CODE, "hello = Hello()", "import os\nos.environ['A'] = ''", "side_effect", ":29: ", "writes the environment"),
    (CODE, "hello = Hello()", "import logging\nlogging.basicConfig()", "side_effect", ":29: ", "logging"),
    (CODE, "hello = Hello()", "import json\njson.dumps = None", "side_effect", ":29: ", "belongs to json"),
    (CODE, "hello = Hello()", "class Late:\n    print()", "side_effect", ":29: ", "prints"),
    (CODE, "hello = Hello()", "try:\n    print()\nfinally:\n    pass", "side_effect", ":29: ", "prints"),
    (CODE, "from ferrule import", "from ferrule import )", "syntax", ":4: ", "not Python"),
]


@pytest.mark.parametrize(("file", "old", "new", "rule", "place", "text"), MISTAKES)
def test_a_mistake_is_found_with_its_place_and_its_cure(
    file: str, old: str, new: str, rule: str, place: str, text: str, tmp_path: Path
) -> None:
    found = rules(project(tmp_path, (file, old, new)))
    assert rule in found, found
    assert place in found[rule]
    assert text in found[rule]


def test_what_only_runs_as_a_program_or_in_a_function_is_no_side_effect(tmp_path: Path) -> None:
    code = "def late():\n    print()\n\nx = lambda: print()\n\nif __name__ == '__main__':\n    print()"
    assert rules(project(tmp_path, (CODE, "hello = Hello()", code))) == {}


SHIPPED: Final = """
    @hookimpl(optionalhook=True)
    def migrate_versions(self, app: App) -> str:
        return "versions"
"""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('revision = "hello__1"\ndown_revision = None\nbranch_labels = ("hello",)', ""),
        ('revision: str = "hello__2"\ndown_revision: str | None = "hello__1"', ""),
        ('revision = "4f1c"\ndown_revision = "hello__1"', "revision '4f1c': its name does not tell"),
        ('revision = "hello__1"\ndown_revision = None', "begins a branch without the extension's label"),
        ('revision = "hello__1"\ndown_revision = None\nbranch_labels = "other"', "begins a branch without"),
    ],
)
def test_a_revision_that_is_shipped_bears_the_extension_s_name(tmp_path: Path, source: str, expected: str) -> None:
    versions = tmp_path / "src/ferrule_hello/versions"
    versions.mkdir(parents=True)
    (versions / "one.py").write_text(source)
    assert "revision" not in rules(project(tmp_path))  # nobody says that they are shipped
    found = rules(project(tmp_path, (CODE, '    name = "hello"\n', f'    name = "hello"\n{SHIPPED}')))
    assert set(found) == ({"revision"} if expected else set())
    assert expected in found.get("revision", "")


def test_files_that_are_missing_or_in_the_way_are_found(tmp_path: Path) -> None:
    project(tmp_path, without="src/ferrule_hello/py.typed")
    (tmp_path / "src/ferrule_hello/templates/page.html").touch()
    found = rules(tmp_path)
    assert set(found) == {"no_py_typed", "misplaced_file"}
    assert "move it to templates/hello/" in found["misplaced_file"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@dataclass(frozen=True, kw_only=True)", "@dataclass(frozen=True)"),
        (", kw_only=True", ""),
        ("frozen=True, ", ""),
        ('phrase: str = setting("Hello", doc="What to say.")', 'phrase: str = "Hello"'),
        ("phrase: str", "Phrase: str"),
        ("phrase: str", "phrase: 'Decimal'"),
        ("phrase: str", "phrase: 'Strang'"),
    ],
)
def test_a_start_refuses_the_same_settings(old: str, new: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = project(tmp_path, (CODE, old, new))
    found = [finding for finding in check(package_at(str(folder))) if finding.rule == "settings"]
    source = (folder / "src/ferrule_hello/extension.py").read_text(encoding="utf-8")
    module = ModuleType("hello")
    monkeypatch.setitem(sys.modules, "hello", module)  # a dataclass looks its module up
    exec(source, vars(module))
    extension = module.Hello
    extension.requires = ()
    with pytest.raises(ExtensionError) as caught:
        App("shop", config_file=None, extensions=[extension])
    for finding in found:
        said = finding.message.rpartition("phrase: ")[2].rpartition("HelloSettings: its fields are ")[2]
        assert said.removeprefix("HelloSettings: ").removeprefix("HelloSettings.") in str(caught.value)
    assert found


def test_a_wheel_is_checked_as_its_project_is(tmp_path: Path) -> None:
    folder = project(tmp_path / "hello", (CODE, "app_init", "app_ini"))
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    found = rules(wheel)
    assert set(found) == {"unknown_hook"}
    assert "extension.py:24: app_ini: there is no hook 'app_ini'; did you mean 'app_init'?" in found["unknown_hook"]


def test_an_archive_that_is_no_wheel_and_a_folder_without_a_project_are_findings(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as archive:
        archive.writestr("a.py", "")
    assert set(rules(tmp_path / "a.whl")) == {"no_project"}
    assert "there is none" in rules(tmp_path)["no_project"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(check_command, arguments)


def test_the_command_tells_all_findings_at_once_and_fails_for_errors(tmp_path: Path) -> None:
    project(tmp_path, (CODE, "app_init", "app_ini"), (TOML, "ferrule==0.1.*", "ferrule"))
    result = run(str(tmp_path))
    assert result.exit_code == 1
    assert "extension.py:24: error: app_ini: there is no hook 'app_ini' [devtools.unknown_hook]" in result.stdout
    assert "    cure: did you mean 'app_init'?" in result.stdout
    assert result.stdout.endswith("1 error, 1 warning\n")


def test_the_command_is_content_with_what_is_right_and_as_strict_as_it_is_told(tmp_path: Path) -> None:
    project(tmp_path, (TOML, "ferrule==0.1.*", "ferrule"))
    assert run(str(tmp_path)).exit_code == 0
    assert run(str(tmp_path), "--fail-level", "warning").exit_code == 1
    project(tmp_path)
    result = run(str(tmp_path))
    assert (result.exit_code, result.stdout) == (0, "no findings\n")


def test_the_command_writes_json(tmp_path: Path) -> None:
    project(tmp_path, (CODE, "app_init", "app_ini"))
    (finding,) = json.loads(run(str(tmp_path), "--json").stdout)["findings"]
    assert finding["id"] == "devtools.unknown_hook"
    assert (finding["level"], finding["line"]) == ("error", 24)
    assert finding["file"].endswith("src/ferrule_hello/extension.py")
    assert finding["hint"] == "did you mean 'app_init'?"


def test_an_installed_distribution_is_checked_by_its_name_and_nothing_is_told_of_nothing() -> None:
    assert run("ferrule-login").exit_code == 0
    result = run("ferrule-nobody")
    assert result.exit_code == 2
    assert "no distribution of this name is installed" in result.stderr


def test_an_application_with_devtools_hears_of_the_extensions_that_are_developed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "from ferrule import App, Extension, hookimpl\n\n\nclass Audit(Extension):\n    name = 'audit'\n"
    source += "\n    @hookimpl\n    def before_request(self, ctx: App): ...\n\n\n"
    source += "app = App(__name__, extensions=['devtools', Audit])\n"
    (tmp_path / "shop_with_audit.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    app = __import__("shop_with_audit").app
    with app.app_context():
        found = [check for check in app.hooks.check_app(app, False) if check.id.startswith("devtools.")]
    (finding,) = [check for check in found if "shop_with_audit.py" in check.message]
    assert finding.id == "devtools.hook_annotation"
    assert "shop_with_audit.py:7: before_request: ctx is annotated App" in finding.message


def test_every_rule_is_in_the_list_of_checks_and_only_those() -> None:
    reference = (ROOT / "docs/reference/checks.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in reference.splitlines() if line.startswith("| `devtools.")]
    assert {row[0].strip("| `").removeprefix("devtools."): row[1] for row in rows} == RULES
