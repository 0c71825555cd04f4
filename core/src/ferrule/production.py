"""The production server: gunicorn with threads, around one application."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import click
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

from .cli.failures import failures
from .exceptions import SetupError

if TYPE_CHECKING:
    from .app import App

__all__ = ["Server", "refuse_threads"]

_SHARED_MEMORY: Final = "/dev/shm"  # noqa: S108  # the workers' heartbeats are files; a container's disk can be slow


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """An application under gunicorn: workers that are processes, each with threads.

    This process never imports the application. Each worker does, so that one started after a ``SIGHUP`` has the code
    and the configuration as they are then, and nothing that was opened before a fork is shared by two of them.

    Args:
        load: Imports or makes the application.
        options: What gunicorn calls its settings.
    """

    def __init__(self, load: Callable[[], App], options: Mapping[str, Any]) -> None:
        self._load = load
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn its settings, from nowhere else; no header is trusted but by ``proxy_fix``."""
        own: dict[str, Any] = {
            "worker_class": "gthread",
            "worker_tmp_dir": _SHARED_MEMORY if os.access(_SHARED_MEMORY, os.W_OK) else None,
            "worker_exit": _end_worker,
            "logger_class": _Log,
            "umask": 0o117,  # a Unix socket is for its owner and its group
            "forwarded_allow_ips": "",
            "secure_scheme_headers": {},
            "forwarder_headers": "",
            "control_socket_disable": True,
        }
        for name, value in {**own, **self._options}.items():
            self.cfg.set(name, value)

    def load(self) -> App:
        """Load the application, complete: its mistakes are those of the start, not of the first request."""
        app = self._load()
        app.finalize()
        refuse_threads(app, self.cfg.threads)
        return app

    def run(self) -> None:
        """Serve until a signal ends it.

        Raises:
            click.exceptions.Exit: The application cannot start, and has said why.
        """
        if not self.rehearse():
            raise click.exceptions.Exit(1)
        _Arbiter(self).run()

    def rehearse(self) -> bool:
        """Load the application in a process that ends with it, and return whether a worker could start."""
        child = os.fork()
        if not child:
            status = self._try()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
        return os.waitpid(child, 0)[1] == 0

    def _try(self) -> int:
        try:
            with failures():
                app = self.load()
                for warning in _warnings(app):
                    app.logger.warning(warning)
                app.shutdown()
        except click.ClickException as error:
            error.show()
        except BaseException:  # whatever it is, it must not travel on into a second process' stack
            traceback.print_exc()
        else:
            return 0
        return 1


class _Arbiter(Arbiter):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's main process, which goes on with the old version if the new one cannot start."""

    def reload(self) -> None:
        if self.app.rehearse():
            super().reload()
        else:
            self.log.error("The new version cannot start, for the reason above; the old one goes on.")


class _Log(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's log, with a line for each request, ``access_log_format`` being ``text`` or ``json``."""

    def access(self, resp: Any, req: Any, environ: Mapping[str, Any], request_time: timedelta) -> None:
        if not self.access_log_enabled:
            return
        entry = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "remote": environ.get("REMOTE_ADDR") or "-",
            "request": "{REQUEST_METHOD} {RAW_URI} {SERVER_PROTOCOL}".format_map(environ),
            "status": int(str(resp.status).partition(" ")[0]),
            "bytes": resp.sent,
            "ms": round(request_time.total_seconds() * 1000, 1),
        }
        if self.cfg.access_log_format == "json":
            entry["agent"] = environ.get("HTTP_USER_AGENT")
            self.access_log.info("%s", json.dumps(entry))
        else:
            entry["request"] = json.dumps(entry["request"])  # no quote and no control character gets out of it
            self.access_log.info("%(time)s %(remote)s %(request)s %(status)d %(bytes)d %(ms).1fms", entry)


def _end_worker(_: Arbiter, worker: Any) -> None:
    """Shut the worker's application down; gunicorn calls this however a worker ends, short of being killed."""
    if worker.app.callable is not None:
        worker.app.callable.shutdown()


def refuse_threads(app: App, threads: int) -> None:
    """Refuse several threads where an extension is made for one.

    Args:
        app: The application.
        threads: How many requests a process would answer at a time.

    Raises:
        SetupError: An enabled extension says that it is not safe for that.
    """
    unsafe = app.plugins.unsafe("thread_safe")
    if unsafe and threads > 1:
        raise SetupError(f"{unsafe}: not thread-safe, and {threads} threads are asked for; serve with --threads 1")


def _warnings(app: App) -> Iterator[str]:
    if app.debug:
        yield "DEBUG is on: errors show the application's insides to anybody; take `debug` out of the configuration"
    if not app.secret_key:
        yield "SECRET_KEY is not set: there are no sessions and no tokens; set `secret_key`, long and random"
