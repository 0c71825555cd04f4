"""The ``ferrule`` command: its options, and where its commands come from."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import click

from ..app import App
from ..exceptions import FerruleError
from ..extensions import Catalog, InstalledPoint, catalog_for
from ..lifecycle import enabled_names
from .check import check_command
from .config import check_config_command, init_config_command, show_command
from .env_files import load_dotenv
from .extensions import explain_command, list_command
from .failures import Failure, failures
from .groups import AppGroup, ScriptInfo
from .hooks import hooks_command
from .project import NO_EXTENSION_OPTION, Project
from .routes import routes_command
from .run import run_command
from .serve import serve_command
from .shell import shell_command
from .tools import ToolGroup, command_of, mistakes_in_tools, tool, tool_names

__all__ = ["FerruleGroup", "main"]

_COMMANDS: Final[dict[str, click.Command]] = {
    "check": check_command,
    "config": ToolGroup(
        "config",
        default=show_command,
        commands=[check_config_command, init_config_command],
        help="Show the configuration, or those of its keys that contain KEY; check it, or begin a file.",
        subcommand_metavar="[KEY] | COMMAND [ARGS]...",
    ),
    "extensions": ToolGroup(
        "extensions",
        default=list_command,
        commands=[explain_command],
        help="Show all extensions, installed or enabled; explain one.",
        subcommand_metavar="[--json] | COMMAND [ARGS]...",
    ),
    "hooks": hooks_command,
    "routes": routes_command,
    "run": run_command,
    "serve": serve_command,
    "shell": shell_command,
}
for _command in _COMMANDS.values():
    for _each in _command.commands.values() if isinstance(_command, click.Group) else [_command]:
        _each.params.append(NO_EXTENSION_OPTION)


_LOOKING: Final = frozenset({"check", "config", "extensions", "hooks", "routes"})
"""The commands that work with ``--safe``, and tell what was left out. All others would do half of what is meant."""

# Eager, so that `--help`, which lists the application's commands, knows them. Others read their variables.
_option: Final = partial(click.Option, is_eager=True, allow_from_autoenv=False)
_file: Final = click.Path(exists=True, dir_okay=False)
_OPTIONS: Final = (
    _option(["--app", "-A"], metavar="MODULE:NAME", help="The application, or a function that makes it."),
    _option(["--env"], metavar="NAME", help="The environment; development unless FERRULE_ENV says so."),
    _option(["--env-file", "-e"], type=_file, envvar="FERRULE_ENV_FILE", help="Variables, over .env and .ferruleenv."),
    _option(["--no-extension", "without"], metavar="NAME", multiple=True, help="Leave an extension out; repeatable."),
    _option(["--safe"], is_flag=True, help="Leave out the extensions that fail; for commands that only look."),
    _option(["--debug/--no-debug"], default=None, help="Set debug mode; on in development."),
)


class FerruleGroup(AppGroup):
    """The framework's commands, those of the enabled extensions, installed tools, and those of the application.

    A script of one's own is such a group with a ``create_app``; its commands run inside of the application's context.

    Args:
        create_app: Makes the application; without it, ``--app`` and the configuration file say where it is.
        add_default_commands: Have the framework's commands.
        load_dotenv: Read ``.env`` and ``.ferruleenv``.
        **extra: For :class:`click.Group`.
    """

    def __init__(
        self,
        *args: Any,
        create_app: Callable[[], App] | None = None,
        add_default_commands: bool = True,
        load_dotenv: bool = True,
        **extra: Any,
    ) -> None:
        ours = _OPTIONS if create_app is None else _OPTIONS[1:]
        extra["params"] = [*(extra.get("params") or ()), *ours]
        extra.setdefault("context_settings", {}).setdefault("auto_envvar_prefix", "FERRULE")
        super().__init__(*args, **extra)
        self.has_tools: bool = add_default_commands
        self.create_app: Callable[[], App] | None = create_app
        self.load_dotenv: bool = load_dotenv
        if add_default_commands:
            self.commands.update({name: command for name, command in _COMMANDS.items() if name not in self.commands})

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for; a mistake that Ferrule explains ends it with its text."""
        self._info(ctx)
        try:
            return super().invoke(ctx)
        except FerruleError as error:
            raise Failure(error) from error

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was asked for; most refuse ``--safe``."""
        info = ctx.find_object(Project)
        if info is not None and info.safe and args[0] not in _LOOKING and not ctx.resilient_parsing:
            known = ", ".join(sorted(_LOOKING))
            raise click.UsageError(f"--safe leaves extensions out that fail, which is for looking: {known}")
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands; what cannot be loaded is reported, not fatal."""
        names = {*super().list_commands(ctx), *(tool_names() if self.has_tools else ())}
        enabled: dict[str, InstalledPoint] = {}
        try:
            enabled = self._of_extensions(ctx)
            app = self._app(ctx)
            names |= {*app.cli.list_commands(ctx), *self._enlisted(app)}
        except click.ClickException as error:
            if not ctx.resilient_parsing:
                click.secho("Not all commands are listed, since the application cannot be loaded:", err=True)
                error.show()
        if self.has_tools and not ctx.resilient_parsing:
            for mistake in mistakes_in_tools(self, enabled):
                click.secho(mistake, err=True, fg="yellow")
        return sorted(names | enabled.keys())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command: the group's own first, then an enabled extension's, a tool, and the application's."""
        failed: click.ClickException | None = None
        for find in (super().get_command, self._extension_command, self._tool, self._application_command):
            try:
                if (found := find(ctx, cmd_name)) is not None:
                    return found
            except click.ClickException as error:  # a tool is there whatever is wrong with the configuration
                failed = failed or error
        if failed is not None and not ctx.resilient_parsing:  # else the shell asks what could come next
            raise failed
        return None

    def _info(self, ctx: click.Context) -> ScriptInfo:
        given = {option.name: ctx.params.pop(option.name) for option in _OPTIONS if option.name in ctx.params}
        info = ctx.find_object(ScriptInfo)
        if info is None:
            load_dotenv(given.pop("env_file", None), self.load_dotenv)
            info = ctx.obj = Project(self.create_app, quiet=ctx.resilient_parsing, **given)
        return info

    def _extension_command(self, ctx: click.Context, name: str) -> click.Command | None:
        point = self._of_extensions(ctx).get(name)
        return command_of(point) if point is not None else None

    def _tool(self, _: click.Context, name: str) -> click.Command | None:
        return tool(name) if self.has_tools else None  # looked for in all that is installed, so not before it must be

    def _application_command(self, ctx: click.Context, name: str) -> click.Command | None:
        app = self._app(ctx)
        if (found := app.cli.get_command(ctx, name)) is not None:
            return found
        point = self._enlisted(app).get(name)
        return command_of(point) if point is not None else None

    def _enlisted(self, app: App) -> dict[str, InstalledPoint]:
        """Return the commands of the extensions that code has enlisted, as ``Migrate(app, db)`` does."""
        if not self.has_tools:
            return {}
        with failures():
            catalog = Catalog.installed()
            points = [catalog.extension(name) for name in app.extensions if name in catalog.extensions()]
        return {p.name: p for p in catalog.commands_of(point.distribution for point in points if point is not None)}

    def _app(self, ctx: click.Context) -> App:
        """Return the application, whose extensions have added their commands."""
        app = self._info(ctx).load_app()
        with failures():
            app.initialise()
        return app

    def _of_extensions(self, ctx: click.Context) -> dict[str, InstalledPoint]:
        """Return the commands that belong to the distributions of the enabled extensions; nothing is imported."""
        info = self._info(ctx)
        if not isinstance(info, Project):  # a test's, which has its application
            return {}
        with failures():
            names = [what for what, _ in enabled_names(info.untold, None) if ":" not in what]
            catalog = catalog_for(info.untold, names)
            points = [catalog.extension(name) for name in names]
        return {p.name: p for p in catalog.commands_of(point.distribution for point in points if point is not None)}


@click.group(cls=FerruleGroup)
@click.version_option(package_name="ferrule", prog_name="ferrule")
def cli() -> None:
    """Work on a Ferrule application: run it, and see what it is made of."""


def main() -> None:
    """Run the ``ferrule`` command; a mistake of the user's ends it with one clear text and no traceback."""
    cli.main()
