"""A project, and an extension that ships tables: what the tests of shipped migrations work on."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ferrule import App, Extension, hookimpl
from ferrule_migrate import Migrate
from ferrule_sqlalchemy import SQLAlchemy
from ferrule_sqlalchemy.metadatas import NAMING_CONVENTION

__all__ = ["OwnTables", "Shipping", "install", "make_app", "write_revision"]


class OwnTables(SQLAlchemy):
    """An extension with tables of its own: the default one's are the process', and these tests change theirs."""

    def __init__(self, tables: dict[str | None, sa.MetaData] | None = None) -> None:
        super().__init__()
        self.tables = tables or {None: sa.MetaData(naming_convention=dict(NAMING_CONVENTION))}

    @property
    def metadata(self) -> sa.MetaData:
        return self.tables[None]

    @property
    def metadatas(self) -> dict[str | None, sa.MetaData]:
        return self.tables


class Shipping(Extension):
    """An extension that ships what it was made with."""

    def __init__(self, name: str, folder: Path | str | None, *tables: sa.Table) -> None:
        self.name = name  # type: ignore[misc]  # several of one class, for the tests
        self.folder = folder
        self.tables = tables

    @hookimpl(optionalhook=True)
    def migrate_versions(self, app: App) -> Path | str | None:
        return self.folder

    @hookimpl(optionalhook=True)
    def migrate_tables(self, app: App) -> Iterable[sa.Table] | None:
        return self.tables


def make_app(
    folder: Path,
    uri: str,
    *extensions: Extension,
    env: str | None = None,
    tables: dict[str | None, sa.MetaData] | None = None,
    **config: Any,
) -> tuple[App, sa.MetaData]:
    """Return an initialised application whose project is in a folder, and the tables of its models."""
    db = OwnTables(tables)
    (folder / "ferrule.toml").write_text("")
    app = App(
        "project",
        root_path=str(folder),
        config_file=folder / "ferrule.toml",
        env=env,
        extensions=[db, Migrate, *extensions],
        config={"SQLALCHEMY_DATABASE_URI": uri} | config,
    )
    app.initialise()
    return app, db.metadata


def write_revision(
    folder: Path,
    revision: str,
    down: str | None = None,
    *,
    label: str | None = None,
    depends_on: str | None = None,
    up: str = "pass",
    undo: str = "pass",
) -> Path:
    """Write a revision into a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{revision}.py"
    lines = [
        *(f'"""{revision} of the test"""', "import sqlalchemy as sa", "from alembic import op"),
        *(f"revision = {revision!r}", f"down_revision = {down!r}"),
        *(f"branch_labels = {label!r}", f"depends_on = {depends_on!r}"),
        *("def upgrade():", textwrap.indent(up, "    "), "def downgrade():", textwrap.indent(undo, "    ")),
    ]
    file.write_text("\n".join(lines) + "\n")
    return file


def install(site: Path, *, folder: str = "versions") -> Path:
    """Install an extension ``ledger`` with a table into a folder that is on the path; return that of its revisions."""
    package = site / "ferrule_ledger_of_test"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        textwrap.dedent(
            f"""
            from pathlib import Path
            from ferrule import Extension, hookimpl

            class Ledger(Extension):
                name = "ledger"

                @hookimpl(optionalhook=True)
                def migrate_versions(self):
                    return Path(__file__).parent / {folder!r}
            """
        )
    )
    metadata = site / "ferrule_ledger_of_test-1.2.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: ferrule-ledger-of-test\nVersion: 1.2\n")
    (metadata / "entry_points.txt").write_text("[ferrule.extensions]\nledger = ferrule_ledger_of_test:Ledger\n")
    up = "op.create_table('ledger_entry', sa.Column('id', sa.Integer, primary_key=True))"
    write_revision(package / "versions", "ledger__1", label="ledger", up=up, undo="op.drop_table('ledger_entry')")
    write_revision(package / "versions", "ledger__2", "ledger__1")
    return package / "versions"
