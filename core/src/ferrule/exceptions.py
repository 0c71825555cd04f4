"""The exceptions that Ferrule raises.

::

    FerruleError
    ├── ConfigError                    a configuration that cannot be meant
    ├── ExtensionError                 an extension that is missing, broken or misdeclared
    │   └── ConflictError              two declarations that claim the same thing
    ├── SetupError (AssertionError)    a declaration that comes too late, or contradicts another
    └── ContextError (RuntimeError)    a proxy was used where nothing is bound to it

Each message says what failed, where, what was found and what cures it. A class also inherits the builtin exception that
its caller would expect.
"""

from collections.abc import Iterable
from typing import Self

__all__ = ["ConfigError", "ConflictError", "ContextError", "ExtensionError", "FerruleError", "SetupError"]


class FerruleError(Exception):
    """The root of all errors that Ferrule raises by itself."""

    @classmethod
    def listing(cls, summary: str, mistakes: Iterable[str]) -> Self:
        """Make one error of several mistakes, a line each.

        Args:
            summary: What the mistakes have in common, such as ``"in the configuration"``.
            mistakes: One text for each mistake, already complete with its place and its cure.

        Returns:
            The error, to be raised by the caller.
        """
        lines = list(mistakes)
        count = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
        return cls("\n  ".join([f"{count} {summary}", *lines]))


class ConfigError(FerruleError):
    """The configuration has mistakes; the text lists all of them."""


class ExtensionError(FerruleError):
    """An extension cannot be found, imported, ordered or registered."""


class ConflictError(ExtensionError):
    """Two declarations claim the same thing; the text names both places."""


class SetupError(FerruleError, AssertionError):
    """An application was changed too late, or declared twice over. Flask raises ``AssertionError`` here."""


class ContextError(FerruleError, RuntimeError):
    """A context-bound object was used outside its context. Flask raises ``RuntimeError`` here."""
