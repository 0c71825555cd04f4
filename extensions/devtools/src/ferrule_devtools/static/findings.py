"""What the static check can find: its rules with their levels, and a finding of one of them."""

from __future__ import annotations

from typing import Any, Final, Literal, NamedTuple, TypeAlias

from ferrule import Check

__all__ = ["RULES", "Finding", "Level", "Place"]

Level: TypeAlias = Literal["info", "warning", "error"]

_ERROR: Final[Level] = "error"
_WARNING: Final[Level] = "warning"
_INFO: Final[Level] = "info"

RULES: Final[dict[str, Level]] = {
    "syntax": _ERROR,
    "no_project": _ERROR,
    "no_extension": _ERROR,
    "entry_point": _ERROR,
    "not_an_extension": _ERROR,
    "extension_name": _ERROR,
    "manifest": _ERROR,
    "context_names": _ERROR,
    "settings": _ERROR,
    "opened_hook": _ERROR,
    "unknown_hook": _ERROR,
    "async_hook": _ERROR,
    "hook_order": _ERROR,
    "hook_wrapper": _ERROR,
    "hook_argument": _ERROR,
    "hook_methods": _ERROR,
    "hook_option": _ERROR,
    "hook_kind": _ERROR,
    "unmarked_hook": _ERROR,
    "removed_hook": _ERROR,
    "command": _ERROR,
    "revision": _ERROR,
    "no_dependency": _ERROR,
    "no_version": _ERROR,
    "stray_hook": _WARNING,
    "hook_yields": _WARNING,
    "hook_annotation": _WARNING,
    "newer_hook": _WARNING,
    "deprecated_hook": _WARNING,
    "no_description": _WARNING,
    "no_api_version": _WARNING,
    "unknown_extension": _WARNING,
    "hidden_command": _WARNING,
    "open_dependency": _WARNING,
    "no_requires_python": _WARNING,
    "no_readme": _WARNING,
    "no_license": _WARNING,
    "no_py_typed": _WARNING,
    "misplaced_file": _WARNING,
    "side_effect": _WARNING,
    "safety": _INFO,
    "unseen": _INFO,
}
"""The rules by what stands after ``devtools.`` in their ids, each with its level."""


class Place(NamedTuple):
    """A line of a source.

    Attributes:
        file: The file, as it is shown.
        line: The line, from 1; 0 for the file as a whole.
    """

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class Finding(NamedTuple):
    """Something that is wrong with a package, or could be better.

    Attributes:
        rule: A key of :data:`RULES`.
        place: Where it is.
        message: What was found.
        cure: What cures it; empty where the message says it.
    """

    rule: str
    place: Place
    message: str
    cure: str = ""

    @property
    def id(self) -> str:
        """The id of the finding, to silence it by."""
        return f"devtools.{self.rule}"

    @property
    def level(self) -> Level:
        """How bad it is."""
        return RULES[self.rule]

    def check(self) -> Check:
        """Return it as a finding of ``ferrule check``."""
        return Check(self.id, self.level, f"{self.place}: {self.message}", self.cure)

    def as_json(self) -> dict[str, Any]:
        """Return it for ``--json``: as ``ferrule check`` has it, with the place by itself."""
        place = {"file": self.place.file, "line": self.place.line or None}
        return {"id": self.id, "level": self.level, **place, "message": self.message, "hint": self.cure}
