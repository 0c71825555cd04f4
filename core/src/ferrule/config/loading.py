"""All sources over each other: the value of every key, where it came from, and all mistakes at once."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from ..typed.convert import convert
from ..typed.leaves import read_json
from ..typed.problems import Text, Unfit
from .indirection import Unset
from .layers import Layer, Written
from .mistakes import describe, is_secret_at, raise_if_any
from .provenance import DEFAULT, Origin
from .reading import Reading
from .source import Source
from .vocabulary import ENV_KEY, Vocabulary

__all__ = ["Loaded", "Loading"]

Loaded: TypeAlias = dict[str, tuple[Any, Origin]]
"""The values by key, converted to their types, each with its origin. A required key that nothing sets is left out."""


class Loading:
    """One loading: what was written for each key, the later over the earlier, and the mistakes met on the way.

    Args:
        source: File and environment.
        vocabulary: The declared settings.
        is_offline: What the file points to, a variable or another file, may be missing here.

    Attributes:
        unresolved: The keys whose value stands where it is not now.
    """

    def __init__(self, source: Source, vocabulary: Vocabulary, *, is_offline: bool = False) -> None:
        self.unresolved: set[str] = set()
        self._is_offline = is_offline
        self._source = source
        self._vocabulary = vocabulary
        self._reading = Reading(source, vocabulary)
        self._mistakes = self._reading.mistakes
        self._written: dict[str, list[Written]] = {}

    def load(self, defaults: Mapping[str, Any], overrides: Mapping[str, Any]) -> Loaded:
        """Put all sources over each other.

        Args:
            defaults: The application's own defaults, by key.
            overrides: What the application was constructed with, by key.

        Raises:
            ConfigError: The sources have mistakes; the text lists all of them.
        """
        for key, layer in self._reading.layers(defaults, overrides):
            self._nest(key, layer) if layer.nest else self._write(key, layer)
        loaded = self._settled()
        raise_if_any(self._mistakes)
        return loaded

    def _write(self, key: str, layer: Layer) -> None:
        """Let a source replace those below; the tables of an environment add to the others of the file."""
        written = self._written.setdefault(key, [])
        if written and written[-1].origin.kind == layer.origin.kind == "file":
            written[-1] = written[-1].add(layer)
        else:
            written.append(Written.of(layer))

    def _nest(self, key: str, layer: Layer) -> None:
        """Let a variable add to what the sources below say, or to the declared default."""
        written = self._written.setdefault(key, [])
        below = _opened(written[-1]) if written else Written.of(Layer(DEFAULT, key, self._defaults().get(key)))
        if below.value is None or below.is_table or below.origin == DEFAULT:
            written[-1:] = [below.add(layer.inside(below.value))]
        else:
            what = f"what {below.origin} says of {key}, which is no table"
            self._mistakes.append(f"{layer.origin}: it nests into {what}; take one of them out")

    def _defaults(self) -> dict[str, Any]:
        declared = {key: known.declaration for key, known in self._vocabulary.keys.items()}
        return {key: declaration.default for key, declaration in declared.items() if not declaration.required}

    def _settled(self) -> Loaded:
        """Convert what was written, also what another source replaces, for its mistakes are mistakes too."""
        loaded = {ENV_KEY: (self._source.env, self._source.env_origin)}
        loaded |= {key: (value, DEFAULT) for key, value in self._defaults().items()}
        for key, candidates in self._written.items():
            for written in candidates:
                try:
                    loaded[key] = self._converted(key, written)
                except Unset as unset:
                    self.unresolved.add(key)
                    if written is candidates[-1] and not self._is_offline:
                        self._report(key, written, unset)  # whoever replaces `{ env = "NAME" }` need not set NAME
                except Unfit as unfit:
                    self._report(key, written, unfit)
        return loaded

    def _converted(self, key: str, written: Written) -> tuple[Any, Origin]:
        origin, value, known = written.origin, written.value, self._vocabulary.keys.get(key)
        if any(layer.origin.kind == "file" for layer in written.layers):  # what code or a JSON text has is what it is
            value = self._source.outside.resolve(value)
        if isinstance(value, Text) and value.source:
            origin = origin._replace(place=f"{origin.place} (from {value.source})")
        origin = origin._replace(is_hidden=known is None and value is not written.value)
        return convert(value, Any if known is None else known.declaration.type), origin

    def _report(self, key: str, written: Written, unfit: Unfit) -> None:
        known = self._vocabulary.keys.get(key)
        for problem in unfit.problems:
            layer, seen = written.blamed(problem)
            secret = is_secret_at(None if known is None else known.declaration, problem.path)
            self._mistakes.append(describe(layer.origin, layer.name, seen, secret=secret))


def _opened(written: Written) -> Written:
    """Return what another variable can nest in, if a variable says it as JSON."""
    if not isinstance(written.value, Text):
        return written
    try:
        value = read_json(written.value)
    except ValueError:
        return written
    return Written.of(written.layers[-1]._replace(value=value)) if isinstance(value, dict) else written
