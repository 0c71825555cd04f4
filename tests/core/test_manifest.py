"""What the class of an extension says of itself, and how hooks change without breaking extensions."""

from __future__ import annotations

import gc
import re
import tomllib
import warnings
from pathlib import Path
from typing import Any

import pytest

from ferrule import App, Deprecation, Extension, ExtensionError, SetupError, hookimpl, hookspec
from ferrule.extensions import Registry, candidate_from
from ferrule.hooks import API_VERSION

ROOT = Path(__file__).parents[2]


def extension(name: str = "one", **attributes: Any) -> Extension:
    kind: type[Extension] = type(name.title(), (Extension,), {"name": name, **attributes})
    return kind()


def make_app(*extensions: Any) -> App:
    return App(__name__, config_file=None, env="testing", extensions=extensions)


def test_the_version_of_the_hooks_is_that_of_the_distribution() -> None:
    project = tomllib.loads((ROOT / "core/pyproject.toml").read_text())["project"]
    assert project["version"].startswith(f"{API_VERSION}.")


@pytest.mark.parametrize("name", ["weird name", "../up", "9lives", "a\x1b[31m", "a\n", "größe"])
def test_a_name_that_can_begin_no_variable_is_refused(name: str) -> None:
    with pytest.raises(ExtensionError, match="expected a letter, then letters") as caught:
        make_app(extension(name))
    assert f"name = {name!r}" in str(caught.value)


def test_every_mistake_in_a_manifest_is_told_at_once() -> None:
    wrong = extension(requires="login", after=(1,), before=None, conflicts=5, thread_safe="yes", api_version="new")
    with pytest.raises(ExtensionError) as caught:
        make_app(wrong)
    text = str(caught.value)
    assert "6 mistakes in the class of extension 'one'" in text
    assert "requires = 'login': expected a tuple of names; write requires = ('login',)" in text
    assert 'before = None: expected a tuple of names; write before = ("name",)' in text
    assert "thread_safe = 'yes': expected True or False" in text
    assert "api_version = 'new': expected a version of Ferrule" in text


@pytest.mark.parametrize("version", ["", "0.0", API_VERSION, f"{API_VERSION}.7"])
def test_an_extension_for_this_version_or_an_earlier_one_is_enabled(version: str) -> None:
    assert "one" in make_app(extension(api_version=version)).extensions


@pytest.mark.parametrize("version", ["0.2", "0.10", "1.0"])
def test_an_extension_for_a_later_version_is_refused_with_the_cure(version: str) -> None:
    with pytest.raises(ExtensionError, match=f"written for Ferrule {version}, .* install ferrule=={version}"):
        make_app(extension(api_version=version))


def test_a_single_instance_is_for_one_application_of_a_process() -> None:
    class Only(Extension):
        name = "only"
        single_instance = True

    first = make_app(Only)
    with pytest.raises(ExtensionError, match=r"another application of this process has it, .* single_instance"):
        make_app(Only)
    del first
    gc.collect()
    assert "only" in make_app(Only).extensions


# the evolution of hooks


class Hooks:
    """Hooks of an extension in its version 0.3."""

    @hookspec(deprecated=Deprecation("0.2", removed="0.4", instead="implement shop_sold"))
    def shop_bought(self, item: str) -> None: ...

    @hookspec(deprecated_arguments={"price": Deprecation("0.3", removed="0.5", instead="read item.price")})
    def shop_sold(self, item: str, price: int, buyer: str) -> None: ...


class Shop(Extension):
    name = "shop"
    hookspecs = Hooks


class Older(Extension):
    """Written when ``shop_sold`` had no buyer."""

    name = "older"
    seen: Any = None

    @hookimpl(optionalhook=True)
    def shop_sold(self, item: str) -> None:
        self.seen = item


def app_with(version: str, *extensions: Any) -> App:
    """Make an application whose shop is installed in a version."""
    from ferrule.extensions import InstalledPoint

    app = make_app()
    point = InstalledPoint("ferrule.extensions", "shop", f"{__name__}:Shop", "ferrule-shop", version)
    app.plugins.add([candidate_from(Shop, "the test", point)])
    app.plugins.add([candidate_from(each, "the test") for each in extensions])
    return app


def test_an_argument_can_be_added_without_breaking_an_older_extension() -> None:
    app = app_with("0.3", older := Older())
    app.hooks.shop_sold(item="ring", price=3, buyer="Ada")
    assert older.seen == "ring"


class Buying(Extension):
    name = "buying"

    @hookimpl(optionalhook=True)
    def shop_bought(self, item: str) -> None: ...


class Pricing(Extension):
    name = "pricing"

    @hookimpl(optionalhook=True)
    def shop_sold(self, price: int) -> None: ...


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Buying, "shop_bought: the hook 'shop_bought' is deprecated since 0.2 and goes in 0.4; implement shop_sold"),
        (Pricing, "shop_sold: the argument 'price' is deprecated since 0.3 and goes in 0.5; read item.price"),
    ],
)
def test_what_goes_warns_the_author_with_the_extensions_name_and_the_place(kind: type[Extension], text: str) -> None:
    with pytest.warns(DeprecationWarning, match=re.escape(text)) as caught:
        app_with("0.3", kind())
    assert str(caught[0].message).startswith(f"extension {kind.name!r}")
    assert caught[0].filename == __file__


@pytest.mark.parametrize(("kind", "version"), [(Buying, "0.4"), (Pricing, "0.5.1"), (Pricing, "1.0")])
def test_what_is_gone_is_refused_with_the_cure(kind: type[Extension], version: str) -> None:
    with pytest.raises(ExtensionError, match=r"went in 0\.\d; (implement|read) "):
        app_with(version, kind())


def test_an_argument_that_is_gone_from_the_specification_still_has_its_cure() -> None:
    class Newer:
        @hookspec(deprecated_arguments={"price": Deprecation("0.3", removed="0.5", instead="read item.price")})
        def store_sold(self, item: str) -> None: ...

    class Pricey(Extension):
        name = "pricey"

        @hookimpl(optionalhook=True)
        def store_sold(self, price: int) -> None: ...

    with pytest.raises(ExtensionError, match=r"the argument 'price' went in 0\.5; read item\.price"):
        make_app(extension("store", hookspecs=Newer), Pricey())


def test_nothing_is_warned_of_where_nothing_goes() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        app_with("0.3", Older())


def test_a_set_up_hook_can_be_a_wrapper() -> None:
    seen: list[str] = []

    class Around(Extension):
        name = "around"

        @hookimpl(wrapper=True)
        def app_init(self, app: App) -> Any:
            seen.append("before")
            yield
            seen.append("after")

    make_app(Around()).initialise()
    assert seen == ["before", "after"]


def test_serving_with_threads_is_refused_where_an_extension_is_not_safe_for_them() -> None:
    from ferrule.production import refuse_threads

    app = make_app(extension(thread_safe=False))
    refuse_threads(app, 1)
    with pytest.raises(SetupError, match=r"'one' .*not thread-safe.* --threads 1"):
        refuse_threads(app, 8)


def test_a_registry_knows_the_owner_of_what_the_core_itself_declares() -> None:
    app = make_app(one := extension())
    registry: Registry = app.plugins
    assert [registry.owner(candidate) for candidate in registry] == [one.name]
    assert {registry.owner(candidate) for candidate in registry.builtins} == {""}
