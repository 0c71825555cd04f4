"""What of an application stands in its configuration."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

from .config import Config, CoreSettings, Section
from .keyring import KeyRing
from .logs import logger_of
from .scaffold import Scaffold

if TYPE_CHECKING:
    from jinja2 import Environment  # PERF: slow to import; an application without templates never pays

__all__ = ["Configured"]


class Configured(Scaffold):
    """The keys of the configuration that are attributes, too, and what is derived from them.

    Attributes:
        config: The configuration.
    """

    config: Config

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._jinja_env: Environment | None = None
        self._keyring: tuple[tuple[Any, ...], KeyRing] | None = None

    @staticmethod
    def core_section() -> Section:
        """Return the keys that stand at the top of a configuration file."""
        return Section("", CoreSettings, "ferrule")

    @property
    def debug(self) -> bool:
        """Whether the application runs in debug: errors are raised, templates loaded anew (``DEBUG``)."""
        return cast(bool, self.config["DEBUG"])

    @debug.setter
    def debug(self, value: bool) -> None:
        self.config["DEBUG"] = value
        if self.config["TEMPLATES_AUTO_RELOAD"] is None and self._jinja_env is not None:
            self._jinja_env.auto_reload = value

    @property
    def testing(self) -> bool:
        """Whether errors are raised instead of answered, for tests to see (``TESTING``)."""
        return cast(bool, self.config["TESTING"])

    @testing.setter
    def testing(self, value: bool) -> None:
        self.config["TESTING"] = value

    @property
    def secret_key(self) -> str | bytes | None:
        """What all keys are derived from (``SECRET_KEY``)."""
        return cast("str | bytes | None", self.config["SECRET_KEY"])

    @secret_key.setter
    def secret_key(self, value: str | bytes | None) -> None:
        self.config["SECRET_KEY"] = value

    @property
    def keyring(self) -> KeyRing:
        """The keys, derived from ``SECRET_KEY`` and ``SECRET_KEY_FALLBACKS`` as they are now."""
        key, fallbacks = self.config["SECRET_KEY"], self.config["SECRET_KEY_FALLBACKS"] or ()
        made_of = (key, *fallbacks)
        if self._keyring is None or self._keyring[0] != made_of:
            self._keyring = made_of, KeyRing(key, fallbacks)
        return self._keyring[1]

    @property
    def logger(self) -> logging.Logger:
        """The logger with the application's name."""
        return logger_of(self.name, debug=self.debug)
