"""What the extension was given in code; a class of its own, so that what reads it need not know the hooks."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ferrule import App, Extension

from .folders import directory_of

if TYPE_CHECKING:  # PERF: an application that starts does not load Alembic
    from alembic.config import Config

__all__ = ["Given"]

Configurer = TypeVar("Configurer", bound="Callable[[Config], Config | None]")


class Given(Extension):
    """What the extension was given in code.

    Args:
        directory: The folder with ``versions/``, instead of what the configuration says.
        options: Arguments of ``alembic.context.configure``.

    Attributes:
        options: These arguments.
        configurers: The functions that :meth:`configure` was given.
    """

    name = "migrate"

    def __init__(self, directory: str | os.PathLike[str] | None, options: Mapping[str, Any]) -> None:
        self.options: dict[str, Any] = dict(options)
        self.configurers: list[Callable[[Config], Config | None]] = []
        self._directory = directory

    def configure(self, function: Configurer) -> Configurer:
        """Have a function change Alembic's ``Config`` before each command; a decorator, as Flask-Migrate's."""
        self.configurers.append(function)
        return function

    def directory(self, app: App) -> Path:
        """Return the folder with ``versions/``."""
        return directory_of(app, self._directory)
