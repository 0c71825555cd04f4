"""Where in the application's code a query comes from."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from os import sep
from types import FrameType
from typing import Final, NamedTuple

__all__ = ["UNKNOWN", "Place", "calling_place"]

_MACHINERY: Final = frozenset({"ferrule", "ferrule_sqlalchemy", "jinja2", "sqlalchemy"})
"""Packages that stand between a query and who asked for it, even where nobody of the application did."""

_LIBRARIES: Final = tuple(sysconfig.get_path(name) + sep for name in ("purelib", "platlib", "stdlib", "platstdlib"))


class Place(NamedTuple):
    """A line of code.

    Attributes:
        file: The file.
        line: The line; that of the template's source where a compiled template asked.
        function: The function, or ``template``.
    """

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} ({self.function})"


UNKNOWN: Final = Place("unknown", 0, "unknown")


def calling_place(root: str = "") -> Place:
    """Return the nearest line of the application's code that led here, or else of a library's.

    Code of the application is what is neither installed nor a part of Python; if the application is installed itself,
    what is in its folder.

    Args:
        root: The application's folder.
    """
    nearest: FrameType | None = None
    for frame in _frames():
        if _is_own(frame.f_code.co_filename, root):
            return _place_of(frame)
        nearest = nearest or frame
    return UNKNOWN if nearest is None else _place_of(nearest)


def _frames() -> Iterator[FrameType]:
    """Yield those who may have asked, the nearest first."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        if module.partition(".")[0] not in _MACHINERY and not frame.f_code.co_filename.startswith("<frozen "):
            yield frame
        frame = frame.f_back


def _is_own(file: str, root: str) -> bool:
    library = max((folder for folder in _LIBRARIES if file.startswith(folder)), key=len, default="")
    if not library:
        return True
    folder = root.rstrip(sep) + sep
    return len(folder) > len(library) and folder.startswith(library) and file.startswith(folder)


def _place_of(frame: FrameType) -> Place:
    file, line = frame.f_code.co_filename, frame.f_lineno
    template = frame.f_globals.get("__jinja_template__")
    if template is not None:
        return Place(file, template.get_corresponding_lineno(line), "template")
    names = [name for name in frame.f_code.co_qualname.split(".") if not name.startswith("<")]
    return Place(file, line, names[-1] if names else frame.f_code.co_name)  # a comprehension is its function's
