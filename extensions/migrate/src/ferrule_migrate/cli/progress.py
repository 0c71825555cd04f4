"""What is seen of an upgrade while it runs, and when it is done."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import Final, Self

import click

from ferrule.cli.tables import plain

from ..revisions import Step

__all__ = ["Progress"]

_EVERY: Final = 0.5
"""Seconds between two looks at the clock."""


class Progress:
    """Shows which revision of how many runs: on a terminal in one line that is written over, else a line for each.

    It goes to the standard error stream; what was done goes to the standard output, once it cannot be undone any more.

    Args:
        quiet: Show nothing.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._on_terminal = sys.stderr.isatty()
        self._running: Step | None = None
        self._since = self._start = monotonic()
        self._over = Event()
        self._clock = Thread(target=self._tick, name="ferrule-migrate-progress", daemon=True)

    def __enter__(self) -> Self:
        if self._on_terminal and not self._quiet:
            self._clock.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._clock.is_alive():
            self._clock.join()
            click.echo("\r\x1b[K", err=True, nl=False)

    def __call__(self, step: Step) -> None:
        """Show a step that begins."""
        if step.seconds is None:
            self._since = monotonic()
        self._running = step if step.seconds is None else None
        if self._quiet or step.seconds is not None:
            return
        if self._on_terminal:
            self._show()
        elif step.total > 1:
            click.echo(_line(step), err=True)

    def report(self, what: str, steps: Sequence[Step]) -> None:
        """Say what was done.

        Args:
            what: ``"Applied"``, or ``"Undid"``.
            steps: What it was.
        """
        for step in steps:
            where = "" if step.bind_key is None else f" (bind {step.bind_key!r})"
            click.echo(f"{what} {step.revision} {plain(step.doc)}{where}")
        if not steps:
            click.echo("Nothing to do.")
        elif len(steps) > 1:
            click.echo(f"{len(steps)} steps in {monotonic() - self._start:.1f} s.")

    def _tick(self) -> None:
        while not self._over.wait(_EVERY):
            self._show()

    def _show(self) -> None:
        step = self._running
        if step is not None:
            click.echo(f"\r\x1b[K{_line(step)}  {monotonic() - self._since:.0f} s", err=True, nl=False)


def _line(step: Step) -> str:
    verb = "Applying" if step.is_upgrade else "Undoing"
    where = "" if step.bind_key is None else f" (bind {step.bind_key!r})"
    return f"{verb} {step.number} of {step.total}: {step.revision} {plain(step.doc)}{where}"
