"""The application that a command works on, and how it is told what options and files say."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property

import click

from ..app import App
from ..config import DETECT, Source
from ..lifecycle import NO_EXTENSION
from .failures import failures
from .groups import ScriptInfo
from .locating import load_app, locate

__all__ = ["Project", "pass_project"]


class Project(ScriptInfo):
    """An application with its configuration, both read when they are first asked for.

    Args:
        create_app: Makes the application; without it, it is looked for.
        app: What ``--app`` says.
        env: What ``--env`` says.
        without: Names of extensions to leave out.
        debug: What ``--debug`` says.
        quiet: Do not tell environment and file.
    """

    def __init__(
        self,
        create_app: Callable[[], App] | None = None,
        *,
        app: str | None = None,
        env: str | None = None,
        without: tuple[str, ...] = (),
        debug: bool | None = None,
        quiet: bool = False,
    ) -> None:
        super().__init__(create_app or self._find)
        self._reference = app
        self._env = env
        self._meant = "development"
        self._without = without
        self._debug = debug
        self._quiet = quiet or os.environ.get("WERKZEUG_RUN_MAIN") == "true"

    def mean(self, env: str) -> None:
        """Choose the environment for where neither ``--env`` nor ``FERRULE_ENV`` does; before anything is read."""
        self._meant = env

    @cached_property
    def source(self) -> Source:
        """The configuration file and the environment; the application finds them in the process' variables."""
        given = self._env or os.environ.get("FERRULE_ENV")
        self._chosen_by = "--env" if self._env else "" if given else f"commands mean {self._meant}"
        os.environ["FERRULE_ENV"] = given or self._meant
        if self._without:
            os.environ[NO_EXTENSION] = ",".join(self._without)
        with failures():
            source = Source.read(root_path=os.getcwd(), config_file=DETECT, env=None, environ=os.environ)
        if source.path is not None:
            os.environ["FERRULE_CONFIG"] = str(source.path)
        if not self._quiet:
            file = "no configuration file" if source.path is None else source.path
            click.secho(f"Environment: {source.env}; configuration: {file}", err=True, dim=True)
        return source

    def load_app(self) -> App:
        """Return the application.

        Raises:
            Failure: It cannot be made.
        """
        if self._app is None:
            source = self.source
            with failures():
                self._switch(super().load_app(), source)
        return super().load_app()

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
