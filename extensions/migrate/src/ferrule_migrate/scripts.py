"""The revisions of a project, as Alembic reads them."""

from __future__ import annotations

import io
import os
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, TextIO

from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from alembic.util import to_tuple

from ferrule import App

from .databases import Database, databases_of
from .failures import told
from .folders import directory_of, environment_of, versions_of
from .given import Given
from .loading import check_when_read
from .ownership import add_folders, check_owners, owner_of
from .revisions import Revision
from .shipping import Shipment, shipments_of

__all__ = ["Repository", "alembic_config", "opened"]

_DEFAULTS: Final = {
    "path_separator": "newline",  # the one character that no folder of a project has in its name
    "file_template": "%(year)d%(month).2d%(day).2d_%(hour).2d%(minute).2d_%(slug)s",
}


@dataclass
class Repository:
    """The revisions of an application, for one command.

    Attributes:
        app: The application.
        directory: The folder with ``versions/``.
        config: Alembic's configuration.
        scripts: The revisions of all; their files are read when they are first asked for.
        shipments: What the enabled extensions ship.
        extension: Whose tables are compared, and whose revisions written; ``None`` for the application's.
    """

    app: App
    directory: Path
    config: Config
    scripts: ScriptDirectory
    shipments: tuple[Shipment, ...] = ()
    extension: str | None = None

    @cached_property
    def databases(self) -> tuple[Database, ...]:
        """The databases that have a part in these revisions, the default one first."""
        modules = (script.module for script in self.scripts.walk_revisions())
        return databases_of(self.app, (name for module in modules for name in vars(module)))

    def described(self, script: Script) -> Revision:
        """Return what others are told of a revision."""
        return Revision(
            revision=script.revision,
            doc=script.doc,
            longdoc=script.longdoc,
            path=Path(script.path),
            extension=owner_of(script.revision, self.shipments),
            down_revisions=tuple(script._versioned_down_revisions),
            next_revisions=tuple(sorted(script.nextrev)),
            depends_on=to_tuple(script.dependencies, default=()),
            branch_labels=tuple(sorted(script.branch_labels)),
            is_head=script.is_head,
            is_branch_point=script.is_branch_point,
            is_merge_point=script.is_merge_point,
        )


def alembic_config(
    app: App,
    *,
    directory: str | os.PathLike[str] | None = None,
    x_arg: str | Sequence[str] = (),
    output: TextIO | None = None,
) -> Config:
    """Return Alembic's configuration for an application: the environment, and the folders of revisions.

    What an ``alembic.ini`` beside ``versions/`` says in ``[alembic]`` is kept, such as ``file_template``; its loggers
    are not touched.

    Args:
        app: The application.
        directory: Another folder than the configuration's.
        x_arg: What ``context.get_x_argument()`` gives to an environment and to revisions.
        output: Where SQL is written in offline mode.

    Raises:
        MigrationError: ``alembic.ini`` cannot be read.
    """
    folder = directory_of(app, directory) if directory is not None else app.extension(Given).directory(app)
    ini = folder / "alembic.ini"
    config = Config(
        str(ini) if ini.is_file() else None,
        output_buffer=output,
        stdout=io.StringIO(),
        cmd_opts=Namespace(quiet=True, x=[x_arg] if isinstance(x_arg, str) else list(x_arg)),
    )
    said = config.get_section(config.config_ini_section, {})
    _set(config, {name: value for name, value in _DEFAULTS.items() if name not in said})
    _set(config, {"script_location": str(environment_of(folder))})
    if "version_locations" not in said:
        _set(config, {"version_locations": "\n".join(map(str, versions_of(app, folder)))})
    for configure in app.extension(Given).configurers:
        config = configure(config) or config
    return config


def _set(config: Config, values: dict[str, str]) -> None:
    for name, value in values.items():
        config.set_main_option(name, value.replace("%", "%%"))


@contextmanager
def opened(
    app: App,
    *,
    directory: str | os.PathLike[str] | None = None,
    x_arg: str | Sequence[str] = (),
    output: TextIO | None = None,
    extension: str | None = None,
    also: Sequence[Shipment] = (),
) -> Iterator[Repository]:
    """Open the revisions of an application; errors of Alembic's inside of the block are told as ours.

    Args:
        app: The application.
        directory: Another folder than the configuration's.
        x_arg: What ``context.get_x_argument()`` gives.
        output: Where SQL is written in offline mode.
        extension: Whose tables are compared, and whose revisions written; ``None`` for the application's.
        also: What extensions ship that are not enabled, and are to be read as if they were.

    Raises:
        MigrationError: What an extension ships is at odds with the rest; the text lists all mistakes.
    """
    folder = directory_of(app, directory) if directory is not None else app.extension(Given).directory(app)
    shipments = (*shipments_of(app, writing=extension), *also)
    with told([*versions_of(app, folder), *(each.folder for each in shipments)]):
        config = alembic_config(app, directory=folder, x_arg=x_arg, output=output)
        scripts = ScriptDirectory.from_config(config)
        add_folders(scripts, shipments)
        check_when_read(scripts)
        check_owners(scripts, shipments)
        yield Repository(app, folder, config, scripts, shipments, extension)
