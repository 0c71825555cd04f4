"""The revisions of the example, with those of its extensions: what a project's own two lines see to."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

PROJECT: Final = Path(__file__).parents[2] / "examples" / "notes"

TWO_LINES: Final = """
from ferrule_migrate.testing import migrations
test_migrations = migrations()
"""


@pytest.mark.parametrize("database", ["sqlite", "postgresql", "mariadb"])
def test_the_revisions_keep_what_the_migrations_of_every_project_promise(
    request: pytest.FixtureRequest, tmp_path: Path, database: str
) -> None:
    """In a process of its own, where nobody but the application has models."""
    (tmp_path / "test_migrations.py").write_text(TWO_LINES)
    uri: str = "sqlite://" if database == "sqlite" else request.getfixturevalue(f"{database}_url")
    environ = {
        **os.environ,
        "FERRULE_CONFIG": str(PROJECT / "ferrule.toml"),
        "FERRULE_SQLALCHEMY_DATABASE_URI": uri,
    }
    options = ["-q", "-W", "error", "-p", "no:cacheprovider", "-p", "no:xdist", "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout
