"""What a run says and leaves behind when a revision fails, or the database does."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from ferrule import App
from ferrule_migrate import (
    LockedError,
    MigrationError,
    RevisionError,
    Step,
    check,
    current,
    downgrade,
    pending,
    stamp,
    upgrade,
)
from ferrule_sqlalchemy import SQLAlchemy

from ..sqlalchemy.tcp_proxy import TCPProxy
from .replicas import Project, write_project

Open = Callable[..., App]

FIRST = "op.create_table('note', sa.Column('id', sa.Integer, primary_key=True), sa.Column('title', sa.String(20)))"
HALF_WAY = """
op.execute("INSERT INTO note (id, title) VALUES (1, 'first')")
op.add_column('note', sa.Column('text', sa.Text))
op.create_index('ix_note_title', 'note', ['title'])
op.execute("INSERT INTO note (id, title) VALUES (2, 'second')")
op.create_table('note', sa.Column('id', sa.Integer))
"""


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Return a function that makes an application with revisions."""
    made: list[tuple[App, Project]] = []

    def make(url: str, *revisions: str, settings: str = "") -> App:
        folder = tmp_path / f"project{len(made)}"
        project = write_project(folder, url, list(revisions), settings=settings)
        app = App("project", root_path=str(folder), config_file=folder / "ferrule.toml")
        app.initialise()
        made.append((app, project))
        return app

    yield make
    for app, project in made:
        app.shutdown()
        with contextlib.suppress(sa.exc.DBAPIError):  # of one that cannot be reached or written
            project.empty()


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'project.sqlite'}"
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


def tables_of(app: App) -> set[str]:
    with app.extension(SQLAlchemy).engine_of(app).connect() as connection:
        return {*sa.inspect(connection).get_table_names()} - {"alembic_version", "alembic_version_digest"}


def columns_of(app: App, table: str) -> set[str]:
    with app.extension(SQLAlchemy).engine_of(app).connect() as connection:
        return {column["name"] for column in sa.inspect(connection).get_columns(table)}


def run(app: App, *statements: str) -> None:
    with app.extension(SQLAlchemy).engine_of(app).begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_a_revision_that_fails_half_way_changes_nothing(
    name: str, request: pytest.FixtureRequest, tmp_path: Path, opened: Open
) -> None:
    url = f"sqlite:///{tmp_path / 'a.sqlite'}" if name == "sqlite" else request.getfixturevalue("postgresql_url")
    app = opened(url, FIRST, HALF_WAY)
    with pytest.raises(RevisionError) as error:
        upgrade(app)
    assert (error.value.revision, error.value.applied, error.value.done) == ("r2", (), ())
    lines = str(error.value).splitlines()
    assert re.match(r"revision r2 'revision 2' failed at .*002\.py:\d+: \w+: .*already exists", lines[0])
    assert lines[1:] == [
        "  statement: CREATE TABLE note ( id INTEGER )",
        "  Nothing was changed: the database has undone all of it. Mend the cause, and run the command again.",
    ]
    assert tables_of(app) == set()
    assert current(app) == ()


def test_mariadb_which_keeps_half_of_a_revision_is_told_of_exactly(mariadb_url: str, opened: Open) -> None:
    app = opened(mariadb_url, FIRST, HALF_WAY, "op.create_table('last', sa.Column('id', sa.Integer))")
    with pytest.raises(RevisionError) as error:
        upgrade(app)
    assert (error.value.revision, error.value.applied) == ("r2", ("r1",))
    done = (
        "INSERT INTO note (id, title) VALUES (1, 'first')",
        "ALTER TABLE note ADD COLUMN text TEXT",
        "CREATE INDEX ix_note_title ON note (title)",
        "INSERT INTO note (id, title) VALUES (2, 'second')",  # the statement that failed commits what was before it
    )
    assert error.value.done == done
    text = str(error.value)
    assert "Stays: revision r1 'revision 1', complete and recorded." in text
    assert "Half of revision r2 stays, and is not recorded: this database commits each change of a schema" in text
    places = [text.index(f"{number}. {sql}") for number, sql in enumerate(done, 1)]
    assert places == sorted(places)
    assert "`ferrule db stamp r2`" in text
    assert current(app) == ("r1",)
    assert columns_of(app, "note") == {"id", "title", "text"}
    stamp(app, "r2")
    assert [step.revision for step in upgrade(app)] == ["r3"]


def test_what_mariadb_undid_is_told_beside_what_it_kept(mariadb_url: str, opened: Open) -> None:
    half = HALF_WAY.replace("op.create_table('note', sa.Column('id', sa.Integer))", "raise ValueError('half way')")
    app = opened(mariadb_url, FIRST, half)
    with pytest.raises(RevisionError, match="ValueError: half way") as error:
        upgrade(app)
    assert error.value.done[-1] == "CREATE INDEX ix_note_title ON note (title)"
    assert "Undone again:\n    - INSERT INTO note (id, title) VALUES (2, 'second')" in str(error.value)


def test_after_undoing_by_hand_what_mariadb_kept_the_same_command_goes_on(mariadb_url: str, opened: Open) -> None:
    app = opened(mariadb_url, FIRST, "op.add_column('note', sa.Column('text', sa.Text))\nop.execute('nonsense')")
    with pytest.raises(RevisionError, match=r"1\. ALTER TABLE note ADD COLUMN text TEXT"):
        upgrade(app)
    run(app, "ALTER TABLE note DROP COLUMN text")
    file = next(Path(str(app.root_path)).rglob("002.py"))
    file.write_text(file.read_text().replace("op.execute('nonsense')", ""))
    assert [step.revision for step in upgrade(app)] == ["r2"]
    assert pending(app) == []


def test_a_downgrade_that_fails_is_told_as_one(mariadb_url: str, opened: Open) -> None:
    app = opened(mariadb_url, FIRST)
    upgrade(app)
    file = next(Path(str(app.root_path)).rglob("001.py"))
    file.write_text(file.read_text().replace("    pass\n", "    op.drop_table('note')\n    op.drop_table('note')\n"))
    with pytest.raises(RevisionError, match=r"1\. DROP TABLE note") as error:
        downgrade(app)
    assert "run `ferrule db downgrade` again" in str(error.value)


def test_revisions_that_were_committed_before_one_fails_stay(postgresql_url: str, opened: Open) -> None:
    app = opened(postgresql_url, FIRST, HALF_WAY, settings="transaction_per_migration = true")
    with pytest.raises(RevisionError, match="Of revision r2 nothing stays") as error:
        upgrade(app)
    assert (error.value.applied, error.value.done) == (("r1",), ())
    assert current(app) == ("r1",)
    assert columns_of(app, "note") == {"id", "title"}


def test_what_was_done_in_an_autocommit_block_stays_and_is_told(postgresql_url: str, opened: Open) -> None:
    body = (
        "op.add_column('note', sa.Column('text', sa.Text))\nwith op.get_context().autocommit_block():\n"
        "    op.execute('CREATE INDEX CONCURRENTLY ix_note ON note (title)')\n"
        "op.add_column('note', sa.Column('last', sa.Text))\nop.execute('nonsense')"
    )
    app = opened(postgresql_url, FIRST, body)
    with pytest.raises(RevisionError, match="by an autocommit block") as error:
        upgrade(app)
    assert error.value.applied == ("r1",)
    assert error.value.done == (
        "ALTER TABLE note ADD COLUMN text TEXT",
        "CREATE INDEX CONCURRENTLY ix_note ON note (title)",
    )
    assert columns_of(app, "note") == {"id", "title", "text"}


def test_an_interrupt_on_the_way_is_told_like_a_failure(mariadb_url: str, opened: Open) -> None:
    interrupt = "if not op.get_context().as_sql:\n    raise KeyboardInterrupt"
    app = opened(mariadb_url, FIRST, f"op.add_column('note', sa.Column('text', sa.Text))\n{interrupt}")
    with pytest.raises(RevisionError, match="KeyboardInterrupt") as error:
        upgrade(app)
    assert error.value.done == ("ALTER TABLE note ADD COLUMN text TEXT",)


def unreachable(backend: str, folder: Path) -> str:
    if backend == "sqlite":
        (folder / "file").write_text("")
        return f"sqlite:///{folder / 'file' / 'project.sqlite'}"
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    driver = {"postgresql": "postgresql+psycopg", "mariadb": "mariadb+pymysql"}[backend]
    return f"{driver}://notes:QZXW@127.0.0.1:{port}/notes"


@pytest.mark.parametrize("backend", ["postgresql", "mariadb"])
@pytest.mark.parametrize("function", [upgrade, downgrade, stamp, current, pending, check])
def test_a_database_that_cannot_be_reached_is_one_error_with_the_cure(
    backend: str, function: Callable[[App], object], tmp_path: Path, opened: Open
) -> None:
    app = opened(unreachable(backend, tmp_path), FIRST)
    with pytest.raises(
        MigrationError, match=r"(?s)cannot be reached: see that the server runs.*Nothing was ch"
    ) as error:
        function(app)
    assert "QZXW" not in str(error.value)


def test_the_command_says_it_without_a_traceback(tmp_path: Path, opened: Open) -> None:
    app = opened(unreachable("postgresql", tmp_path), FIRST)
    project = Project(Path(str(app.root_path)), "")
    [(code, output)] = project.at_once(1, "db", "upgrade")
    assert code == 1
    assert "cannot be reached" in output
    assert "Traceback" not in output


def test_a_read_only_database_is_one_error_with_the_cure(
    request: pytest.FixtureRequest, url: str, opened: Open
) -> None:
    app = opened(url, FIRST, "op.add_column('note', sa.Column('text', sa.Text))")
    upgrade(app, "r1")
    parts = sa.make_url(url)
    if parts.get_backend_name() == "sqlite":
        only_read = f"sqlite:///file:{parts.database}?mode=ro&uri=true"
    elif parts.get_backend_name() == "postgresql":
        only_read = str(parts.update_query_dict({"options": "-c default_transaction_read_only=on"}))
    else:
        init = f"{parts.query['init_command']}, SESSION TRANSACTION READ ONLY".replace(
            "SET lock", "SET SESSION TRANSACTION READ ONLY; SET lock"
        )
        only_read = str(parts.update_query_dict({"init_command": init.partition("; ")[0]}))
    other = opened(only_read, FIRST, "op.add_column('note', sa.Column('text', sa.Text))")
    with pytest.raises(MigrationError, match="read-only: connect to the primary server") as error:
        upgrade(other)
    assert "Nothing was changed" in str(error.value)
    assert columns_of(app, "note") == {"id", "title"}
    assert current(app) == ("r1",)


@pytest.fixture
def powerless_url(request: pytest.FixtureRequest) -> Iterator[Callable[[str], str]]:
    """Return a function that gives the URL of a user who may read, and nothing else."""
    name, ending = f"reader_{os.getpid()}", []

    def make(url: str) -> str:
        parts = sa.make_url(url)
        engine = sa.create_engine(parts, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
        ending.append(engine)
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN PASSWORD 'reads'")
                connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}")
            else:
                connection.exec_driver_sql(f"CREATE USER {name}@'%%' IDENTIFIED BY 'reads'")
                connection.exec_driver_sql(f"GRANT SELECT ON {parts.database}.* TO {name}@'%%'")
        return parts.set(username=name, password="reads").render_as_string(hide_password=False)

    yield make
    for engine in ending:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql(f"DROP OWNED BY {name}")
                connection.exec_driver_sql(f"DROP ROLE {name}")
            else:
                connection.exec_driver_sql(f"DROP USER {name}@'%%'")


@pytest.mark.parametrize("backend", ["postgresql", "mariadb"])
def test_a_user_without_rights_is_one_error_with_the_cure(
    backend: str, request: pytest.FixtureRequest, powerless_url: Callable[[str], str], opened: Open
) -> None:
    url = request.getfixturevalue(f"{backend}_url")
    app = opened(url, FIRST, "op.add_column('note', sa.Column('text', sa.Text))")
    upgrade(app, "r1")
    other = opened(powerless_url(url), FIRST, "op.add_column('note', sa.Column('text', sa.Text))")
    with pytest.raises(RevisionError, match=r"lacks the right.*as the owner of the tables") as error:
        upgrade(other)
    assert "Nothing was changed" in str(error.value)
    assert columns_of(app, "note") == {"id", "title"}


@pytest.mark.parametrize("backend", ["postgresql", "mariadb"])
def test_a_connection_that_breaks_on_the_way_is_told_and_the_next_run_goes_on(
    backend: str, request: pytest.FixtureRequest, opened: Open
) -> None:
    url = request.getfixturevalue(f"{backend}_url")
    with TCPProxy(url) as proxy:
        app = opened(proxy.url, FIRST, "op.add_column('note', sa.Column('text', sa.Text))")

        def cut(step: Step) -> None:
            if step.revision == "r2" and step.seconds is None:
                proxy.cut()

        with pytest.raises(RevisionError, match="cannot be reached"):
            upgrade(app, on_step=cut)
        proxy.restore()
        upgrade(app)
        assert columns_of(app, "note") == {"id", "title", "text"}
    Project(Path(str(app.root_path)), url).empty()


@pytest.mark.parametrize("backend", ["postgresql", "mariadb"])
def test_a_statement_waits_for_a_lock_as_long_as_it_may_and_names_who_has_it(
    backend: str, request: pytest.FixtureRequest, opened: Open
) -> None:
    app = opened(
        request.getfixturevalue(f"{backend}_url"),
        FIRST,
        "op.add_column('note', sa.Column('text', sa.Text))",
        settings="lock_timeout = 0.2",
    )
    upgrade(app, "r1")
    with app.extension(SQLAlchemy).engine_of(app).connect() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM note")  # in a transaction that stays open
        ask = "SELECT pg_backend_pid()" if backend == "postgresql" else "SELECT connection_id()"
        number = reader.exec_driver_sql(ask).scalar()
        with pytest.raises(RevisionError, match=r"waited for a lock.*lock_timeout") as error:
            upgrade(app)
    end = f"SELECT pg_terminate_backend({number})" if backend == "postgresql" else f"KILL {number}"
    assert f"`{end}` ends it" in str(error.value)
    assert ("AccessShareLock on 'note'" in str(error.value)) == (backend == "postgresql")
    assert columns_of(app, "note") == {"id", "title"}
    upgrade(app)
    assert pending(app) == []


def test_the_bound_of_waiting_holds_for_the_run_alone(url: str, opened: Open) -> None:
    ask = {
        "sqlite": "PRAGMA busy_timeout",
        "postgresql": "SHOW lock_timeout",
        "mariadb": "SELECT @@SESSION.lock_wait_timeout, @@SESSION.innodb_lock_wait_timeout",
    }
    app = opened(url, FIRST, settings="lock_timeout = 7")
    engine = app.extension(SQLAlchemy).engine_of(app)
    found: list[tuple[object, ...]] = []
    with engine.connect() as connection:
        backend = "mariadb" if connection.dialect.name in {"mariadb", "mysql"} else connection.dialect.name
        before = connection.exec_driver_sql(ask[backend]).one()
    file = next(Path(str(app.root_path)).rglob("001.py"))
    file.write_text(file.read_text() + f"\n\nASK = {ask[backend]!r}\nFOUND = []\n")
    file.write_text(
        file.read_text().replace(
            "def upgrade():\n",
            "def upgrade():\n    import sys\n    sys.found = op.get_bind().exec_driver_sql(ASK).one()\n",
        )
    )
    try:
        upgrade(app)
        found.append(tuple(vars(sys).pop("found")))
    finally:
        vars(sys).pop("found", None)
    assert found == [{"sqlite": (7000,), "postgresql": ("7s",), "mariadb": (7, 7)}[backend]]
    with engine.connect() as connection:
        assert connection.exec_driver_sql(ask[backend]).one() == before


def test_a_run_that_waits_too_long_for_another_says_so_and_changes_nothing(url: str, opened: Open) -> None:
    app = opened(url, FIRST, settings="lock_wait = 0.1")
    told: list[str] = []

    def try_again(step: Step) -> None:
        if step.seconds is None:
            other = App("other", root_path=str(app.root_path), config_file=app.config_file)
            [(code, output)] = Project(Path(str(app.root_path)), url).at_once(1, "db", "upgrade")
            told.append(f"{code} {output}")
            other.shutdown()

    upgrade(app, on_step=try_again)
    assert told[0].startswith("1 ")
    assert "LockedError" in told[0]
    assert "waited 0.1 s, and nothing was changed" in told[0]
    assert issubclass(LockedError, MigrationError)


@pytest.mark.parametrize(("name", "value"), [("lock_wait", "-1"), ("lock_timeout", "0"), ("lock_wait", "nan")])
def test_a_time_that_is_none_is_a_mistake_in_the_configuration(
    name: str, value: str, tmp_path: Path, opened: Open
) -> None:
    with pytest.raises(Exception, match=f"{name}=.*expected seconds"):
        opened(f"sqlite:///{tmp_path / 'a.sqlite'}", FIRST, settings=f"{name} = {value}")
