"""Engines: made of the settings, with errors that say which setting is wrong and never show a password."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any, Final
from weakref import WeakSet

import sqlalchemy as sa
import sqlalchemy.pool
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from ferrule import ConfigError

from . import sqlite
from .settings import SQLAlchemySettings

__all__ = ["make_engine"]

Place = Callable[[str], str]
"""Tells where a setting of a name came from, for messages."""

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


def make_engine(settings: SQLAlchemySettings, folder: str, place: Place) -> sa.Engine:
    """Make the engine; it connects when it is first used.

    Args:
        settings: The settings.
        folder: What the path of an SQLite database is relative to; it is made if need be.
        place: Tells where a setting came from, for messages.

    Raises:
        ConfigError: The URI cannot be meant, its driver is not installed, or there are unknown options.
    """
    url = _parsed(settings.database_uri, place)
    defaults = {"echo": settings.echo, **_defaults_for(url)}
    engine = _created(url, _merged(defaults, settings.engine_options, place), folder, place)
    if engine.dialect.name == "sqlite":
        sqlite.prepare(engine, settings.sqlite_pragmas)
    _engines.add(engine)
    return engine


def _parsed(uri: str, place: Place) -> sa.URL:
    try:
        return sa.make_url(uri)
    except (ArgumentError, ValueError):
        scheme = _SCHEME.match(uri)
        found = f"{scheme[0] if scheme else ''}…" if uri else ""
        raise ConfigError(
            f"{place('database_uri')}={found!r}: it is no database URL; write {_EXAMPLES}, with the characters @ : / of"
            " a password percent-encoded"
        ) from None


def _defaults_for(url: sa.URL) -> dict[str, Any]:
    backend = url.get_backend_name()
    if backend == "sqlite":
        return sqlite.options_for(url)
    return {"pool_recycle": MYSQL_RECYCLE} if backend in {"mysql", "mariadb"} else {}


def _merged(defaults: dict[str, Any], chosen: dict[str, Any], place: Place) -> dict[str, Any]:
    options = {**defaults, **chosen}
    if "connect_args" in options:
        options["connect_args"] = {**defaults.get("connect_args", {}), **options["connect_args"]}
    if isinstance(name := options.get("poolclass"), str):  # a file has no classes
        options["poolclass"] = getattr(sqlalchemy.pool, name, None)
        if options["poolclass"] is None:
            raise ConfigError(f"{place('engine_options')}.poolclass={name!r}: no class of sqlalchemy.pool")
    return options


def _created(url: sa.URL, options: dict[str, Any], folder: str, place: Place) -> sa.Engine:
    where = f"{place('database_uri')}={_shown(url)!r}"
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
        raise ConfigError(f"{place('engine_options')}: {_first_line(error)}") from error


def _cure(url: sa.URL, error: ImportError) -> str:
    module, other = error.name or "", _TESTED.get(url.get_backend_name())
    cure = f"`pip install {_DRIVERS.get(module, module)}`"
    if other is None or other == module:
        return cure
    return f"{cure}, or write {url.get_backend_name()}+{other}://… and `pip install {_DRIVERS.get(other, other)}`"


def _shown(url: sa.URL) -> str:
    """Return a URL as it may be shown."""
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
