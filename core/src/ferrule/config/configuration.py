"""The configuration of an application: Flask's mapping, filled from all sources, checked, and typed by section."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar, cast

from ..exceptions import ConfigError
from ..typed.convert import convert
from ..typed.problems import Text, Unfit
from ..typed.typenames import type_text
from .declare import MISSING, Declaration, Section, declarations, title
from .loading import Loading
from .mapping import ConfigMapping
from .masking import is_secret_name, masked
from .mistakes import describe, is_secret_at, raise_if_any
from .provenance import CODE, DEFAULTS, Origin
from .source import PREFIX, Source
from .vocabulary import APP, ENV_KEY, Vocabulary

__all__ = ["Config", "Row"]

S = TypeVar("S")

_NOT_SET: Final = Origin("default", "not set")
_NOTHING: Final = Source(None, env=None, environ={})


class Row(NamedTuple):
    """One key of the configuration.

    Attributes:
        key: The key in ``app.config``.
        section: The table; empty for the core, ``app`` for the application's own keys.
        type: The declared type as text; the type of the value where none is declared.
        value: The value with secrets masked; :data:`~dataclasses.MISSING` for a required setting that nothing sets.
        origin: Where the value came from.
        doc: What the setting does.
    """

    key: str
    section: str
    type: str
    value: Any
    origin: Origin
    doc: str


class Config(ConfigMapping):
    """The configuration of an application.

    It is a dict, to be written at any time; keys are in upper case. What a settings dataclass declares is derived from
    it by :meth:`settings`, and made anew after a write.

    Args:
        root_path: The application's folder, which the paths of files are relative to.
        defaults: Values to begin with.
    """

    def __init__(self, root_path: str | os.PathLike[str], defaults: Mapping[str, Any] | None = None) -> None:
        self._derived: dict[type[Any], Any] = {}
        super().__init__(root_path, defaults)
        self._vocabulary = Vocabulary(())
        self._source = _NOTHING
        self._defaults: Mapping[str, Any] = {}
        self._overrides: Mapping[str, Any] = {}

    def load(
        self,
        source: Source,
        sections: Sequence[Section],
        *,
        defaults: Mapping[str, Any] | None = None,
        overrides: Mapping[str, Any] | None = None,
    ) -> None:
        """Fill the mapping from all sources, and remember where each value came from.

        Args:
            source: File and environment.
            sections: The tables that may stand in the file: the core's, and those of the enabled extensions.
            defaults: The application's own defaults, below the file.
            overrides: What the application was constructed with, over everything else.

        Raises:
            ConfigError: The sources have mistakes; the text lists all of them.
            ConflictError: Two sections claim one key or one table.
        """
        self._source, self._defaults, self._overrides = source, dict(defaults or {}), dict(overrides or {})
        vocabulary = Vocabulary(sections)
        self.write(Loading(source, vocabulary).load(self._defaults, self._overrides))
        self._vocabulary = vocabulary

    def add_section(self, section: Section) -> None:
        """Fill in the settings of one more section, from what :meth:`load` was given. What code wrote since stays.

        Args:
            section: The section of an extension that was enlisted in code.

        Raises:
            ConfigError: The sources have mistakes; the text lists all of them.
            ConflictError: The section claims a key or a table of another.
        """
        if section in self._vocabulary.sections.values():
            return
        vocabulary = Vocabulary([*self._vocabulary.sections.values(), section])
        loaded = Loading(self._source, vocabulary).load(self._defaults, self._overrides)
        own = map(section.key, vocabulary.names[section.name])
        self.write({key: loaded[key] for key in own if key in loaded and not self._is_written(key)})
        self._vocabulary = vocabulary

    def settings(self, settings_class: type[S]) -> S:
        """Return the settings of a section, derived from the mapping as it is now.

        Args:
            settings_class: The dataclass that declares them.

        Returns:
            The frozen settings; the same object until something writes to the mapping.

        Raises:
            ConfigError: A required key is missing, a value written in code has the wrong type, a key with the prefix of
                the section is not declared, or no section has this class; the text lists all that is wrong.
        """
        # PERF: the framework asks for its settings at every request.
        derived = self._derived.get(settings_class)
        if derived is None:
            derived = self._derive([self._section_with(settings_class)])[settings_class]
        return cast("S", derived)

    def check_required(self) -> None:
        """Check the settings of all sections, as :meth:`settings` checks those of one.

        Raises:
            ConfigError: Required keys are missing, or values written in code are wrong; the text lists all of them, and
                for a missing key how to set it in file, environment and code.
        """
        self._derive(self._vocabulary.sections.values())

    def set_from_command_line(self, key: str, value: Any, switch: str) -> None:
        """Write a value that a switch of a command gave, over all other sources.

        Args:
            key: The key, in upper case.
            value: The value. A text is converted to the declared type, as one of the environment is.
            switch: How the switch is written, such as ``--debug``.

        Raises:
            ConfigError: The value has the wrong type, or the key is none of the section whose prefix it has.
        """
        origin = Origin("command line", switch)
        if mistake := self._vocabulary.unknown_key(key, origin):
            raise_if_any([mistake])
        if key in self._vocabulary.keys:
            declared = self._vocabulary.keys[key].declaration
            try:
                value = convert(Text(value) if isinstance(value, str) else value, declared.type)
            except Unfit as unfit:
                raise_if_any(_described(unfit, declared, origin, key))
        self.write({key: (value, origin)})

    def rows(self) -> list[Row]:
        """Return what ``ferrule config`` prints: all keys with their values, secrets masked, and origins.

        The environment comes first, then the declared keys in the order of their sections, then all others by name.
        """
        rows: list[Row] = []
        if ENV_KEY in self:
            doc = "The name of the environment in force."
            rows.append(Row(ENV_KEY, "", "str", self[ENV_KEY], self.origin(ENV_KEY), doc))
        for key, (section, declared) in self._vocabulary.keys.items():
            value = masked(self[key], declared.type, secret=declared.secret) if key in self else MISSING
            origin = self.origin(key) if key in self else _NOT_SET
            rows.append(Row(key, section.name, type_text(declared.type), value, origin, declared.doc))
        for key in sorted(self.keys() - self._vocabulary.keys.keys() - {ENV_KEY}):
            owner, origin = self._vocabulary.section_of(key), self.origin(key)
            value = masked(self[key], secret=origin.is_hidden or is_secret_name(key))
            rows.append(Row(key, owner.name if owner else APP, type(self[key]).__name__, value, origin, ""))
        return rows

    def __repr__(self) -> str:
        shown = {row.key: row.value for row in self.rows() if row.key in self}
        return f"<{type(self).__name__} {shown}>"

    def _changed(self) -> None:
        # A new dict, not an emptied one: what another thread is deriving from older values goes into the old one.
        self._derived = {}

    def _is_written(self, key: str) -> bool:
        return self._places.get(key, CODE) not in {CODE, DEFAULTS}

    def _section_with(self, settings_class: type[Any]) -> Section:
        for section in self._vocabulary.sections.values():
            if section.settings_class is settings_class:
                return section
        raise ConfigError(
            f"no section of the configuration has the settings {title(settings_class)}; enable the extension that"
            " declares them"
        )

    def _derive(self, sections: Iterable[Section]) -> dict[type[Any], Any]:
        """Make the settings of some sections and keep them, or say all that is wrong."""
        derived, mistakes = self._derived, []
        for section in sections:
            values, found = self._values_of(section)
            mistakes += found
            if not found:
                try:
                    derived[section.settings_class] = section.settings_class(**values)
                except (TypeError, ValueError) as error:  # what __post_init__ has to say
                    mistakes.append(f"{section.owner}: {error}")
        raise_if_any(mistakes)
        return derived

    def _values_of(self, section: Section) -> tuple[dict[str, Any], list[str]]:
        values, mistakes = {}, self._unknown_keys(section)
        for declared in declarations(section.settings_class):
            key = section.key(declared.name)
            if key in self:
                try:
                    values[declared.name] = convert(self[key], declared.type)
                except Unfit as unfit:
                    mistakes += _described(unfit, declared, self.origin(key), key)
            elif declared.required:
                mistakes.append(self._missing(section, declared))
        return values, mistakes

    def _unknown_keys(self, section: Section) -> list[str]:
        vocabulary = self._vocabulary
        own = [
            key for key in self if section.name and key not in vocabulary.keys and vocabulary.section_of(key) is section
        ]
        return [mistake for key in own if (mistake := vocabulary.unknown_key(key, self.origin(key)))]

    def _missing(self, section: Section, declared: Declaration) -> str:
        key = section.key(declared.name)
        spellings = f"{declared.name} in {self._source.place_of(section.name)}, {PREFIX}{key} in the environment"
        what = f"{section.owner} requires {section.spelling(declared.name)}, which is not set"
        return f"{what}; set {spellings}, or app.config[{key!r}]"


def _described(unfit: Unfit, declared: Declaration, origin: Origin, key: str) -> list[str]:
    return [describe(origin, key, found, secret=is_secret_at(declared, found.path)) for found in unfit.problems]
