"""The variables of the environment as texts for keys, with those that nobody knows."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from .problems import Text
from .provenance import Origin, shown_name
from .source import PREFIX, Source
from .suggest import did_you_mean, nearest
from .vocabulary import Vocabulary

__all__ = ["LOADED", "Variable", "loaded_from_files", "read_variables"]

LOADED: Final = "FERRULE_DOTENV"
"""The variable in which a command notes those that it read from files: a line of ``name=file`` each."""

_READ_BEFORE: Final = frozenset(
    {"APP", "CONFIG", "DOTENV", "ENV", "ENV_FILE", "EXTENSIONS", "NO_EXTENSION", "SKIP_DOTENV"}
)
"""Variables that choose application, files, environment and extensions: others read them."""

_OWN: Final = "APP_"
"""What the application's own keys begin with in the environment, and nowhere else."""

_LIKENESS: Final = 0.8
"""How like one of ours a variable must be that no prefix shows to be ours. Half of the letters in common are chance."""


class Variable(NamedTuple):
    """What a variable says.

    Attributes:
        key: The key that it sets.
        nest: The names after it, between double underscores.
        text: The value.
        origin: The variable.
    """

    key: str
    nest: tuple[str, ...]
    text: Text
    origin: Origin


def read_variables(source: Source, vocabulary: Vocabulary, mistakes: list[str]) -> Iterator[Variable]:
    """Read what the environment says.

    Args:
        source: The environment.
        vocabulary: The names that it may know.
        mistakes: Where mistakes go.

    Yields:
        The variables, one that sets a whole table before those that nest in it.
    """
    files = loaded_from_files(source.variables)
    for variable in sorted(source.variables):
        name = variable.removeprefix(PREFIX)
        if name in _READ_BEFORE:
            continue
        key, *nest = name.split("__")
        key = _own_key(key, vocabulary)
        mistake = _mistake(name, key, nest, vocabulary, source)
        origin = Origin("environment", shown_name(variable) + (f" from {files[variable]}" if variable in files else ""))
        if mistake is not None:
            mistakes.append(f"{origin}: {mistake}")
        elif key in vocabulary.keys or _is_own(name, vocabulary):
            yield Variable(key, tuple(nest), Text(source.variables[variable]), origin)


def loaded_from_files(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that a command read from files, each with its file.

    Args:
        environ: The environment variables.
    """
    lines = environ.get(LOADED, "").splitlines()
    return {name: file for name, _, file in (line.partition("=") for line in lines)}


def _is_own(name: str, vocabulary: Vocabulary) -> bool:
    if not name.startswith(_OWN):
        return False
    return name.partition("__")[0] not in vocabulary.keys and vocabulary.section_of(name) is None


def _own_key(key: str, vocabulary: Vocabulary) -> str:
    return key.removeprefix(_OWN) if _is_own(key, vocabulary) else key


def _mistake(name: str, key: str, nest: list[str], vocabulary: Vocabulary, source: Source) -> str | None:
    if _is_own(name, vocabulary):
        mistake = vocabulary.own_key_mistake(key)
    else:
        mistake = None if key in vocabulary.keys else _unknown(name, vocabulary, source)
    if mistake is None and "" in nest:
        return "a name is missing between the underscores"
    return mistake


def _unknown(name: str, vocabulary: Vocabulary, source: Source) -> str | None:
    section = vocabulary.section_of(name)
    if section is not None:
        known = [section.key(known) for known in vocabulary.of(section)]
        otherwise = f"{section.owner} has {', '.join(map(_spelt, known)) or 'no settings'}"
        return f"unknown key of {section.owner}{did_you_mean(name, known, spell=_spelt, otherwise=otherwise)}"
    if _is_of_listed(name, source):
        return None
    core = [key for key, known in vocabulary.keys.items() if not known.section.name]
    found = nearest(name, [*core, *_READ_BEFORE], likeness=_LIKENESS)
    return None if found is None else f"unknown variable; did you mean {_spelt(found)}?"


def _is_of_listed(name: str, source: Source) -> bool:
    """Return whether a variable belongs to an extension that is listed, but not enabled now."""
    prefixes = tuple(f"{listed.upper().replace('-', '_')}_" for listed in source.listed_extensions)
    return name.startswith(prefixes)


def _spelt(key: str) -> str:
    return PREFIX + key
