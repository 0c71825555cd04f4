"""The group of commands."""

from __future__ import annotations

from typing import Final

import click

from ferrule.cli import AppGroup

from .extensions import remove
from .looking import branches, check, current, heads, history, show
from .moving import downgrade, stamp, upgrade
from .options import group_options
from .writing import edit, init, list_templates, merge, migrate, revision

__all__ = ["db"]

_COMMANDS: Final = (
    *(revision, migrate, merge, edit, init, list_templates),
    *(upgrade, downgrade, stamp, remove),
    *(current, history, heads, branches, show, check),
)


@click.group(cls=AppGroup, commands={str(command.name): command for command in _COMMANDS})
@group_options
def db() -> None:
    """Make and apply migrations of the database."""
