"""What all functions take: which application, which folder, where statements are written."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TextIO, TypeAlias

from ferrule import App, current_context

from ..hazards import Hazard

__all__ = ["Directory", "OnHazards", "Output", "Several", "app_or_current", "nobody", "output_of"]

Directory: TypeAlias = str | os.PathLike[str] | None
"""A folder with ``versions/``, relative to the working directory; ``None`` for what the configuration says."""

Several: TypeAlias = str | Sequence[str]
"""One or several."""

OnHazards: TypeAlias = Callable[[Sequence[Hazard]], None]
"""Is told of hazards, if there are any."""

Output: TypeAlias = bool | TextIO
"""Whether to write statements instead of running them: to the standard output, or to a file."""


def app_or_current(app: App | None) -> App:
    """Return an application, the current one unless given."""
    return current_context().app if app is None else app


def output_of(sql: Output) -> TextIO | None:
    """Return where statements are written; ``None`` where they are run."""
    if isinstance(sql, bool):
        return sys.stdout if sql else None
    return sql


def nobody(found: object) -> None:
    """Tell nobody of a step, or of hazards."""
