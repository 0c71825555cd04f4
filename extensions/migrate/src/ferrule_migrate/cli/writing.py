"""The commands that write: revisions, and an environment of the project's own."""

from __future__ import annotations

from typing import Any

import click

from ferrule.cli import with_appcontext

from .. import api
from .hazards import tell_hazards
from .lines import shown_path
from .options import directory_option, message_option, new_revision_options

__all__ = ["edit", "init", "list_templates", "merge", "migrate", "revision"]


@click.command("revision")
@new_revision_options
@click.option("--autogenerate", is_flag=True, help="Write what brings the database to what the models say.")
@with_appcontext
def revision(**wanted: Any) -> None:
    """Write an empty revision, to be filled in by hand."""
    file = api.revision(**_given(wanted), on_hazards=tell_hazards)
    click.echo(f"Wrote {shown_path(file)}" if file is not None else "Nothing to do: the database is as the models say.")


@click.command("migrate")
@new_revision_options
@with_appcontext
def migrate(**wanted: Any) -> None:
    """Write a revision that brings the database to what the models say. Read it before you apply it."""
    file = api.migrate(**_given(wanted), on_hazards=tell_hazards)
    if file is None:
        click.echo("Nothing to do: the database is as the models say.")
    else:
        click.echo(f"Wrote {shown_path(file)}; read it, then run `ferrule db upgrade`")


def _given(wanted: dict[str, Any]) -> dict[str, Any]:
    return wanted | {"depends_on": wanted["depends_on"] or None}


@click.command("merge")
@directory_option
@message_option
@click.option("--branch-label", help="The name of the branch that it begins.")
@click.option("--rev-id", help="Its identifier; made up unless given.")
@click.argument("revisions", nargs=-1)
@with_appcontext
def merge(revisions: tuple[str, ...], **wanted: Any) -> None:
    """Write a revision that joins REVISIONS, all heads unless given."""
    file = api.merge(revisions=revisions or "heads", **wanted)
    click.echo(f"Wrote {shown_path(file)}; run `ferrule db upgrade`")


@click.command("edit")
@directory_option
@click.argument("revision", default="head")
@with_appcontext
def edit(revision: str, directory: str | None) -> None:
    """Open the file of REVISION, the last one unless given, in the editor that $VISUAL or $EDITOR names."""
    for file in api.edit(revision=revision, directory=directory):
        click.echo(f"Edited {shown_path(file)}")


@click.command("init")
@directory_option
@click.option("--multidb", is_flag=True, help="For several databases; the environment always is.")
@click.option("--template", "-t", help="The name of another template, or the path of a folder with one.")
@click.option("--package", is_flag=True, help="Write an empty `__init__.py` into each folder.")
@with_appcontext
def init(**wanted: Any) -> None:
    """Write Alembic's environment into the project, for those who must change it. Nobody else needs it."""
    for file in api.init(**wanted):
        click.echo(f"Wrote {shown_path(file)}")


@click.command("list-templates")
@with_appcontext
def list_templates() -> None:
    """List the templates of `init`."""
    for name, purpose in api.list_templates().items():
        click.echo(f"{name} - {purpose}")
