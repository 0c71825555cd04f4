"""Where in the source a declaration was made."""

from __future__ import annotations

import os
import sys

__all__ = ["caller"]


def caller() -> str:
    """Return ``file:line`` of the nearest code outside of this package that led here, for messages."""
    package = os.path.dirname(__file__) + os.sep
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(package):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
