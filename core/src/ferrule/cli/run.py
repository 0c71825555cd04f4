"""``ferrule run``: the development server."""

from __future__ import annotations

import os
from typing import Any, Final

import click
from werkzeug.utils import import_string

from ..app import App
from .env_files import loaded_files
from .failures import Failure, failures
from .groups import ScriptInfo, pass_script_info
from .trace import trace

__all__ = ["run_command"]


_PATHS: Final[dict[str, Any]] = {"multiple": True, "type": click.Path()}
_SEPARATED: Final = f"separated by {os.pathsep!r}."


@click.command("run")
@click.option("--host", "-h", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", "-p", default=5000, show_default=True, type=click.IntRange(0, 65535), help="0 for a free one.")
@click.option("--debug/--no-debug", default=None, help="Reload on changes and show the debugger; on in development.")
@click.option("--reload/--no-reload", "use_reloader", default=None, help="Restart when a file changes; as --debug.")
@click.option("--debugger/--no-debugger", "use_debugger", default=None, help="Show the debugger; as --debug.")
@click.option("--with-threads/--without-threads", "threaded", default=True, help="Answer several requests at a time.")
@click.option("--extra-files", **_PATHS, help=f"More files whose change restarts the server, {_SEPARATED}")
@click.option("--exclude-patterns", **_PATHS, help=f"Files whose changes do not matter, by fnmatch, {_SEPARATED}")
@click.option("--cert", metavar="PATH|adhoc|MODULE:NAME", help="Serve HTTPS: a certificate, or an SSLContext.")
@click.option("--key", type=click.Path(exists=True, dir_okay=False), help="The certificate's key, if in another file.")
@click.option("--trace", "is_traced", is_flag=True, help="Print each call of a hook with its time, request by request.")
@pass_script_info
def run_command(
    info: ScriptInfo,
    debug: bool | None,
    extra_files: tuple[str, ...],
    exclude_patterns: tuple[str, ...],
    cert: str | None,
    key: str | None,
    is_traced: bool,
    **server: Any,
) -> None:
    """Run the development server. It is not made for production."""
    from ..server import run_development_server  # PERF: werkzeug.serving is slow to import; no other command needs it

    app = _app_or_its_error(info, debug=debug, is_traced=is_traced, use_reloader=server["use_reloader"])
    server["ssl_context"] = _ssl_context(cert, key)  # only now is the application's folder on the path of imports
    server["extra_files"] = [*_split(extra_files), *_configuration_files()]
    server["exclude_patterns"] = _split(exclude_patterns)
    run_development_server(app, **server)


def _split(paths: tuple[str, ...]) -> list[str]:
    return [path for joined in paths for path in joined.split(os.pathsep) if path]


def _configuration_files() -> list[str]:
    named = filter(None, [os.environ.get("FERRULE_CONFIG")])
    return [*named, *map(os.path.abspath, sorted(loaded_files()))]


def _ssl_context(cert: str | None, key: str | None) -> Any:
    """Return what Werkzeug's server takes; a certificate is read now, so that a mistake is told before the start."""
    if key is not None and (cert is None or not os.path.exists(cert)):
        raise click.BadParameter("it belongs to the file that --cert names", param_hint="--key")
    if cert is None or cert == "adhoc":
        return cert
    import ssl  # PERF: slow to import; only TLS needs it

    if os.path.exists(cert):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            context.load_cert_chain(cert, key)
        except OSError as error:  # ssl.SSLError is one
            pair = cert if key is None else f"{cert} and {key}"
            raise click.BadParameter(f"{pair}: no certificate with its key: {error}", param_hint="--cert") from None
        return context
    found = import_string(cert, silent=True)
    if not isinstance(found, ssl.SSLContext):
        raise click.BadParameter(f"{cert!r}: no such file, and not an SSLContext's name", param_hint="--cert")
    return found


def _app_or_its_error(info: ScriptInfo, **options: Any) -> Any:
    """Prepare the application; in a process that the reloader started, an error is served until it is mended."""
    is_reloaded = os.environ.get("WERKZEUG_RUN_MAIN") == "true"
    try:
        return _prepared(info.load_app(), is_reloaded=is_reloaded, **options)
    except Exception as error:
        if not is_reloaded:
            raise
        (error if isinstance(error, click.ClickException) else Failure(error)).show()
        broken = error.error if isinstance(error, Failure) else error

        def show_error(environ: Any, start_response: Any) -> Any:
            raise broken

        return show_error


def _prepared(app: App, *, is_reloaded: bool, debug: bool | None, is_traced: bool, use_reloader: bool | None) -> App:
    """Finalize the application in the process that serves it, so that no mistake waits for the first request."""
    if debug is not None:
        app.config.set_from_command_line("DEBUG", debug, "--debug" if debug else "--no-debug")
    if is_traced:
        trace(app)
    if is_reloaded or not (app.debug if use_reloader is None else use_reloader):
        with failures():
            app.finalize()
    return app
