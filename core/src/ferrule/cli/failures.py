"""How a command shows what an application raised while it was made."""

from __future__ import annotations

import importlib
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import IO, Any, Final

import click

from ..callers import described_error
from ..exceptions import ContextError, FerruleError

__all__ = ["Failure", "failures"]

_OURS: Final = (
    os.path.dirname(os.path.dirname(__file__)) + os.sep,
    os.path.dirname(importlib.__file__) + os.sep,
    "<frozen importlib",
)


class Failure(click.ClickException):
    """An error of the application: one clear text if it is a mistake that Ferrule explains, else its traceback.

    The traceback begins with the application's first frame; how a command came there is nobody's concern.

    Attributes:
        error: What was raised.
    """

    def __init__(self, error: Exception | SystemExit) -> None:
        self.error: Exception | SystemExit = error.with_traceback(_application_frames(error.__traceback__))
        super().__init__(_explained(error) or "".join(traceback.format_exception(error)).rstrip())

    def show(self, file: IO[Any] | None = None) -> None:
        """Print it."""
        click.secho(self.message, file=file, err=True, fg="red")

    def format_message(self) -> str:
        """Return the error in short, with the last place in the application's code, for a list of findings."""
        return _explained(self.error) or described_error(self.error)


@contextmanager
def failures() -> Iterator[None]:
    """Let what goes wrong in a block be shown as the application's failure."""
    try:
        yield
    except click.ClickException:
        raise
    except (Exception, SystemExit) as error:
        raise Failure(error) from error


def _explained(error: BaseException) -> str:
    """Return the text of an error that says where and what by itself; an empty one for all others."""
    if not isinstance(error, FerruleError) or isinstance(error, ContextError):
        return ""
    return "\n  ".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())])


def _application_frames(frames: TracebackType | None) -> TracebackType | None:
    while frames is not None and frames.tb_frame.f_code.co_filename.startswith(_OURS):
        frames = frames.tb_next
    return frames
