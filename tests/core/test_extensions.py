"""How extensions are found, ordered, checked, configured and called; and what a mistake is told."""

from __future__ import annotations

import gc
import re
import sys
import textwrap
import weakref
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_type, cast

import pluggy
import pytest

from ferrule import (
    App,
    ConfigError,
    ConflictError,
    Context,
    Extension,
    ExtensionError,
    SetupError,
    current_app,
    hookimpl,
    hookspec,
    setting,
)
from ferrule.builtin import EncryptedCookieSessionInterface
from ferrule.extensions import Catalog
from ferrule.hooks import Direction, Result
from ferrule.json import JSONProvider, MsgspecProvider

Install = Callable[..., None]


def make_app(*extensions: Any, **config: Any) -> App:
    return App(__name__, config_file=None, extensions=extensions, config=config)


def named(name: str, **attributes: Any) -> Extension:
    kind: type[Extension] = type(name.title(), (Extension,), {"name": name, **attributes})
    return kind()


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Return a function that installs a distribution of one module into a folder on the path."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    modules = set(sys.modules)

    def install(distribution: str, entry_points: str, module: str = "", source: str = "", version: str = "1.2") -> None:
        info = site / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\nSummary: Says {distribution}\n"
        )
        (info / "entry_points.txt").write_text(textwrap.dedent(entry_points))
        if module:
            (site / f"{module}.py").write_text(textwrap.dedent(source))

    yield install
    for name in set(sys.modules) - modules:
        del sys.modules[name]


SALUTE = """
    from ferrule import Extension

    class Salute(Extension):
        name = "salute"
"""
SALUTE_POINT = "[ferrule.extensions]\nsalute = fake_salute:Salute\n"


def write_config(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "ferrule.toml"
    file.write_text(textwrap.dedent(text))
    return file


# finding


def test_an_extension_is_found_by_its_entry_point_and_enabled_by_the_file(tmp_path: Path, install: Install) -> None:
    install("fake-salute", SALUTE_POINT, "fake_salute", SALUTE)
    app = App(__name__, config_file=write_config(tmp_path, 'extensions = ["salute"]'))
    assert list(app.extensions) == ["salute"]
    (candidate,) = app.plugins
    assert candidate.source == "fake-salute 1.2"
    assert str(candidate.enabled_by).endswith("ferrule.toml:1")


def test_installed_is_not_enabled_and_not_imported(install: Install) -> None:
    install("fake-salute", SALUTE_POINT, "fake_salute", "raise RuntimeError('imported')")
    assert not App(__name__, config_file=None).extensions
    assert "fake_salute" not in sys.modules


def test_an_unknown_name_is_told_the_nearest_what_is_installed_and_the_cure(tmp_path: Path, install: Install) -> None:
    install("fake-salute", SALUTE_POINT, "fake_salute", SALUTE)
    file = write_config(tmp_path, 'extensions = ["salut", "nowhere:Nothing"]')
    with pytest.raises(ExtensionError) as caught:
        App(__name__, config_file=file)
    text = str(caught.value)
    assert text.startswith("2 mistakes")
    assert "ferrule.toml" in text
    assert "extension 'salut' is not installed; did you mean 'salute'?" in text
    assert "salute" in text.partition("Installed: ")[2]
    assert "pip install" not in text, "the one that is meant is there"
    assert "'nowhere:Nothing'" in text


def test_an_extension_that_cannot_be_imported_is_named_with_its_distribution(tmp_path: Path, install: Install) -> None:
    install("fake-salute", SALUTE_POINT, "fake_salute", "raise RuntimeError('broken inside')")
    with pytest.raises(
        ExtensionError, match=r"'salute' \(fake-salute 1.2\).*failed at import.*RuntimeError: broken inside"
    ) as caught:
        App(__name__, config_file=None, extensions=["salute"])
    assert isinstance(caught.value.__cause__, ExtensionError | RuntimeError)


def test_two_distributions_of_one_name_are_both_named(install: Install) -> None:
    install("fake-salute", SALUTE_POINT, "fake_salute", SALUTE)
    install("other-salute", SALUTE_POINT, version="3")
    with pytest.raises(
        ExtensionError, match=r"fake-salute 1\.2 and other-salute 3|other-salute 3 and fake-salute 1\.2"
    ):
        App(__name__, config_file=None, extensions=["salute"])


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("Salute = 3", "neither a subclass nor an instance"),
        ("from ferrule import Extension\nclass Salute(Extension): pass", "has no name"),
        (
            "from ferrule import Extension\nclass Salute(Extension): name = 'hello'",
            "entry point is called 'salute'",
        ),
    ],
    ids=["no extension", "no name", "other name"],
)
def test_an_entry_point_leads_to_an_extension_of_its_name(install: Install, source: str, message: str) -> None:
    install("fake-salute", SALUTE_POINT, "fake_salute", source)
    with pytest.raises(ExtensionError, match=message):
        App(__name__, config_file=None, extensions=["salute"])


@pytest.mark.parametrize(
    ("metadata", "points", "told"),
    [
        (b"Name: ferrule-odd\nVersion: 1\n", b"\xff[ferrule.extensions]\nodd = odd:Odd\n", "can't decode byte 0xff"),
        (b"Name: odd-\xff\n", b"[ferrule.extensions]\nodd = odd:Odd\n", ""),
        (b"", b"[ferrule.extensions]\nodd = odd:Odd\n", "offers 'odd' (ferrule.extensions), but has no name"),
        (b"Name: odd\n", b"[ferrule.commands]\nodd = odd:show\n", "offers 'odd' (ferrule.commands), but has no name"),
    ],
)
def test_one_distribution_with_broken_metadata_hides_no_other_and_is_told(
    install: Install, metadata: bytes, points: bytes, told: str
) -> None:
    install("fake-salute", SALUTE_POINT, "fake_salute", SALUTE)
    folder = Path(sys.path[0]) / "odd-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_bytes(metadata)
    (folder / "entry_points.txt").write_bytes(points)
    assert list(make_app("salute").extensions) == ["salute"]
    with pytest.raises(ExtensionError, match=r"'odd' is not installed") as raised:
        make_app("odd")
    text = str(raised.value)
    assert told in text
    assert f"the metadata of a distribution in {sys.path[0]}" in text
    assert "install it anew, or remove it" in text


def test_an_entry_point_without_a_module_is_told_when_it_is_enabled(install: Install) -> None:
    install("ferrule-odd", "[ferrule.extensions]\nodd\n = odd:Odd\n")
    with pytest.raises(ExtensionError, match=r"'odd' \(ferrule-odd 1\.2\).*failed at import of"):
        make_app("odd")
    assert [point.name for point in Catalog.installed().points if point.distribution == "ferrule-odd"] == ["odd"]


class NeedsArguments(Extension):
    name = "needs_arguments"

    def __init__(self, argument: str) -> None:
        self.argument = argument


class FailsWhenMade(Extension):
    name = "fails_when_made"

    def __init__(self) -> None:
        raise OSError("no \x1b[31mroom")


def test_extensions_that_cannot_be_made_are_told_together_with_the_line_and_the_cure() -> None:
    with pytest.raises(ExtensionError) as raised:
        make_app(f"{__name__}:NeedsArguments", f"{__name__}:FailsWhenMade")
    first, second, third = str(raised.value).splitlines()
    assert first == "2 mistakes in the list of extensions"
    assert re.search(r"enabled by .*:NeedsArguments\(\) failed: TypeError: .*'argument'; it is called without", second)
    assert re.search(r":FailsWhenMade\(\) failed: OSError: no \\x1b\[31mroom \(.*test_extensions\.py:\d+\)", third)
    assert "\x1b" not in third


def test_every_misdeclared_settings_class_is_told_with_its_extension() -> None:
    with pytest.raises(ExtensionError) as raised:
        make_app(named("one", settings_class=dict), named("two", settings_class=list))
    text = str(raised.value)
    assert re.search(r"^extension 'one' .*: 1 mistake in the settings class builtins\.dict$", text, re.MULTILINE)
    assert re.search(r"^extension 'two' .*: 1 mistake in the settings class builtins\.list$", text, re.MULTILINE)


def test_an_extension_enabled_twice_is_told_both_places() -> None:
    with pytest.raises(ExtensionError, match=r"already enabled by App\(extensions=…\)"):
        make_app(named("a"), named("a"))
    app, extension = make_app(named("a")), named("a")
    with pytest.raises(ExtensionError, match=rf"{__name__.rpartition('.')[2]}.py:\d+.*already enabled"):
        extension.init_app(app)


def test_an_extension_listed_twice_and_one_without_a_name_are_told(tmp_path: Path, install: Install) -> None:
    install("fake-salute", SALUTE_POINT, "fake_salute", SALUTE)
    with pytest.raises(ExtensionError, match=r"'salute' \(fake-salute 1\.2\) is already enabled by .*ferrule\.toml"):
        App(__name__, config_file=write_config(tmp_path, 'extensions = ["salute", "salute"]'))
    with pytest.raises(ExtensionError, match=r"ferrule\.toml:\d+: extension '' is not installed"):
        App(__name__, config_file=write_config(tmp_path, 'extensions = [""]'))


def test_an_extension_is_left_out_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FERRULE_NO_EXTENSION", "a, c")
    assert list(make_app(named("a"), named("b"), named("c")).extensions) == ["b"]


# order


def names(app: App) -> list[str]:
    return [candidate.name for candidate in app.plugins]


def test_order_follows_the_declarations_and_then_the_list() -> None:
    app = make_app(
        named("d"), named("a", after=("b",)), named("c", requires=("a",)), named("b"), named("e", before=("d",))
    )
    assert names(app) == ["b", "a", "c", "e", "d"]
    assert names(make_app(named("z"), named("y"), named("x"))) == ["z", "y", "x"]


def test_a_missing_requirement_a_circle_and_a_conflict_show_the_edges() -> None:
    with pytest.raises(ExtensionError, match=r"'a' .*requires 'b', which is not enabled; add 'b'"):
        make_app(named("a", requires=("b",)))
    with pytest.raises(ExtensionError) as caught:
        make_app(named("a", after=("c",)), named("b", requires=("a",)), named("c", after=("b",)), named("d"))
    for edge in ("a before b: says b.requires", "b before c: says c.after", "c before a: says a.after"):
        assert edge in str(caught.value)
    assert "d before" not in str(caught.value)
    with pytest.raises(ConflictError, match=r"'a' .*conflicts with extension 'b'[^$]*requires 'c'"):
        make_app(named("a", conflicts=("b",)), named("b", requires=("c",)))


def test_set_up_runs_forward_and_shut_down_in_reverse() -> None:
    log: list[str] = []

    class Noting(Extension):
        @hookimpl
        def app_init(self) -> None:
            log.append(f"init {self.name}")

        @hookimpl
        def app_ready(self) -> None:
            log.append(f"ready {self.name}")

        @hookimpl
        def app_shutdown(self) -> None:
            log.append(f"shutdown {self.name}")
            if self.name == "b":
                raise RuntimeError("b")

    one, two, three = (type(name, (Noting,), {"name": name})() for name in "abc")
    app = make_app(one, two, three)
    assert log == []
    app.initialise()
    app.initialise()
    assert log == ["init a", "init b", "init c"]
    app.finalize()
    assert log[3:] == ["ready a", "ready b", "ready c"]
    with pytest.raises(BaseExceptionGroup):
        app.shutdown()
    assert log[6:] == ["shutdown c", "shutdown b", "shutdown a"]


# checking


def test_every_mistake_in_every_hook_is_told_at_once() -> None:
    class One(Extension):
        name = "one"

        @hookimpl
        def before_requst(self, ctx: Context) -> None:
            pass

        @hookimpl
        def after_request(self, context: Context, respones: Any) -> None:
            pass

        @hookimpl
        async def app_init(self, app: App) -> None:
            pass

        def app_ready(self, app: App) -> None:
            pass

    class Two(Extension):
        name = "two"

        @hookimpl
        def handle_request(self, ctx: Context) -> None:
            pass

        @hookimpl(wrapper=True)
        def before_request(self, ctx: Context) -> None:
            pass

        @hookimpl(methods=["POST"])
        def app_shutdown(self, app: App) -> None:
            pass

        @pluggy.HookimplMarker("ferrule")(tryfirst=True)
        def teardown_request(self, ctx: Context) -> None:
            pass

        @hookimpl
        def template_context(self, *args: Any) -> Any:
            pass

    with pytest.raises(ExtensionError) as caught:
        make_app(One(), Two())
    text = str(caught.value)
    assert text.startswith("11 mistakes in hook implementations")
    for expected in (
        "there is no hook 'before_requst'; did you mean 'before_request'?",
        "unknown argument 'context'",
        "unknown argument 'respones'; did you mean 'response'? after_request has: ctx, response",
        "is an `async def`",
        "has the name of a hook but no mark; write @hookimpl",
        "handle_request takes wrappers only",
        "is marked as a wrapper but is no generator",
        "limits its methods",
        "tryfirst or trylast",
        "takes *args",
        "say in the class which names it gives: context_names = (",
    ):
        assert expected in text, expected
    assert "extension 'one'" in text
    assert "extension 'two'" in text
    assert f"{__file__}:" in text


class NoMethods(Extension):
    name = "no_methods"

    @staticmethod
    @hookimpl
    def before_request(ctx: Context) -> None: ...

    @hookimpl
    @classmethod
    def after_request(cls, response: Any) -> None: ...

    @property
    @hookimpl
    def template_rendered(self) -> None: ...

    @staticmethod
    def app_ready() -> None: ...


def test_a_marked_static_method_is_told_for_nobody_would_call_it() -> None:
    with pytest.raises(ExtensionError) as caught:
        make_app(NoMethods)
    text = str(caught.value)
    assert text.startswith("3 mistakes in hook implementations")
    for name, kind in (("before", "staticmethod"), ("after", "classmethod"), ("template", "property")):
        assert re.search(rf"{name}_re\w+ \(.*test_extensions\.py:\d+\): is a {kind}, which is no hook", text)


def test_an_extension_that_fails_is_named_with_phase_and_cure() -> None:
    class Failing(Extension):
        name = "failing"

        @hookimpl
        def app_init(self, app: App) -> None:
            raise RuntimeError("no disk")

    app = make_app(Failing())
    with pytest.raises(
        ExtensionError, match=r"extension 'failing' .*failed in app_init: RuntimeError: no disk.*--no-extension failing"
    ) as caught:
        app.initialise()
    assert isinstance(caught.value.__cause__, RuntimeError)
    with pytest.raises(ExtensionError):
        app.test_client()


def test_a_mistake_that_an_extension_finds_keeps_its_text_with_a_note_of_whose_it_is() -> None:
    class Finding(Extension):
        name = "finding"

        @hookimpl
        def app_ready(self, app: App) -> None:
            raise ConfigError("the moon is in the wrong phase")

    with pytest.raises(ConfigError, match="the moon") as caught:
        make_app(Finding()).finalize()
    assert caught.value.__notes__ == [
        f"raised in app_ready by extension 'finding' ({__name__}:{Finding.__qualname__}), enabled by App(extensions=…)"
    ]


def test_the_list_of_extensions_cannot_come_too_late() -> None:
    late = {"EXTENSIONS": ["login"]}
    with pytest.raises(ConfigError, match=r"App\(config=.* write App\(extensions=\[…\]\)"):
        App(__name__, config_file=None, config=late)
    with pytest.raises(ConfigError, match=r"App\(defaults=.* write App\(extensions=\[…\]\)"):
        App(__name__, config_file=None, defaults=late)
    assert make_app(named("a"), named("b")).config["EXTENSIONS"] == ["a", "b"]


# settings


@dataclass(frozen=True, kw_only=True)
class GreetingSettings:
    phrase: str = setting("Hello", doc="What to say.")
    times: int = setting(1, doc="How often to say it.")


@dataclass(frozen=True, kw_only=True)
class StrictSettings:
    token: str = setting(doc="A key of a service.", secret=True)


class Greeting(Extension):
    name = "greeting"
    settings_class = GreetingSettings


class Strict(Extension):
    name = "strict"
    settings_class = StrictSettings


def test_settings_are_typed_and_made_anew_after_a_write() -> None:
    app = make_app(Greeting, GREETING_PHRASE="Hi")
    settings = app.config.settings(GreetingSettings)
    assert_type(settings, GreetingSettings)
    assert (settings.phrase, settings.times) == ("Hi", 1)
    assert app.config.settings(GreetingSettings) is settings
    app.config["GREETING_TIMES"] = 3
    assert app.config.settings(GreetingSettings).times == 3


def test_a_table_is_read_and_its_mistakes_are_told_with_those_of_the_core(tmp_path: Path, install: Install) -> None:
    install(
        "fake-salute",
        SALUTE_POINT,
        "fake_salute",
        """
        from dataclasses import dataclass
        from ferrule import Extension, setting

        @dataclass(frozen=True, kw_only=True)
        class Settings:
            phrase: str = setting("Hello", doc="What to say.")

        class Salute(Extension):
            name = "salute"
            settings_class = Settings
        """,
    )
    file = write_config(
        tmp_path,
        """
        extensions = ["salute"]
        secret_kye = "x"
        [salute]
        phrsae = "Hi"
        [salut]
        phrase = "Hi"
        [env.production]
        debug = "yes"
        """,
    )
    with pytest.raises(ConfigError) as caught:
        App(__name__, config_file=file)
    text = str(caught.value)
    assert text.startswith("4 mistakes"), text
    for expected in ("secret_key", "[salute] phrsae", "did you mean 'phrase'", "salut", "debug"):
        assert expected in text, expected


def test_a_required_setting_may_still_come_from_code_until_the_start() -> None:
    app = make_app(Strict)
    with pytest.raises(ConfigError, match="STRICT_TOKEN"):
        app.initialise()
    app.config["STRICT_TOKEN"] = "t"
    app.initialise()
    assert app.config.settings(StrictSettings).token == "t"


# by hand, and look-ups


def test_an_extension_can_be_enlisted_by_hand_until_the_freeze() -> None:
    log: list[str] = []

    class Noting(Extension):
        name = "noting"

        @hookimpl
        def app_init(self, app: App) -> None:
            log.append(app.name)

    app = make_app()
    Noting().init_app(app)
    assert log == []
    app.initialise()
    assert log == [__name__]
    app = make_app()
    app.initialise()
    Noting().init_app(app)
    assert len(log) == 2
    assert list(app.extensions) == ["noting"]
    app.finalize()
    with pytest.raises(SetupError, match=r"init_app at .*test_extensions\.py:\d+ comes too late"):
        named("late").init_app(app)


def test_an_extension_is_looked_up_by_its_class() -> None:
    app = make_app(Greeting)
    assert_type(app.extension(Greeting), Greeting)
    assert app.extension(Greeting) is app.extensions["greeting"]
    with pytest.raises(LookupError, match="'strict' is not enabled"):
        app.extension(Strict)


def test_an_extension_is_found_by_its_class_whatever_stands_under_its_name() -> None:
    app = make_app(Greeting)
    app.extensions["greeting"] = cast(Any, "a state of the application's own")
    assert isinstance(app.extension(Greeting), Greeting)


def test_two_applications_share_an_instance_and_no_state() -> None:
    class Counting(Extension):
        name = "counting"

        def make_state(self, app: App) -> list[str]:
            return [app.name]

    shared = Counting()
    one, two = App("one", config_file=None, extensions=[shared]), App("two", config_file=None, extensions=[shared])
    shared.state(one).append("more")
    assert (shared.state(one), shared.state(two)) == (["one", "more"], ["two"])


def test_the_state_is_found_by_the_proxy_too() -> None:
    app, extension = make_app(), Greeting()
    with app.app_context():
        extension.state(current_app)["seen"] = True
    assert extension.state(app) == {"seen": True}


def test_an_application_is_freed_with_its_last_reference() -> None:
    shared = Greeting()
    app = make_app(shared)
    app.get("/")(lambda: "fine")
    shared.state(app)["x"] = 1
    app.test_client().get("/")
    assert app.jinja_env is not None
    assert app.json.dumps([]) == "[]"
    reference = weakref.ref(app)
    gc.collect()
    gc.disable()
    try:
        del app
        assert reference() is None
    finally:
        gc.enable()
    assert len(shared._states) == 0


# hooks of extensions


class LoudHooks:
    @hookspec(result=Result.FIRST)
    def loud_word(self, ctx: Context, word: str) -> str | None:
        """Say a word louder."""

    @hookspec(result=Result.BY_EXTENSION)
    def loud_voice(self, app: App) -> str | None:
        """Say what the voice is like."""

    @hookspec(direction=Direction.REVERSE)
    def loud_said(self, ctx: Context, word: str) -> None:
        """A word was said."""


class Loud(Extension):
    name = "loud"
    hookspecs = LoudHooks


def listener(name: str, log: list[str]) -> Extension:
    @hookimpl(optionalhook=True)
    def loud_said(self: Extension, word: str) -> None:
        log.append(f"{self.name} {word}")

    @hookimpl(optionalhook=True)
    def loud_word(self: Extension, word: str, ctx: Context) -> str | None:
        return word.upper() if self.name == "b" else None

    return named(name, loud_said=loud_said, loud_word=loud_word)


def test_an_extension_opens_hooks_that_others_implement() -> None:
    log: list[str] = []
    app = make_app(Loud(), listener("a", log), listener("b", log))
    with app.test_request_context("/") as ctx:
        assert app.hooks.loud_word(ctx, "hey") == "HEY"
        assert app.hooks.loud_word(ctx=ctx, word="hey") == "HEY"
        app.hooks.loud_said(ctx, word="hey")
        with pytest.raises(TypeError, match="loud_said"):
            app.hooks.loud_said(ctx)
        with pytest.raises(TypeError, match="loud_said"):
            app.hooks.loud_said(word="hey")
    assert log == ["b hey", "a hey"]


def test_a_hook_can_tell_whose_each_result_is() -> None:
    def voice(name: str, result: str | None) -> Extension:
        @hookimpl(optionalhook=True)
        def loud_voice(self: Extension) -> str | None:
            return result

        return named(name, loud_voice=loud_voice)

    class Hoarse(Extension):
        name = "hoarse"

        @hookimpl(optionalhook=True, wrapper=True)
        def loud_voice(self) -> Generator[None, dict[str, str], dict[str, str]]:
            found = yield
            return {name: f"hoarse {voice}" for name, voice in found.items()}

    app = make_app(Loud(), voice("a", "deep"), voice("b", None), voice("c", "high"))
    assert app.hooks.loud_voice(app) == {"a": "deep", "c": "high"}
    app = make_app(Loud(), Hoarse(), voice("a", "deep"))
    assert app.hooks.loud_voice(app) == {"a": "hoarse deep"}


def test_an_optional_hook_of_an_absent_extension_is_no_mistake_but_a_wrong_one_of_an_enabled_one_is() -> None:
    make_app(listener("a", []))

    class Wrong(Extension):
        name = "wrong"

        @hookimpl(optionalhook=True)
        def loud_siad(self, word: str) -> None:
            pass

    make_app(Wrong())
    with pytest.raises(ExtensionError, match=r"no hook 'loud_siad'; did you mean 'loud_said'"):
        make_app(Loud(), Wrong())


def test_an_opened_hook_bears_its_extensions_name() -> None:
    class Hooks:
        @hookspec()
        def shout(self) -> None:
            """Shout."""

    with pytest.raises(ExtensionError, match="must begin with 'quiet_'"):
        make_app(named("quiet", hookspecs=Hooks))


def test_a_requirement_that_is_nearly_an_enabled_one_is_told_that() -> None:
    with pytest.raises(ExtensionError, match="requires 'frist', which is not enabled; did you mean 'first'"):
        make_app(named("first"), named("second", requires=("frist",)))


def test_a_hook_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no hook 'nothing'"):
        make_app().hooks.nothing()


# results that are none


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside functions"])
@pytest.mark.parametrize(
    ("hook", "result", "told"),
    [
        ("handle_request", None, "a wrapper returned None; it returns what its yield gave it"),
        ("after_request", "text", "a str is no response; an after_request hook changes the response"),
        ("before_request", 3, "a int is no response"),
    ],
)
def test_what_is_no_response_is_told(hook: str, result: Any, told: str, beside: bool) -> None:
    def wrapper(self: Any) -> Any:
        yield
        return result

    method = hookimpl(wrapper=True)(wrapper) if result is None else hookimpl(lambda self: result)
    method.__name__ = hook
    app = make_app(named("one", **{hook: method}), TESTING=True)
    app.get("/")(lambda: "fine")
    if beside:
        app.before_request(lambda: None)
        app.after_request(lambda response: response)
    with pytest.raises((TypeError, RuntimeError), match=told) as caught:
        app.test_client().get("/")
    if not beside or hook == "handle_request":
        assert f"raised in the hook '{hook}' of <extension 'one'>" in caught.value.__notes__


@pytest.mark.parametrize(
    ("hook", "result", "call"),
    [
        ("shell_context", [1], lambda app: app.make_shell_context()),
        ("test_client", 3, lambda app: app.test_client()),
        ("template_context", [1], lambda app: app.jinja_env and app.update_template_context({})),
    ],
)
def test_a_result_that_cannot_be_read_is_told_to_be_the_extensions(hook: str, result: Any, call: Any) -> None:
    method = hookimpl(lambda self: result)
    method.__name__ = hook
    app = make_app(named("one", context_names=("one",), **{hook: method}))
    with app.test_request_context(), pytest.raises((AttributeError, TypeError)) as caught:
        call(app)
    assert caught.value.__notes__ == [f"raised in the hook '{hook}' of <extension 'one'>"]


# single answers


class Provider(MsgspecProvider):
    pass


def with_json(name: str) -> Extension:
    @hookimpl
    def json_provider(self: Extension, app: App) -> JSONProvider:
        return Provider(app)

    return named(name, json_provider=json_provider)


def test_one_extension_may_answer_a_single_hook_and_the_application_wins() -> None:
    assert isinstance(make_app(with_json("a")).json, Provider)
    app = make_app(with_json("a"))
    app.json = own = MsgspecProvider(app)
    assert app.json is own
    with pytest.raises(ConflictError) as caught:
        make_app(with_json("a"), with_json("b")).finalize()
    assert re.search(
        r"the hook 'json_provider' is answered by .*'a'.* at .*test_extensions.py:\d+ and .*'b'.* at .*py:\d+; enable",
        str(caught.value),
    )


def test_an_extension_may_leave_a_single_hook_to_the_built_in_one() -> None:
    leaving = named(
        "leaving", session_interface=hookimpl(lambda self, app: None), json_provider=hookimpl(lambda self: None)
    )
    app = make_app(leaving)
    assert type(app.session_interface) is EncryptedCookieSessionInterface
    assert type(app.json) is MsgspecProvider
