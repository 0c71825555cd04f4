"""A sample of what `make forgeries` sends: none is believed, none is an error; and it would be seen if one were."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.forgeries import FORGERIES, PLACES, attack, make_site, report
from ferrule import Context
from ferrule_login import Login, UserProtocol

SAMPLE = 1500


@pytest.mark.parametrize("has_store", [False, True], ids=["cookies alone", "with a store"])
def test_no_forged_cookie_or_token_is_believed_or_an_error(has_store: bool, tmp_path: Path) -> None:
    folder = tmp_path if has_store else None
    site = make_site(folder)
    found = attack(site, folder, SAMPLE, seed=7)
    assert found.wrong == [], report("sample", found)
    kinds = {kind for kind, _ in found.sent}
    assert set(FORGERIES) | {"of an older key", "of another purpose", "of an older fingerprint, ada"} <= kinds
    assert {place for _, place in found.sent} == set(PLACES)
    site.app.shutdown()


def test_one_that_is_believed_would_be_seen() -> None:
    site = make_site(None)

    class Credulous:
        def find(self, ctx: Context) -> UserProtocol | None:
            return site.users["ada"] if "remember_token" in ctx.request.cookies else None

    real = site.app.extension(Login).remembering
    real.find = Credulous().find  # type: ignore[method-assign]  # for the test
    found = attack(site, None, 200, seed=7)
    assert {(place, who) for place, _, who, _ in found.wrong} == {("remember_token", "ada")}
    assert "WRONG in remember_token: 200 'ada'" in report("sample", found)


def test_one_that_is_an_error_would_be_seen() -> None:
    site = make_site(None)
    site.app.config["PROPAGATE_EXCEPTIONS"] = False

    def fail(ctx: Context) -> None:
        raise ArithmeticError

    site.app.extension(Login).remembering.find = fail  # type: ignore[method-assign]  # for the test
    assert {status for _, status, _, _ in attack(site, None, 200, seed=7).wrong} == {500}
