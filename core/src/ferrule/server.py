"""The development server."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Any

import click
from werkzeug.serving import run_simple

if TYPE_CHECKING:
    from .app import App

__all__ = ["check_free", "run_development_server"]


def run_development_server(app: App, host: str | None = None, port: int | None = None, **options: Any) -> None:
    """Serve an application with Werkzeug's server until it is interrupted.

    Args:
        app: The application.
        host: The address; that of ``SERVER_NAME`` or 127.0.0.1 unless given.
        port: The port; that of ``SERVER_NAME`` or 5000 unless given. 0 stands for a free one.
        **options: For :func:`werkzeug.serving.run_simple`. ``use_reloader`` and ``use_debugger`` are as the
            application's debug mode unless given.

    Raises:
        click.ClickException: The address cannot be listened on.
    """
    debug = getattr(app, "debug", True)
    options |= {name: debug for name in ("use_reloader", "use_debugger") if options.get(name) is None}
    address, reloaded = _address(app, host, port), os.environ.get("WERKZEUG_RUN_MAIN") == "true"
    if not reloaded:
        check_free(*address)
    if hasattr(app, "plugins"):  # else it is what serves the error of an application that cannot be made
        options["threaded"] = options.get("threaded", True) and not app.plugins.unsafe("thread_safe")
        if reloaded or not options["use_reloader"]:
            app.finalize()  # so that no mistake waits for the first request
            app.hooks.development_server_started(app)
    run_simple(*address, app, **options)


def _address(app: App, host: str | None, port: int | None) -> tuple[str, int]:
    name, _, number = ((app.config["SERVER_NAME"] if hasattr(app, "config") else None) or "").partition(":")
    return host or name or "127.0.0.1", int(number or 5000) if port is None else port


def check_free(host: str, port: int) -> None:
    """Refuse an address that is taken with one clear line, before anything is started.

    Raises:
        click.ClickException: The address cannot be listened on.
    """
    if host.startswith("unix://") or port == 0:
        return
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            cure = "stop what uses it, or choose another port with --port"
            raise click.ClickException(f"cannot listen on {host}:{port}: {why}; {cure}") from error
