"""Settings are declared in dataclasses; what is misdeclared is refused with all its mistakes."""

from dataclasses import MISSING, dataclass, field
from typing import Any, assert_type

import pytest

from ferrule.config import CORE, Config, CoreSettings, Declaration, Section, Source, declarations, setting
from ferrule.exceptions import ConflictError, ExtensionError


@dataclass(frozen=True, kw_only=True)
class GreetingSettings:
    phrase: str = setting("Hello", doc="What to say.")
    names: list[str] = setting(default_factory=list, doc="Whom to greet.")
    password: str = setting(doc="What opens the door.", secret=True)


def loaded(*sections: Section) -> Config:
    config = Config("/nowhere")
    config.load(Source.read(root_path="/nowhere", config_file=None, environ={}), sections)
    return config


def section(settings_class: type[Any], name: str = "greeting") -> Section:
    return Section(name, settings_class, f"extension {name!r}")


def test_a_declaration_tells_name_type_default_doc_and_secret() -> None:
    phrase, names, password = declarations(GreetingSettings)
    assert phrase == Declaration("phrase", str, "Hello", None, "What to say.", secret=False)
    assert (names.type, names.default, names.required) == (list[str], [], False)
    assert (password.default, password.required, password.secret) == (MISSING, True, True)


def test_a_default_that_a_factory_makes_is_never_shared() -> None:
    names = declarations(GreetingSettings)[1]
    assert names.default is not names.default


def test_a_setting_has_the_type_of_its_default() -> None:
    assert_type(setting("Hello", doc="…"), str)
    assert_type(setting(default_factory=dict[str, int], doc="…"), dict[str, int])
    assert_type(setting(doc="…"), Any)


def test_declarations_are_read_once() -> None:
    assert declarations(GreetingSettings) is declarations(GreetingSettings)


def test_the_repr_of_settings_has_no_secret() -> None:
    assert "sesame" not in repr(GreetingSettings(password="sesame"))


def test_settings_can_be_derived_from_a_parent_class() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Politer(GreetingSettings):
        title: str = setting("Dr", doc="How to address.")

    assert [declared.name for declared in declarations(Politer)] == ["phrase", "names", "password", "title"]


def test_a_field_that_the_class_computes_is_no_setting() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Computing:
        phrase: str = setting("Hello", doc="What to say.")
        length: int = field(init=False, default=0)

    assert [declared.name for declared in declarations(Computing)] == ["phrase"]


def test_all_that_is_wrong_with_a_settings_class_is_told_at_once() -> None:
    @dataclass
    class Wrong:
        phrase: str = "Hello"
        Loud: bool = setting(False, doc="…")
        two__words: str = setting("", doc="…")

    with pytest.raises(ExtensionError) as caught:
        declarations(Wrong)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("7 mistakes in the settings class ")
    assert lines[0].endswith(".Wrong")
    assert [line.strip().partition(":")[0] for line in lines[2:]] == [
        *("phrase", "phrase"),
        *("Loud", "Loud"),
        *("two__words", "two__words"),
    ]
    assert "it is not frozen" in lines[1]


class Plain:
    phrase: str = "Hello"


@pytest.mark.parametrize("settings_class", [Plain, GreetingSettings(password="x"), "GreetingSettings", None])
def test_only_a_dataclass_declares_settings(settings_class: Any) -> None:
    with pytest.raises(ExtensionError, match="it is not a dataclass"):
        declarations(settings_class)


def test_an_annotation_that_cannot_be_resolved_is_told() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Unresolved:
        phrase: "NoSuchType" = setting(None, doc="…")  # type: ignore[name-defined]  # noqa: F821 - what is tested

    with pytest.raises(ExtensionError, match=r"its annotations cannot be resolved: name 'NoSuchType' is not defined"):
        declarations(Unresolved)


def test_a_section_names_its_keys_in_all_three_spellings() -> None:
    made = section(GreetingSettings, "rest-api")
    assert made.key("phrase") == "REST_API_PHRASE"
    assert made.spelling("phrase") == "[rest-api] phrase"
    assert (CORE.key("debug"), CORE.spelling("debug")) == ("DEBUG", "debug")


def test_two_declarations_of_one_key_are_refused_with_both_names() -> None:
    @dataclass(frozen=True, kw_only=True)
    class CoreLike:
        login_view: str = setting("", doc="…")

    @dataclass(frozen=True, kw_only=True)
    class Login:
        view: str = setting("", doc="…")

    with pytest.raises(ConflictError) as caught:
        loaded(Section("", CoreLike, "ferrule"), section(Login, "login"))
    assert "LOGIN_VIEW is claimed by ferrule (login_view) and by extension 'login' ([login] view)" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("app", "the table [app] is claimed by the keys of the application and by extension 'app'; rename one of them"),
        ("env", "the table [env] is claimed by the environments and by extension 'env'; rename one of them"),
        ("debug", "the table [debug] is claimed by ferrule (debug) and by extension 'debug'; rename one of them"),
    ],
)
def test_a_table_that_means_something_else_is_refused(name: str, text: str) -> None:
    with pytest.raises(ConflictError) as caught:
        loaded(CORE, section(GreetingSettings, name))
    assert text in str(caught.value)


def test_the_core_has_no_setting_of_a_reserved_name() -> None:
    @dataclass(frozen=True, kw_only=True)
    class CoreLike:
        env: str = setting("", doc="…")

    with pytest.raises(ConflictError, match=r"\[env\] is claimed by the environments and by ferrule \(env\)"):
        loaded(Section("", CoreLike, "ferrule"))


def test_one_table_of_two_owners_is_refused() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Other:
        volume: int = setting(1, doc="…")

    one, other = section(GreetingSettings), Section("greeting", Other, "extension 'greeting' (other 2.0)")
    with pytest.raises(
        ConflictError, match=r"the table \[greeting\] is claimed by extension 'greeting' and by .*other"
    ):
        loaded(one, other)


def test_one_settings_class_of_two_sections_is_refused() -> None:
    with pytest.raises(
        ConflictError, match=r"GreetingSettings'> is claimed by .*'one' and by .*'two'; derive one from it"
    ):
        loaded(section(GreetingSettings, "one"), section(GreetingSettings, "two"))


def test_every_key_of_the_core_has_a_sentence() -> None:
    for declared in declarations(CoreSettings):
        assert declared.doc.endswith("."), declared.name
        assert len(declared.doc) > 20, declared.name
