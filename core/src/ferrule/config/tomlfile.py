"""A TOML file as a table, or as the one message that says why it is none."""

import re
from typing import Any, Final

from ..exceptions import ConfigError
from ..typed.nesting import TOO_DEEP, is_too_deep
from .provenance import shown_path

__all__ = ["line_of_item", "read_bytes", "read_toml"]

MAX_SIZE: Final = 4 * 1024 * 1024
"""The largest file, in bytes, that is read."""

_PLACE: Final = re.compile(r"^(.*) \(at (?:line (\d+), column (\d+)|end of document)\)$", re.DOTALL)


def read_bytes(path: str, limit: int) -> bytes:
    """Return what is in a file.

    Args:
        path: The path of the file.
        limit: The greatest size, in bytes.

    Raises:
        ValueError: The file cannot be read, or is larger; the text is the reason alone.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise ValueError(getattr(error, "strerror", None) or str(error)) from None
    if len(data) > limit:
        raise ValueError(f"it is larger than {limit} bytes")
    return data


def read_toml(path: str) -> dict[str, Any]:
    """Return what a TOML file says.

    Args:
        path: The path of the file.

    Raises:
        ConfigError: The file cannot be read, or is not TOML; the text has file, line and column.
    """
    try:
        data = read_bytes(path, MAX_SIZE)
    except ValueError as error:
        raise ConfigError(f"cannot read the configuration file {shown_path(path)}: {error}") from None
    return _parsed(data, path)


def _parsed(data: bytes, path: str) -> dict[str, Any]:
    # PERF: 3 ms and more to import; an application without a file never pays.
    import tomllib

    try:
        tables = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{shown_path(path)}:{line}: not UTF-8, which TOML is written in") from None
    except RecursionError:
        raise ConfigError(f"{shown_path(path)}: {TOO_DEEP}") from None
    except ValueError as error:
        raise ConfigError(_syntax_error(str(error), data, path)) from None
    if is_too_deep(tables):
        raise ConfigError(f"{shown_path(path)}: {TOO_DEEP}")
    return tables


def _syntax_error(message: str, data: bytes, path: str) -> str:
    found = _PLACE.match(message)
    if found is None:  # a number that Python refuses to read, for its length
        return f"{shown_path(path)}: not TOML: {message}"
    text, line, column = found.groups()
    place = f"{line}:{column}" if line else f"{data.count(bytes([10])) + 1}"
    return f"{shown_path(path)}:{place}: not TOML: {text}"


def line_of_item(path: str, keys: tuple[str, ...], item: str) -> int | None:
    """Return the line of a text in a list of a TOML file; ``None`` where it is not written plainly, or not at all.

    Args:
        path: The path of the file.
        keys: The keys that lead to the list.
        item: The text.
    """
    import tomllib  # PERF: as above

    text = read_bytes(path, MAX_SIZE).decode("utf-8-sig")
    for found in re.finditer(rf"""(["']){re.escape(item)}\1""", text):
        try:
            value: Any = tomllib.loads(f'{text[: found.start()]}"\\u0000"{text[found.end() :]}')
            for key in keys:
                value = value[key]
        except (ValueError, LookupError, TypeError):  # it stands inside of another text
            continue
        if "\0" in value:
            return text.count("\n", 0, found.start()) + 1
    return None
