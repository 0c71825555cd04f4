"""The ``ferrule`` command: its options, and where its commands come from."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Any, Final

import click

from ..app import App
from ..config import DETECT, Source
from ..exceptions import FerruleError
from ..extensions import Catalog
from ..lifecycle import NO_EXTENSION, enabled_names
from .config import config_command
from .extensions import extensions_command
from .groups import ScriptInfo
from .locating import load_app, locate
from .routes import routes_command
from .run import run_command
from .shell import shell_command

__all__ = ["main"]

_COMMANDS: Final[dict[str, click.Command]] = {
    "config": config_command,
    "extensions": extensions_command,
    "routes": routes_command,
    "run": run_command,
    "shell": shell_command,
}


class FerruleGroup(click.Group):
    """The framework's commands, those of the enabled extensions, and those of the application."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands; an application that cannot be loaded is reported, not fatal."""
        names = {*_COMMANDS, *_extension_commands(ctx)}
        try:
            names |= set(_info(ctx).load_app().cli.list_commands(ctx))
        except (click.ClickException, FerruleError) as error:
            click.secho(f"The application's own commands are not listed: {_text_of(error)}", err=True, fg="yellow")
        except Exception:
            click.secho(
                "The application's own commands are not listed, since it cannot be loaded:", err=True, fg="yellow"
            )
            traceback.print_exc()
        return sorted(names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command: the framework's first, then an enabled extension's, then the application's."""
        if cmd_name in _COMMANDS:
            return _COMMANDS[cmd_name]
        point = _extension_commands(ctx).get(cmd_name)
        if point is not None:
            return point.load()  # type: ignore[no-any-return]  # what an entry point of this group leads to
        command: click.Command | None = _info(ctx).load_app().cli.get_command(ctx, cmd_name)
        return command


def _info(ctx: click.Context) -> ScriptInfo:
    info = ctx.find_object(ScriptInfo)
    if info is None:
        info = ctx.obj = _prepare(ctx.params.get("app"), ctx.params.get("env"), ctx.params.get("no_extension") or ())
    return info


def _extension_commands(ctx: click.Context) -> dict[str, Any]:
    """Return the commands that belong to the distributions of the enabled extensions; nothing is imported."""
    _info(ctx)
    catalog = Catalog.installed()
    points = [catalog.extension(what) for what, _ in enabled_names(_source(), None) if ":" not in what]
    return {p.name: p for p in catalog.commands_of(point.distribution for point in points if point is not None)}


def _source() -> Source:
    return Source.read(root_path=os.getcwd(), config_file=DETECT, env=None, environ=os.environ)


def _prepare(app: str | None, env: str | None, without: tuple[str, ...]) -> ScriptInfo:
    """Pass on to the application, through the process' environment, what the options and the configuration file say."""
    chosen_by = "--env" if env else "" if os.environ.get("FERRULE_ENV") else "commands mean development"
    os.environ["FERRULE_ENV"] = env or os.environ.get("FERRULE_ENV") or "development"
    if without:
        os.environ[NO_EXTENSION] = ",".join(without)
    source = _source()
    if source.path is not None:
        os.environ["FERRULE_CONFIG"] = str(source.path)
    _announce(source)
    return ScriptInfo(lambda: _load(app or os.environ.get("FERRULE_APP"), source, chosen_by))


def _announce(source: Source) -> None:
    if os.environ.get("WERKZEUG_RUN_MAIN") != "true":
        file = "no configuration file" if source.path is None else source.path
        click.secho(f"Environment: {source.env}; configuration: {file}", err=True, dim=True)


def _load(reference: str | None, source: Source, env_chosen_by: str) -> App:
    app = load_app(locate(reference, source), source)
    if env_chosen_by:
        app.config.set_from_command_line("ENV", app.config["ENV"], env_chosen_by)
    if source.env == "development" and app.config.origin("DEBUG").kind == "default":
        app.config.set_from_command_line("DEBUG", True, "the environment is development")
    return app


def _text_of(error: Exception) -> str:
    return error.format_message() if isinstance(error, click.ClickException) else str(error)


@click.group(cls=FerruleGroup)
@click.option("--app", metavar="MODULE:NAME", help="The application, or a function that makes it.")
@click.option(
    "--env", metavar="NAME", help="The environment, such as production; development unless FERRULE_ENV says so."
)
@click.option(
    "--no-extension", metavar="NAME", multiple=True, help="Leave an extension out. May be given several times."
)
@click.version_option(package_name="ferrule", prog_name="ferrule")
@click.pass_context
def cli(ctx: click.Context, app: str | None, env: str | None, no_extension: tuple[str, ...]) -> None:
    """Work on a Ferrule application: run it, and see what it is made of."""
    _info(ctx)


def main() -> None:
    """Run the ``ferrule`` command; a mistake of the user's ends it with one clear text and no traceback."""
    try:
        cli.main()
    except FerruleError as error:
        text = "\n  ".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())])
        click.secho(text, err=True, fg="red")
        sys.exit(1)
