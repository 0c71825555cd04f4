"""What `ferrule check` says of the settings of the remember cookie."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from .remembering import make_site


def found(*, deploy: bool, env: str = "production", **config: Any) -> dict[str, str]:
    """The findings about the cookie, and how serious each is."""
    settings = {f"LOGIN_REMEMBER_COOKIE_{name}": value for name, value in config.items()}
    app = make_site(env=env, **settings).app
    app.finalize()
    checks = [check for hook in [app.hooks.check_app] for check in hook(app, deploy)]
    return {each.id: each.level for each in checks if each.id.startswith("login.remember")}


def test_the_defaults_are_safe() -> None:
    assert found(deploy=True) == {}
    assert found(deploy=True, NAME="__Host-remember", PATH="/") == {}


@pytest.mark.parametrize(
    ("name", "value", "check"),
    [
        ("SECURE", False, "login.remember_cookie_secure"),
        ("HTTPONLY", False, "login.remember_cookie_httponly"),
        ("SAMESITE", None, "login.remember_cookie_samesite"),
        ("SAMESITE", "None", "login.remember_cookie_samesite"),
    ],
    ids=repr,
)
def test_what_exposes_the_cookie_is_told_before_a_deployment(name: str, value: Any, check: str) -> None:
    assert found(deploy=True, **{name: value}) == {check: "warning"}
    assert found(deploy=False, **{name: value}) == {}


@pytest.mark.parametrize(
    ("config", "check", "level"),
    [
        ({"NAME": "__Secure-remember", "SECURE": False}, "login.remember_cookie_not_secure", "error"),
        ({"SAMESITE": "None", "SECURE": False}, "login.remember_cookie_not_secure", "error"),
        ({"NAME": "__Host-remember", "PATH": "/shop"}, "login.remember_cookie_prefix", "error"),
        ({"NAME": "__Host-remember", "DOMAIN": "example.com"}, "login.remember_cookie_prefix", "error"),
        ({"DURATION": timedelta(days=401)}, "login.remember_cookie_duration", "warning"),
    ],
)
def test_what_browsers_refuse_is_always_told(config: dict[str, Any], check: str, level: str) -> None:
    assert found(deploy=False, env="development", **config)[check] == level
