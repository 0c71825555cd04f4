"""Commands for whoever runs the journal."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from werkzeug.security import generate_password_hash

from . import database

people = AppGroup("people", help="Who may write.")


@people.command("add")
@click.argument("name")
@click.password_option()
def add(name: str, password: str) -> None:
    """Add somebody."""
    hashed = generate_password_hash(password, method=current_app.config["PASSWORD_METHOD"])
    number = database.write("INSERT INTO person (name, password) VALUES (?, ?)", name, hashed)
    click.echo(f"{name} has the number {number}.")


@people.command("list")
def list_people() -> None:
    """List everybody."""
    for person in database.rows("SELECT name FROM person ORDER BY name"):
        click.echo(person["name"])


@click.command("count")
@click.option("--tag", help="Only entries with this tag.")
@with_appcontext
def count(tag: str | None) -> None:
    """Count the entries."""
    found = database.rows("SELECT tags FROM entry")
    click.echo(len([entry for entry in found if tag is None or tag in entry["tags"].split()]))


def init_app(app: Flask) -> None:
    app.cli.add_command(people)
    app.cli.add_command(count)
