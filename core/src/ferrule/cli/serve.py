"""``ferrule serve``: the production server."""

from __future__ import annotations

import os
import ssl
from typing import Any

import click

from ..server import check_free
from .groups import ScriptInfo, pass_script_info
from .project import Project

__all__ = ["serve_command"]

_FILE = click.Path(exists=True, dir_okay=False)


@click.command("serve", context_settings={"auto_envvar_prefix": "FERRULE_SERVE", "show_default": True})
@click.option("--host", "-h", default="127.0.0.1", help="The address to listen on; 0.0.0.0 for all.")
@click.option("--port", "-p", default=8000, type=click.IntRange(1, 65535), help="The port.")
@click.option("--socket", metavar="PATH", help="A Unix socket to listen on, in place of address and port.")
@click.option("--workers", "-w", type=click.IntRange(1), help="How many processes; one for each core unless given.")
@click.option("--threads", default=8, type=click.IntRange(1), help="How many requests a process answers at a time.")
@click.option("--graceful-timeout", default=30, type=click.IntRange(1), help="Seconds that requests have to finish.")
@click.option("--keep-alive", default=5, type=click.IntRange(0), help="Seconds to hold an idle connection open.")
@click.option("--max-requests", default=0, type=click.IntRange(0), help="Renew a process after so many; 0 for never.")
@click.option("--access-log", default="text", type=click.Choice(["text", "json", "off"]), help="A line a request.")
@click.option("--cert", type=_FILE, help="The certificate chain, for HTTPS without a proxy.")
@click.option("--key", type=_FILE, help="Its private key, if that is not in the same file.")
@pass_script_info
def serve_command(
    info: ScriptInfo,
    host: str,
    port: int,
    socket: str | None,
    workers: int | None,
    keep_alive: int,
    max_requests: int,
    access_log: str,
    cert: str | None,
    key: str | None,
    **options: int,
) -> None:
    """Serve in production: several processes, each with threads. Needs the extra `ferrule[serve]`."""
    if isinstance(info, Project):
        info.mean("production")
        _ = info.source  # read here, it is told once, and its mistakes before a server starts
    server = _server_class()
    settings = {
        **options,  # those that gunicorn calls the same
        **_certificate(cert, key),
        "bind": _address(host, port, socket),
        "workers": workers or _cores(),
        "keepalive": keep_alive,
        "max_requests": max_requests,
        "max_requests_jitter": max_requests // 10,  # so that not all processes are renewed at once
        "accesslog": None if access_log == "off" else "-",
        "access_log_format": access_log,
    }
    server(info.load_app, settings).run()


def _server_class() -> Any:
    try:
        from ..production import Server  # optional: gunicorn comes with the extra ferrule[serve]
    except ImportError as error:
        raise click.ClickException(
            f"ferrule serve needs gunicorn ({error}); install it with: pip install 'ferrule[serve]'. It runs on Unix;"
            " on Windows serve the application with waitress"
        ) from error
    return Server


def _address(host: str, port: int, path: str | None) -> str:
    """Return the address as gunicorn writes it, if it can be listened on."""
    if path is not None:
        folder = os.path.dirname(os.path.abspath(path))
        if not os.access(folder, os.W_OK):
            raise click.ClickException(f"--socket {path}: {folder} is no folder that this user can write to")
        return f"unix:{path}"
    if not {"LISTEN_FDS", "GUNICORN_FD"} & os.environ.keys():  # else the socket is handed down, and taken of course
        check_free(host, port)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _cores() -> int:
    """Return how many processors this process may use; a container's share of them does not show here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _certificate(cert: str | None, key: str | None) -> dict[str, str | None]:
    if cert is None:
        if key is not None:
            raise click.UsageError("--key is of no use without --cert")
        return {}
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(cert, key)
    except OSError as error:  # ssl.SSLError is one
        raise click.ClickException(
            f"--cert {cert}, --key {key or cert}: not a certificate and its key: {error}"
        ) from error
    return {"certfile": cert, "keyfile": key or cert}
