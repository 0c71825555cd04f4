"""One run at a time changes a database: the locks, with real servers and processes that die."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from ferrule_migrate import LockedError, MigrationError
from ferrule_migrate.locks import held, in_process
from ferrule_migrate.locks.patience import Patience
from ferrule_sqlalchemy.sqlite import prepare


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    if request.param == "sqlite":
        made = sa.create_engine(f"sqlite:///{tmp_path / 'locked.sqlite'}", poolclass=sa.NullPool)
        prepare(made, {})
    else:
        made = sa.create_engine(request.getfixturevalue(f"{request.param}_url"), poolclass=sa.NullPool)
    yield made
    made.dispose()


def hold(stack: ExitStack, engine: sa.Engine, *, table: str = "alembic_version", wait: float = 0.0) -> sa.Connection:
    connection = stack.enter_context(engine.connect())
    stack.enter_context(held([connection], table, Patience(wait)))
    return connection


def test_two_connections_do_not_hold_the_lock_at_once(engine: sa.Engine) -> None:
    with ExitStack() as first:
        hold(first, engine)
        with ExitStack() as second, pytest.raises(LockedError, match=r"waited 0\.2 s.*nothing was changed.*lock_wait"):
            hold(second, engine, wait=0.2)
    with ExitStack() as third:
        hold(third, engine)


def test_who_waits_gets_the_lock_when_it_is_given_back(engine: sa.Engine) -> None:
    order: list[str] = []

    def wait() -> None:
        with ExitStack() as second:
            hold(second, engine, wait=20)
            order.append("second")

    with ExitStack() as first:
        hold(first, engine)
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(0.3)
        order.append("first")
    thread.join(20)
    assert order == ["first", "second"]


def test_a_failure_gives_the_lock_back(engine: sa.Engine) -> None:
    with pytest.raises(sa.exc.DBAPIError), ExitStack() as first:
        hold(first, engine).exec_driver_sql("SELECT nothing FROM nowhere")
    with ExitStack() as second:
        hold(second, engine)


def test_a_commit_of_what_the_run_did_is_kept(engine: sa.Engine) -> None:
    with ExitStack() as stack:
        connection = hold(stack, engine)
        with connection.begin():
            connection.exec_driver_sql("CREATE TABLE kept (id INTEGER)")
    with engine.begin() as connection:
        assert sa.inspect(connection).has_table("kept")
        connection.exec_driver_sql("DROP TABLE kept")


def test_the_lock_is_of_one_database_and_one_version_table(postgresql_url: str, mariadb_url: str) -> None:
    for url in (postgresql_url, mariadb_url):
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with ExitStack() as stack:
            hold(stack, engine)
            hold(stack, engine, table="another_version")


@pytest.mark.parametrize("name", ["postgresql", "mariadb"])
def test_who_has_to_wait_is_told_for_whom(name: str, request: pytest.FixtureRequest) -> None:
    engine = sa.create_engine(request.getfixturevalue(f"{name}_url"), poolclass=sa.NullPool)
    with ExitStack() as first:
        connection = hold(first, engine)
        number = connection.exec_driver_sql(
            "SELECT pg_backend_pid()" if name == "postgresql" else "SELECT CONNECTION_ID()"
        ).scalar()
        connection.rollback()
        with ExitStack() as second, pytest.raises(LockedError) as error:
            hold(second, engine)
    cure = f"pg_terminate_backend({number})" if name == "postgresql" else f"KILL {number}"
    assert cure in str(error.value)
    assert ("ferrule db, process" in str(error.value)) == (name == "postgresql")


def test_a_connection_is_named_as_before_when_it_has_given_the_lock_back(postgresql_url: str) -> None:
    engine = sa.create_engine(postgresql_url, connect_args={"application_name": "notes"})
    with ExitStack() as stack:
        hold(stack, engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT current_setting('application_name')").scalar() == "notes"
    engine.dispose()


HOLDER = """
import sys, time, sqlalchemy as sa
from ferrule_migrate.locks import held
from ferrule_migrate.locks.patience import Patience
from ferrule_sqlalchemy.sqlite import prepare
engine = sa.create_engine(sys.argv[1])
if engine.dialect.name == "sqlite":
    prepare(engine, {})
with engine.connect() as connection, held([connection], "alembic_version", Patience(5)):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_holder_that_is_killed_frees_the_lock(engine: sa.Engine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    with subprocess.Popen([sys.executable, "-c", HOLDER, url], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        try:
            assert holder.stdout.readline() == b"held\n"
            with ExitStack() as stack, pytest.raises(LockedError):
                hold(stack, engine)
        finally:
            holder.kill()
        holder.wait(20)
        with ExitStack() as stack:
            hold(stack, engine, wait=20)


def test_a_lock_that_a_pooler_lost_is_told(postgresql_url: str, caplog: pytest.LogCaptureFixture) -> None:
    engine = sa.create_engine(postgresql_url, poolclass=sa.NullPool)
    with ExitStack() as stack:
        connection = hold(stack, engine)
        connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")
    assert "another could have been let in" in caplog.text


def test_locks_of_several_databases_are_taken_in_one_order_whatever_the_binds(tmp_path: Path) -> None:
    """Two runs that name the same databases in another order would wait for each other for ever."""
    engines = [sa.create_engine(f"sqlite:///{tmp_path / name}", poolclass=sa.NullPool) for name in ("a", "b")]
    failures: list[BaseException] = []

    def run(order: list[sa.Engine]) -> None:
        try:
            for _ in range(10):
                with ExitStack() as stack:
                    connections = [stack.enter_context(engine.connect()) for engine in order]
                    stack.enter_context(held(connections, "alembic_version", Patience(20)))
        except BaseException as error:  # told by the test
            failures.append(error)

    threads = [threading.Thread(target=run, args=(order,)) for order in (engines, engines[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures


def test_one_thread_of_a_process_runs_migrations_at_a_time() -> None:
    told: list[str] = []

    def run() -> None:
        try:
            with in_process(Patience(0.1)):
                told.append("let in")
        except LockedError as error:
            told.append(str(error))

    with in_process(Patience(0)):
        thread = threading.Thread(target=run)
        thread.start()
        thread.join(20)
    assert "thread 'MainThread' of this process runs migrations" in told[0]
    run()
    assert told[1] == "let in"


def test_a_run_within_a_run_is_refused_and_does_not_wait_for_itself() -> None:
    with in_process(Patience(60)), pytest.raises(MigrationError, match="within another one"), in_process(Patience(60)):
        pass
