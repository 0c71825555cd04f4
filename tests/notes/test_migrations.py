"""The revision of the example: it makes the tables that the models describe, and takes them away again."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
import sqlalchemy as sa

PROJECT: Final = Path(__file__).parents[2] / "examples" / "notes"


def ferrule(folder: Path, uri: str, *arguments: str) -> str:
    """Run a command in a process of its own, where nobody but the application has models."""
    environ = {
        **os.environ,
        "FERRULE_SQLALCHEMY_DATABASE_URI": uri,
        "FERRULE_MIGRATE_DIRECTORY": str(folder / "migrations"),
    }
    command = [str(Path(sys.executable).with_name("ferrule")), *arguments]
    done = subprocess.run(command, cwd=PROJECT, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("database", ["sqlite", "postgresql", "mariadb"])
def test_the_revision_makes_what_the_models_describe_and_takes_it_away(
    request: pytest.FixtureRequest, tmp_path: Path, database: str
) -> None:
    shutil.copytree(PROJECT / "migrations", tmp_path / "migrations")
    sqlite = f"sqlite:///{tmp_path / 'notes.db'}"
    uri: str = sqlite if database == "sqlite" else request.getfixturevalue(f"{database}_url")
    assert "Applied" in ferrule(tmp_path, uri, "db", "upgrade")
    assert "Nothing to do" in ferrule(tmp_path, uri, "db", "migrate", "-m", "what is missing")
    assert "Undid" in ferrule(tmp_path, uri, "db", "downgrade", "base")
    engine = sa.create_engine(uri, poolclass=sa.NullPool)
    with engine.connect() as connection:
        assert sa.inspect(connection).get_table_names() in ([], ["alembic_version"])
