"""All sources over each other: the value of every key, where it came from, and all mistakes at once."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from .convert import convert
from .layers import Layer, Stack
from .leaves import read_json
from .mistakes import describe, is_secret_at, raise_if_any
from .problems import Table, Text, Unfit
from .provenance import CODE, DEFAULT, DEFAULTS, Origin, shown_name
from .source import Source
from .tables import read_tables
from .variables import Variable, read_variables
from .vocabulary import ENV_KEY, Vocabulary

__all__ = ["Loaded", "load"]


class Loaded:
    """What all sources together say.

    Attributes:
        values: The values by key, converted to their types. A required key that nothing sets is left out.
        origins: Where each came from.
        hidden: Undeclared keys whose values the file only points to, and which are therefore not shown.
    """

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.origins: dict[str, Origin] = {}
        self.hidden: set[str] = set()


def load(
    source: Source, vocabulary: Vocabulary, *, defaults: Mapping[str, Any], overrides: Mapping[str, Any]
) -> Loaded:
    """Put all sources over each other.

    Args:
        source: File and environment.
        vocabulary: The declared settings.
        defaults: The application's own defaults, by key.
        overrides: What the application was constructed with, by key.

    Raises:
        ConfigError: The sources have mistakes; the text lists all of them.
    """
    return _Loading(source, vocabulary, defaults, overrides).load()


class _Loading:
    """One loading: the candidates for each key, the later over the earlier, and the mistakes met on the way."""

    def __init__(
        self, source: Source, vocabulary: Vocabulary, defaults: Mapping[str, Any], overrides: Mapping[str, Any]
    ) -> None:
        self._source = source
        self._vocabulary = vocabulary
        self._defaults = defaults
        self._overrides = overrides
        self._mistakes: list[str] = []
        self._candidates: dict[str, list[Stack]] = {}
        self._loaded = Loaded()

    def load(self) -> Loaded:
        self._collect()
        for key, candidates in self._candidates.items():
            for stack in candidates:
                self._settle(key, stack, is_last=stack is candidates[-1])
        raise_if_any(list(dict.fromkeys(self._mistakes)))
        self._add_declared_defaults()
        self._loaded.values[ENV_KEY] = self._source.env
        self._loaded.origins[ENV_KEY] = self._source.env_origin
        return self._loaded

    def _collect(self) -> None:
        for key, layer in self._code(self._defaults, DEFAULTS):
            self._replace(key, layer)
        in_file: set[str] = set()
        for key, layer in read_tables(self._source, self._vocabulary, self._mistakes):
            self._add(key, layer) if key in in_file else self._replace(key, layer)
            in_file.add(key)
        for variable in read_variables(self._source, self._vocabulary, self._mistakes):
            self._nest(variable) if variable.nest else self._replace(variable.key, _layer_of(variable))
        if self._source.extensions_origin != DEFAULT and "EXTENSIONS" in self._vocabulary.keys:
            names = [extension.name for extension in self._source.extensions]
            self._replace("EXTENSIONS", Layer(self._source.extensions_origin, "extensions", names))
        for key, layer in self._code(self._overrides, CODE):
            self._replace(key, layer)

    def _replace(self, key: str, layer: Layer) -> None:
        self._candidates.setdefault(key, []).append(Stack((layer,)))

    def _add(self, key: str, layer: Layer) -> None:
        candidates = self._candidates[key]
        candidates[-1] = candidates[-1].put(layer)

    def _declared_default(self, key: str) -> Stack | None:
        known = self._vocabulary.keys.get(key)
        if known is None or known.declaration.required:
            return None
        return Stack((Layer(DEFAULT, known.declaration.name, known.declaration.default),))

    def _code(self, values: Mapping[str, Any], origin: Origin) -> Iterator[tuple[str, Layer]]:
        for key, value in values.items():
            mistake = self._key_mistake(key, origin)
            if mistake is None:
                yield key, Layer(origin, key, value)
            else:
                self._mistakes.append(mistake)

    def _key_mistake(self, key: Any, origin: Origin) -> str | None:
        if not isinstance(key, str) or not key.isupper():
            cure = f"; write {key.upper()!r}" if isinstance(key, str) and key.upper().isupper() else ""
            return f"{origin} {key!r}: keys are texts in upper case{cure}"
        if key == ENV_KEY:
            return f"{origin} {shown_name(key)}: {self._vocabulary.own_key_mistake(key)}"
        return self._vocabulary.unknown_key(key, origin)

    def _nest(self, variable: Variable) -> None:
        """Let a variable add to what the sources below say, or to the declared default."""
        candidates = self._candidates.setdefault(variable.key, [])
        below = _opened(candidates.pop()) if candidates else self._declared_default(variable.key)
        if below is None:
            candidates.append(Stack((_layer_of(variable),)))
        elif below.is_table or below.value is None or below.origin == DEFAULT:
            candidates.append(below.put(_layer_of(variable, below.value)))
        else:
            candidates.append(below)
            what = f"what {below.origin} says of {variable.key}, which is no table"
            self._mistakes.append(f"{variable.origin}: it nests into {what}; take one of them out")

    def _settle(self, key: str, stack: Stack, *, is_last: bool) -> None:
        """Convert a candidate: also one that another replaces, for its mistakes are mistakes too."""
        written = stack.value
        try:
            value = self._resolved(stack, written)
        except Unfit as unfit:
            if is_last:  # whoever replaces `{ env = "NAME" }` need not set NAME
                self._report(key, stack, unfit)
            return
        known = self._vocabulary.keys.get(key)
        try:
            self._loaded.values[key] = convert(value, Any if known is None else known.declaration.type)
        except Unfit as unfit:
            self._report(key, stack, unfit)
            return
        via = f" (from {value.source})" if isinstance(value, Text) and value.source else ""
        self._loaded.origins[key] = Origin(stack.origin.kind, stack.origin.place + via) if via else stack.origin
        if known is None and value is not written:
            self._loaded.hidden.add(key)

    def _resolved(self, stack: Stack, written: Any) -> Any:
        # A dict that code or a JSON text has is what it is.
        points = any(layer.origin.kind == "file" for layer in stack.layers)
        return self._source.outside.resolve(written) if points else written

    def _report(self, key: str, stack: Stack, unfit: Unfit) -> None:
        known = self._vocabulary.keys.get(key)
        for problem in unfit.problems:
            layer, seen = stack.blamed(problem)
            secret = is_secret_at(None if known is None else known.declaration, problem.path)
            self._mistakes.append(describe(layer.origin, layer.name, seen, secret=secret))

    def _add_declared_defaults(self) -> None:
        values, origins = self._loaded.values, self._loaded.origins
        for key, known in self._vocabulary.keys.items():
            if key not in values and not known.declaration.required:
                values[key] = known.declaration.default
                origins[key] = DEFAULT


def _layer_of(variable: Variable, below: Any = None) -> Layer:
    steps = _steps(variable.nest, below)
    value: Any = variable.text
    for step in reversed(steps):
        value = Table({step: value})
    return Layer(variable.origin, variable.key, value, merges=bool(steps), nest=steps)


def _opened(stack: Stack) -> Stack:
    """Return what another variable can nest in, if a variable says it as JSON."""
    if not isinstance(stack.top.value, Text):
        return stack
    try:
        value = read_json(stack.top.value)
    except ValueError:
        return stack
    return Stack((stack.top._replace(value=value),)) if isinstance(value, dict) else stack


def _steps(nest: tuple[str, ...], below: Any) -> tuple[str, ...]:
    """Return the names of a variable as those of the table that it nests in: written as there, else in lower case."""
    steps: list[str] = []
    for part in nest:
        if is_dataclass(below) and not isinstance(below, type):
            below = {item.name: getattr(below, item.name) for item in fields(below)}
        names = [name for name in below if isinstance(name, str)] if isinstance(below, Mapping) else []
        step = next((name for name in names if name.upper() == part), part.lower())
        below = below[step] if step in names else None
        steps.append(step)
    return tuple(steps)
