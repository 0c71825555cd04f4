"""Where in the source a declaration was made."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, Final

__all__ = ["caller", "calling_line", "described"]

_PASSED_OVER: Final = (os.path.dirname(__file__) + os.sep, "<frozen _collections_abc>")
"""This package, and what the standard library calls on behalf of others."""


def calling_line() -> tuple[str, int]:
    """Return file and line of the nearest code outside of this package that led here."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PASSED_OVER):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def caller() -> str:
    """Return ``file:line`` of that code, for messages."""
    file, line = calling_line()
    return f"{file}:{line}"


def described(function: Callable[..., Any]) -> str:
    """Return a function's name, with ``(file:line)`` if that is known, for messages."""
    code = getattr(function, "__code__", None)
    place = f" ({code.co_filename}:{code.co_firstlineno})" if code is not None else ""
    return f"{getattr(function, '__qualname__', repr(function))}{place}"
