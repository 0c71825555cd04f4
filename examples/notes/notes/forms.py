"""What people type, and what is wrong with it.

A form keeps its fields as they were typed, so that a page that shows a mistake shows them again. No field has a
``maxlength``: a browser would cut a pasted text in silence, where these functions say how long it is.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Self, TypeAlias

from .models import LONGEST_BODY, LONGEST_NAME, LONGEST_TITLE, Note

__all__ = ["LoginForm", "NoteForm", "RegistrationForm", "SearchForm"]

SHORTEST_NAME: Final = 3
SHORTEST_PASSWORD: Final = 10
LONGEST_PASSWORD: Final = 256
LONGEST_SEARCH: Final = 100

Mistakes: TypeAlias = Mapping[str, str]
"""What is wrong, by the name of the field."""


@dataclass(frozen=True, kw_only=True)
class RegistrationForm:
    """A name and, twice, a password. Passwords are never shown again."""

    name: str = ""
    password: str = field(default="", repr=False)
    repeated: str = field(default="", repr=False)
    mistakes: Mistakes = field(default_factory=dict)

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> Self:
        """Read what was sent."""
        form = cls(
            name=fields.get("name", "").strip(),
            password=fields.get("password", ""),
            repeated=fields.get("repeated", ""),
        )
        return form.with_mistakes(
            name=_mistake_in_name(form.name),
            password=_mistake_in_password(form.password, form.name),
            repeated=None if form.repeated == form.password else "The two passwords differ.",
        )

    def with_mistakes(self, **mistakes: str | None) -> Self:
        """Return the form with mistakes beside its fields."""
        return replace(self, mistakes=_found(mistakes))


@dataclass(frozen=True, kw_only=True)
class LoginForm:
    """A name and a password, and whether to be remembered at this browser."""

    name: str = ""
    password: str = field(default="", repr=False)
    remember: bool = False
    mistakes: Mistakes = field(default_factory=dict)

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> Self:
        """Read what was sent."""
        name, password = fields.get("name", "").strip(), fields.get("password", "")
        return cls(name=name, password=password, remember="remember" in fields)

    def refused(self, mistake: str = "This name and this password do not belong together.") -> Self:
        """Return the form with the one mistake that there can be; it does not tell which of the two is wrong."""
        return replace(self, mistakes={"password": mistake})


@dataclass(frozen=True, kw_only=True)
class NoteForm:
    """A title and a text."""

    title: str = ""
    body: str = ""
    mistakes: Mistakes = field(default_factory=dict)

    @classmethod
    def of(cls, note: Note) -> Self:
        """Return the form that shows a note."""
        return cls(title=note.title, body=note.body)

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> Self:
        """Read what was sent. Browsers send a line break as CR LF; a note keeps it as LF."""
        form = cls(
            title=" ".join(fields.get("title", "").split()),
            body=fields.get("body", "").replace("\r\n", "\n").rstrip(),
        )
        mistakes = {"title": _mistake_in_title(form.title), "body": _mistake_in_body(form.body)}
        return replace(form, mistakes=_found(mistakes))

    def write_to(self, note: Note) -> None:
        """Write the fields into a note."""
        note.title, note.body = self.title, self.body


@dataclass(frozen=True, kw_only=True)
class SearchForm:
    """A part of a title or of a text."""

    text: str = ""
    mistake: str | None = None

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> Self:
        """Read what was sent."""
        text = fields.get("search", "").strip()
        return cls(text=text, mistake=_too_long(text, LONGEST_SEARCH) or _unstorable(text))


def _found(mistakes: Mapping[str, str | None]) -> Mistakes:
    return {name: mistake for name, mistake in mistakes.items() if mistake is not None}


def _mistake_in_name(name: str) -> str | None:
    if len(name) < SHORTEST_NAME:
        return f"At least {SHORTEST_NAME} characters, please."
    if strange := next((character for character in name if not _is_for_names(character)), None):
        return f"Letters, digits, dots, dashes and underscores, please; {_shown(strange)} is none."
    return _too_long(name, LONGEST_NAME)


def _mistake_in_password(password: str, name: str) -> str | None:
    if len(password) < SHORTEST_PASSWORD:
        return f"At least {SHORTEST_PASSWORD} characters, please; this has {len(password)}."
    if password.casefold() == name.casefold():
        return "Another one than your name, please."
    return _too_long(password, LONGEST_PASSWORD)


def _mistake_in_title(title: str) -> str | None:
    if not any(character.isprintable() for character in title):
        return "A note needs a title."
    return _too_long(title, LONGEST_TITLE) or _unstorable(title)


def _mistake_in_body(body: str) -> str | None:
    return _too_long(body, LONGEST_BODY) or _unstorable(body)


def _too_long(text: str, longest: int) -> str | None:
    return f"At most {longest:,} characters, please; this has {len(text):,}." if len(text) > longest else None


def _unstorable(text: str) -> str | None:
    """Find what a database cannot keep: NUL, and half of a surrogate pair, which JSON can spell."""
    for character in text:
        if character == "\0" or "\ud800" <= character <= "\udfff":
            return f"The character U+{ord(character):04X} cannot be stored."
    return None


def _is_for_names(character: str) -> bool:
    """Tell whether a character is a letter, a mark on one or a digit, of any script, or one of the three signs."""
    return unicodedata.category(character)[0] in "LMN" or character in "._-"


def _shown(character: str) -> str:
    if character.isspace():
        return "a space"
    return f"“{character}”" if character.isprintable() else f"U+{ord(character):04X}"
