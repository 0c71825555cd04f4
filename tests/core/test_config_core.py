"""The core's own settings are Flask's, with Ferrule's few deliberate differences; and making them costs little."""

import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest

from ferrule.config import CORE, Config, CoreSettings, Source, declarations
from ferrule.exceptions import ConfigError

FLASK: dict[str, Any] = {
    "DEBUG": False,
    "TESTING": False,
    "PROPAGATE_EXCEPTIONS": None,
    "SECRET_KEY": None,
    "SECRET_KEY_FALLBACKS": [],
    "PERMANENT_SESSION_LIFETIME": timedelta(days=31),
    "USE_X_SENDFILE": False,
    "TRUSTED_HOSTS": None,
    "SERVER_NAME": None,
    "APPLICATION_ROOT": "/",
    "SESSION_COOKIE_NAME": "session",
    "SESSION_COOKIE_DOMAIN": None,
    "SESSION_COOKIE_PATH": None,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_PARTITIONED": False,
    "SESSION_REFRESH_EACH_REQUEST": True,
    "MAX_FORM_MEMORY_SIZE": 500_000,
    "MAX_FORM_PARTS": 1_000,
    "SEND_FILE_MAX_AGE_DEFAULT": None,
    "TRAP_BAD_REQUEST_ERRORS": None,
    "TRAP_HTTP_EXCEPTIONS": False,
    "EXPLAIN_TEMPLATE_LOADING": False,
    "PREFERRED_URL_SCHEME": "http",
    "TEMPLATES_AUTO_RELOAD": None,
    "MAX_COOKIE_SIZE": 4093,
    "PROVIDE_AUTOMATIC_OPTIONS": True,
}
DIFFERENT: dict[str, Any] = {
    "SESSION_COOKIE_SAMESITE": "Lax",
    "SESSION_COOKIE_SECURE": None,
    "MAX_CONTENT_LENGTH": 16 * 1024 * 1024,
}
OURS: dict[str, Any] = {
    "APPLICATION": None,
    "EXTENSIONS": [],
    "ORIGIN_GUARD": True,
    "SERVER_TIMING": True,
    "PROXY_FIX": None,
    "TRUSTED_ORIGINS": [],
    "SILENCED_CHECKS": [],
}


def loaded(**environ: str) -> Config:
    config = Config("/nowhere")
    config.load(Source.read(root_path="/nowhere", config_file=None, environ=environ), [CORE])
    return config


def test_the_core_has_these_keys_and_defaults() -> None:
    assert loaded() == {**FLASK, **DIFFERENT, **OURS, "ENV": "production"}


def test_every_default_fits_its_type() -> None:
    assert loaded().settings(CoreSettings) == CoreSettings()


def test_secrets_of_the_core_are_declared() -> None:
    secrets = {declared.name for declared in declarations(CoreSettings) if declared.secret}
    assert secrets == {"secret_key", "secret_key_fallbacks"}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("DEBUG", "1", True),
        ("SECRET_KEY", "12345", "12345"),
        ("SECRET_KEY_FALLBACKS", '["a", "b"]', ["a", "b"]),
        ("PERMANENT_SESSION_LIFETIME", "P7D", timedelta(days=7)),
        ("SEND_FILE_MAX_AGE_DEFAULT", "3600", timedelta(hours=1)),
        ("MAX_CONTENT_LENGTH", "null", None),
        ("SESSION_COOKIE_SAMESITE", "null", None),
        ("SESSION_COOKIE_SAMESITE", "None", "None"),
        ("SESSION_COOKIE_SECURE", "off", False),
        ("TRUSTED_ORIGINS", '["https://a.example"]', ["https://a.example"]),
    ],
)
def test_a_key_of_the_core_is_read_from_the_environment(name: str, text: str, value: Any) -> None:
    config = loaded(**{f"FERRULE_{name}": text})
    assert config[name] == value
    assert getattr(config.settings(CoreSettings), name.lower()) == value


@pytest.mark.parametrize("fallbacks", ["old", b"old", {"old"}, 5], ids=repr)
def test_one_text_is_never_taken_for_several_keys(fallbacks: Any) -> None:
    config = loaded()
    config["SECRET_KEY_FALLBACKS"] = fallbacks
    with pytest.raises(ConfigError, match=r"SECRET_KEY_FALLBACKS=\*+: expected list\[str \| bytes\], found"):
        config.settings(CoreSettings)


def test_an_application_with_defaults_needs_neither_msgspec_nor_tomllib_nor_difflib() -> None:
    program = """
import sys
import ferrule.config
for name in ("msgspec", "tomllib", "difflib"):
    sys.modules[name] = None  # importing it from here on fails
from ferrule.config import CORE, Config, CoreSettings, Source
config = Config("/nowhere")
config.load(Source.read(root_path="/nowhere", environ={"FERRULE_SECRET_KEY": "x", "FERRULE_DEBUG": "on"}), [CORE])
config["TRUSTED_HOSTS"] = ["a"]
config["PERMANENT_SESSION_LIFETIME"] = 60
config["SESSION_COOKIE_SAMESITE"] = "Strict"
assert config.settings(CoreSettings).debug
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
