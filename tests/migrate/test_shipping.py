"""What extensions ship: whose each folder and each table is, and what is wrong with them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from ferrule import App, Extension, hookimpl
from ferrule_migrate import Migrate, MigrationError
from ferrule_migrate.shipping import owners_of_tables, shipments_of, table_name
from ferrule_sqlalchemy import SQLAlchemy

from .shipping_projects import Shipping


def app_with(*extensions: Extension) -> App:
    config = {"SQLALCHEMY_DATABASE_URI": "sqlite://"}
    return App(__name__, config_file=None, extensions=[SQLAlchemy(), Migrate, *extensions], config=config)


def folder_in(path: Path, name: str) -> Path:
    folder = path / name
    folder.mkdir()
    return folder


def test_each_folder_has_its_owner_in_the_order_of_extensions(tmp_path: Path) -> None:
    one, two = folder_in(tmp_path, "one"), folder_in(tmp_path, "two")
    app = app_with(Shipping("mail-queue", one), Shipping("nothing", None), Shipping("ledger", str(two)))
    found = [(each.extension, each.folder, each.label, each.prefix) for each in shipments_of(app)]
    assert found == [("mail-queue", one, "mail_queue", "mail_queue__"), ("ledger", two, "ledger", "ledger__")]
    app.shutdown()


def test_the_ledger_of_the_application_has_each_folder(tmp_path: Path) -> None:
    app = app_with(Shipping("ledger", folder_in(tmp_path, "versions")))
    app.finalize()
    (claim,) = [claim for claim in app.claims.of("ledger") if claim.kind == "migrations"]
    assert claim.name == str(tmp_path / "versions")
    assert "shipping_projects.py:" in claim.place
    app.shutdown()


def test_all_folders_that_cannot_be_used_are_told_at_once(tmp_path: Path) -> None:
    shared = folder_in(tmp_path, "shared")
    app = app_with(
        Shipping("relative", "versions"),
        Shipping("missing", tmp_path / "missing"),
        Shipping("one", shared),
        Shipping("two", shared / ".." / "shared"),
    )
    with pytest.raises(MigrationError, match="3 mistakes in the migrations of extensions") as caught:
        shipments_of(app)
    lines = str(caught.value).splitlines()
    assert "'relative'" in lines[1]
    assert "depends on the working directory; write Path(__file__).parent / 'versions'" in lines[1]
    assert "'missing'" in lines[2]
    assert "is no folder" in lines[2]
    assert "extension 'one'" in lines[3]
    assert "extension 'two'" in lines[3]
    assert all("shipping_projects.py:" in line for line in lines[1:])
    app.shutdown()


def test_two_names_that_make_one_label_are_refused(tmp_path: Path) -> None:
    one, two = folder_in(tmp_path, "one"), folder_in(tmp_path, "two")
    app = app_with(Shipping("mail-queue", one), Shipping("mail_queue", two))
    with pytest.raises(MigrationError, match=r"'mail-queue'.*and.*'mail_queue'.*one label"):
        shipments_of(app)
    app.shutdown()


def test_what_is_no_folder_is_refused_with_its_place() -> None:
    class Listing(Extension):
        name = "listing"

        @hookimpl(optionalhook=True)
        def migrate_versions(self) -> object:
            return ["versions"]

    app = app_with(Listing())
    with pytest.raises(MigrationError, match=rf"'listing'.*{__file__}:\d+.*returned \['versions'\]; return the folder"):
        shipments_of(app)
    app.shutdown()


def test_a_table_belongs_to_the_extension_that_makes_it_in_its_bind_and_schema() -> None:
    metadata, other = sa.MetaData(), sa.MetaData(info={"bind_key": "archive"})
    entry, stored = sa.Table("ledger_entry", metadata), sa.Table("mail_queue_sent", other)
    hidden = sa.Table("entry", metadata, schema="mail_queue")
    app = app_with(Shipping("ledger", None, entry), Shipping("mail-queue", None, stored, hidden))
    assert owners_of_tables(app) == {
        table_name(entry): "ledger",
        table_name(stored): "mail-queue",
        table_name(hidden): "mail-queue",
    }
    assert [str(table_name(each)) for each in (entry, stored, hidden)] == [
        "ledger_entry",
        "mail_queue_sent in bind 'archive'",
        "mail_queue.entry",
    ]
    app.shutdown()


def test_all_tables_that_cannot_be_claimed_are_told_at_once_with_both_places() -> None:
    table, other = sa.Table("mail_queue_entry", sa.MetaData()), sa.Table("user", sa.MetaData())
    app = app_with(
        Shipping("mail", None, table),
        Shipping("mail-queue", None, table),
        Shipping("ledger", None, other),
        Shipping("three", None, "three"),  # type: ignore[arg-type]  # the mistake
    )
    with pytest.raises(MigrationError, match="3 mistakes in the tables of extensions") as caught:
        owners_of_tables(app)
    lines = str(caught.value).splitlines()
    assert re.search(
        r"'mail_queue_entry': claimed by extension 'mail' .*:\d+\) and by extension 'mail-queue'", lines[1]
    )
    assert "extension 'ledger'" in lines[2]
    assert "claims the table 'user'; begin its name with 'ledger_', or put it into a schema" in lines[2]
    assert "returned 'three' for a table; for a model, return its __table__" in lines[3]
    app.shutdown()
