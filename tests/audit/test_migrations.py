"""The tables that login and audit ship: their revisions make them on each database just as the code has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from ferrule import App
from ferrule_audit import AuditEvent
from ferrule_login import Login
from ferrule_login.stores.sqlalchemy import TABLES
from ferrule_migrate import current, downgrade, pending, upgrade
from ferrule_sqlalchemy import db
from ferrule_sqlalchemy.metadatas import NAMING_CONVENTION

SHIPPED = {*(table.name for table in TABLES), AuditEvent.__tablename__}


def differences(app: App) -> list[Any]:
    """What a new revision would change of the tables that are shipped."""
    shipped = sa.MetaData(naming_convention=dict(NAMING_CONVENTION))
    for name in SHIPPED:
        db.metadata.tables[name].to_metadata(shipped)
    with db.engine_of(app).connect() as connection:
        options = {"include_name": lambda name, kind, _: kind != "table" or name in SHIPPED, "compare_type": True}
        return [*compare_metadata(MigrationContext.configure(connection, opts=options), shipped)]


@pytest.mark.parametrize("server", ["sqlite", "postgresql_url", "mariadb_url"])
def test_upgrade_makes_the_tables_of_the_code_and_downgrade_leaves_none(
    server: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    uri = f"sqlite:///{tmp_path / 'site.db'}" if server == "sqlite" else request.getfixturevalue(server)
    config = {"SQLALCHEMY_DATABASE_URI": uri, "SECRET_KEY": "a key for tests"}
    extensions = ["sqlalchemy", "login", "migrate", "audit"]
    app = App("site", root_path=str(tmp_path), config_file=None, env="testing", extensions=extensions, config=config)
    app.extension(Login).user_loader(lambda user_id: None)
    request.addfinalizer(app.shutdown)
    with app.app_context():
        assert {revision.revision.partition("__")[0] for revision in pending()} == {"login", "audit"}
        upgrade(revision="heads")
        assert {revision.partition("__")[0] for revision in current()} == {"login", "audit"}
        assert pending() == []
        assert differences(app) == []
        for name in ("login", "audit"):
            downgrade(revision=f"{name}@base")
    assert SHIPPED.isdisjoint(sa.inspect(db.engine_of(app)).get_table_names())
    with db.engine_of(app).begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
