"""The connection to SQLite: opened when a request first needs it, closed when the request goes."""

from __future__ import annotations

import sqlite3

import click
from flask import Flask, current_app, g
from flask.cli import with_appcontext


def connection() -> sqlite3.Connection:
    """Return the connection of this context."""
    if "connection" not in g:
        g.connection = sqlite3.connect(current_app.config["DATABASE"])
        g.connection.row_factory = sqlite3.Row
        g.connection.execute("PRAGMA foreign_keys = ON")
    found: sqlite3.Connection = g.connection
    return found


def rows(statement: str, *values: object) -> list[sqlite3.Row]:
    return connection().execute(statement, values).fetchall()


def row(statement: str, *values: object) -> sqlite3.Row | None:
    found: sqlite3.Row | None = connection().execute(statement, values).fetchone()
    return found


def write(statement: str, *values: object) -> int:
    """Change something, and return the id of a new row."""
    with connection():
        return connection().execute(statement, values).lastrowid or 0


def close(error: BaseException | None = None) -> None:
    found = g.pop("connection", None)
    if found is not None:
        found.close()


def create_tables() -> None:
    with current_app.open_resource("schema.sql", "r") as schema:
        connection().executescript(schema.read())


@click.command("create-tables")
@with_appcontext
def create_tables_command() -> None:
    """Make all tables anew; what is in them is lost."""
    create_tables()
    click.echo(f"Made the tables in {current_app.config['DATABASE']}.")


def init_app(app: Flask) -> None:
    app.teardown_appcontext(close)
    app.cli.add_command(create_tables_command)
