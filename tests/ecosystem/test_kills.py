"""A sample of `make kills`: an upgrade that is killed is mended by the next; and it would be seen if it were not."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from benchmarks.kills import kill, make_site, points_of, report

SAMPLE = 10
"""At how many points in each kind of database."""


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_a_killed_upgrade_is_mended_by_the_next(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    site = make_site(tmp_path / "site", "" if backend == "sqlite" else request.getfixturevalue("postgresql_url"))
    points = points_of(site)
    assert len(points) > 80
    found = kill(site, points[:: len(points) // SAMPLE])
    assert found.points >= SAMPLE
    assert (found.wrong, found.missed) == ([], [])
    assert f"killed at {found.points} points" in report(backend, found)


def test_an_upgrade_that_keeps_half_of_itself_is_told(tmp_path: Path) -> None:
    revision = 'op.create_table("half", sa.Column("id", sa.Integer))\nop.get_bind().connection.commit()'
    site = make_site(tmp_path / "site", revisions=[f"{revision}\nop.execute(sa.text('SELECT 1'))"])
    found = kill(site, points_of(site)[-4:])
    assert any("the second run ended with 1" in text for _, text in found.wrong)
    assert "WRONG: before" in report("sqlite", found)
    assert not sa.inspect(sa.create_engine(site.url)).has_table("half")
