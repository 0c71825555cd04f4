"""The soak itself: that it sends what it says, and that it would see a leak."""

from __future__ import annotations

import sys
from mmap import mmap
from pathlib import Path
from typing import Any

import pytest

from benchmarks.soak import KINDS, LIMIT_MIB, Found, Kind, kinds_for, make_app, report, soak

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read from Linux' /proc")


def test_each_kind_of_request_is_answered_as_expected(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    kinds = kinds_for(app)
    found = soak(app, 3 * len(kinds), kinds)
    assert found.wrong == {}
    assert dict(found.answers) == {kind.name: 3 for kind in kinds}
    assert len(found.memory) == 20


def test_another_answer_than_the_expected_is_told(tmp_path: Path) -> None:
    found = soak(make_app(tmp_path), 1, [Kind("wrongly expected", 200, "/nowhere")])
    assert found.wrong == {("wrongly expected", 404, 200): 1}
    assert "WRONG: 1 of 'wrongly expected': 404 instead of 200" in report(found)


def test_a_leak_would_be_seen(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    inner, kept = app.wsgi_app, []

    def leaking(environ: Any, start_response: Any) -> Any:
        page = mmap(-1, 10_000)  # memory that is new for certain: a heap would reuse what earlier tests gave back
        page.write(b"leak" * 2500)
        kept.append(page)
        return inner(environ, start_response)

    app.wsgi_app = leaking  # type: ignore[method-assign]  # middleware
    assert soak(app, 2000, KINDS[:2]).growth > LIMIT_MIB


@pytest.mark.parametrize(
    ("memory", "growth"),
    [([10.0] * 10 + [30.0] * 10, 0.0), ([float(mib) for mib in range(20)], 7.0)],
    ids=["warm-up is no growth", "a slope is"],
)
def test_growth_is_that_of_the_second_half(memory: list[float], growth: float) -> None:
    assert Found(memory=memory).growth == growth
