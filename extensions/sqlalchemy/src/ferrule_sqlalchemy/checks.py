"""What ``ferrule check`` finds: models without a database; for production, how each database answers, and risks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address
from time import perf_counter
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import registry

from ferrule import App, Check

from .engines import Engines, shown
from .sqlite import is_in_memory, is_missing
from .tables import models_without_bind, users

__all__ = ["findings"]

TIMEOUT: Final = 3
"""Seconds that a server has to accept the connection of the check."""

_TIMEOUT_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "asyncpg": ("timeout",),
    "mariadbconnector": ("connect_timeout", "read_timeout"),
    "mysqlconnector": ("connection_timeout",),
    "mysqldb": ("connect_timeout", "read_timeout"),
    "pg8000": ("timeout",),
    "psycopg": ("connect_timeout",),
    "psycopg2": ("connect_timeout",),
    "pymysql": ("connect_timeout", "read_timeout"),  # a server that accepts and then says nothing is one of reading
}
"""What drivers call the seconds to connect in."""

_IS_ENCRYPTED: Final[Mapping[str, str]] = {
    "postgresql": "SELECT coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)",
    "mysql": "SHOW SESSION STATUS WHERE Variable_name = 'Ssl_cipher' AND Value <> ''",
    "mariadb": "SHOW SESSION STATUS WHERE Variable_name = 'Ssl_cipher' AND Value <> ''",
}
"""What asks a server whether the connection is encrypted; nothing, or false, means it is not."""


def findings(app: App, engines: Engines, registries: Iterable[registry], *, deploy: bool) -> Iterator[Check]:
    """Yield what is wrong with the databases of an application, or risky in production.

    Args:
        app: The application.
        engines: Its engines by bind key.
        registries: Where models are.
        deploy: Connect to each database, and look for risks.
    """
    for key in models_without_bind(engines):
        text = f"{', '.join(users(key, registries))}: {_named(key)} is not configured"
        yield Check("sqlalchemy.unknown_bind", "error", text, _cure_of(key))
    if deploy:
        for key, engine in engines.items():
            where = f"{_named(key)} ({shown(engine.url)})"
            yield from _risks(where, engine)
            yield from _answers(key, where, engine)


def _named(key: str | None) -> str:
    return "the default bind" if key is None else f"bind {key!r}"


def _cure_of(key: str | None) -> str:
    return "set [sqlalchemy] database_uri" if key is None else f'[sqlalchemy.binds] {key} = "…"'


def _risks(where: str, engine: sa.Engine) -> Iterator[Check]:
    if engine.echo:
        text = f"{where}: every statement is logged{'' if engine.hide_parameters else ', with what users enter'}"
        yield Check("sqlalchemy.echo", "warning", text, "take `echo` out")
    if engine.dialect.name != "sqlite":
        return
    if is_in_memory(engine.url):
        text = f"{where}: in memory, so each worker process has another, and it is gone when that ends"
        yield Check("sqlalchemy.in_memory", "warning", text, "use a file, or a server")
    else:
        text = f"{where}: SQLite; worker processes on this machine share it, and one at a time writes"
        yield Check(
            "sqlalchemy.sqlite", "info", text, "use a server where several machines, or many writers, are to come"
        )


def _answers(key: str | None, where: str, engine: sa.Engine) -> Iterator[Check]:
    """Connect, and yield what the server says of itself, or why it does not."""
    if is_missing(engine.url):  # connecting would make it
        maker = "`ferrule db upgrade`" if key is None else f"`db.create_all({key!r})`"
        hint = f"{maker} makes it, or the first request"
        yield Check("sqlalchemy.no_file", "info", f"{where}: there is no such file yet", hint)
        return
    begun = perf_counter()
    try:
        with _connection(engine) as connection:
            connected = perf_counter()
            connection.exec_driver_sql("SELECT 1").close()
            answered = perf_counter()
            is_open = _is_open(connection)
    except SQLAlchemyError as error:
        text = f"{where}: no connection, and no more than {TIMEOUT} s were waited: {_reason(error, engine.url)}"
        yield Check("sqlalchemy.unreachable", "error", text, _cure(engine.url))
        return
    version = ".".join(map(str, engine.dialect.server_version_info or ("?",)))
    kind = "mariadb" if getattr(engine.dialect, "is_mariadb", False) else engine.dialect.name
    took = f"connected in {_ms(connected - begun)}, answers in {_ms(answered - connected)}"
    yield Check("sqlalchemy.connected", "info", f"{where}: {kind} {version}, {took}")
    if is_open:
        text = f"{where}: the connection is not encrypted, and the server is another machine"
        yield Check("sqlalchemy.no_tls", "warning", text, _tls_cure(engine))


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


@contextmanager
def _connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Connect as the engine does, but within :data:`TIMEOUT`: its own may be minutes. No request gets what comes."""
    names = _TIMEOUT_NAMES.get(engine.dialect.driver, ())

    def shorten(_dialect: object, _record: object, _args: object, options: dict[str, Any]) -> None:
        options.update((name, min(TIMEOUT, int(options.get(name) or TIMEOUT))) for name in names)

    event.listen(engine, "do_connect", shorten)
    try:
        with engine.connect() as connection:
            yield connection
            if names:
                connection.invalidate()
    finally:
        event.remove(engine, "do_connect", shorten)


def _is_open(connection: sa.Connection) -> bool:
    """Tell whether what is sent can be read on the way to another machine."""
    dialect, question = connection.dialect, _IS_ENCRYPTED.get(connection.dialect.name)
    if question is None or _is_local(connection.engine.url):
        return False
    try:
        found = connection.exec_driver_sql(question).first()
    except SQLAlchemyError:  # a server that only speaks the protocol, such as a proxy
        return False
    return found is None or (dialect.name == "postgresql" and not found[0])


def _is_local(url: sa.URL) -> bool:
    """Tell whether a server is on this machine: by a socket, or a loopback address."""
    host = url.host or url.query.get("host") or "localhost"
    if not isinstance(host, str):
        return False
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.startswith(("/", "@"))


def _reason(error: SQLAlchemyError, url: sa.URL) -> str:
    text = str(getattr(error, "orig", None) or error)
    if url.password:  # no driver is known to show it; one may
        text = text.replace(str(url.password), "***")
    return " ".join(text.split())


def _cure(url: sa.URL) -> str:
    if url.get_backend_name() == "sqlite":
        return "see to it that the process may read and write the file and its folder"
    at = url.host or "its socket"
    return f"start the server, let this machine reach {at}, and see to user, password and database in the URL"


def _tls_cure(engine: sa.Engine) -> str:
    if engine.dialect.name == "postgresql":
        return "add ?sslmode=verify-full&sslrootcert=system to the URL"
    return 'give connect_args its `ssl`, as in {"ssl": {"ca": "/etc/ssl/certs/ca-certificates.crt"}}'
