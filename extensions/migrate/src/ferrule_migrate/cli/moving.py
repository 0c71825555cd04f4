"""The commands that change a database."""

from __future__ import annotations

import re
from typing import Any, Final

import click

from ferrule.cli import with_appcontext

from .. import api
from .extensions import tell_leftovers
from .hazards import tell_hazards
from .options import directory_option, sql_option, tag_option, x_arg_option
from .progress import Progress

__all__ = ["downgrade", "stamp", "upgrade"]


@click.command("upgrade")
@directory_option
@sql_option
@tag_option
@x_arg_option
@click.option("--allow-destructive", is_flag=True, help="Do in production, too, what loses data or may.")
@click.argument("revision", default="head")
@with_appcontext
def upgrade(revision: str, sql: bool, **wanted: Any) -> None:
    """Apply revisions up to REVISION, all unless given."""
    with Progress(quiet=sql) as progress:
        steps = api.upgrade(revision=revision, sql=sql, on_step=progress, on_hazards=tell_hazards, **wanted)
    if not sql:
        progress.report("Applied", steps)
        tell_leftovers()


_STEPS: Final = re.compile(r"-\d+")


def _revision(ctx: click.Context, _: click.Parameter, value: str) -> str:
    """Return what was asked for; what looks like an option is one, unless it is a number of steps."""
    if value.startswith("-") and not _STEPS.fullmatch(value):
        raise click.NoSuchOption(value, ctx=ctx)
    return value


@click.command("downgrade", context_settings={"ignore_unknown_options": True})  # `-2` are two steps, as Alembic has it
@directory_option
@sql_option
@tag_option
@x_arg_option
@click.argument("revision", default="-1", callback=_revision)
@with_appcontext
def downgrade(revision: str, directory: str | None, sql: bool, tag: str | None, x_arg: tuple[str, ...]) -> None:
    """Undo revisions down to REVISION, one step unless given, all for `base`; with --sql it is FROM:TO."""
    with Progress(quiet=sql) as progress:
        steps = api.downgrade(revision=revision, directory=directory, sql=sql, tag=tag, x_arg=x_arg, on_step=progress)
    if not sql:
        progress.report("Undid", steps)


@click.command("stamp")
@directory_option
@sql_option
@tag_option
@click.option("--purge", is_flag=True, help="Forget first what the database says, also if it is no revision of these.")
@click.argument("revisions", nargs=-1, metavar="[REVISION]...")
@with_appcontext
def stamp(revisions: tuple[str, ...], directory: str | None, sql: bool, tag: str | None, purge: bool) -> None:
    """Say that the database is at REVISION, the last one unless given, without running anything."""
    wanted = revisions or ("head",)
    api.stamp(revision=wanted, directory=directory, sql=sql, tag=tag, purge=purge)
    if not sql:
        click.echo(f"The database is now said to be at {', '.join(wanted)}.")
