"""Attacks on the remember cookie, each written as its attacker would go about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from time import time
from typing import Any

import pytest

from ferrule.keyring import KeyRing
from ferrule_login import fingerprint_of
from ferrule_login.remembering import tickets
from ferrule_login.stores.families import GRACE
from ferrule_login.stores.sqlalchemy.tables import REMEMBERED
from ferrule_sqlalchemy import db

from .remembering import COOKIE, KEY, Site, bearer_of, cookie_of, database_in, make_site, page, reopen, who

NEW = "the key that replaces it"

MakeSite = Callable[..., Site]


@pytest.fixture(params=[False, True], ids=["cookie alone", "store"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeSite]:
    """Make sites that share a database, if they have one, and shut them down at the end."""
    sites: list[Site] = []

    def make(**config: Any) -> Site:
        sites.append(make_site(database_in(tmp_path) if request.param else None, **config))
        return sites[-1]

    yield make
    for site in sites:
        site.app.shutdown()


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Site]:
    site = make_site(database_in(tmp_path))
    yield site
    site.app.shutdown()


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr("ferrule_login.remembering.remember_cookie.time", lambda: time() + seconds)


def test_replay_a_copied_cookie_is_worth_nothing_after_the_logout(stored: Site) -> None:
    client = stored.browser("ada")
    copied = cookie_of(client) or ""
    client.post("/logout")
    assert who(bearer_of(stored, copied)) is None
    assert stored.rows() == []


def test_replay_without_a_store_a_logout_everywhere_ends_a_copied_cookie() -> None:
    """A cookie that nobody keeps a record of cannot be called back one by one."""
    site = make_site(LOGIN_LOGOUT="everywhere")
    client = site.browser("ada")
    copied = cookie_of(client) or ""
    client.post("/logout")
    assert who(bearer_of(site, copied)) is None
    site.app.shutdown()


def test_replay_a_copied_cookie_is_worth_nothing_after_another_password(make: MakeSite) -> None:
    site = make()
    client = site.browser("ada")
    copied = cookie_of(client) or ""
    client.post("/password/new")
    assert who(bearer_of(site, copied)) is None
    assert who(reopen(client)) == "ada"


@pytest.mark.parametrize("refresh", [False, True])
def test_replay_a_login_without_remember_does_not_revive_a_cookie_that_another_password_ended(
    make: MakeSite, monkeypatch: pytest.MonkeyPatch, refresh: bool
) -> None:
    """At a public computer, for instance, whose visitor has been remembered there once, and does not want it now."""
    site = make(LOGIN_REMEMBER_COOKIE_REFRESH_EACH_REQUEST=refresh)
    public = site.browser("ada")
    old = cookie_of(public) or ""
    site.browser("ada").post("/password/new")
    public.post("/login/ada")
    assert cookie_of(public) is None
    public.set_cookie(COOKIE, old)  # whoever kept it
    later(monkeypatch, 24 * 3600)
    assert page(public) == {"who": "ada", "fresh": True, "remembered": False, "told": []}
    assert who(reopen(public)) is None
    assert who(bearer_of(site, old)) is None


def test_replay_a_copied_cookie_is_worth_nothing_after_signing_out_everywhere(make: MakeSite) -> None:
    site = make()
    client = site.browser("ada")
    copied = cookie_of(client) or ""
    client.post("/everywhere")
    assert who(bearer_of(site, copied)) is None


def test_theft_a_thief_who_comes_second_gets_nothing_and_is_found_out(
    stored: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = stored.browser("ada")
    copied = cookie_of(client) or ""
    assert who(reopen(client)) == "ada"
    later(monkeypatch, GRACE + 1)
    assert who(bearer_of(stored, copied)) is None
    assert stored.witness.seen[-1] == ("replayed", "ada")


def test_theft_a_thief_who_comes_first_is_found_out_by_the_user_and_stays_out(
    stored: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = stored.browser("ada")
    thief = bearer_of(stored, cookie_of(client) or "")
    assert who(thief) == "ada"
    later(monkeypatch, GRACE + 1)
    answer = page(reopen(client))
    assert (answer["who"], len(answer["told"])) == (None, 1)
    assert stored.witness.seen[-1] == ("replayed", "ada")
    assert who(reopen(thief)) is None


def test_theft_of_the_database_gives_no_cookie_that_logs_anybody_in(stored: Site) -> None:
    stored.browser("ada")
    (row,) = stored.rows()
    ring = KeyRing("a guess at the key").encrypter("ferrule.login.remember")
    made_up = json.dumps(["ada", row.fingerprint, 3600, row.expires, row.selector, row.digest]).encode()
    assert who(bearer_of(stored, ring.encrypt(made_up))) is None
    assert who(bearer_of(stored, f"{row.selector}.{row.digest}")) is None
    assert len(stored.rows()) == 1


def test_a_writer_of_the_database_cannot_log_in_without_the_key(stored: Site) -> None:
    """Who can insert rows, by an injection for instance, still has no cookie that is authentic."""
    mallory, validator = stored.browser("bob"), "chosen"
    (row,) = stored.rows()
    with db.engine_of(stored.app).begin() as connection:
        connection.execute(REMEMBERED.update().values(user_id="ada", digest=validator))
    assert who(reopen(mallory)) is None
    assert row.user_id == "bob"


def test_a_cookie_of_one_user_is_not_anothers_whatever_the_users_have_in_common(make: MakeSite) -> None:
    site = make()
    site.users["ada"].password_hash = site.users["bob"].password_hash = "the same"
    ticket = tickets.read(site.app, cookie_of(site.browser("bob")) or "", time())
    assert ticket is not None
    assert ticket.fingerprint != fingerprint_of(site.app, site.users["ada"])


def test_a_ticket_with_another_users_id_is_bound_to_the_fingerprint_of_the_first(make: MakeSite) -> None:
    """Even with the key, an id is not enough: what Flask-Login's cookie is made of."""
    site = make()
    ring = site.app.keyring.encrypter("ferrule.login.remember")
    for fingerprint in ("", fingerprint_of(site.app, site.users["bob"])):
        made_up = json.dumps(["ada", fingerprint, 3600, int(time()) + 3600, "", ""]).encode()
        assert who(bearer_of(site, ring.encrypt(made_up))) is None


def test_after_a_rotation_of_the_key_cookies_go_on_and_outlast_the_old_key_once_used(make: MakeSite) -> None:
    old = make()
    used, unused = cookie_of(old.browser("ada")) or "", cookie_of(old.browser("ada")) or ""
    rotated = make(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=[KEY], LOGIN_REMEMBER_COOKIE_REFRESH_EACH_REQUEST=True)
    client = bearer_of(rotated, used)
    assert who(client) == "ada"
    renewed = cookie_of(client) or ""
    assert who(bearer_of(rotated, unused)) == "ada"
    removed = make(SECRET_KEY=NEW)
    assert who(bearer_of(removed, unused)) is None
    assert (renewed != used) is (removed.app.extensions.get("sqlalchemy") is not None)
    if renewed != used:
        assert who(bearer_of(removed, renewed)) == "ada"


def test_a_cookie_of_a_site_with_another_key_logs_nobody_in_and_is_deleted(make: MakeSite) -> None:
    elsewhere, here = make(SECRET_KEY="the key of another site"), make()
    client = bearer_of(here, cookie_of(elsewhere.browser("ada")) or "")
    assert who(client) is None
    assert cookie_of(client) is None


@pytest.mark.parametrize("purpose", ["ferrule.session", "login fingerprint", "ferrule.login.reset", "ferrule.cursor"])
def test_what_was_encrypted_for_another_purpose_is_no_cookie(make: MakeSite, purpose: str) -> None:
    site = make()
    user = site.users["ada"]
    said = json.dumps(["ada", fingerprint_of(site.app, user), 3600, int(time()) + 3600, "", ""]).encode()
    assert who(bearer_of(site, site.app.keyring.encrypter(purpose).encrypt(said))) is None
    assert who(bearer_of(site, site.app.keyring.signer(purpose).sign(said))) is None


def test_a_session_cookie_is_no_remember_cookie_and_the_reverse(make: MakeSite) -> None:
    site = make()
    client = site.browser("ada")
    session, remember = client.get_cookie("session"), client.get_cookie(COOKIE)
    assert session
    assert remember
    assert who(bearer_of(site, session.value)) is None
    stranger = site.app.test_client()
    stranger.set_cookie("session", remember.value)
    assert who(stranger) is None


def test_a_cookie_that_was_cut_changed_or_spliced_is_deleted_and_never_an_error(make: MakeSite) -> None:
    site = make()
    ada, bob = cookie_of(site.browser("ada")) or "", cookie_of(site.browser("bob")) or ""
    middle = len(ada) // 2
    made = [ada[:cut] for cut in range(0, len(ada), 9)]
    made += [ada[:place] + ("A" if ada[place] != "A" else "B") + ada[place + 1 :] for place in range(0, len(ada), 7)]
    made += [ada[:middle] + bob[middle:], bob[:middle] + ada[middle:], ada + bob, ada + ".", f".{ada}", ada[::-1]]
    for cookie in made:
        client = bearer_of(site, cookie)
        assert page(client) == {"who": None, "fresh": False, "remembered": False, "told": []}, cookie
        assert cookie_of(client) is None


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'"ada"',
        b"not JSON",
        b"\xff",
        b'["ada", "", 1, 2, ""]',
        b'["ada", "", "1", 2, "", ""]',
    ],
    ids=repr,
)
def test_an_authentic_cookie_that_says_nothing_of_this_version_is_no_error(make: MakeSite, said: bytes) -> None:
    site = make()
    assert who(bearer_of(site, site.app.keyring.encrypter("ferrule.login.remember").encrypt(said))) is None


def test_a_cookie_cannot_be_made_to_last_by_the_browser_that_keeps_it(
    make: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make()
    cookie = cookie_of(site.browser("ada", duration=60)) or ""
    later(monkeypatch, 61)
    assert who(bearer_of(site, cookie)) is None


def test_fixation_a_cookie_that_is_planted_is_forgotten_when_somebody_else_logs_in(make: MakeSite) -> None:
    """Else the victim would be in the attacker's account after the session, and write into it."""
    site = make()
    victim = bearer_of(site, cookie_of(site.browser("bob")) or "")
    victim.post("/login/ada")
    assert cookie_of(victim) is None
    assert who(reopen(victim)) is None


def test_fixation_a_session_that_was_planted_is_renewed_by_the_cookie(make: MakeSite) -> None:
    site = make()
    attacker = site.app.test_client()
    page(attacker)
    with attacker.session_transaction() as session:
        session["planted"] = True
    planted = attacker.get_cookie("session")
    assert planted
    victim = reopen(site.browser("ada"))
    victim.set_cookie("session", planted.value)
    assert who(victim) == "ada"
    renewed = victim.get_cookie("session")
    assert renewed
    assert renewed.value != planted.value
    assert who(attacker) is None


def test_a_forged_cookie_costs_no_look_at_the_database(stored: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError("the store was asked")

    stored.app.test_client().get("/who")
    monkeypatch.setattr("ferrule_login.stores.sqlalchemy.remembered.run", refuse)
    assert who(bearer_of(stored, "A" * 300)) is None


def test_a_remembered_login_opens_no_view_that_needs_a_fresh_one(make: MakeSite) -> None:
    client = reopen(make().browser("ada"))
    assert page(client)["fresh"] is False


def test_the_text_of_a_ticket_does_not_say_what_it_proves() -> None:
    ticket = tickets.Ticket(user_id="ada", fingerprint="print", lifetime=60, expires=60, validator="a secret of it")
    assert "a secret of it" not in repr(ticket)
