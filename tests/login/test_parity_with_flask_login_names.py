"""Every public name of Flask-Login is here, with its arguments, or has a row that says what to do instead."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any, Final

import flask_login
import pytest

import ferrule_login

PAGE: Final = Path(__file__).parents[2] / "docs/explanation/differences-from-flask.md"
SECTION: Final = PAGE.read_text(encoding="utf-8").partition("## Flask-Login")[2].partition("\n## ")[0]

KEYS: Final = (
    "FORCE_HOST_FOR_REDIRECTS",
    "LOGIN_DISABLED",
    "REMEMBER_COOKIE_DOMAIN",
    "REMEMBER_COOKIE_DURATION",
    "REMEMBER_COOKIE_HTTPONLY",
    "REMEMBER_COOKIE_NAME",
    "REMEMBER_COOKIE_PATH",
    "REMEMBER_COOKIE_REFRESH_EACH_REQUEST",
    "REMEMBER_COOKIE_SAMESITE",
    "REMEMBER_COOKIE_SECURE",
    "SESSION_PROTECTION",
    "USE_SESSION_FOR_NEXT",
)
"""What Flask-Login reads in the configuration."""


def public(names: Any) -> list[str]:
    return sorted(name for name in names if not name.startswith("_"))


def has_row(name: str) -> bool:
    return f"`{name}" in SECTION


@pytest.mark.parametrize("name", public(flask_login.__all__))
def test_a_name_is_here_or_has_a_row(name: str) -> None:
    assert hasattr(ferrule_login, name) or has_row(name)


@pytest.mark.parametrize("name", public(set(dir(flask_login.LoginManager)) | set(vars(flask_login.LoginManager()))))
def test_what_a_login_manager_has_is_here_or_has_a_row(name: str) -> None:
    assert hasattr(ferrule_login.LoginManager(), name) or has_row(name)


@pytest.mark.parametrize("mixin", ["UserMixin", "AnonymousUserMixin"])
def test_what_a_mixin_has_is_here(mixin: str) -> None:
    assert set(public(dir(getattr(flask_login, mixin)))) <= set(dir(getattr(ferrule_login, mixin)))


@pytest.mark.parametrize("key", KEYS)
def test_a_key_of_the_configuration_is_here_or_has_a_row(key: str) -> None:
    assert hasattr(ferrule_login.LoginSettings(), key.lower().removeprefix("login_")) or has_row(key)


def test_the_list_of_keys_is_complete() -> None:
    source = Path(inspect.getfile(flask_login)).parent
    texts = "".join(file.read_text(encoding="utf-8") for file in source.glob("*.py"))
    read = {part.split('"')[0] for part in texts.split('config.get("')[1:]}
    assert {key for key in read if key.isupper()} - {"AUTH_HEADER_NAME"} <= set(KEYS)


def arguments(function: Any) -> list[tuple[str, Any]]:
    return [(each.name, each.default) for each in inspect.signature(function).parameters.values()]


FUNCTIONS: Final = [
    name
    for name in public(flask_login.__all__)
    if inspect.isfunction(getattr(flask_login, name)) and hasattr(ferrule_login, name)
]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_takes_the_same_arguments(name: str) -> None:
    theirs, ours = arguments(getattr(flask_login, name)), arguments(getattr(ferrule_login, name))
    if name in ("login_required", "fresh_login_required"):  # decorators: nobody names what they decorate
        assert len(theirs) == len(ours) == 1
    elif name == "login_url":  # the page need not be named
        assert [argument for argument, _ in ours] == [argument for argument, _ in theirs]
    else:
        assert ours == theirs
