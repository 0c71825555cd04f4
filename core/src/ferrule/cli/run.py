"""``ferrule run``: the development server."""

from __future__ import annotations

import os
import traceback
from typing import Any

import click

from .groups import ScriptInfo, pass_script_info

__all__ = ["run_command"]


@click.command("run")
@click.option("--host", "-h", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", "-p", default=5000, show_default=True, type=click.IntRange(0, 65535), help="The port; 0 for a free one."
)
@click.option("--debug/--no-debug", default=None, help="Reload on changes and show the debugger; on in development.")
@click.option("--reload/--no-reload", default=None, help="Restart when a file changes; as --debug unless given.")
@click.option(
    "--debugger/--no-debugger", default=None, help="Show Werkzeug's debugger on errors; as --debug unless given."
)
@click.option("--with-threads/--without-threads", default=True, help="Answer several requests at a time.")
@click.option("--extra-file", multiple=True, type=click.Path(), help="Another file whose change restarts the server.")
@click.option("--exclude-pattern", multiple=True, help="Files whose changes do not matter, by fnmatch pattern.")
@pass_script_info
def run_command(
    info: ScriptInfo,
    host: str,
    port: int,
    debug: bool | None,
    reload: bool | None,
    debugger: bool | None,
    with_threads: bool,
    extra_file: tuple[str, ...],
    exclude_pattern: tuple[str, ...],
) -> None:
    """Run the development server. It is not made for production."""
    from ..server import run_development_server  # PERF: werkzeug.serving is slow to import; no other command needs it

    app = _app_or_its_error(info)
    if debug is not None and hasattr(app, "config"):
        app.config.set_from_command_line("DEBUG", debug, "--debug" if debug else "--no-debug")
    run_development_server(
        app,
        host,
        port,
        use_reloader=reload,
        use_debugger=debugger,
        threaded=with_threads,
        extra_files=[*extra_file, *_configuration_files()],
        exclude_patterns=list(exclude_pattern),
    )


def _configuration_files() -> list[str]:
    file = os.environ.get("FERRULE_CONFIG")
    return [file] if file else []


def _app_or_its_error(info: ScriptInfo) -> Any:
    """Load the application; in a process that the reloader started, an error is served until it is mended."""
    try:
        return info.load_app()
    except Exception as error:
        if os.environ.get("WERKZEUG_RUN_MAIN") != "true":
            raise
        traceback.print_exc()
        broken = error

        def show_error(environ: Any, start_response: Any) -> Any:
            raise broken

        return show_error
