"""SIGKILL an upgrade at every statement of ten revisions: does the next one end in the schema of an undisturbed one?"""

import argparse
import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import indent
from typing import Any, Final, Self

import sqlalchemy as sa
from sqlalchemy import event

from ferrule import App
from ferrule_migrate import upgrade

Point = tuple[str, int]
"""Before a statement or a commit, or after it, and the how many-th it is, from 1."""

REVISIONS: Final = (
    """
    op.create_table("author", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20)))
    op.execute("INSERT INTO author (id, name) VALUES (1, 'Ada'), (2, 'Bob')")
    """,
    """
    op.create_table(
        "note",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("author_id", sa.Integer, sa.ForeignKey("author.id"), nullable=False),
        sa.Column("title", sa.String(20)),
    )
    op.bulk_insert(sa.table("note", sa.column("id"), sa.column("author_id"), sa.column("title")),
                   [{"id": 1, "author_id": 1, "title": "first"}, {"id": 2, "author_id": 2, "title": None}])
    """,
    """op.create_index("ix_note_title", "note", ["title"])""",
    """
    op.create_enum("mood", ["sad", "ok"])
    op.add_column("note", sa.Column("mood", sa.Enum("sad", "ok", name="mood", create_type=False)))
    op.execute("UPDATE note SET mood = 'ok'")
    """,
    """
    op.execute("UPDATE note SET title = 'none' WHERE title IS NULL")
    with op.batch_alter_table("note") as note:
        note.alter_column("title", existing_type=sa.String(20), nullable=False)
    """,
    """
    with op.batch_alter_table("note") as note:
        note.alter_column("title", new_column_name="headline")
        note.create_unique_constraint("uq_note_headline", ["headline"])
    """,
    """op.add_enum_values("mood", ["sad", "so-so", "ok"], existing_values=["sad", "ok"])""",
    """
    op.create_table("tag", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20)))
    op.execute("INSERT INTO tag (id, name) SELECT id, name FROM author")
    """,
    """
    with op.batch_alter_table("author") as author:
        author.drop_column("name")
    """,
    """
    op.rename_table("tag", "label")
    op.drop_index("ix_note_title", "note")
    """,
)


@dataclass
class Found:
    """What a run found.

    Attributes:
        points: At how many points an upgrade was killed.
        seconds: How long that took.
        missed: Points at which it ended before it was killed.
        wrong: Points after which the next upgrade failed, or the database was another: the point, and what was found.
    """

    points: int = 0
    seconds: float = 0.0
    missed: list[Point] = field(default_factory=list)
    wrong: list[tuple[Point, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Site:
    """A project with ten revisions, and its database.

    Attributes:
        folder: The project.
        url: The database, which is emptied.
    """

    folder: Path
    url: str

    def app(self) -> App:
        config = {
            "SQLALCHEMY_DATABASE_URI": self.url,
            "SQLALCHEMY_ENGINE_OPTIONS": {"poolclass": "NullPool"},
            "TESTING": True,  # in production the drops would ask for permission
        }
        return App("killed", root_path=str(self.folder), config_file=self.folder / "ferrule.toml", config=config)

    def upgrade(self) -> None:
        app = self.app()
        app.initialise()
        upgrade(app)
        app.shutdown()

    def empty(self) -> None:
        """Leave nothing in the database."""
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        if engine.dialect.name == "sqlite":
            for file in self.folder.glob("*.sqlite*"):
                file.unlink()
            return
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
            connection.exec_driver_sql("GRANT USAGE ON SCHEMA public TO PUBLIC")

    def content(self) -> list[str]:
        """Return all that is in the database, schema and rows, as lines."""
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            return [*_schema(connection), *_rows(connection)]


_SCHEMA: Final = {
    "sqlite": ("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name",),
    "postgresql": (
        """
        SELECT table_name, column_name, ordinal_position, data_type, is_nullable, column_default, udt_name
        FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2
        """,
        "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
        """
        SELECT conrelid::regclass::text, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2
        """,
        """
        SELECT t.typname, e.enumlabel
        FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid ORDER BY 1, e.enumsortorder
        """,
    ),
}


def _schema(connection: sa.Connection) -> Iterator[str]:
    for statement in _SCHEMA[connection.dialect.name]:
        yield from (repr(tuple(row)) for row in connection.exec_driver_sql(statement))


def _rows(connection: sa.Connection) -> Iterator[str]:
    for table in sorted(sa.inspect(connection).get_table_names()):
        rows = connection.exec_driver_sql(f'SELECT * FROM "{table}"').all()  # a table that the inspector named
        yield from sorted(f"{table}: {tuple(row)!r}" for row in rows)


def make_site(folder: Path, url: str = "", revisions: Sequence[str] = REVISIONS) -> Site:
    """Write a project into an empty folder; its database is SQLite's unless a URL is given."""
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "ferrule.toml").write_text('extensions = ["sqlalchemy", "migrate"]\n', encoding="utf-8")
    for number, body in enumerate(revisions, 1):
        before = repr(f"r{number - 1}") if number > 1 else None
        text = "\n".join(line.removeprefix("    ") for line in body.strip().splitlines())
        (versions / f"{number:03}.py").write_text(
            f'"""revision {number}"""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
            f'revision = "r{number}"\ndown_revision = {before}\n\n\n'
            f"def upgrade():\n{indent(text, '    ')}\n",
            encoding="utf-8",
        )
    return Site(folder, url or f"sqlite:///{folder / 'killed.sqlite'}")


class Watch:
    """Counts the statements and the commits of a process, and ends it at one of them.

    Args:
        end: At which; ``None`` to count only.
    """

    def __init__(self, end: Point | None = None) -> None:
        self.reached: list[Point] = []
        self._count = 0
        self._end = end
        self._listeners: dict[str, Callable[..., None]] = {
            "before_cursor_execute": lambda *_: self._reach("before", 1),
            "after_cursor_execute": lambda *_: self._reach("after", 0),
            "commit": lambda *_: self._reach("before", 1),
        }

    def __enter__(self) -> Self:
        for name, listener in self._listeners.items():
            event.listen(sa.Engine, name, listener)
        return self

    def __exit__(self, *error: object) -> None:
        for name, listener in self._listeners.items():
            event.remove(sa.Engine, name, listener)

    def _reach(self, where: str, more: int) -> None:
        self._count += more
        self.reached.append((where, self._count))
        if self.reached[-1] == self._end:
            os.kill(os.getpid(), signal.SIGKILL)


def points_of(site: Site) -> list[Point]:
    """Run an upgrade that nobody disturbs, and return the points at which one can be killed."""
    site.empty()
    with Watch() as watch:
        site.upgrade()
    return watch.reached


def kill(site: Site, points: Sequence[Point]) -> Found:
    """Kill an upgrade of an empty database at each point, run it again, and look at what is there then."""
    found = Found(len(points))
    started = time.perf_counter()
    site.empty()
    site.upgrade()
    wanted = site.content()
    gc.collect()  # no child closes a connection of this process
    for point in points:
        site.empty()
        status = _forked(site, point)
        if status == 0:
            found.missed.append(point)
        elif status != -signal.SIGKILL:
            found.wrong.append((point, f"the first run ended with {status}"))
        again = _forked(site, None)
        if again != 0:
            found.wrong.append((point, f"the second run ended with {again}"))
        elif (content := site.content()) != wanted:
            lines = "; ".join(sorted({*content} ^ {*wanted}))
            found.wrong.append((point, f"another database: {lines}"))
    site.empty()
    found.seconds = time.perf_counter() - started
    return found


def _forked(site: Site, end: Point | None) -> int:
    """Run an upgrade in a process of its own; return its exit status, negative for a signal."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            with Watch(end):
                site.upgrade()
            status = 0
        except Exception as error:
            print(error, file=sys.stderr)
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def report(name: str, found: Found) -> str:
    """Return a run as lines, with what was wrong."""
    lines = [f"{name}: killed at {found.points} points in {found.seconds:.0f} s, {len(found.missed)} of them too late"]
    lines += [f"WRONG: {where} {number}: {text}" for (where, number), text in found.wrong]
    return "\n".join(lines)


def main() -> int:
    """Kill as the command line asks, and return the exit status."""
    parser = argparse.ArgumentParser(prog="make kills", description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only at each so many-th point")
    parser.add_argument(
        "--url", action="append", default=[], help="an empty database of PostgreSQL; its content is lost"
    )
    options = parser.parse_args()
    wrong: list[Any] = []
    for url in ["", *options.url]:
        with TemporaryDirectory() as folder:
            site = make_site(Path(folder), url)
            found = kill(site, points_of(site)[:: options.every])
        print(report(sa.make_url(site.url).get_backend_name(), found))
        wrong += found.wrong
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
