"""What every test stands on: a clean environment, nothing left behind, and the real servers."""

import contextlib
import os
import shutil
import socket
from collections.abc import Iterator
from typing import Final

import hypothesis
import pytest
import sqlalchemy as sa

from ferrule.context import current_context, has_app_context

IN_CI: Final = os.environ.get("CI") == "true"


def pytest_configure() -> None:
    """Let neither the developer's shell configure an application under test, nor a busy machine fail a property."""
    if not IN_CI:  # there Hypothesis loads a profile of its own: the same examples each time, and no deadline either
        hypothesis.settings.register_profile("patient", deadline=None)
        hypothesis.settings.load_profile("patient")
    for name in [name for name in os.environ if name.startswith("FERRULE_")]:
        del os.environ[name]


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves a context pushed; ferrule-sqlalchemy's plugin fails one that leaves a connection."""
    yield
    contexts = list(_popped_contexts())
    if contexts:
        pytest.fail(f"the test left pushed: {', '.join(contexts)}", pytrace=False)


def _popped_contexts() -> Iterator[str]:
    while has_app_context():
        context = current_context()
        yield repr(context)
        with contextlib.suppress(Exception):  # what its teardown has to say is not this check's matter
            context.pop()


@pytest.fixture(scope="session")
def postgresql_url(worker_id: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database; TEST_POSTGRESQL_URL names the server and a database to connect to."""
    yield from _empty_database("TEST_POSTGRESQL_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test", worker_id)


@pytest.fixture(scope="session")
def mariadb_url(worker_id: str) -> Iterator[str]:
    """The URL of an empty MariaDB database; TEST_MARIADB_URL names the server and a database to connect to."""
    yield from _empty_database("TEST_MARIADB_URL", "mariadb+pymysql://root@127.0.0.1:3306/test", worker_id)


@pytest.fixture(scope="session")
def redis_url() -> str:
    """The URL of a Redis server; TEST_REDIS_URL names another than the local one."""
    url = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
    _need_server("TEST_REDIS_URL", url)
    return url


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Debian's Chromium, to be driven by Playwright."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    return path or _missing("no chromium on the PATH; on Debian install the package chromium")


def _empty_database(variable: str, default: str, worker_id: str) -> Iterator[str]:
    url = sa.make_url(os.environ.get(variable, default))
    _need_server(variable, str(url))
    name = f"ferrule_{worker_id}_{os.getpid()}"
    server = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield _impatient(url.set(database=name), server).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name}")


def _impatient(url: sa.URL, server: sa.Engine) -> sa.URL:
    """Have the server refuse to wait long for a lock, so that a connection left open fails a test and hangs none."""
    if url.get_backend_name() == "postgresql":
        with server.connect() as connection:
            connection.exec_driver_sql(f"ALTER DATABASE {url.database} SET lock_timeout = '20s'")
        return url
    return url.update_query_dict({"init_command": "SET lock_wait_timeout = 20, innodb_lock_wait_timeout = 20"})


def _need_server(variable: str, url: str) -> None:
    parts = sa.make_url(url)
    address = (parts.host or "127.0.0.1", parts.port or 0)
    try:
        socket.create_connection(address, timeout=5).close()
    except OSError as error:
        _missing(f"no server at {address[0]}:{address[1]} ({error}); {variable} names another")


def _missing(what: str) -> str:
    """Skip aloud on a developer's machine; fail where everything has to run."""
    if IN_CI:
        pytest.fail(what, pytrace=False)
    pytest.skip(what)
