"""What an upgrade with nothing to do costs: `ferrule db upgrade` beside Alembic's own command on the same revisions.

Both are whole processes with the same SQLite file, which is at the last of 500 revisions. Alembic's environment is the
one that `alembic init` writes, which knows no models; Ferrule's command makes the application, with its models.
"""

import os
import random
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from .processes import child_environment
from .samples import Spread, ratio

REVISIONS: Final = 500

REVISION: Final = '''\
"""revision {number}

Revision: {revision}
Revises: {follows}
"""

import sqlalchemy as sa
from alembic import op

revision: str = {revision!r}
down_revision: str | tuple[str, ...] | None = {follows!r}
branch_labels: str | tuple[str, ...] | None = None
depends_on: str | tuple[str, ...] | None = None


def upgrade() -> None:
    op.create_table(
        "table{number}",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(20), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_table{number}")),
    )


def downgrade() -> None:
    op.drop_table("table{number}")
'''

APPLICATION: Final = """\
from ferrule import App
from ferrule_sqlalchemy import Model
from sqlalchemy.orm import Mapped, mapped_column

class Note(Model):
    id: Mapped[int] = mapped_column(primary_key=True)

app = App(__name__)
"""

CONFIGURATION: Final = """\
application = "site_of_notes:app"
extensions = ["sqlalchemy", "migrate"]

[sqlalchemy]
database_uri = "sqlite:///{database}"
"""


@dataclass(frozen=True, kw_only=True, eq=False)
class Command:
    """A command, and what each of its runs cost.

    Attributes:
        arguments: The program and its arguments.
        ms: The processor time of each run, in milliseconds.
    """

    arguments: Sequence[str]
    ms: list[float] = field(default_factory=list)

    def run(self, folder: Path) -> None:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.run_once(folder)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.ms.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000)

    def run_once(self, folder: Path) -> None:
        subprocess.run(self.arguments, cwd=folder, env=child_environment(), check=True, capture_output=True)

    @property
    def median_ms(self) -> float:
        return Spread.of(self.ms).median


@dataclass(frozen=True, kw_only=True)
class Upgrades:
    """The commands of one run."""

    ferrule: Command
    alembic: Command

    @property
    def ratio(self) -> Spread:
        return ratio(self.ferrule.ms, self.alembic.ms)


def measure(rounds: int) -> Upgrades:
    """Run both commands `rounds` times, in random order within a round."""
    programs = Path(sys.executable).parent
    upgrades = Upgrades(
        ferrule=Command(arguments=[str(programs / "ferrule"), "db", "upgrade"]),
        alembic=Command(arguments=[str(programs / "alembic"), "upgrade", "head"]),
    )
    both = [upgrades.ferrule, upgrades.alembic]
    with fabricated() as folder:
        for command in both:  # the first applies all of them, and both compile what they import
            command.run_once(folder)
        for _ in range(rounds):
            random.shuffle(both)
            for command in both:
                command.run(folder)
    return upgrades


@contextmanager
def fabricated() -> Iterator[Path]:
    """Fabricate a project, with an environment for either command."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        database = folder / "notes.sqlite"
        (folder / "site_of_notes.py").write_text(APPLICATION)
        (folder / "ferrule.toml").write_text(CONFIGURATION.format(database=database))
        versions = folder / "migrations" / "versions"
        versions.mkdir(parents=True)
        follows = None
        for number in range(REVISIONS):
            revision = f"{number:012x}"
            text = REVISION.format(number=number, revision=revision, follows=follows)
            (versions / f"{number:04}_{revision}.py").write_text(text)
            follows = revision
        init = [str(Path(sys.executable).parent / "alembic"), "init", "environment"]
        subprocess.run(init, cwd=folder, env=child_environment(), check=True, capture_output=True)
        ini = folder / "alembic.ini"
        said = {"sqlalchemy.url": f"sqlite:///{database}", "version_locations": str(versions), "path_separator": "os"}
        lines = [line for line in ini.read_text().splitlines() if line.partition(" =")[0] not in said]
        place = lines.index("[alembic]") + 1
        lines[place:place] = [f"{key} = {value}" for key, value in said.items()]
        ini.write_text(os.linesep.join(lines))
        yield folder
