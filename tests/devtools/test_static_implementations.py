"""The static check of hook implementations: what the framework refuses at start, and what only sources show."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import indent
from types import ModuleType
from typing import Any, Final

import pytest

from ferrule import App, ExtensionError
from ferrule.hooks import Deprecation
from ferrule_devtools.static import Finding, Package, check, package_at, package_in
from ferrule_devtools.static.classes import extension_classes
from ferrule_devtools.static.hooks import Hook, core_hooks
from ferrule_devtools.static.implementations import implementation_findings

HEAD: Final = """
from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ferrule
from ferrule import App, Context, Extension, Response, hookimpl, hookspec, setting
from ferrule import hookimpl as implements

if TYPE_CHECKING:
    from decimal import Decimal


class Broken(Extension):
    name = "broken"
    description = "Breaks."
    api_version = "0.1"
    context_names = ("greeting",)
    thread_safe = fork_safe = async_safe = True

"""


def write(folder: Path, body: str, *, before: str = "") -> Path:
    """Write the module of an extension with a class' body."""
    file = folder / "broken.py"
    source = HEAD.replace("\n\nclass Broken", f"\n\n{before}\n\nclass Broken")
    file.write_text(source + indent(body, "    ") + "\n    nothing = None\n", encoding="utf-8")
    return file


def found_in(folder: Path, body: str, *, before: str = "") -> list[Finding]:
    write(folder, body, before=before)
    return check(package_in(folder, "broken"))


def imported(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("broken", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["broken"] = module  # a dataclass looks its module up
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules["broken"]
    return module


REFUSED: Final = {
    "unknown hook": ("unknown_hook", "@hookimpl\ndef app_ini(self, app): ..."),
    "unknown hook by another name of the marker": ("unknown_hook", "@implements\ndef app_ini(self, app): ..."),
    "unknown hook by a module": ("unknown_hook", "@ferrule.hookimpl\ndef app_ini(self, app): ..."),
    "nothing near": ("unknown_hook", "@hookimpl\ndef zzz(self): ..."),
    "a misspelt specname": ("unknown_hook", "@hookimpl(specname='before_reqest')\ndef guard(self, ctx): ..."),
    "a hook of nobody, not optional": ("unknown_hook", "@hookimpl\ndef nobody_has_this(self): ..."),
    "an unknown argument": ("hook_argument", "@hookimpl\ndef before_request(self, cxt): ..."),
    "an unknown keyword-only argument": ("hook_argument", "@hookimpl\ndef before_request(self, *, cxt): ..."),
    "stars": ("hook_argument", "@hookimpl\ndef before_request(self, **kwargs): ..."),
    "a coroutine": ("async_hook", "@hookimpl\nasync def before_request(self, ctx): ..."),
    "an asynchronous generator": ("async_hook", "@hookimpl\nasync def check_app(self, app): yield"),
    "a wrapper that does not yield": ("hook_wrapper", "@hookimpl(wrapper=True)\ndef before_request(self, ctx): ..."),
    "a plain one where only wrappers go": ("hook_wrapper", "@hookimpl\ndef handle_request(self, ctx): ..."),
    "a generator without the mark": ("hook_wrapper", "@hookimpl\ndef after_request(self, ctx, response): yield"),
    "no mark": ("unmarked_hook", "def before_request(self, ctx): ..."),
    "methods outside of a request": ("hook_methods", "@hookimpl(methods=['GET'])\ndef app_init(self, app): ..."),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_start_and_the_static_check_refuse_the_same_in_the_same_words(name: str, tmp_path: Path) -> None:
    rule, body = REFUSED[name]
    (finding,) = found_in(tmp_path, body)
    assert (finding.rule, finding.level) == (rule, "error")
    with pytest.raises(ExtensionError) as caught:
        App("shop", config_file=None, extensions=[imported(tmp_path / "broken.py").Broken])
    attribute, _, message = finding.message.partition(": ")
    said = f"{message}; {finding.cure}" if finding.cure else message
    place = f"{tmp_path / 'broken.py'}:{finding.place.line}"
    assert f"{attribute} ({place}): {said}" in str(caught.value)


FINE: Final = {
    "subset of the arguments": "@hookimpl\ndef after_request(self, response: Response) -> None: ...",
    "no argument": "@hookimpl\ndef before_request(self): ...",
    "a default of its own": "@hookimpl\ndef before_request(self, ctx, limit=3): ...",
    "a generator where items are collected": "@hookimpl\ndef check_app(self, app):\n    yield",
    "a wrapper": "@hookimpl(wrapper=True)\n"
    "def handle_request(self, ctx: Context) -> Generator[None, Response, Response]:\n"
    "    response = yield\n    return response",
    "a wrapper with two branches": "@hookimpl(wrapper=True)\ndef before_request(self, ctx):\n"
    "    if ctx.request.path == '/':\n        return (yield)\n"
    "    try:\n        return (yield)\n    finally:\n        print()",
    "a wrapper that handles what is raised": "@hookimpl(wrapper=True)\ndef handle_request(self, ctx):\n"
    "    try:\n        return (yield)\n    except ValueError:\n        return Response('no')",
    "an optional hook of an extension that is absent": "@hookimpl(optionalhook=True)\ndef zebra_seen(self, ctx): ...",
    "another name for the method": "@hookimpl(specname='before_request')\ndef guard(self, ctx): ...",
    "an implementation for some methods": "@hookimpl(except_methods=['GET'])\ndef before_request(self, ctx): ...",
    "positional only": "@hookimpl\ndef before_request(self, ctx, /): ...",
    "wider types": "@hookimpl\ndef handle_exception(self, ctx: object, exc: BaseException) -> Response | None: ...",
    "an annotation of one's own": "@hookimpl\ndef before_request(self, ctx: Context) -> Response | str | None: ...",
    "a helper that is no hook": "def prepare(self, app): ...\n@staticmethod\ndef app_init(): ...",
    "a dictionary of names": "@hookimpl\ndef template_context(self) -> dict[str, str]:\n    return {'greeting': 'x'}",
}


@pytest.mark.parametrize("name", FINE)
def test_what_a_start_takes_the_static_check_takes_too(name: str, tmp_path: Path) -> None:
    assert found_in(tmp_path, FINE[name]) == []
    App("shop", config_file=None, extensions=[imported(tmp_path / "broken.py").Broken]).finalize()


ONLY_SEEN: Final = {
    "an option of nobody": ("hook_option", "@hookimpl(wraper=True)\ndef before_request(self): ...", "'wrapper'"),
    "pluggy's order": ("hook_order", "@hookimpl(tryfirst=True)\ndef before_request(self): ...", "requires, after"),
    "a static method": ("hook_kind", "@hookimpl\n@staticmethod\ndef app_init(app): ...", "staticmethod"),
    "a property": ("hook_kind", "@property\n@hookimpl\ndef app_init(self): ...", "property"),
    "an early return": (
        "hook_yields",
        "@hookimpl(wrapper=True)\ndef handle_request(self, ctx):\n    if ctx:\n        return None\n    return (yield)",
        "without a yield",
    ),
    "two yields": (
        "hook_yields",
        "@hookimpl(wrapper=True)\ndef handle_request(self, ctx):\n    yield\n    return (yield)",
        "more than once",
    ),
    "a yield in a loop": (
        "hook_yields",
        "@hookimpl(wrapper=True)\ndef before_request(self, ctx):\n    while ctx:\n        yield\n    yield",
        "more than once",
    ),
    "another type for an argument": (
        "hook_annotation",
        "@hookimpl\ndef before_request(self, ctx: App): ...",
        "ctx is annotated App, and the hook gives Context",
    ),
    "None forgotten": (
        "hook_annotation",
        "@hookimpl\ndef teardown_request(self, exc: BaseException): ...",
        "the hook gives BaseException | None",
    ),
    "a type in quotes": ("hook_annotation", "@hookimpl\ndef app_init(self, app: 'Context'): ...", "gives App"),
    "a result that nobody takes": (
        "hook_annotation",
        "@hookimpl\ndef app_init(self) -> dict[str, int]: ...",
        "ignores",
    ),
    "a result of another type": (
        "hook_annotation",
        "@hookimpl\ndef template_context(self) -> str: ...",
        "expects dict",
    ),
    "a name that is not declared": (
        "context_names",
        "@hookimpl\ndef template_context(self):\n    return {'greeting': 1, 'bye': 2}",
        "'bye'",
    ),
    "a hook whose name is computed": ("unseen", "@hookimpl(specname=str(1))\ndef guard(self): ...", "cannot be seen"),
}


@pytest.mark.parametrize("name", ONLY_SEEN)
def test_sources_show_more_than_a_start_does(name: str, tmp_path: Path) -> None:
    rule, body, text = ONLY_SEEN[name]
    (finding,) = found_in(tmp_path, body)
    assert finding.rule == rule
    assert text in f"{finding.message}; {finding.cure}"


def test_what_a_base_in_the_package_implements_is_checked_and_what_nobody_inherits_is_told(tmp_path: Path) -> None:
    before = "class Mixin:\n    @hookimpl\n    def app_ini(self): ...\n\n@hookimpl\ndef app_init(app): ...\n"
    write(tmp_path, "", before=before)
    file = tmp_path / "broken.py"
    file.write_text(file.read_text().replace("class Broken(Extension)", "class Broken(Mixin, Extension)"))
    found = {finding.rule: finding for finding in check(package_in(tmp_path, "broken"))}
    assert set(found) == {"unknown_hook", "stray_hook"}
    assert "app_init: is marked with @hookimpl and belongs to no extension" in found["stray_hook"].message


def test_a_hook_of_an_installed_extension_is_known_by_its_source(tmp_path: Path) -> None:
    assert found_in(tmp_path, "@hookimpl(optionalhook=True)\ndef login_user_loaded(self, ctx, user): ...") == []
    body = "@hookimpl(optionalhook=True)\ndef login_user_loded(self, ctx): ..."
    (finding,) = found_in(tmp_path, body)
    assert "did you mean 'login_user_loaded'?" in f"{finding.message}; {finding.cure}"


def test_a_hook_that_the_package_opens_is_known_and_bears_its_name(tmp_path: Path) -> None:
    before = (
        "class Hooks:\n    @hookspec()\n    def broken_seen(self, ctx: Context) -> None: ...\n"
        "    @hookspec()\n    def seen(self, ctx: Context) -> None: ...\n"
    )
    body = "hookspecs = Hooks\n@hookimpl\ndef broken_seen(self, cxt): ..."
    found = {finding.rule: finding for finding in found_in(tmp_path, body, before=before)}
    assert "did you mean 'ctx'" in f"{found['hook_argument'].message}; {found['hook_argument'].cure}"
    assert "opens the hook 'seen'" in found["opened_hook"].message
    with pytest.raises(ExtensionError, match="opens the hook 'seen'"):
        App("shop", config_file=None, extensions=[imported(tmp_path / "broken.py").Broken])


SOON: Final = Deprecation("0.1", "0.9", "use app_ready")
GONE: Final = Deprecation("0.0", "0.1", "use app_ready")


@pytest.mark.parametrize(
    ("changed", "rule", "text"),
    [
        ({"deprecated": SOON}, "deprecated_hook", "the hook 'app_init' is deprecated since 0.1 and goes in 0.9"),
        ({"deprecated": GONE}, "removed_hook", "the hook 'app_init' went in 0.1"),
        ({"deprecated_arguments": {"app": SOON}}, "deprecated_hook", "the argument 'app' is deprecated since 0.1"),
        ({"deprecated_arguments": {"app": GONE}}, "removed_hook", "the argument 'app' went in 0.1"),
        ({"since": "0.5"}, "newer_hook", "since 0.5, and api_version says '0.1'"),
    ],
)
def test_a_hook_that_comes_or_goes_is_told(
    changed: dict[str, Any], rule: str, text: str, package: Callable[[str], Package]
) -> None:
    (extension,) = extension_classes(package("@hookimpl\ndef app_init(self, app): ...")).values()
    hooks = core_hooks()
    hooks["app_init"] = Hook(hooks["app_init"].specification._replace(**changed), hooks["app_init"].annotations)
    (finding,) = implementation_findings(extension, hooks)
    assert finding.rule == rule
    assert text in finding.message


def test_a_deprecation_of_a_hook_that_the_package_opens_is_read_from_its_source(tmp_path: Path) -> None:
    before = (
        "from ferrule.hooks import Deprecation\n\nclass Hooks:\n"
        "    @hookspec(deprecated=Deprecation('1.0', removed='2.0', instead='use nothing'))\n"
        "    def broken_seen(self, ctx: Context) -> None: ...\n"
        "    @hookspec(deprecated_arguments={'old': Deprecation('1.0', '2.0', 'use ctx')})\n"
        "    def broken_used(self, ctx: Context, old: int) -> None: ...\n"
    )
    body = "hookspecs = Hooks\n@hookimpl\ndef broken_seen(self): ...\n@hookimpl\ndef broken_used(self, old): ..."
    found = found_in(tmp_path, body, before=before)
    assert [(f.rule, f.cure) for f in found] == [("deprecated_hook", "use nothing"), ("deprecated_hook", "use ctx")]


@pytest.fixture
def package(tmp_path: Path) -> Callable[[str], Package]:
    """Make the package of a class' body."""

    def make(body: str) -> Package:
        write(tmp_path, body)
        return package_in(tmp_path, "broken")

    return make


def test_nothing_of_a_checked_package_runs(tmp_path: Path) -> None:
    """Decorators, defaults, annotations and the module itself would all raise."""
    body = "@hookimpl\n@(1 / 0)\ndef before_request(self, ctx: 1 / 0, more=1 / 0) -> 1 / 0:\n    1 / 0"
    write(tmp_path, body, before="1 / 0\n")
    assert check(package_in(tmp_path, "broken")) == []
    assert "broken" not in sys.modules


def is_to_mend(finding: Finding) -> bool:
    return finding.level == "error" or (finding.level == "warning" and finding.rule != "no_api_version")


def test_every_first_party_extension_passes() -> None:
    root = Path(__file__).parents[2]
    projects = [file.parent for file in root.glob("e*/*/pyproject.toml") if "ferrule.extensions" in file.read_text()]
    assert len(projects) > 7
    found = [str(finding) for project in projects for finding in check(package_at(str(project))) if is_to_mend(finding)]
    assert found == []


def test_a_place_is_a_file_and_a_line(tmp_path: Path) -> None:
    (finding,) = found_in(tmp_path, "@hookimpl\ndef app_ini(self, app): ...")
    text = (tmp_path / "broken.py").read_text().splitlines()
    assert re.fullmatch(r"\s*@hookimpl", text[finding.place.line - 1])


def test_hooks_are_seen_in_blocks_of_a_class_and_told_where_they_cannot_be_seen(tmp_path: Path) -> None:
    body = "if True:\n    @hookimpl\n    def befor_request(self): ...\nready = hookimpl(lambda self: None)"
    found = {(finding.rule, finding.place.line) for finding in found_in(tmp_path, body)}
    start = next(iter(found_in(tmp_path, "@hookimpl\ndef befor_request(self): ..."))).place.line
    assert found == {("unknown_hook", start + 1), ("unseen", start + 3)}


def test_a_name_that_is_no_literal_is_told_and_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(
        "from ferrule import Extension, hookimpl\nNAME = 'a' + 'b'\n\nclass Broken(Extension):\n    name = NAME\n"
        "    requires = 'login'\n\n    @hookimpl\n    def befor_request(self): ...\n"
    )
    found = {finding.rule: finding for finding in check(package_in(tmp_path, "broken"))}
    assert {"unseen", "manifest", "unknown_hook"} <= found.keys()
    assert found["unseen"].message == "Broken: its name cannot be seen"


def test_a_class_that_another_derives_from_is_judged_by_that_one(tmp_path: Path) -> None:
    write(tmp_path, "", before="class Kept(Extension):\n    name = 'kept'\n    requires = 'login'\n")
    text = (tmp_path / "broken.py").read_text()
    (tmp_path / "broken.py").write_text(text.replace("class Broken(Extension)", "class Broken(Kept)"))
    found = check(package_in(tmp_path, "broken"))
    assert [finding.rule for finding in found] == ["manifest"]
