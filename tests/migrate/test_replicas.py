"""Many replicas that start at once: each revision is applied once, and none of them fails."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ferrule import App
from ferrule_migrate import upgrade

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


def test_threads_of_one_process_take_turns(tmp_path: Path) -> None:
    project = write_project(tmp_path, f"sqlite:///{tmp_path / 'project.sqlite'}", [FIRST, SECOND, THIRD])
    app = App("project", root_path=str(tmp_path), config_file=tmp_path / "ferrule.toml")
    app.initialise()
    done: list[str] = []

    def run() -> None:
        done.extend(step.revision for step in upgrade(app))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(done) == ["r1", "r2", "r3"]
    assert sorted(project.rows("SELECT revision FROM told")) == [("r1",), ("r2",), ("r3",)]
    app.shutdown()


def test_replicas_with_several_databases_take_their_locks_in_one_order(tmp_path: Path, postgresql_url: str) -> None:
    project = write_project(tmp_path, f"sqlite:///{tmp_path / 'project.sqlite'}", [FIRST, SECOND])
    toml = (tmp_path / "ferrule.toml").read_text()
    (tmp_path / "ferrule.toml").write_text(f'{toml}\n[sqlalchemy.binds]\narchive = "{postgresql_url}"\n')
    for file in (tmp_path / "migrations" / "versions").glob("*.py"):
        file.write_text(f"{file.read_text()}\n\ndef upgrade_archive():\n    op.create_table('{file.stem}_old', ID())\n")
        file.write_text(
            file.read_text().replace("revision =", "ID = lambda: sa.Column('id', sa.Integer)\nrevision =", 1)
        )
    ends = project.at_once(4, "db", "upgrade")
    assert [text for code, text in ends if code] == []
    assert project.rows("SELECT version_num FROM alembic_version") == [("r2",)]
    archive = Project(tmp_path, postgresql_url)
    assert archive.rows("SELECT version_num FROM alembic_version") == [("r2",)]
    archive.empty()
