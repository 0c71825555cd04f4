"""The values that were written for one key, each over the earlier ones."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple

from .indirection import is_indirection
from .problems import Problem, Steps, Table
from .provenance import Origin

__all__ = ["Layer", "Stack"]


class Layer(NamedTuple):
    """A value that one source says for a key.

    Attributes:
        origin: The source.
        name: How the setting is called there.
        value: The value.
        merges: Whether the value, if it is a table, adds to the table below it instead of replacing it.
        nest: The keys around what the source said itself: those after ``__`` in the name of a variable.
    """

    origin: Origin
    name: str
    value: Any
    merges: bool = False
    nest: Steps = ()

    def holds(self, path: Steps) -> bool:
        """Return whether the source said something of a place inside the value."""
        value = self.value
        for step in path:
            if not _has(value, step):
                return isinstance(value, str) or is_indirection(value)  # all that is in a JSON text is the text's
            value = value[step]
        return True


class Stack(NamedTuple):
    """What makes up one value: a layer that stands for itself, and those that add to it.

    Attributes:
        layers: The layers, the lowest first.
    """

    layers: tuple[Layer, ...]

    @property
    def value(self) -> Any:
        """All layers as one value."""
        value = self.layers[0].value
        for layer in self.layers[1:]:
            value = _merged(value, layer.value)
        return value

    @property
    def is_table(self) -> bool:
        """Whether a table can add to the value."""
        return _as_table(self.value) is not None

    @property
    def top(self) -> Layer:
        """The layer that has the last word."""
        return self.layers[-1]

    def put(self, layer: Layer) -> "Stack":
        """Return the stack with another layer on top."""
        adds = layer.merges and self.is_table and _as_table(layer.value) is not None
        return Stack((*self.layers, layer)) if adds else Stack((layer,))

    @property
    def origin(self) -> Origin:
        """Where the value came from, all its layers."""
        top, *below = [layer.origin for layer in reversed(self.layers)]
        return Origin(top.kind, " over ".join([top.place, *dict.fromkeys(map(str, below))])) if below else top

    def blamed(self, problem: Problem) -> tuple[Layer, Problem]:
        """Return the layer that a problem came from, and the problem as it looks from there."""
        layer = next((layer for layer in reversed(self.layers) if layer.holds(problem.path)), self.top)
        if problem.path[: len(layer.nest)] != layer.nest:
            return layer, problem
        return layer, Problem(problem.path[len(layer.nest) :], problem.text, problem.value)


def _has(value: Any, step: str | int) -> bool:
    if isinstance(value, Mapping):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and step < len(value)


def _merged(below: Any, above: Any) -> Any:
    lower, upper = _as_table(below), _as_table(above)
    if lower is None or upper is None:
        return above
    added = {name: _merged(lower[name], item) if name in lower else item for name, item in upper.items()}
    return Table({**lower, **added})


def _as_table(value: Any) -> Mapping[str, Any] | None:
    """Return what another table can add to; ``None`` for a value that can only be replaced."""
    if is_dataclass(value) and not isinstance(
        value, type
    ):  # a declared default, and a variable that sets one field of it
        return {field.name: getattr(value, field.name) for field in fields(value) if field.init}
    return value if isinstance(value, Mapping) and not is_indirection(value) else None
