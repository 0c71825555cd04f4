"""The databases: a file of SQLite, and one of its own on a PostgreSQL server, each with the same rows."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from ..works import POSTGRESQL, SQLITE

SERVER: Final = "TEST_POSTGRESQL_URL"
DEFAULT_SERVER: Final = "postgresql+psycopg://postgres@127.0.0.1:5432/test"

ENGINE_OPTIONS: Final[dict[str, Any]] = {"pool_pre_ping": False}
"""For everybody's engine. A ping would be one round trip more in all of them, and bring their times closer."""

ACCOUNT: Final = 7
ROWS: Final = 200

urls: Final[dict[str, str]] = {}
"""The URL of each database that is there."""

METADATA: Final = sa.MetaData()
ACCOUNTS: Final = sa.Table(
    "account",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("email", sa.String(100), nullable=False),
)
PRODUCTS: Final = sa.Table(
    "product",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("price", sa.Float, nullable=False),
    sa.Column("note", sa.String(100), nullable=False),
)


@contextmanager
def opened() -> Iterator[dict[str, str]]:
    """Make the databases, give the reason why one is missing, and remove them at the end."""
    missing: dict[str, str] = {}
    with ExitStack() as stack:
        urls[SQLITE] = stack.enter_context(sqlite_file())
        try:
            urls[POSTGRESQL] = stack.enter_context(postgresql_database())
        except OperationalError as error:
            missing[POSTGRESQL] = f"{first_line(error)}; {SERVER} names another server"
        for url in urls.values():
            fill(url)
        stack.callback(urls.clear)
        yield missing


@contextmanager
def sqlite_file() -> Iterator[str]:
    with TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder, 'benchmark.db')}"


@contextmanager
def postgresql_database() -> Iterator[str]:
    url = sa.make_url(os.environ.get(SERVER, DEFAULT_SERVER))
    server = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    name = f"ferrule_benchmark_{os.getpid()}"
    execute(server, f"CREATE DATABASE {name}")
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        execute(server, f"DROP DATABASE {name} WITH (FORCE)")  # the applications keep their connections


def execute(engine: sa.Engine, statement: str) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)


def fill(url: str) -> None:
    """Make the tables with their rows, in SQLite's WAL mode: Ferrule would set it, and the file is everybody's."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    if engine.dialect.name == "sqlite":
        execute(engine, "PRAGMA journal_mode = WAL")
    METADATA.create_all(engine)
    with engine.begin() as connection:
        connection.execute(ACCOUNTS.insert(), [account(number) for number in range(1, ROWS + 1)])
        connection.execute(PRODUCTS.insert(), [product(number) for number in range(1, ROWS + 1)])
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def account(number: int) -> dict[str, Any]:
    return {"name": f"Coyote <no. {number}>", "email": f"coyote{number}@example.com"}


def product(number: int) -> dict[str, Any]:
    return {"name": f"Anvil <no. {number}>", "price": 12.5 * number, "note": "heavy" if number % 3 == 0 else ""}


def first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
