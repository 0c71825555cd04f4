"""What an extension leaves when it is disabled, and how that is removed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import Result

from ferrule import App
from ferrule_migrate import MigrationError, leftovers, remove, upgrade
from ferrule_sqlalchemy import SQLAlchemy

from .shipping_projects import Shipping, install, make_app, write_revision

RunCommand = Callable[..., Result]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Install an extension with a table; the folder of its revisions."""
    folder = install(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    yield folder
    sys.modules.pop("ferrule_ledger_of_test", None)


def engine_of(app: App) -> sa.Engine:
    return app.extension(SQLAlchemy).engine_of(app)


def tables_of(app: App) -> set[str]:
    return {*sa.inspect(engine_of(app)).get_table_names()} - {"alembic_version", "alembic_version_digest"}


def once_enabled(folder: Path, uri: str) -> App:
    """Return an application in whose database an extension has made its tables; it is not enabled any more."""
    app = App(
        "project",
        root_path=str(folder),
        config_file=None,
        extensions=["sqlalchemy", "migrate", "ledger"],
        config={"SQLALCHEMY_DATABASE_URI": uri},
    )
    upgrade(app)
    app.shutdown()
    app, _ = make_app(folder, uri)
    return app


def test_what_is_left_is_told_by_each_command_with_what_removes_it(
    tmp_path: Path, installed: Path, ferrule_db: RunCommand
) -> None:
    app = once_enabled(tmp_path, f"sqlite:///{tmp_path / 'project.sqlite'}")
    (left,) = leftovers(app)
    assert (left.extension, left.is_installed) == ("ledger", True)
    sa.Table("note", app.extension(SQLAlchemy).metadata, sa.Column("id", sa.Integer, primary_key=True))
    for command in ("current", "upgrade", "check"):
        shown = ferrule_db(app, command)
        assert "Note: the tables of extension 'ledger', which is not enabled, are left (at ledger__2)" in shown.output
        assert "to remove them, run `ferrule db remove ledger`; to have them again, enable it" in shown.output
    app.shutdown()


def test_an_extension_that_is_not_enabled_is_removed_by_its_own_revisions(
    tmp_path: Path, uri: str, installed: Path, ferrule_db: RunCommand
) -> None:
    app = once_enabled(tmp_path, uri)
    assert tables_of(app) == {"ledger_entry"}
    result = ferrule_db(app, "remove", "ledger")
    assert result.exit_code == 0
    assert "Undid ledger__2" in result.output
    assert "Undid ledger__1" in result.output
    assert tables_of(app) == set()
    assert leftovers(app) == []
    assert "Nothing to do" in ferrule_db(app, "remove", "ledger").output
    app.shutdown()


def test_tables_with_rows_are_removed_only_if_that_is_asked_for(tmp_path: Path, uri: str, installed: Path) -> None:
    app = once_enabled(tmp_path, uri)
    with engine_of(app).begin() as connection:
        connection.exec_driver_sql("INSERT INTO ledger_entry (id) VALUES (1), (2)")
        connection.exec_driver_sql("CREATE TABLE ledge (id INTEGER)")
    with pytest.raises(MigrationError, match=r"would drop ledger_entry \(2 rows\), and.*--allow-destructive"):
        remove(app, "ledger")
    assert tables_of(app) == {"ledge", "ledger_entry"}
    assert [step.revision for step in remove(app, "ledger", allow_destructive=True)] == ["ledger__2", "ledger__1"]
    assert tables_of(app) == {"ledge"}
    app.shutdown()


def test_an_enabled_extension_can_be_removed_and_is_then_to_be_disabled(tmp_path: Path, ferrule_db: RunCommand) -> None:
    extension = Shipping("mail-queue", tmp_path / "versions")
    write_revision(tmp_path / "versions", "mail_queue__1", label="mail_queue")
    app, _ = make_app(tmp_path, f"sqlite:///{tmp_path / 'project.sqlite'}", extension)
    upgrade(app)
    result = ferrule_db(app, "remove", "mail-queue")
    assert "Undid mail_queue__1" in result.output
    assert "Take 'mail-queue' out of `extensions` now" in result.output
    app.shutdown()


def test_an_extension_on_which_others_depend_is_not_removed(tmp_path: Path) -> None:
    extension = Shipping("mail", tmp_path / "versions")
    write_revision(tmp_path / "versions", "mail__1", label="mail")
    file = write_revision(tmp_path / "migrations" / "versions", "a1", depends_on="mail__1")
    app, _ = make_app(tmp_path, f"sqlite:///{tmp_path / 'project.sqlite'}", extension)
    upgrade(app)
    with pytest.raises(MigrationError, match="undo these revisions first") as caught:
        remove(app, "mail")
    assert f"'a1' ({file}) depends on 'mail__1'" in str(caught.value)
    app.shutdown()


def test_an_extension_that_is_gone_says_what_to_install(tmp_path: Path, installed: Path) -> None:
    app = once_enabled(tmp_path, f"sqlite:///{tmp_path / 'project.sqlite'}")
    sys.path.remove(str(tmp_path / "site"))
    (left,) = leftovers(app)
    assert (left.extension, left.is_installed) == ("ledger", False)
    with pytest.raises(MigrationError, match=r"'ledger' is not installed.*often called ferrule-ledger"):
        remove(app, "ledger")
    assert upgrade(app) == []
    app.shutdown()


def test_an_extension_that_ships_nothing_or_whose_folder_is_missing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "site", folder="nowhere")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    app, _ = make_app(tmp_path, f"sqlite:///{tmp_path / 'project.sqlite'}")
    with pytest.raises(MigrationError, match=r"'ledger' \(ferrule-ledger-of-test 1\.2\).*nowhere, which is no folder"):
        remove(app, "ledger")
    with pytest.raises(MigrationError, match="ships no revisions: it does not implement migrate_versions"):
        remove(app, "migrate")
    sys.modules.pop("ferrule_ledger_of_test")
    app.shutdown()
