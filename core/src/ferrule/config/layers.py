"""The values that were written for one key, each over the earlier ones."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple, Self

from ..typed.problems import Problem, Steps, Table
from .indirection import is_indirection
from .provenance import Origin

__all__ = ["Layer", "Written"]


class Layer(NamedTuple):
    """A value that one source says for a key.

    Attributes:
        origin: The source.
        name: How the setting is called there.
        value: The value.
        nest: The keys around what the source said itself: those after ``__`` in the name of a variable.
    """

    origin: Origin
    name: str
    value: Any
    nest: Steps = ()

    def holds(self, path: Steps) -> bool:
        """Return whether the source said something of a place inside the value."""
        value = self.value
        for step in path:
            if not _has(value, step):
                return isinstance(value, str) or is_indirection(value)  # all that is in a JSON text is the text's
            value = value[step]
        return True

    def inside(self, below: Any) -> Self:
        """Return the layer as a table that another can merge with: its names as they are there, or in lower case."""
        steps = tuple(_steps(self.nest, below))
        value = self.value
        for step in reversed(steps):
            value = Table([(step, value)])
        return self._replace(value=value, nest=steps)


class Written(NamedTuple):
    """What makes up one value.

    Attributes:
        value: The value.
        layers: A layer that stands for itself, and those that add to it.
    """

    value: Any
    layers: tuple[Layer, ...]

    @classmethod
    def of(cls, layer: Layer) -> Self:
        """Make what one layer says."""
        return cls(layer.value, (layer,))

    @property
    def is_table(self) -> bool:
        """Whether a table can add to the value."""
        return _as_table(self.value) is not None

    def add(self, layer: Layer) -> Self:
        """Return what is there with another layer on top: a table adds to a table, all else replaces."""
        below, above = _as_table(self.value), _as_table(layer.value)
        if below is None or above is None:
            return self.of(layer)
        return self._replace(value=_merged(below, above), layers=(*self.layers, layer))

    @property
    def origin(self) -> Origin:
        """Where the value came from, all its layers."""
        top, *below = [layer.origin for layer in reversed(self.layers)]
        return Origin(top.kind, " over ".join([top.place, *dict.fromkeys(map(str, below))])) if below else top

    def blamed(self, problem: Problem) -> tuple[Layer, Problem]:
        """Return the layer that a problem came from, and the problem as it looks from there."""
        layer = next((layer for layer in reversed(self.layers) if layer.holds(problem.path)), self.layers[-1])
        depth = len(layer.nest)
        is_inside = problem.path[:depth] == layer.nest
        return layer, problem._replace(path=problem.path[depth:]) if is_inside else problem


def _has(value: Any, step: str | int) -> bool:
    if isinstance(value, Mapping):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and step < len(value)


def _steps(nest: Steps, below: Any) -> Iterator[str]:
    for part in map(str, nest):
        names = _as_table(below) or {}
        step = next((name for name in names if str(name).upper() == part), part.lower())
        below = names.get(step)
        yield step


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> Table:
    merged = Table(below)
    for name, item in above.items():
        lower, upper = _as_table(below.get(name)), _as_table(item)
        merged[name] = item if lower is None or upper is None else _merged(lower, upper)
    return merged


def _as_table(value: Any) -> Mapping[str, Any] | None:
    """Return what another table can add to; ``None`` for a value that can only be replaced."""
    if is_dataclass(value) and not isinstance(value, type):  # a declared default, of which a variable sets one field
        return {field.name: getattr(value, field.name) for field in fields(value) if field.init}
    return value if isinstance(value, Mapping) and not is_indirection(value) else None
