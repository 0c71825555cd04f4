"""The built-in extension that checks the core's own settings, for ``ferrule check``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..checks import Check
from ..extensions import Extension
from ..hooks import hookimpl

if TYPE_CHECKING:
    from ..app import App

__all__ = ["CoreChecks"]


class CoreChecks(Extension):
    """Finds overrides that nobody calls, rules that nobody reaches, and settings that are risky in production."""

    name = "core"
    description = "Checks the core's own settings."

    @hookimpl
    def check_app(self, app: App, deploy: bool) -> Iterator[Check]:
        """Yield what is found."""
        from .risks import mistakes, risks  # PERF: only `ferrule check` needs it

        yield from mistakes(app)
        if deploy:
            yield from risks(app)
