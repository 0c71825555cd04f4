"""Many processes that run `ferrule db` at once, each as a server of a deployment would."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

__all__ = ["Project", "write_project"]

_LAUNCHER: Final = """
import json, os, sys, tempfile, traceback

import sqlalchemy.dialects.mysql, sqlalchemy.dialects.postgresql, sqlalchemy.dialects.sqlite
import alembic.command, ferrule_migrate.operations.moving, ferrule_migrate.scripts, ferrule_migrate.cli
from ferrule.cli.main import main

count, arguments = int(sys.argv[1]), sys.argv[2:]
ready, start = os.pipe(), os.pipe()
children = {}
for number in range(count):
    output = tempfile.TemporaryFile()
    pid = os.fork()
    if pid:
        children[pid] = output
        continue
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    os.write(ready[1], b".")
    os.close(start[1])
    os.read(start[0], 1)  # until the launcher closes its end
    sys.argv = ["ferrule", *arguments]
    code = 1
    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
got = 0
while got < count:
    got += len(os.read(ready[0], count))
os.close(start[1])
ends = []
for _ in range(count):
    pid, status = os.wait()
    children[pid].seek(0)
    ends.append([os.waitstatus_to_exitcode(status), children[pid].read().decode()])
print(json.dumps(ends))
"""
"""Imports what takes long once, and forks: what is of interest are the databases, not Python's start."""


@dataclass(frozen=True)
class Project:
    """A project in a folder, with a database.

    Attributes:
        folder: Where its ``ferrule.toml`` is.
        url: Its database.
    """

    folder: Path
    url: str

    def at_once(self, count: int, *arguments: str) -> list[tuple[int, str]]:
        """Run ``ferrule`` in many processes; return the exit status and the output of each."""
        command = [sys.executable, "-W", "error", "-c", _LAUNCHER, str(count), *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True, timeout=120)
        return [(code, text) for code, text in json.loads(done.stdout)]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return what the database answers."""
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    def empty(self) -> None:
        """Drop all tables."""
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        tables = sa.MetaData()
        tables.reflect(engine)
        tables.drop_all(engine)


def write_project(folder: Path, url: str, revisions: list[str], *, settings: str = "") -> Project:
    """Write a project with one revision after the other.

    Args:
        folder: Where.
        url: Its database.
        revisions: The body of each revision's ``upgrade``; they are called ``r1``, ``r2`` and so on.
        settings: More lines of ``[migrate]``.
    """
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "ferrule.toml").write_text(
        'application = "project:app"\nextensions = ["sqlalchemy", "migrate"]\n'
        f"[sqlalchemy]\ndatabase_uri = {json.dumps(url)}\n[migrate]\n{settings}\n"
    )
    (folder / "project.py").write_text("from ferrule import App\n\napp = App(__name__)\n")
    for number, body in enumerate(revisions, 1):
        before = repr(f"r{number - 1}") if number > 1 else None
        (versions / f"{number:03}.py").write_text(
            f'"""revision {number}"""\n\nimport time\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
            f'revision = "r{number}"\ndown_revision = {before}\n\n\ndef upgrade():\n'
            f"{textwrap.indent(textwrap.dedent(body).strip(), '    ')}\n\n\ndef downgrade():\n    pass\n"
        )
    return Project(folder, url)
