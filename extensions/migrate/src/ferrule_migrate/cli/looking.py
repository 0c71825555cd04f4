"""The commands that only look."""

from __future__ import annotations

from collections.abc import Iterable

import click

from ferrule.cli import with_appcontext

from .. import api
from ..revisions import Revision
from .extensions import tell_leftovers
from .lines import full, line
from .options import directory_option, verbose_option, x_arg_option

__all__ = ["branches", "check", "current", "heads", "history", "show"]


def _show(revisions: Iterable[Revision], *, verbose: bool, here: Iterable[str] | None = None) -> None:
    marked = {*(here or ())}
    for revision in revisions:
        mark = "" if here is None else "* " if revision.revision in marked else "  "
        for text in full(revision) if verbose else [line(revision)]:
            click.echo(f"{mark}{text}")


@click.command("current")
@directory_option
@verbose_option
@with_appcontext
def current(directory: str | None, verbose: bool) -> None:
    """Show the revision that each database is at, and how many are pending."""
    known = {revision.revision: revision for revision in api.history(directory=directory)}
    for key, here in api.current_of_all(directory=directory).items():
        if key is not None:
            click.echo(f"Bind {key!r}:")
        _show([known[each] for each in here if each in known], verbose=verbose)
        for each in here:
            if each not in known:
                click.echo(f"{each}, which is no revision of these; see `ferrule db check`")
        if not here:
            click.echo("The database is at no revision.")
    lacking = api.pending(directory=directory)
    if lacking:
        click.echo(f"{len(lacking)} pending; run `ferrule db upgrade`")
    tell_leftovers()


@click.command("history")
@directory_option
@click.option("--rev-range", "-r", help="Only [start]:[end]; `current` is where the database is.")
@verbose_option
@click.option("--indicate-current", "-i", is_flag=True, help="Mark where the database is; it is always.")
@with_appcontext
def history(directory: str | None, rev_range: str | None, verbose: bool, indicate_current: bool) -> None:
    """Show all revisions, the newest first; `*` marks where the database is."""
    found = api.history(rev_range=rev_range, directory=directory)
    if not found:
        click.echo("There are no revisions; make the first with `ferrule db migrate -m …`")
        return
    here = [each for ids in api.current_of_all(directory=directory).values() for each in ids]
    _show(found, verbose=verbose, here=here)


@click.command("heads")
@directory_option
@verbose_option
@click.option("--resolve-dependencies", is_flag=True, help="Leave out those on which another one depends.")
@with_appcontext
def heads(directory: str | None, verbose: bool, resolve_dependencies: bool) -> None:
    """Show the revisions that nothing follows."""
    _show(api.heads(directory=directory, resolve_dependencies=resolve_dependencies), verbose=verbose)


@click.command("branches")
@directory_option
@verbose_option
@with_appcontext
def branches(directory: str | None, verbose: bool) -> None:
    """Show the revisions that several follow."""
    for point in api.branches(directory=directory):
        _show([point], verbose=verbose)
        for each in point.next_revisions:
            click.echo(f"  -> {line(api.show(revision=each, directory=directory)[0])}")


@click.command("show")
@directory_option
@click.argument("revision", default="head")
@with_appcontext
def show(directory: str | None, revision: str) -> None:
    """Show all of REVISION, the last one unless given."""
    _show(api.show(revision=revision, directory=directory), verbose=True)


@click.command("check")
@directory_option
@x_arg_option
@click.pass_context
@with_appcontext
def check(context: click.Context, directory: str | None, x_arg: tuple[str, ...]) -> None:
    """See that the database is at the last revision, and as the models say; else exit with 1."""
    found = api.check(directory=directory, x_arg=x_arg)
    tell_leftovers()
    if not found:
        click.echo("The database is as the revisions and the models say.")
        return
    for revision in found.pending:
        click.echo(f"pending: {line(revision)}")
    for difference in found.differences:
        click.echo(f"differs: {difference}")
    click.echo("Run `ferrule db upgrade`." if found.pending else "Run `ferrule db migrate -m …`.")
    context.exit(1)
