"""Where a value of the configuration came from, and how places and names are written in messages."""

import os
from typing import Final, Literal, NamedTuple, TypeAlias

__all__ = ["CODE", "DEFAULT", "DEFAULTS", "Kind", "Origin", "shown_name", "shown_path"]

Kind: TypeAlias = Literal["default", "App(defaults=…)", "file", "environment", "code", "command line"]


class Origin(NamedTuple):
    """Where a value came from. Its text is what ``ferrule config`` prints.

    Attributes:
        kind: The source, one of the six in their order of precedence.
        place: The place within it: a file and table, a variable, ``file:line`` of an assignment, a switch.
        is_hidden: Whether the value is not to be shown, since the file only points to it and nothing declares it.
    """

    kind: Kind
    place: str = ""
    is_hidden: bool = False

    def __str__(self) -> str:
        if self.kind in {"environment", "command line"}:
            return f"{self.kind} {self.place}"
        return self.place or self.kind


DEFAULT: Final = Origin("default")
"""The declaration itself."""

DEFAULTS: Final = Origin("App(defaults=…)")
"""The application's own defaults."""

CODE: Final = Origin("code", "App(config=…)")
"""The values that the application was constructed with."""


def shown_path(path: str | os.PathLike[str]) -> str:
    """Return a path for a message: relative where it is below the working directory, else absolute."""
    path = os.fspath(path)
    try:
        below = os.path.join(os.getcwd(), "")
    except OSError:  # the working directory is gone
        return shown_name(path)
    return shown_name(os.path.abspath(path).removeprefix(below))


def shown_name(name: str) -> str:
    """Return a name for a message: quoted where it is empty, or has characters that would disturb a terminal."""
    return name if name and name.isprintable() else repr(name)
