"""The tables of the file as layers of keys, with what no table knows."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from .indirection import is_indirection
from .layers import Layer
from .provenance import shown_name
from .source import Source, Stratum
from .suggest import did_you_mean, nearest
from .vocabulary import RESERVED, Vocabulary, own_key

__all__ = ["read_tables"]

_READ_BEFORE: Final = frozenset({"env", "extensions"})


def read_tables(source: Source, vocabulary: Vocabulary, mistakes: list[str]) -> Iterator[tuple[str, Layer]]:
    """Read what the file says.

    Names are checked in the tables of all environments, values are those of the environment in force.

    Args:
        source: The file.
        vocabulary: The names that may stand in it.
        mistakes: Where mistakes go.

    Yields:
        A key and what is written for it, the lower layers first.
    """
    for stratum in source.strata:
        yield from _Tables(source, vocabulary, stratum, mistakes).read()
    for stratum in source.other_strata:
        for _ in _Tables(source, vocabulary, stratum, mistakes).read():
            pass


class _Tables:
    def __init__(self, source: Source, vocabulary: Vocabulary, stratum: Stratum, mistakes: list[str]) -> None:
        self._source = source
        self._vocabulary = vocabulary
        self._stratum = stratum
        self._mistakes = mistakes
        core = vocabulary.sections.get("")
        self._core_names = frozenset() if core is None else frozenset(vocabulary.of(core))

    def read(self) -> Iterator[tuple[str, Layer]]:
        for name, value in self._stratum.table.items():
            if name in _READ_BEFORE:
                continue
            if name in self._core_names:
                yield own_key(name), Layer(self._stratum.origin(), name, value, merges=True)
            elif name == "app" or (name and name in self._vocabulary.sections):
                yield from self._table(name, value)
            else:
                self._report_unknown(name, value)

    def _table(self, name: str, value: Any) -> Iterator[tuple[str, Layer]]:
        if not isinstance(value, dict):
            self._mistakes.append(f"{self._stratum.origin()} {name}: expected a table; write [{name}]")
        elif name == "app":
            yield from self._own(value)
        else:
            yield from self._section(name, value)

    def _section(self, table: str, values: Mapping[str, Any]) -> Iterator[tuple[str, Layer]]:
        section = self._vocabulary.sections[table]
        origin = self._stratum.origin(table)
        known = frozenset(self._vocabulary.of(section))
        for name, value in values.items():
            if name in known:
                yield section.key(name), Layer(origin, name, value, merges=True)
            else:
                self._mistakes.append(f"{origin} {shown_name(name)}: {self._vocabulary.unknown_name(name, section)}")

    def _own(self, values: Mapping[str, Any]) -> Iterator[tuple[str, Layer]]:
        origin = self._stratum.origin("app")
        seen: dict[str, str] = {}
        for name, value in values.items():
            key = own_key(name)
            mistake = self._vocabulary.own_key_mistake(key)
            if seen.setdefault(key, name) != name:
                mistake = f"it has the same key as {seen[key]}, {key}; take one out"
            if mistake is None:
                yield key, Layer(origin, name, value, merges=True)
            else:
                self._mistakes.append(f"{origin} {shown_name(name)}: {mistake}")

    def _report_unknown(self, name: str, value: Any) -> None:
        if not isinstance(value, dict) or self._is_misspelt_value(name, value):
            place = f"{self._stratum.origin()} {shown_name(name)}"
            self._mistakes.append(f"{place}: {self._vocabulary.unknown_top_name(name)}")
        elif name not in self._source.listed_extensions:
            self._report_unknown_table(name)

    def _is_misspelt_value(self, name: str, value: Any) -> bool:
        """Return whether a table stands for a value, under a name that is nearly one of the core's."""
        return is_indirection(value) and nearest(name, self._core_names) is not None

    def _report_unknown_table(self, name: str) -> None:
        known = {*self._vocabulary.sections, *self._source.listed_extensions, *RESERVED} - {""}
        if self._source.has_unknown_tables and nearest(name, known) is None:
            return  # it may belong to an extension that is not enabled, and whose name only its module tells
        hint = did_you_mean(name, known, spell="[{}]".format, otherwise="is an extension of this name enabled?")
        self._mistakes.append(f"{self._stratum.origin(name)}: unknown table{hint}")
