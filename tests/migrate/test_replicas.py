"""Many replicas that start at once: each revision is applied once, and none of them fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .replicas import Project, write_project

REPLICAS = 16

FIRST = """
op.create_table('note', sa.Column('id', sa.Integer, primary_key=True), sa.Column('title', sa.String(20)))
op.create_table('told', sa.Column('revision', sa.String(20)))
op.execute("INSERT INTO told VALUES ('r1')")
"""
SECOND = """
op.add_column('note', sa.Column('text', sa.Text))
time.sleep(0.2)
op.execute("INSERT INTO told VALUES ('r2')")
"""
THIRD = """
op.create_index('ix_note_title', 'note', ['title'])
op.execute("INSERT INTO told VALUES ('r3')")
"""


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    url = (
        f"sqlite:///{tmp_path / 'project.sqlite'}"
        if request.param == "sqlite"
        else request.getfixturevalue(f"{request.param}_url")
    )
    made = write_project(tmp_path, url, [FIRST, SECOND, THIRD])
    yield made
    made.empty()


@pytest.mark.parametrize("start", ["empty", "old"])
def test_each_revision_is_applied_once_by_whoever_comes_first(project: Project, start: str) -> None:
    if start == "old":
        [(code, _)] = project.at_once(1, "db", "upgrade", "r1")
        assert code == 0
    ends = project.at_once(REPLICAS, "db", "upgrade")
    assert [text for code, text in ends if code] == []
    assert sorted(project.rows("SELECT revision FROM told")) == [("r1",), ("r2",), ("r3",)]
    assert project.rows("SELECT version_num FROM alembic_version") == [("r3",)]
    assert sum("Applied r2" in text for _, text in ends) == 1
