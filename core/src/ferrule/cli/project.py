"""The application that a command works on, and how it is told what options and files say."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import nullcontext
from functools import cached_property
from typing import Final

import click

from ..app import App
from ..config import DETECT, Source
from ..enabling import LeftOut, leaving_out
from ..lifecycle import NO_EXTENSION
from .failures import Failure, failures
from .groups import ScriptInfo
from .locating import load_app, locate

__all__ = ["NO_EXTENSION_OPTION", "Project", "pass_project"]


class Project(ScriptInfo):
    """An application with its configuration, both read when they are first asked for.

    Args:
        create_app: Makes the application; without it, it is looked for.
        app: What ``--app`` says.
        env: What ``--env`` says.
        without: Names of extensions to leave out.
        debug: What ``--debug`` says.
        safe: Leave out the extensions that fail.
        quiet: Do not tell environment and file.

    Attributes:
        safe: Whether extensions that fail are left out.
        left_out: Those that were.
    """

    def __init__(
        self,
        create_app: Callable[[], App] | None = None,
        *,
        app: str | None = None,
        env: str | None = None,
        without: tuple[str, ...] = (),
        debug: bool | None = None,
        safe: bool = False,
        quiet: bool = False,
    ) -> None:
        super().__init__(create_app or self._find)
        self._reference = app
        self._env = env
        self._meant = "development"
        self._without = without
        self._debug = debug
        self.safe: bool = safe
        self.left_out: LeftOut = {}
        self._quiet = quiet or os.environ.get("WERKZEUG_RUN_MAIN") == "true"

    def mean(self, env: str) -> None:
        """Choose the environment for where neither ``--env`` nor ``FERRULE_ENV`` does; before anything is read."""
        self._meant = env

    def leave_out(self, names: tuple[str, ...]) -> None:
        """Leave out more extensions; before anything is read."""
        self._without += names

    @cached_property
    def source(self) -> Source:
        """The configuration file and the environment; when they are first asked for, it is told which."""
        if not self._quiet:
            file = "no configuration file" if self.untold.path is None else self.untold.path
            click.secho(f"Environment: {self.untold.env}; configuration: {file}", err=True, dim=True)
        return self.untold

    @cached_property
    def untold(self) -> Source:
        """The same, and nothing is told; the application finds them in the process' variables."""
        given = self._env or os.environ.get("FERRULE_ENV")
        self._chosen_by = "--env" if self._env else "" if given else f"commands mean {self._meant}"
        os.environ["FERRULE_ENV"] = given or self._meant
        if self._without:
            os.environ[NO_EXTENSION] = ",".join(self._without)
        with failures():
            source = Source.read(root_path=os.getcwd(), config_file=DETECT, env=None, environ=os.environ)
        if source.path is not None:
            os.environ["FERRULE_CONFIG"] = str(source.path)
        return source

    def open_path(self) -> None:
        """Let the modules beside the configuration file be imported, as they are for the application."""
        folder = os.getcwd() if self.source.path is None else str(self.source.path.parent)
        if folder not in sys.path:
            sys.path.insert(0, folder)

    def load_app(self) -> App:
        """Return the application.

        Raises:
            Failure: It cannot be made.
        """
        if self._app is None:
            source = self.source
            try:
                with leaving_out() if self.safe else nullcontext(self.left_out) as self.left_out, failures():
                    self._switch(super().load_app(), source)
                    if self.safe:
                        self._finalize_safely(super().load_app())
            finally:
                for name, (phase, error, _) in self.left_out.items():
                    click.secho(f"--safe left out {name!r}, which failed ({phase}): {error}", err=True, fg="yellow")
        return super().load_app()

    def _finalize_safely(self, app: App) -> None:
        """Meet all failures of extensions now; what else is wrong is told, and keeps nothing from being shown."""
        try:
            app.finalize()
        except Exception as error:
            text = Failure(error).format_message()
            click.secho(f"the application cannot be finalized: {text}", err=True, fg="yellow")

    def _find(self) -> App:
        return load_app(locate(self._reference or os.environ.get("FERRULE_APP"), self.source), self.source)

    def _switch(self, app: App, source: Source) -> None:
        """Let the configuration say what the command itself decides, and why."""
        if self._chosen_by:
            app.config.set_from_command_line("ENV", app.config["ENV"], self._chosen_by)
        if self._debug is not None:
            app.config.set_from_command_line("DEBUG", self._debug, "--debug" if self._debug else "--no-debug")
        elif source.env == "development" and app.config.origin("DEBUG").kind == "default":
            app.config.set_from_command_line("DEBUG", True, "the environment is development")


pass_project: Callable[[Callable[..., object]], Callable[..., object]] = click.make_pass_decorator(Project, ensure=True)


def _leave_out(ctx: click.Context, _: click.Parameter, names: tuple[str, ...]) -> None:
    project = ctx.find_object(Project)
    if project is not None and names:
        project.leave_out(names)


NO_EXTENSION_OPTION: Final = click.Option(
    ["--no-extension"],
    metavar="NAME",
    multiple=True,
    expose_value=False,
    callback=_leave_out,
    help="Leave an extension out; repeatable.",
)
"""The option that ``ferrule`` itself has, for its commands, since that is where one looks for it."""
