"""How deeply values may be nested: all that follows walks them by recursion."""

from collections.abc import Iterable
from typing import Any, Final

__all__ = ["TOO_DEEP", "is_too_deep"]

MAX_DEPTH: Final = 64
"""The greatest number of tables and lists around a value."""

TOO_DEEP: Final = f"more than {MAX_DEPTH} tables and lists are nested in each other"
"""The message."""


def is_too_deep(value: Any) -> bool:
    """Return whether tables and lists are nested more deeply than :data:`MAX_DEPTH`."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [item for container in level for item in _items(container)]
        if not level:
            return False
    return True


def _items(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
