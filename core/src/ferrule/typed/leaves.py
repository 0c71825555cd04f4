"""Values that are no list and no table: checked strictly, or read from a text."""

import json
import os
from datetime import date, datetime, timedelta
from typing import Any, Final

from .nesting import TOO_DEEP, is_too_deep
from .problems import Problem, Steps, Text, Unfit
from .typenames import expected, type_text

__all__ = ["checked", "is_instance", "parsed", "plain_leaf", "read_json"]

_WORDS: Final[dict[Any, dict[str, bool | None]]] = {
    bool: {**dict.fromkeys(("true", "1", "yes", "on"), True), **dict.fromkeys(("false", "0", "no", "off"), False)},
    type(None): {"null": None},
    None: {"null": None},
}
"""What the values of a type are called in a text, in any case."""

_NOT_MEANT: Final[dict[Any, type[Any]]] = {int: bool, date: datetime}
"""Subclasses that Python takes for a type, and nobody who declares that type means."""


def is_instance(value: Any, kind: type[Any]) -> bool:
    """Return whether a value is of a class as it stands."""
    try:
        return isinstance(value, kind) and not isinstance(value, _NOT_MEANT.get(kind, ()))
    except TypeError:  # a protocol that cannot be checked at run time
        return False


def plain_leaf(value: Any, kind: Any, path: Steps) -> Any:
    """Return a value as a simple type, if it is one of the few conversions that lose nothing.

    Args:
        value: What was found, not yet of the type.
        kind: The declared type.
        path: Where the value is.

    Raises:
        Unfit: The value is something else.
    """
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    is_path = isinstance(value, str) and isinstance(kind, type) and issubclass(kind, os.PathLike)
    try:
        if (kind is float and is_number) or (is_path and value):
            return kind(value)
        if kind is timedelta and is_number:
            return timedelta(seconds=value)
    except (ValueError, OverflowError):
        raise Unfit(Problem(path, f"{expected(kind)}; this is out of range", value)) from None
    if is_path:
        raise Unfit(Problem(path, f"expected {type_text(kind)}, found an empty string", value))
    if kind is bytes and isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")  # as the environment had it
    return checked(value, kind, path)


def parsed(text: Text, kind: Any, path: Steps) -> Any:
    """Return what a text from outside the file says, as a simple type.

    Args:
        text: The text.
        kind: The declared type.
        path: Where the text stands for a value.

    Raises:
        Unfit: The text does not say such a value.
    """
    if kind is str:
        return str(text)
    if words := _WORDS.get(kind):
        if text.lower() not in words:
            raise Unfit(Problem(path, expected(kind), text))
        return words[text.lower()]
    if kind is bytes or (isinstance(kind, type) and issubclass(kind, os.PathLike)):
        return plain_leaf(str(text), kind, path)
    return checked(str(text), kind, path, strict=False)


def read_json(text: str | bytes, *, table: type[dict[str, Any]] | None = None) -> Any:
    """Return what JSON says (RFC 8259).

    Args:
        text: The JSON.
        table: The class of the tables in it, if it is not ``dict``.

    Raises:
        ValueError: The text is not JSON.
    """
    try:
        value = json.loads(text, object_hook=table, parse_constant=_refuse)
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    if is_too_deep(value):
        raise ValueError(TOO_DEEP)
    return value


def checked(value: Any, kind: Any, path: Steps, *, strict: bool = True) -> Any:
    """Return a value as any type that msgspec knows.

    Args:
        value: What was found.
        kind: The declared type.
        path: Where the value is.
        strict: Refuse a string for a number. ``False`` for texts of the environment.

    Raises:
        Unfit: The value does not fit, or msgspec does not know the type.
    """
    # PERF: 16 ms and more to import; strings, numbers, booleans, lists and tables never get here.
    import msgspec

    try:
        return msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as error:
        raise Unfit(Problem(path, _constraint(error) or expected(kind), value)) from None
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        text = f"the declared type {type_text(kind)} cannot be read from texts and tables: {error}"
        raise Unfit(Problem(path, text)) from None


def _constraint(error: Exception) -> str:
    """Return the message about a broken ``msgspec.Meta``, which is all that tells what the type's name does not."""
    text = str(error).split(" - at ")[0].replace("`", "")
    return text[0].lower() + text[1:] if ", got" not in text and text.startswith("Expected") else ""


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
