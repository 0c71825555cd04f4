"""Where in the source a declaration was made."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable
from traceback import walk_tb
from typing import Any, Final

__all__ = ["caller", "calling_line", "described", "described_error", "is_ours", "place_of", "printable"]

_PASSED_OVER: Final = (os.path.dirname(__file__) + os.sep, "<frozen _collections_abc>")
"""This package, and what the standard library calls on behalf of others."""

_PYTHON: Final = os.path.dirname(os.__file__) + os.sep


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


def place_of(declared: Any) -> str:
    """Return ``file:line`` of a function or a class; an empty text where its source is not known."""
    if inspect.isclass(declared):
        try:
            return f"{inspect.getsourcefile(declared)}:{inspect.getsourcelines(declared)[1]}"
        except (OSError, TypeError):
            return ""
    code = getattr(inspect.unwrap(declared), "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code is not None else ""


def is_ours(place: str) -> bool:
    """Tell whether a ``file:line`` is of this package, or of what the standard library calls on behalf of others."""
    return place.startswith(_PASSED_OVER)


def described(function: Callable[..., Any]) -> str:
    """Return a function's name, with ``(file:line)`` if that is known, for messages."""
    place = place_of(function)
    return getattr(function, "__qualname__", repr(function)) + (f" ({place})" if place else "")


def described_error(error: BaseException) -> str:
    """Return an error's type and text, with ``(file:line)`` of whoever raised it or called Python's own library."""
    places = [f"{frame.f_code.co_filename}:{line}" for frame, line in walk_tb(error.__traceback__)]
    text = str(error)
    if isinstance(error, SyntaxError) and error.filename is not None:
        places, text = [f"{error.filename}:{error.lineno}"], error.msg
    found = [place for place in places if not _is_passed_over(place)]
    return printable(f"{type(error).__name__}: {text}" + (f" ({found[-1]})" if found else ""))


def printable(text: str) -> str:
    """Return a text in which nothing can steer a terminal; its lines stay lines."""
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def _is_passed_over(place: str) -> bool:
    is_python = place.startswith(("<frozen importlib", _PYTHON)) and "-packages" not in place
    return is_python or is_ours(place)
