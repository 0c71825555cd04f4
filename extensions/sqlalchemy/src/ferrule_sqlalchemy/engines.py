"""Engines: made of the settings, with errors that say which setting is wrong and never show a password."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from threading import RLock
from types import MappingProxyType
from typing import Any, Final
from weakref import WeakSet

import sqlalchemy as sa
import sqlalchemy.pool
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from ferrule import App, ConfigError

from . import recording, sqlite
from .binds import Bind, binds_of

__all__ = ["EngineSlot", "Engines", "make_engine", "shown"]

Engines = Mapping[str | None, sa.Engine]
"""The engines of an application by bind key."""

MYSQL_RECYCLE: Final = 7200
"""Seconds after which a connection to MySQL is made anew; the server closes idle ones, after eight hours by default."""

_DRIVERS: Final = {
    "MySQLdb": "mysqlclient",
    "psycopg": "psycopg[binary]",
    "psycopg2": "psycopg2-binary",
}
"""The distributions of drivers that are called otherwise than their module."""

_TESTED: Final = {"mariadb": "pymysql", "mysql": "pymysql", "postgresql": "psycopg"}
"""The drivers that Ferrule is tested with."""

_EXAMPLES: Final = (
    "sqlite:///app.db, postgresql+psycopg://user:password@host/name or mysql+pymysql://user:password@host/name"
)
_SCHEME: Final = re.compile(r"[a-z0-9+]*:|")
_SECRET: Final = re.compile(r"key|pass|pwd|secret|token", re.IGNORECASE)

_engines: Final[WeakSet[sa.Engine]] = WeakSet()


class EngineSlot:
    """The place of one application's engines.

    Args:
        defaults: Arguments of ``sqlalchemy.create_engine`` for all of them.
    """

    def __init__(self, defaults: Mapping[str, Any]) -> None:
        self._defaults = defaults
        self._lock = RLock()
        self._engines: Engines | None = None
        self._new: Engines | None = None

    def engines(self, app: App) -> Engines:
        """Return the engines, made at the first call.

        Raises:
            ConfigError: The settings make none; the text lists all mistakes.
        """
        if self._engines is None:
            with self._lock:
                if self._new is None:
                    self._engines = self._make(app, {})
                return self._new or {}
        return self._engines

    @contextmanager
    def elsewhere(self, app: App, urls: Mapping[str | None, str]) -> Iterator[Engines]:
        """Let the binds lead to other databases in a ``with`` block, by engines that are otherwise the same.

        Args:
            app: The application.
            urls: The URL of each bind that is to lead elsewhere.
        """
        with self._lock:
            before, self._engines, self._new = (self._engines, self._new), None, None
            try:
                self._engines = self._make(app, urls)
            except BaseException:
                self._engines, self._new = before
                raise
        try:
            yield self._engines
        finally:
            self.dispose()
            with self._lock:
                self._engines, self._new = before

    def _make(self, app: App, urls: Mapping[str | None, str]) -> Engines:
        binds = [replace(bind, uri=urls.get(bind.key, bind.uri)) for bind in binds_of(app, self._defaults)]
        self._new = engines = _made(binds, app.instance_path)
        try:
            for key, engine in engines.items():  # one that is told may ask for an engine itself
                recording.watch(engine, app, key)
                app.hooks.sqlalchemy_engine_created(app, key, engine)
        except BaseException:
            self._new = None
            raise
        return engines

    def dispose(self) -> None:
        """Close the connections that are in the pools; the engines make new ones if they are used again."""
        with ExitStack() as each:  # whatever raises
            for engine in (self._engines or {}).values():
                each.callback(engine.dispose)


def _made(binds: list[Bind], folder: str) -> Engines:
    engines: dict[str | None, sa.Engine] = {}
    mistakes: list[str] = []
    for bind in binds:
        try:
            engines[bind.key] = make_engine(bind, folder)
        except ConfigError as error:
            if len(binds) == 1:
                raise
            mistakes.append(str(error))
    if mistakes:
        raise ConfigError.listing("in the databases", mistakes)
    return MappingProxyType(engines)


def make_engine(bind: Bind, folder: str) -> sa.Engine:
    """Make the engine of a bind; it connects when it is first used.

    Args:
        bind: What is configured of it.
        folder: What the path of an SQLite database is relative to; it is made if need be.

    Raises:
        ConfigError: The URI cannot be meant, its driver is not installed, or there are unknown options.
    """
    url = _parsed(bind)
    engine = _created(url, _merged(_defaults_for(url, bind.options), bind), folder, bind)
    if engine.dialect.name == "sqlite":
        sqlite.prepare(engine, bind.pragmas)
    event.listen(engine, "handle_error", _named(bind))
    _engines.add(engine)
    return engine


def _named(bind: Bind) -> Callable[[ExceptionContext], None]:
    """Return what adds the name of the bind to an error of connecting, which the driver does not know."""

    def note(context: ExceptionContext) -> None:
        if context.connection is None and context.engine is not None and context.sqlalchemy_exception is not None:
            name = "the default bind" if bind.key is None else f"bind {bind.key!r}"
            where = f"{bind.uri_place}={shown(context.engine.url)!r}"
            context.sqlalchemy_exception.add_note(f"{name} ({where}) gave no connection")

    return note


def _parsed(bind: Bind) -> sa.URL:
    try:
        url = sa.make_url(bind.uri)
    except (ArgumentError, ValueError):
        url = None
    if url is None or "@" in (url.host or ""):  # the rest of a password, which would be shown with the host
        scheme = _SCHEME.match(str(bind.uri))
        found = f"{scheme[0] if scheme else ''}…" if bind.uri else ""
        raise ConfigError(
            f"{bind.uri_place}={found!r}: it is no database URL; write {_EXAMPLES}, with the characters @ : / of"
            " a password percent-encoded"
        )
    return _without_open_password(url)


def _without_open_password(url: sa.URL) -> sa.URL:
    """Return a URL whose password is where SQLAlchemy masks it; as a parameter it would be in every ``repr``."""
    for name in ("password", "passwd"):
        value = url.query.get(name)
        if isinstance(value, str) and url.password is None:
            return url.difference_update_query([name]).set(password=value)
    return url


def _defaults_for(url: sa.URL, chosen: Mapping[str, Any]) -> dict[str, Any]:
    backend = url.get_backend_name()
    if backend == "sqlite":
        return sqlite.options_for(url)
    if "pool" in chosen:  # it is complete
        return {}
    # A connection that the server, or a firewall between, has closed is replaced before a request gets it.
    return {"pool_pre_ping": True} | ({"pool_recycle": MYSQL_RECYCLE} if backend in {"mysql", "mariadb"} else {})


def _merged(defaults: dict[str, Any], bind: Bind) -> dict[str, Any]:
    options = {**defaults, **bind.options}
    if "connect_args" in options:
        options["connect_args"] = {**defaults.get("connect_args", {}), **options["connect_args"]}
    if isinstance(name := options.get("poolclass"), str):  # a file has no classes
        options["poolclass"] = getattr(sqlalchemy.pool, name, None)
        if options["poolclass"] is None:
            raise ConfigError(f"{bind.options_place}.poolclass={name!r}: no class of sqlalchemy.pool")
    return options


def _created(url: sa.URL, options: dict[str, Any], folder: str, bind: Bind) -> sa.Engine:
    where = f"{bind.uri_place}={shown(url)!r}"
    try:
        dialect = url.get_dialect()
        return sa.create_engine(sqlite.located(url, folder) if dialect.name == "sqlite" else url, **options)
    except NoSuchModuleError as error:
        raise ConfigError(f"{where}: SQLAlchemy knows no {url.drivername!r}; write {_EXAMPLES}") from error
    except ImportError as error:
        raise ConfigError(f"{where}: its driver cannot be imported ({error}); {_cure(url, error)}") from error
    except ArgumentError as error:
        raise ConfigError(f"{where}: {_first_line(error)}; write {_EXAMPLES}") from error
    except TypeError as error:
        raise ConfigError(f"{bind.options_place}: {_first_line(error)}") from error


def _cure(url: sa.URL, error: ImportError) -> str:
    module, other = error.name or "", _TESTED.get(url.get_backend_name())
    cure = f"`pip install {_DRIVERS.get(module, module)}`"
    if other is None or other == module:
        return cure
    return f"{cure}, or write {url.get_backend_name()}+{other}://… and `pip install {_DRIVERS.get(other, other)}`"


def shown(url: sa.URL) -> str:
    """Return a URL as it may be shown: without passwords and the like.

    Args:
        url: The URL.
    """
    query = {name: "***" if _SECRET.search(name) else value for name, value in url.query.items()}
    return url.set(query=query).render_as_string(hide_password=True).replace("%2A%2A%2A", "***")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].partition(", using configuration")[0]


def _forget_connections() -> None:
    """Let a forked process connect by itself: two on one socket would read each other's answers."""
    for engine in _engines:
        if not isinstance(engine.pool, sa.StaticPool):  # a database in memory was copied with the process
            engine.dispose(close=False)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_connections)
