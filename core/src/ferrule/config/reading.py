"""What code, file and environment say: layers for keys, and what none of them can mean."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..typed.problems import Text
from ..typed.suggest import did_you_mean, nearest
from .indirection import is_indirection
from .layers import Layer
from .provenance import CODE, DEFAULT, DEFAULTS, Origin, shown_name
from .source import PREFIX, Source, Stratum
from .vocabulary import APP, ENV_KEY, Vocabulary

__all__ = ["LOADED", "Reading", "loaded_from_files"]

_TABLES_READ_BEFORE: Final = frozenset({"env", "extensions"})
LOADED: Final = "FERRULE_DOTENV"
"""The variable in which a command notes those that it read from files: a line of ``name=file`` each."""

_VARIABLES_READ_BEFORE: Final = frozenset(
    {"APP", "CONFIG", "DOTENV", "ENV", "ENV_FILE", "EXTENSIONS", "NO_EXTENSION", "SKIP_DOTENV"}
)
"""Variables that choose application, files, environment and extensions: others read them."""

_OWN: Final = "APP_"
"""What the application's own keys begin with in the environment, and nowhere else."""

_LIKENESS: Final = 0.8
"""How like one of ours a variable must be that no prefix shows to be ours. Half of the letters in common are chance."""


class Reading:
    """One reading of all sources.

    Args:
        source: File and environment.
        vocabulary: The names that may stand in them.

    Attributes:
        mistakes: What was met on the way.
    """

    def __init__(self, source: Source, vocabulary: Vocabulary) -> None:
        self.mistakes: list[str] = []
        self._source = source
        self._vocabulary = vocabulary

    def layers(self, defaults: Mapping[str, Any], overrides: Mapping[str, Any]) -> Iterator[tuple[str, Layer]]:
        """Go through what all sources say, each after those that it wins over.

        Args:
            defaults: The application's own defaults, by key.
            overrides: What the application was constructed with, by key.
        """
        yield from self._code(defaults, DEFAULTS)
        yield from self._file()
        yield from self._variables()
        origin = self._source.extensions_origin
        if origin != DEFAULT and "EXTENSIONS" in self._vocabulary.keys:
            yield "EXTENSIONS", Layer(origin, "extensions", [enabled.name for enabled in self._source.extensions])
        yield from self._code(overrides, CODE)

    def _code(self, values: Mapping[Any, Any], origin: Origin) -> Iterator[tuple[str, Layer]]:
        """Go through values that the application was constructed with."""
        for key, value in values.items():
            mistake = self._key_mistake(key, origin)
            if mistake is None:
                yield key, Layer(origin, key, value)
            else:
                self.mistakes.append(mistake)

    def _key_mistake(self, key: Any, origin: Origin) -> str | None:
        if not isinstance(key, str) or not key.isupper():
            cure = f"; write {key.upper()!r}" if isinstance(key, str) and key.upper().isupper() else ""
            return f"{origin} {key!r}: keys are texts in upper case{cure}"
        if key == ENV_KEY:
            return f"{origin} {key}: {self._vocabulary.own_key_mistake(key)}"
        return self._vocabulary.unknown_key(key, origin)

    def _file(self) -> Iterator[tuple[str, Layer]]:
        """Go through what the file says: values of the environment in force, after a look at those of all others."""
        for stratum in self._source.strata:
            for key, layer in self._stratum(stratum):
                if stratum.is_in_force:
                    yield key, layer

    def _stratum(self, stratum: Stratum) -> Iterator[tuple[str, Layer]]:
        for name, value in stratum.table.items():
            if name in _TABLES_READ_BEFORE:
                continue
            if name == APP or (name and name in self._vocabulary.sections):
                if isinstance(value, dict):
                    yield from self._table(stratum, name, value)
                else:
                    self.mistakes.append(f"{stratum.origin()} {name}: expected a table; write [{name}]")
            elif self._is_value(name, value):
                yield from self._table(stratum, "", {name: value})
            elif hint := self._unknown_table(name):
                self.mistakes.append(f"{stratum.origin(name)}: unknown table{hint}")

    def _table(self, stratum: Stratum, table: str, values: Mapping[str, Any]) -> Iterator[tuple[str, Layer]]:
        origin = stratum.origin(table) if table else stratum.origin()
        names: dict[str, str] = {}
        for name, value in values.items():
            key, mistake = self._vocabulary.in_table(table, name)
            if names.setdefault(key, name) != name:
                mistake = f"it has the same key as {names[key]}, {key}; take one out"
            if mistake is None:
                yield key, Layer(origin, name, value)
            else:
                self.mistakes.append(f"{origin} {shown_name(name)}: {mistake}")

    def _is_value(self, name: str, value: Any) -> bool:
        """Return whether something at the top is no table of its own, but one of the core's keys, or meant as one."""
        core = self._vocabulary.names.get("", [])
        return (
            not isinstance(value, dict) or name in core or (is_indirection(value) and nearest(name, core) is not None)
        )

    def _unknown_table(self, name: str) -> str:
        """Return what an unknown table could be; nothing for one that an extension may have that is not enabled."""
        listed = self._source.listed_extensions
        named = {extension for extension in listed if ":" not in extension}  # a module's name is no table's
        known = {*self._vocabulary.sections, *named, *_TABLES_READ_BEFORE, APP} - {"", "extensions"}
        if name in listed or (self._source.has_unknown_tables and nearest(name, known) is None):
            return ""
        return did_you_mean(name, known, spell="[{}]".format, otherwise="is an extension of this name enabled?")

    def _variables(self) -> Iterator[tuple[str, Layer]]:
        """Go through what the environment says: a variable that sets a whole table before those that nest in it."""
        files = loaded_from_files(self._source.variables)
        for variable in sorted(self._source.variables):
            name, *nest = variable.removeprefix(PREFIX).split("__")
            if name in _VARIABLES_READ_BEFORE:
                continue
            file = f" from {files[variable]}" if variable in files else ""
            origin = Origin("environment", shown_name(variable) + file)
            key, mistake = self._key_of_variable(name)
            if mistake is None and "" in nest:
                mistake = "a name is missing between the underscores"
            if mistake is not None:
                self.mistakes.append(f"{origin}: {mistake}")
            elif key is not None:
                yield key, Layer(origin, key, Text(self._source.variables[variable]), tuple(nest))

    def _key_of_variable(self, name: str) -> tuple[str | None, str | None]:
        """Return the key that a variable sets, ``None`` for one that is not for us; and what is wrong with its name."""
        vocabulary = self._vocabulary
        if name in vocabulary.keys:
            return name, None
        if vocabulary.section_of(name) is not None:
            return None, vocabulary.unknown(name, spell=_spelt)
        if name.startswith(_OWN):
            key = name.removeprefix(_OWN)
            return key, vocabulary.own_key_mistake(key)
        prefixes = tuple(f"{listed.upper().replace('-', '_')}_" for listed in self._source.listed_extensions)
        if name.startswith(prefixes):  # of an extension that is not enabled now
            return None, None
        core = map(str.upper, vocabulary.names.get("", []))
        found = nearest(name, [*core, *_VARIABLES_READ_BEFORE], likeness=_LIKENESS)
        return None, found and f"unknown variable; did you mean {_spelt(found)}?"


def loaded_from_files(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that a command read from files, each with its file.

    Args:
        environ: The environment variables.
    """
    lines = environ.get(LOADED, "").splitlines()
    return {name: file for name, _, file in (line.partition("=") for line in lines)}


def _spelt(key: str) -> str:
    return PREFIX + key
