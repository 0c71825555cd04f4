"""Whatever browsers, users and thieves do, in whatever order: a remember cookie logs in whom a small model says."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from ferrule_login import forget_device, forget_devices, remembered_devices, sign_out_everywhere
from ferrule_login.remembering import tickets
from ferrule_login.stores.families import GRACE
from ferrule_login.stores.sqlalchemy.tables import REMEMBERED
from ferrule_sqlalchemy import db

from .remembering import Site, bearer_of, cookie_of, database_in, make_site, page

USERS = ("ada", "bob")
DURATION = 10_000
EXAMPLES = int(os.environ.get("FORGERIES", "40"))
"""`FORGERIES=1000` tries longer."""


@dataclass
class Family:
    """What the model knows of one browser's cookies."""

    user: str
    era: int
    ends: float
    cookies: list[str] = field(default_factory=list)
    replaced_at: float = 0.0
    is_over: bool = False


class Remembering(RuleBasedStateMachine):
    """A site with a store, and anybody who has ever had a cookie of it."""

    site: Site
    clock: list[float]

    def __init__(self) -> None:
        super().__init__()
        with db.engine_of(self.site.app).begin() as connection:
            connection.execute(REMEMBERED.delete())
        self.era = dict.fromkeys(USERS, 0)
        self.families: list[Family] = []

    @property
    def now(self) -> float:
        return self.clock[0]

    @initialize()
    def somebody_logs_in(self) -> None:
        self.log_in("ada")

    @rule(user=st.sampled_from(USERS))
    def log_in(self, user: str) -> None:
        cookie = cookie_of(self.site.browser(user, duration=DURATION))
        assert cookie
        self.families.append(Family(user, self.era[user], self.now + DURATION, [cookie]))

    @rule(draw=st.data())
    def a_browser_comes_back(self, draw: st.DataObject) -> None:
        self.come_with_a_cookie(draw.draw(st.sampled_from(self.families)), 0)

    @rule(draw=st.data(), age=st.integers(1, 3), seconds=st.sampled_from([0, GRACE // 2, GRACE, GRACE + 1]))
    def a_copy_is_used(self, draw: st.DataObject, age: int, seconds: int) -> None:
        family = draw.draw(st.sampled_from(self.families))
        self.come_with_a_cookie(family, 0)
        self.clock[0] += seconds
        self.come_with_a_cookie(family, age)
        self.come_with_a_cookie(family, 0)

    def come_with_a_cookie(self, family: Family, age: int) -> None:
        """Come with the newest cookie of a browser, or one that was replaced."""
        place = max(0, len(family.cookies) - 1 - age)
        client = bearer_of(self.site, family.cookies[place])
        self.site.witness.seen.clear()
        answer = page(client)
        assert answer["who"] == self.expected(family, place)
        after = cookie_of(client)
        if answer["who"] is None:
            assert after is None
        elif after != family.cookies[place]:
            assert place == len(family.cookies) - 1
            assert after
            family.cookies.append(after)
            family.replaced_at = self.now

    def expected(self, family: Family, place: int) -> str | None:
        """Say who is logged in, and end the family of a copy."""
        if self.now >= family.ends or family.era != self.era[family.user] or family.is_over:
            return None
        behind = len(family.cookies) - 1 - place
        if behind == 0 or (behind == 1 and self.now <= family.replaced_at + GRACE):
            return family.user
        family.is_over = True
        return None

    @rule(draw=st.data())
    def a_browser_logs_out(self, draw: st.DataObject) -> None:
        family = draw.draw(st.sampled_from(self.families))
        client = bearer_of(self.site, family.cookies[-1])
        client.post("/logout")
        assert cookie_of(client) is None
        family.is_over = True
        if draw.draw(st.booleans()):
            self.come_with_a_cookie(family, 0)

    @rule(user=st.sampled_from(USERS), everywhere=st.booleans())
    def a_password_or_an_epoch_changes(self, user: str, everywhere: bool) -> None:
        with self.site.app.app_context():
            if everywhere:
                sign_out_everywhere(self.site.users[user])
        if not everywhere:
            self.site.users[user].password_hash += "!"
        self.era[user] += 1

    @rule(draw=st.data())
    def a_user_ends_a_browser(self, draw: st.DataObject) -> None:
        family = draw.draw(st.sampled_from(self.families))
        with self.site.app.app_context():
            ticket = tickets.read(self.site.app, family.cookies[-1], self.now)
            known = ticket is not None and forget_device(self.site.users[family.user], ticket.selector)
        assert known == self.is_alive(family)
        family.is_over = True

    @rule(user=st.sampled_from(USERS))
    def a_user_ends_all_browsers(self, user: str) -> None:
        with self.site.app.app_context():
            forget_devices(self.site.users[user])
        for family in self.families:
            family.is_over |= family.user == user

    @rule(seconds=st.sampled_from([1, GRACE // 2, GRACE, GRACE + 1, DURATION // 3, DURATION]))
    def time_passes(self, seconds: int) -> None:
        self.clock[0] += seconds

    @rule(user=st.sampled_from(USERS))
    def a_user_looks_at_the_browsers(self, user: str) -> None:
        with self.site.app.app_context():
            shown = remembered_devices(self.site.users[user])
        assert len(shown) == sum(self.is_alive(family) for family in self.families if family.user == user)

    def is_alive(self, family: Family) -> bool:
        return self.now < family.ends and family.era == self.era[family.user] and not family.is_over


def test_a_cookie_logs_in_whom_the_model_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [2_000_000_000.0]
    for module in ("remember_cookie", "devices"):
        monkeypatch.setattr(f"ferrule_login.remembering.{module}.time", lambda: clock[0])
    monkeypatch.setattr(Remembering, "clock", clock, raising=False)
    monkeypatch.setattr(Remembering, "site", make_site(database_in(tmp_path)), raising=False)
    phases = [phase for phase in Phase if phase is not Phase.shrink]  # it takes minutes
    examples = settings(max_examples=EXAMPLES, stateful_step_count=30, deadline=None, phases=phases)
    run_state_machine_as_test(Remembering, settings=examples)
    Remembering.site.app.shutdown()
