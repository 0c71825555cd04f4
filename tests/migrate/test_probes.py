"""Whether databases are as the code needs them: for probes, `ferrule check --deploy`, and the developer's terminal."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from ferrule import App, Check
from ferrule_migrate import downgrade, is_ready, readiness, upgrade
from ferrule_sqlalchemy import SQLAlchemy

from .shipping_projects import Shipping, make_app, write_revision

NOBODY = "postgresql+psycopg://nobody:hidden-password@127.0.0.1:1/nothing"


def versions(folder: Path) -> Path:
    return folder / "migrations" / "versions"


def checks_of(app: App, *, deploy: bool = True) -> dict[str, Check]:
    return {each.id: each for each in app.hooks.check_app(app, deploy) if each.id.startswith("migrate.")}


def execute(app: App, statement: str) -> None:
    with app.extension(SQLAlchemy).engine_of(app).begin() as connection:
        connection.exec_driver_sql(statement)


def test_an_application_is_ready_when_all_revisions_are_applied(tmp_path: Path, uri: str) -> None:
    write_revision(versions(tmp_path), "a1")
    write_revision(versions(tmp_path), "b1", "a1")
    app, _ = make_app(tmp_path, uri)
    found = readiness(app)
    assert (bool(found), found.state) == (False, "pending")
    assert [each.revision for each in found.pending] == ["a1", "b1"]
    assert found.reason == "2 revisions pending: a1 a1 of the test, b1 b1 of the test; run `ferrule db upgrade`"
    assert checks_of(app)["migrate.pending"].level == "error"
    upgrade(app)
    assert readiness(app)
    assert readiness(app).state == "ready"
    assert checks_of(app) == {}
    app.shutdown()


def test_a_probe_asks_until_it_is_ready_and_then_no_more(tmp_path: Path) -> None:
    write_revision(versions(tmp_path), "a1")
    app, _ = make_app(tmp_path, f"sqlite:///{tmp_path / 'project.sqlite'}")
    assert not is_ready(app)
    assert not (tmp_path / "project.sqlite").exists()  # looking makes no database
    upgrade(app)
    assert is_ready(app)
    downgrade(app)
    assert is_ready(app)
    assert not readiness(app)
    app.shutdown()


def test_a_database_that_is_ahead_of_the_code_is_not_ready(tmp_path: Path) -> None:
    write_revision(versions(tmp_path), "a1")
    app, _ = make_app(tmp_path, f"sqlite:///{tmp_path / 'project.sqlite'}")
    upgrade(app)
    execute(app, "UPDATE alembic_version SET version_num = 'ffff'")
    found = readiness(app)
    assert found.state == "unknown"
    assert "'ffff'" in found.reason
    assert "deploy the code" in checks_of(app)["migrate.unknown_revision"].hint
    app.shutdown()


def test_a_database_that_cannot_be_reached_is_told_and_no_password(tmp_path: Path) -> None:
    app, _ = make_app(tmp_path, NOBODY)
    write_revision(versions(tmp_path), "a1")
    found = readiness(app)
    assert found.state == "unreachable"
    assert "hidden-password" not in repr(found)
    assert set(checks_of(app)) == {"migrate.unreachable"}
    app.shutdown()


def test_revisions_that_are_broken_are_not_ready(tmp_path: Path) -> None:
    write_revision(versions(tmp_path), "a1", up="raise (")
    app, _ = make_app(tmp_path, "sqlite://")
    found = readiness(app)
    assert found.state == "broken"
    assert "a1.py" in found.reason
    assert set(checks_of(app)) == {"migrate.broken"}
    app.shutdown()


def test_a_database_that_does_not_answer_holds_nobody_up_and_is_asked_once(tmp_path: Path) -> None:
    write_revision(versions(tmp_path), "a1")
    app, _ = make_app(tmp_path, "sqlite://")
    upgrade(app)
    answer, asked = threading.Event(), []

    @sa.event.listens_for(app.extension(SQLAlchemy).engine_of(app), "checkout")
    def _slow(*_: object) -> None:
        asked.append(threading.current_thread())
        answer.wait(20)

    start = time.monotonic()
    assert readiness(app, timeout=0.1).state == "unreachable"
    assert readiness(app, timeout=0.1).reason == "the databases did not answer within 0.1 s"
    assert not is_ready(app, timeout=0.1)
    assert time.monotonic() - start < 10
    assert len(asked) == 1
    answer.set()
    assert is_ready(app)
    app.shutdown()


def test_what_extensions_left_or_ship_wrongly_is_found_by_the_check(tmp_path: Path) -> None:
    write_revision(tmp_path / "mail", "mail__1", label="mail")
    uri = f"sqlite:///{tmp_path / 'project.sqlite'}"
    app, _ = make_app(tmp_path, uri, Shipping("mail", tmp_path / "mail"))
    upgrade(app)
    app.shutdown()
    app, _ = make_app(tmp_path, uri)
    assert readiness(app)
    (found,) = checks_of(app).values()
    assert (found.id, found.level) == ("migrate.left_behind", "info")
    assert "the tables of extension 'mail', which is not installed, are left" in found.message
    assert "`ferrule db remove mail`" in found.hint
    assert checks_of(app, deploy=False) == {}
    app.shutdown()
    app, _ = make_app(tmp_path, uri, Shipping("mail", tmp_path / "nowhere"))
    (found,) = checks_of(app, deploy=False).values()
    assert (found.id, found.level) == ("migrate.extensions", "error")
    assert "nowhere, which is no folder" in found.message
    app.shutdown()


def log_of_started(app: App, caplog: pytest.LogCaptureFixture) -> str:
    """Tell the extensions that the server starts, and return what is logged when all threads have ended."""
    with caplog.at_level(logging.WARNING):
        app.hooks.development_server_started(app)
        for thread in threading.enumerate():
            if thread.name == "ferrule-migrate-notice":
                thread.join(20)
    return caplog.text


@pytest.mark.parametrize(
    ("env", "uri", "expected"),
    [
        ("development", "sqlite:///{folder}/project.sqlite", "Migrations: 1 revision pending: a1 a1 of the test; run"),
        ("development", NOBODY, "Migrations: "),
        ("production", "sqlite:///{folder}/project.sqlite", ""),
    ],
    ids=["pending", "unreachable", "production"],
)
def test_a_developer_is_told_of_pending_revisions(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, env: str, uri: str, expected: str
) -> None:
    write_revision(versions(tmp_path), "a1")
    app, _ = make_app(tmp_path, uri.format(folder=tmp_path), env=env)
    found = log_of_started(app, caplog)
    assert expected in found
    assert bool(found) is bool(expected)
    assert "hidden-password" not in found
    app.shutdown()


def test_nothing_is_told_where_there_is_nothing_to_tell(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app, _ = make_app(tmp_path, f"sqlite:///{tmp_path / 'project.sqlite'}", env="development")
    assert log_of_started(app, caplog) == ""
    app.shutdown()


def test_an_application_that_starts_and_one_that_is_ready_load_no_alembic(tmp_path: Path) -> None:
    write_revision(tmp_path / "mail", "mail__1", label="mail")
    source = f"""
import sys
from pathlib import Path
from ferrule import App, Extension, hookimpl
from ferrule_migrate import is_ready
from ferrule_sqlalchemy import SQLAlchemy

class Mail(Extension):
    name = "mail"

    @hookimpl(optionalhook=True)
    def migrate_versions(self):
        return Path({str(tmp_path / "mail")!r})

app = App("shop", config_file=None, extensions=["sqlalchemy", "migrate", Mail], config={{
    "SQLALCHEMY_DATABASE_URI": "sqlite://"}})
app.finalize()
list(app.hooks.check_app(app, False))
print(['alembic' in sys.modules])
engine = app.extension(SQLAlchemy).engine_of(app)
with engine.begin() as connection:
    connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")
    connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('mail__1')")
assert is_ready(app)
print([name for name in sys.modules if name.partition(".")[0] in ("alembic", "mako")])
"""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout == "[False]\n[]\n"


def test_ferrule_run_tells_of_pending_revisions_while_it_serves(tmp_path: Path) -> None:
    """The real command, in a process of its own."""
    write_revision(versions(tmp_path), "a1")
    (tmp_path / "ferrule.toml").write_text(
        'application = "shop:app"\nextensions = ["sqlalchemy", "migrate"]\n'
        '[sqlalchemy]\ndatabase_uri = "sqlite:///shop.sqlite"\n'
    )
    (tmp_path / "shop.py").write_text("from ferrule import App\napp = App(__name__)\n")
    command = [sys.executable, "-c", "from ferrule.cli.main import main; main()", "run", "--port", "0", "--no-reload"]
    log = tmp_path / "server.log"
    with log.open("w") as output, subprocess.Popen(command, cwd=tmp_path, stdout=output, stderr=output) as server:
        try:
            deadline = time.monotonic() + 30
            while "run `ferrule db upgrade`" not in log.read_text() and time.monotonic() < deadline:
                time.sleep(0.05)
        finally:
            server.terminate()
    assert "Migrations: 1 revision pending: a1 a1 of the test; run `ferrule db upgrade`" in log.read_text()
    assert "Running on" in log.read_text()
