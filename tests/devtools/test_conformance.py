"""The conformance kit: good extensions pass, and a broken one breaks exactly the promise that it is made to break."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from werkzeug.wrappers import Response

from ferrule import App, SetupError
from ferrule_devtools.conformance import PROMISES, Subject, conformance
from ferrule_devtools.conformance.imports import imports, pulls
from ferrule_devtools.conformance.namespace import bears_name
from ferrule_devtools.testing import Distribution, catalog

BY_NAME: Final = {promise.name: promise for promise in PROMISES}
Examine: TypeAlias = Callable[..., Subject]

HEAD: Final = """
from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response

from ferrule import App, Context, Extension, hookimpl, setting
from ferrule.builtin import EncryptedCookieSessionInterface


class Made(Extension):
    name = "made"
    description = "Made for a test."
    api_version = "0.1"
    thread_safe = fork_safe = async_safe = True
"""

GOOD: Final = """
    @hookimpl
    def app_init(self, app: App) -> None:
        app.add_url_rule("/made", "made.index", lambda: "made")
        app.add_template_filter(str.upper, "made_loud")

    @hookimpl
    def before_request(self, ctx: Context) -> None:
        ctx.state[self] = ctx.request.path

    @hookimpl
    def after_request(self, ctx: Context, response: Response) -> Response:
        response.headers["X-Path"] = ctx.state[self]
        return response

    @hookimpl(wrapper=True)
    def handle_request(self, ctx: Context) -> Generator[None, Response, Response]:
        return (yield)

    @hookimpl
    def teardown_request(self, ctx: Context) -> None:
        ctx.state.pop(self, None)
"""

SLY: Final = """
    class Box:
        calls = 0

    shared = Counter()
    nested = {{"calls": {{}}}}
    box = Box()

    @hookimpl
    def app_init(self, app: App) -> None:
        {}


class Loud(BaseConverter):
    pass


class Kept(EncryptedCookieSessionInterface):
    pass
"""

SETTINGS: Final = """
    @dataclass(frozen=True, kw_only=True)
    class settings_class:
        {}
"""

BROKEN: Final = {
    "discovered": ('    name = "other"', "its entry point is called 'made', its class 'other'"),
    "manifest": ('    api_version = ""\n    description = "Two\\nlines"', 'write api_version = "0.1"'),
    "signatures": (
        """
    @hookimpl
    def before_request(self, context: Context) -> None:
        pass
""",
        "unknown argument 'context'; did you mean 'ctx'?",
    ),
    "types": (
        """
    @hookimpl
    def before_request(self, ctx: App) -> None:
        pass
""",
        "its type is Callable[[App], None], and the hook is before_request(ctx: Context) -> Any",
    ),
    "settings": (SETTINGS.format('limit: str | int = setting(5, doc="How many.")'), "sets it to '5' and not to 5"),
    "starts": (
        """
    @hookimpl
    def app_init(self, app: App) -> None:
        raise OSError("no such thing")
""",
        "failed in app_init: OSError: no such thing",
    ),
    "twice": (
        """
    apps: WeakSet[App] = WeakSet()

    @hookimpl
    def app_init(self, app: App) -> None:
        if self.apps:
            raise ValueError("there is one already")
        self.apps.add(app)
""",
        "a second application in the process fails",
    ),
    "isolated": (
        """
    counts: dict[str, int] = {}

    def make_state(self, app: App) -> dict[str, int]:
        return self.counts
""",
        "both applications have one state, dict; let make_state make one for each",
    ),
    "freed": (
        """
    @hookimpl
    def app_init(self, app: App) -> None:
        self.app = app
""",
        "held by the attribute app of <extension 'made' of ferrule-made 1.0>",
    ),
    "teardown": (
        """
    @hookimpl
    def before_request(self, ctx: Context) -> None:
        ctx.push()

    @hookimpl
    def after_request(self, ctx: Context) -> None:
        ctx.pop()
""",
        "GET '/conformance/sabotage'> is left pushed; pop in a teardown hook, or push in a with block",
    ),
    "threads": (
        """
    @hookimpl
    def before_request(self, ctx: Context) -> None:
        self.path = ctx.request.path

    @hookimpl
    def after_request(self, response: Response) -> None:
        response.headers["X-Path"] = self.path
""",
        "keep what belongs to a request in ctx.state[self]",
    ),
    "fork": (
        """
    def make_state(self, app: App) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1)

    @hookimpl
    def app_init(self, app: App) -> None:
        self.state(app).submit(int).result()

    @hookimpl
    def before_request(self, ctx: Context) -> None:
        self.state(ctx.app).submit(int).result(timeout=1)

    @hookimpl
    def app_shutdown(self, app: App) -> None:
        self.state(app).shutdown()
""",
        "a request in a forked process fails",
    ),
    "imports": ('    os.environ["MADE_AT_IMPORT"] = "yes"', "changes the environment, at import"),
    "pulls": ("    import flask", "imports flask"),
    "alone": (
        """
    @hookimpl
    def app_init(self, app: App) -> None:
        import ferrule_greeting
""",
        "No module named 'ferrule_greeting'",
    ),
    "namespace": (
        """
    @hookimpl
    def app_init(self, app: App) -> None:
        app.add_url_rule("/", "index", lambda: "made")
        app.add_template_filter(str.upper, "loud")
        app.config["LOUD"] = True
        app.loud = True

    @hookimpl
    def before_request(self, ctx: Context) -> None:
        ctx.state["loud"] = True
""",
        "endpoints: 'index' does not bear its name; call it made.… or made_…, or declare it:",
    ),
}


@pytest.fixture
def examine(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Examine]:
    """Return a function that makes an extension of a body, to be examined; it is installed beside all others."""
    module = f"made_{tmp_path.name}"
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MADE_AT_IMPORT", "no")  # for the broken one that sets it to be undone
    installed = Distribution(name="ferrule-made", extensions={"made": f"{module}:Made"})

    def examine(body: str, **options: Any) -> Subject:
        (tmp_path / f"{module}.py").write_text(HEAD + body, encoding="utf-8")
        cache: Any = request.config.cache  # there is none with -p no:cacheprovider
        lasting = cache.mkdir("ferrule-conformance") if cache else tmp_path
        return Subject(name="made", folder=tmp_path / "kit", cache=lasting, **options)

    with catalog(installed, and_installed=True):
        yield examine
    sys.modules.pop(module, None)


def mistakes_of(subject: Subject) -> dict[str, tuple[str, ...]]:
    verdicts = {promise.name: subject.verdict(promise, BY_NAME) for promise in PROMISES}
    return {name: verdict.mistakes for name, verdict in verdicts.items() if verdict.mistakes}


def test_a_good_extension_keeps_every_promise(examine: Examine) -> None:
    subject = examine(GOOD + SETTINGS.format('loudness: float = setting(0.5, doc="How loud, from 0 to 1.")'))
    verdicts = {promise.name: subject.verdict(promise, BY_NAME) for promise in PROMISES}
    assert {name: verdict for name, verdict in verdicts.items() if any(verdict)} == {}
    assert subject.notes["import_time_ms"]


def test_there_is_a_broken_extension_for_every_promise_but_the_one_that_cannot_be_broken() -> None:
    assert [promise.name for promise in PROMISES if promise.name not in BROKEN] == ["import_time"]


@pytest.mark.parametrize("promise", BROKEN)
def test_a_broken_extension_breaks_exactly_one_promise(promise: str, examine: Examine) -> None:
    body, expected = BROKEN[promise]
    mistakes = mistakes_of(examine(body))
    assert list(mistakes) == [promise]
    assert expected in "\n".join(mistakes[promise])


@pytest.mark.parametrize(
    ("promise", "line"),
    [
        ("threads", "thread_safe = False"),
        ("fork", "fork_safe = False"),
        ("isolated", "single_instance = True"),
    ],
)
def test_what_a_class_says_that_it_cannot_do_is_not_examined(promise: str, line: str, examine: Examine) -> None:
    body = BROKEN[promise][0] if promise != "isolated" else BROKEN["twice"][0]
    subject = examine(f"    {line}\n{body}")
    assert subject.verdict(BY_NAME[promise], BY_NAME).skipped.startswith(f"it says {line}")
    assert mistakes_of(subject) == {}


@pytest.mark.parametrize(
    ("promise", "body", "expected"),
    [
        ("isolated", "self.shared['calls'] += 1", "Made.shared was written by both applications"),
        ("isolated", "self.nested['calls']['n'] = object()", "Made.nested was written by both applications"),
        ("isolated", "self.box.calls += 1", "Made.box was written by both applications"),
        ("namespace", "os.environ['MADE_AT_START'] = '1'", "changes the environment variable MADE_AT_START"),
        ("namespace", "import logging; logging.basicConfig(force=True)", "enables it configures logging"),
        ("namespace", "open('written.txt', 'w').close()", "writes the file 'written.txt'"),
        ("namespace", "app.cli.command('loud')(lambda: None)", "commands: 'loud' does not bear its name"),
        ("namespace", "app.url_map.converters['loud'] = Loud", "url converters: 'loud' does not bear its name"),
        ("namespace", "app.session_interface = Kept()", "implement the hook session_interface, or declare it"),
        ("namespace", "import json; json.made = Made.app_init", "stands in place of made in json"),
        ("namespace", "Response.made = property(Made.app_init)", "stands in place of made in werkzeug"),
    ],
)
def test_what_an_extension_shares_and_where_it_writes_is_found(
    promise: str, body: str, expected: str, examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json, "made", None, raising=False)  # all to be undone
    monkeypatch.setattr(Response, "made", None, raising=False)
    monkeypatch.setenv("MADE_AT_START", "0")
    monkeypatch.setattr(logging.root, "handlers", [])
    (mistake, *_) = examine(SLY.format(body)).verdict(BY_NAME[promise], BY_NAME).mistakes
    assert expected in mistake


def test_what_is_deep_and_never_written_is_not_shared(examine: Examine) -> None:
    body = """
    class Level(enum.Enum):
        HIGH = "high"

    class Kind:
        def __init__(self, level: Any) -> None:
            self.level = {"level": [level, {"again": {"and": {"again": level}}}]}

    kinds = {"one": Kind(Level.HIGH)}
"""
    assert examine("    import enum\n" + body).verdict(BY_NAME["isolated"], BY_NAME).mistakes == ()


def test_a_static_method_is_no_implementation_and_a_failing_teardown_no_teardown(examine: Examine) -> None:
    body = "    @staticmethod\n    @hookimpl\n    def before_request(ctx: Context) -> None: ...\n"
    (mistake,) = examine(body).verdict(BY_NAME["signatures"], BY_NAME).mistakes
    assert "is a staticmethod, which is no hook implementation; write it as a method with `self`" in mistake


def test_a_teardown_that_fails_after_an_error_is_told(examine: Examine) -> None:
    body = """
    @hookimpl
    def teardown_request(self, ctx: Context, exc: BaseException | None) -> None:
        if exc is not None:
            raise OSError("nothing to close") from exc
"""
    mistakes = examine(body).verdict(BY_NAME["teardown"], BY_NAME).mistakes
    assert any("its teardown_request raised" in mistake for mistake in mistakes)


def test_a_promise_can_be_waived_with_a_reason_that_is_told(examine: Examine) -> None:
    subject = examine(BROKEN["freed"][0], waived={"freed": "its library has but one application"})
    verdict = subject.verdict(BY_NAME["freed"], BY_NAME)
    assert verdict == ((), "not promised: its library has but one application")


def test_what_is_outside_of_the_namespace_can_be_declared(examine: Examine) -> None:
    exports = {
        "endpoints": ["index"],
        "template filters": ["loud"],
        "config keys": ["LOUD"],
        "attributes": ["loud"],
        "context state": ["loud"],
    }
    subject = examine(BROKEN["namespace"][0], exports=exports)
    assert subject.verdict(BY_NAME["namespace"], BY_NAME).mistakes == ()


def test_what_is_declared_and_not_there_is_a_mistake(examine: Examine) -> None:
    subject = examine("", exports={"commands": ["db"]})
    (mistake,) = subject.verdict(BY_NAME["namespace"], BY_NAME).mistakes
    assert mistake == "conformance('made', exports=…) has 'db' in commands, where there is none; take it out"


def test_a_method_of_the_framework_that_is_replaced_is_outside_of_the_namespace(
    examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(App, "log_exception", App.log_exception, raising=True)  # to be undone
    body = """
    @hookimpl
    def app_init(self, app: App) -> None:
        App.log_exception = lambda self, error: None
"""
    (mistake,) = examine(body).verdict(BY_NAME["namespace"], BY_NAME).mistakes
    assert "stands in place of log_exception in ferrule.app:App, for the whole process; implement a hook" in mistake


@pytest.mark.parametrize("ends", [True, False])
def test_a_thread_ends_with_its_application(ends: bool, examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ferrule_devtools.conformance.lives._PATIENCE", 0.05)
    enough = threading.Event()
    monkeypatch.setattr(threading, "enough", enough, raising=False)
    body = """
    @hookimpl
    def app_init(self, app: App) -> None:
        import threading
        threading.Thread(target=threading.enough.wait, name="made-clock").start()
"""
    ending = """
    @hookimpl
    def app_shutdown(self, app: App) -> None:
        import threading
        threading.enough.set()
"""
    mistakes = examine(body + ending * ends).verdict(BY_NAME["starts"], BY_NAME).mistakes
    enough.set()
    assert ["the thread 'made-clock' goes on after" in mistake for mistake in mistakes] == [True] * (not ends)


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ('limit: int = setting(5, doc="")', "limit: it has no doc"),
        ('limit: Any = setting(5, doc="How many.")', "limit: its type is Any"),
        ('api_key: str = setting("", doc="A key.")', "api_key: its name says that it is a secret"),
        ('limit: int = setting(doc="How many.")', "conformance('made', settings={\"limit\": …})"),
        (
            'pin: str = setting("12345", doc="A pin.", secret=True)\n        __repr__ = lambda self: self.pin',
            "pin: the repr of the settings shows this secret",
        ),
    ],
)
def test_a_setting_is_documented_typed_and_hidden_if_it_is_secret(
    setting: str, expected: str, examine: Examine
) -> None:
    (mistake,) = examine(SETTINGS.format(setting)).verdict(BY_NAME["settings"], BY_NAME).mistakes
    assert expected in mistake


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("import threading; threading.Thread(target=int).start()", "starts a thread"),
        ('open("written.txt", "w").close()', "writes the file 'written.txt'"),
        ("import socket; socket.socket().close()", "opens a socket"),
        ("import logging; logging.basicConfig()", "configures logging"),
        ('import warnings; warnings.warn("made to warn")', "warns: made to warn"),
        ("import sys; sys.path.append('/nowhere')", "changes sys.path"),
        ('import subprocess; subprocess.run(["true"])', "runs a command"),
        ("raise OSError('not here')", "OSError: not here"),
    ],
)
def test_each_side_effect_of_an_import_is_found_at_its_line(statement: str, expected: str, examine: Examine) -> None:
    subject = examine(f"    {statement}")
    found = [mistake for mistake in imports(subject) if expected in mistake]
    assert found, list(imports(subject))
    if "configures" not in expected and "sys.path" not in expected and "OSError" not in expected:
        assert f"made_{subject.folder.parent.name}.py:{HEAD.count(chr(10)) + 1}: " in found[0]


def test_an_application_made_at_import_is_found(examine: Examine) -> None:
    (mistake,) = pulls(examine("app = App(__name__, config_file=None)"))
    assert "makes an application at import" in mistake


@pytest.mark.parametrize(
    ("name", "bears"),
    [
        ("login", True),
        ("login.form", True),
        ("login_form", True),
        ("login/form.html", True),
        ("LOGIN_VIEW", True),
        ("logins", False),
        ("form.login", False),
    ],
)
def test_a_name_is_borne_whole_and_in_front(name: str, bears: bool) -> None:
    assert bears_name(name, "login") is bears


def test_a_promise_or_a_kind_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SetupError, match=r"conformance\('x'\): there is no promise 'fast' to waive; write one of: "):
        conformance("x", waived={"fast": "it is slow"})
    with pytest.raises(SetupError, match=r"conformance\('x'\): exports has no kind 'endpoint'; write one of: 'attrib"):
        conformance("x", exports={"endpoint": ["index"]})


def test_the_two_lines_make_a_test_for_each_promise_that_tells_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "test_greeting.py").write_text(
        'from ferrule_devtools.conformance import conformance\n\ntest_conformance = conformance("greeting")\n'
    )
    command = [sys.executable, "-m", "pytest", "-v", "-k", "discovered or manifest or namespace"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert re.search(r"test_conformance\[discovered\] PASSED", done.stdout)
    assert re.search(r"test_conformance\[namespace\] FAILED", done.stdout)
    assert "the extension 'greeting' breaks the promise 'namespace'. What it adds to an application" in done.stdout
    assert re.search(r"\n  ferrule_greeting.commands:greet.*: commands: 'greet' does not bear its name; ", done.stdout)
