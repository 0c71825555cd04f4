"""All names that a configuration knows, and what an unknown one could have meant."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple

from ..callers import place_of
from ..exceptions import ConflictError, ExtensionError
from ..typed.suggest import did_you_mean
from .declare import Declaration, Section, declarations
from .provenance import Origin, shown_name

__all__ = ["APP", "ENV_KEY", "Known", "Vocabulary"]

ENV_KEY: Final = "ENV"
"""The key of the environment's name, which no file sets."""

APP: Final = "app"
"""The table of the application's own keys, which are free and have no prefix."""


class Known(NamedTuple):
    """A declared setting and the section that it belongs to."""

    section: Section
    declaration: Declaration

    @property
    def spelling(self) -> str:
        """How the setting is written in the file."""
        return self.section.spelling(self.declaration.name)


class Vocabulary:
    """The names that some sections declare.

    Args:
        sections: The sections, the core's among them.

    Attributes:
        sections: The sections by name.
        names: The declared names of each section, by the section's name.
        keys: The declared settings by key.

    Raises:
        ConflictError: Two declarations claim one key, one table or one settings class.
        ExtensionError: A settings class is misdeclared.
    """

    def __init__(self, sections: Iterable[Section]) -> None:
        sections = list(sections)
        _refuse_misdeclared(sections)
        _refuse_clashes(sections)
        self.sections: dict[str, Section] = {section.name: section for section in sections}
        self.names: dict[str, list[str]] = {}
        self.keys: dict[str, Known] = {}
        for section in sections:
            declared = declarations(section.settings_class)
            self.names[section.name] = [declaration.name for declaration in declared]
            self.keys |= {section.key(declaration.name): Known(section, declaration) for declaration in declared}
        longest_first = sorted(
            (section for section in sections if section.name), key=lambda s: len(s.name), reverse=True
        )
        self._prefixes = {section.prefix: section for section in longest_first}

    def section_of(self, key: str) -> Section | None:
        """Return the section whose prefix a key has, the longest one of several; ``None`` for a free key."""
        return next((section for prefix, section in self._prefixes.items() if key.startswith(prefix)), None)

    def unknown(self, key: str, *, spell: Callable[[str], str] = repr) -> str | None:
        """Return what is wrong with a key that has the prefix of a section and is not declared; ``None`` for others.

        Args:
            key: The key in ``app.config``.
            spell: How a key is written where the mistake stands.
        """
        section = None if key in self.keys else self.section_of(key)
        if section is None:
            return None
        known = {name: spell(section.key(name)) for name in self.names[section.name]}
        otherwise = f"{section.owner} has {', '.join(known.values()) or 'no settings'}"
        own = key.removeprefix(section.prefix).lower()  # the prefix that all have would make all alike
        return f"unknown key of {section.owner}{did_you_mean(own, known, spell=known.__getitem__, otherwise=otherwise)}"

    def unknown_key(self, key: str, origin: Origin) -> str | None:
        """Return the line of a message about a key that was written in code; ``None`` for one declared or free."""
        mistake = self.unknown(key)
        return mistake and f"{origin} {shown_name(key)}: {mistake}"

    def in_table(self, table: str, name: str) -> tuple[str, str | None]:
        """Return the key that a name in the file stands for, and what is wrong with the name.

        Args:
            table: The table that it stands in; empty for the top.
            name: The name.
        """
        key = name.upper().replace("-", "_")
        if table == APP:
            return key, self.own_key_mistake(key)
        names = self.names.get(table, [])
        if name in names:
            return self.sections[table].key(name), None
        if table:
            owner = self.sections[table].owner
            otherwise = f"{owner} has {', '.join(names) or 'no settings'}"
        elif key in self.keys:
            return key, f"unknown key; did you mean {self.keys[key].spelling}?"
        else:
            otherwise = "keys of the application stand under [app]"
        return key, f"unknown key{did_you_mean(name, names, otherwise=otherwise)}"

    def own_key_mistake(self, key: str) -> str | None:
        """Return what is wrong with a key of the application's own; ``None`` for a free one."""
        if not key:
            return "a key needs a name"
        if key == ENV_KEY:
            return "this is the name of the environment; choose it by FERRULE_ENV or App(env=…)"
        if key in self.keys:
            return f"{key} belongs to {self.keys[key].section.owner}; write {self.keys[key].spelling}"
        found = self.section_of(key)
        return None if found is None else f"keys that begin with {found.prefix} belong to {found.owner}; rename it"


def _refuse_misdeclared(sections: Iterable[Section]) -> None:
    mistakes: list[str] = []
    for section in sections:
        try:
            declarations(section.settings_class)
        except ExtensionError as error:
            mistakes.append(f"{section.owner}: {error}")
    if mistakes:
        raise ExtensionError("\n".join(mistakes))


def _refuse_clashes(sections: Iterable[Section]) -> None:
    owners: dict[object, str] = {
        "the table [app]": "the keys of the application",
        "the table [env]": "the environments",
    }
    places: dict[object, type[Any]] = {}
    clashes: list[str] = []
    for section in sections:
        for claim, owner in _claims(section):
            if claim in owners:
                cure = "derive one from it" if isinstance(claim, type) else "rename one of them"
                where = " and ".join(
                    filter(None, map(place_of, filter(None, (places.get(claim), section.settings_class))))
                )
                clashes.append(
                    f"{claim} is claimed by {owners[claim]} and by {owner}; {cure}" + (f" ({where})" if where else "")
                )
            owners[claim] = owner
            places[claim] = section.settings_class
    if clashes:
        raise ConflictError.listing("in the declared settings", clashes)


def _claims(section: Section) -> Iterator[tuple[object, str]]:
    """Go through what a section claims for itself alone, each with who claims it."""
    if section.name:
        yield f"the table [{section.name}]", section.owner
    declared = declarations(section.settings_class)
    if declared:
        yield section.settings_class, section.owner
    for declaration in declared:
        owner = f"{section.owner} ({section.spelling(declaration.name)})"
        yield section.key(declaration.name), owner
        if not section.name:
            yield f"the table [{declaration.name}]", owner  # both would stand at the top of the file
