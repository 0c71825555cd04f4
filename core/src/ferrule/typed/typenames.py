"""Types and values as the text of messages."""

import reprlib
import types
import typing
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import Enum
from typing import Any, Final

from .problems import Sent

__all__ = ["expected", "found_text", "shown_value", "type_text"]

_HINTS: Final = {timedelta: " (seconds, or an ISO 8601 duration such as 'P31D')"}

_FOUND: Final[tuple[tuple[type[Any], str], ...]] = (
    (Sent, "an object"),
    (bool, "a boolean"),
    (str, "a string"),
    (int, "an integer"),
    (float, "a float"),
    (Mapping, "a table"),
    (list, "a list"),
    (tuple, "a list"),
)

_short: Final = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = 60


def type_text(kind: Any) -> str:
    """Return a type as one would write it."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is None:
        is_enum = isinstance(kind, type) and issubclass(kind, Enum)
        return " | ".join(repr(member.value) for member in kind) if is_enum else _name(kind)
    if origin is typing.Literal:
        return " | ".join(map(repr, args))
    if origin is Callable:
        return "callable"
    texts = ["..." if arg is ... else type_text(arg) for arg in args]
    if origin is typing.Annotated:
        return texts[0]
    return " | ".join(texts) if origin in {typing.Union, types.UnionType} else f"{_name(origin)}[{', '.join(texts)}]"


def expected(kind: Any) -> str:
    """Return what is wrong with a value that does not fit a type."""
    hint = next((hint for known, hint in _HINTS.items() if kind is known or known in typing.get_args(kind)), "")
    return f"expected {type_text(kind)}{hint}"


def shown_value(value: Any) -> str:
    """Return a value for a message, shortened."""
    try:
        return _short.repr(value)
    except ValueError:  # Python writes no integer of more than 4300 digits
        return f"<{type(value).__name__}>"


def found_text(value: Any) -> str:
    """Return the kind of a value that is not to be shown itself."""
    return next((text for known, text in _FOUND if isinstance(value, known)), type(value).__name__)


def _name(kind: Any) -> str:
    if kind is None or kind is types.NoneType:
        return "None"
    return "any" if kind is Any else getattr(kind, "__name__", str(kind))
