"""All names that a configuration knows, and what an unknown one could have meant."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final, NamedTuple

from ..exceptions import ConflictError
from .declare import Declaration, Section, declarations
from .provenance import Origin, shown_name
from .suggest import did_you_mean

__all__ = ["ENV_KEY", "Known", "Vocabulary", "own_key"]

ENV_KEY: Final = "ENV"
"""The key of the environment's name, which no file sets."""

RESERVED: Final = frozenset({"app", "env"})
"""Tables that no extension can have."""


class Known(NamedTuple):
    """A declared setting and the section that it belongs to."""

    section: Section
    declaration: Declaration

    @property
    def spelling(self) -> str:
        """How the setting is written in the file."""
        return self.section.spelling(self.declaration.name)

    def __str__(self) -> str:
        return f"{self.section.owner} ({self.spelling})"


class Vocabulary:
    """The names that some sections declare.

    Args:
        sections: The sections, the core's among them.

    Attributes:
        sections: The sections by name.
        keys: The declared settings by key.

    Raises:
        ConflictError: Two declarations claim one key or one table.
        ExtensionError: A settings class is misdeclared.
    """

    def __init__(self, sections: Iterable[Section]) -> None:
        self.sections: dict[str, Section] = {}
        self.keys: dict[str, Known] = {}
        clashes: list[str] = []
        for section in sections:
            clashes += self._add(section)
        clashes += [*self._table_clashes(), *self._class_clashes()]
        if clashes:
            raise ConflictError.listing("in the declared settings", clashes)
        self._prefixed = sorted(filter(None, self.sections), key=lambda name: -len(name))

    def of(self, section: Section) -> list[str]:
        """Return the names that a section declares."""
        return [declaration.name for declaration in declarations(section.settings_class)]

    def section_of(self, key: str) -> Section | None:
        """Return the section whose prefix a key has, the longest one of several; ``None`` for a free key."""
        for name in self._prefixed:
            if key.startswith(self.sections[name].prefix):
                return self.sections[name]
        return None

    def unknown_key(self, key: str, origin: Origin) -> str | None:
        """Return what is wrong with a key that was written in code; ``None`` for one that is declared or free."""
        section = None if key in self.keys else self.section_of(key)
        if section is None:
            return None
        known = [section.key(name) for name in self.of(section)]
        hint = did_you_mean(key, known, otherwise=_listed(section, known))
        return f"{origin} {shown_name(key)}: unknown key of {section.owner}{hint}"

    def unknown_name(self, name: str, section: Section) -> str:
        """Return what is wrong with a name that stands in a table of the file, and is not declared."""
        names = self.of(section)
        return f"unknown key{did_you_mean(name, names, otherwise=_listed(section, names))}"

    def unknown_top_name(self, name: str) -> str:
        """Return what is wrong with a name that stands at the top of the file, and is not declared."""
        flattened = self.keys.get(own_key(name))
        if flattened is not None:
            return f"unknown key; did you mean {flattened.spelling}?"
        known = self.of(self.sections[""]) if "" in self.sections else []
        return f"unknown key{did_you_mean(name, known, otherwise='keys of the application stand under [app]')}"

    def own_key_mistake(self, key: str) -> str | None:
        """Return what is wrong with a key of the application's own; ``None`` for a free one."""
        if not key:
            return "a key needs a name"
        if key == ENV_KEY:
            return "this is the name of the environment; choose it by FERRULE_ENV or App(env=…)"
        if key in self.keys:
            return f"{key} belongs to {self.keys[key].section.owner}; write {self.keys[key].spelling}"
        section = self.section_of(key)
        return (
            None if section is None else f"keys that begin with {section.prefix} belong to {section.owner}; rename it"
        )

    def _add(self, section: Section) -> Iterator[str]:
        earlier = self.sections.setdefault(section.name, section)
        if earlier is not section:
            yield f"the table [{section.name}] is claimed by {earlier.owner} and by {section.owner}; rename one of them"
            return
        if section.name in RESERVED:
            yield f"{section.owner}: the table [{section.name}] is reserved; rename the extension"
        for declaration in declarations(section.settings_class):
            known = Known(section, declaration)
            other = self.keys.setdefault(section.key(declaration.name), known)
            if other is not known:
                yield f"{section.key(declaration.name)} is claimed by {other} and by {known}; rename one of them"

    def _table_clashes(self) -> Iterator[str]:
        core = self.sections.get("")
        if core is None:
            return
        names = self.of(core)
        for section in self.sections.values():
            if section.name in names:
                yield f"{section.owner}: [{section.name}] is a key of {core.owner}; rename the extension"
        if "env" in names:
            yield f"{core.owner}: env is reserved; rename the setting"

    def _class_clashes(self) -> Iterator[str]:
        owners: dict[type[Any], Section] = {}
        for section in self.sections.values():
            earlier = owners.setdefault(section.settings_class, section)
            if earlier is not section:
                name = section.settings_class.__qualname__
                yield f"{earlier.owner} and {section.owner} have one settings class, {name}; derive one from it"


def own_key(name: str) -> str:
    """Return the key in ``app.config`` of one of the application's own names."""
    return name.upper().replace("-", "_")


def _listed(section: Section, names: Collection[str]) -> str:
    return f"{section.owner} has {', '.join(names)}" if names else f"{section.owner} has no settings"
