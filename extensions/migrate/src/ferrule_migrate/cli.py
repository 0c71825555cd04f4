"""``ferrule db``: the commands of migrations."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Final

import click
from alembic.script import Script

from ferrule import App, current_context
from ferrule.cli import AppGroup

from . import operations

__all__ = ["db"]

db: Final = AppGroup("db", help="Make and apply migrations of the database.")


def _app() -> App:
    return current_context().app


@db.command("revision")
@click.option("--message", "-m", required=True, help="What it does, in a few words.")
@click.option("--head", default="head", show_default=True, help="What it follows.")
@click.option("--rev-id", help="Its identifier; made up unless given.")
def revision_command(message: str, head: str, rev_id: str | None) -> None:
    """Write an empty revision, to be filled in by hand."""
    click.echo(f"Wrote {operations.revision(_app(), message, head=head, rev_id=rev_id)}")


@db.command("migrate")
@click.option("--message", "-m", required=True, help="What it does, in a few words.")
@click.option("--head", default="head", show_default=True, help="What it follows.")
@click.option("--rev-id", help="Its identifier; made up unless given.")
def migrate_command(message: str, head: str, rev_id: str | None) -> None:
    """Write a revision that brings the database to what the models say. Read it before you apply it."""
    file = operations.migrate(_app(), message, head=head, rev_id=rev_id)
    if file is None:
        click.echo("Nothing to do: the database is as the models say.")
    else:
        click.echo(f"Wrote {file}; read it, then run `ferrule db upgrade`")


@db.command("upgrade")
@click.argument("target", default="heads")
@click.option("--sql", is_flag=True, help="Print the statements instead of running them.")
def upgrade_command(target: str, sql: bool) -> None:
    """Apply revisions up to TARGET, all unless given."""
    app = _app()
    if sql:
        operations.upgrade(app, target, sql=sys.stdout)
        return
    before = {script.revision for script in operations.pending(app)}
    operations.upgrade(app, target)
    after = {script.revision for script in operations.pending(app)}
    _report("Applied", [s for s in reversed(operations.history(app)) if s.revision in before - after])


@db.command("downgrade")
@click.argument("target", default="-1")
@click.option("--sql", is_flag=True, help="Print the statements instead of running them; TARGET is from:to.")
def downgrade_command(target: str, sql: bool) -> None:
    """Undo revisions down to TARGET, one step unless given, all for `base`."""
    app = _app()
    if sql:
        operations.downgrade(app, target, sql=sys.stdout)
        return
    before = {script.revision for script in operations.pending(app)}
    operations.downgrade(app, target)
    after = {script.revision for script in operations.pending(app)}
    _report("Undid", [s for s in operations.history(app) if s.revision in after - before])


@db.command("current")
def current_command() -> None:
    """Show the revision that the database is at, and how many are pending."""
    app = _app()
    here = operations.current(app)
    for script in operations.history(app):
        if script.revision in here:
            click.echo(_line(script))
    if not here:
        click.echo("The database is at no revision.")
    pending = operations.pending(app)
    if pending:
        click.echo(f"{len(pending)} pending; run `ferrule db upgrade`")


@db.command("history")
def history_command() -> None:
    """Show all revisions, the newest first; `*` marks where the database is."""
    app = _app()
    here = operations.current(app)
    scripts = operations.history(app)
    for script in scripts:
        click.echo(f"{'*' if script.revision in here else ' '} {_line(script)}")
    if not scripts:
        click.echo("There are no revisions; make the first with `ferrule db migrate -m …`")


def _report(what: str, scripts: Iterable[Script]) -> None:
    lines = [_line(script) for script in scripts]
    for line in lines:
        click.echo(f"{what} {line}")
    if not lines:
        click.echo("Nothing to do.")


def _line(script: Script) -> str:
    return f"{script.revision} {script.doc}"
