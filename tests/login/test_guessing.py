"""Attacks on passwords, each written as its attacker would go about it, and what they leave to everybody else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, islice
from pathlib import Path
from threading import Barrier
from typing import Any, Final, Literal

import argon2
import pytest
import sqlalchemy as sa

from ferrule import request
from ferrule.testing import FerruleClient
from ferrule_login import TooManyAttemptsError, begin_attempt, hash_password, make_token, trust_device, use_token
from ferrule_login.stores.sqlalchemy import TABLES
from ferrule_sqlalchemy import db

from .sites import PASSWORD, Site, User, log_in, make_site

DAY: Final = 24 * 3600
HOME: Final = "192.0.2.1"
CAFE: Final = "198.51.100.7"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time; it stands still unless a test changes it."""
    now = [1_800_000_000.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    return now


def guess(client: FerruleClient, name: str = "ada", **headers: str) -> int:
    return client.post("/login", data={"name": name, "password": "guess"}, headers=headers).status_code


def checked_within(seconds: float, clock: list[float], guesses: Iterator[Callable[[], Any]]) -> int:
    """Guess as quickly as one may, and return how many guesses were checked."""
    end, checked = clock[0] + seconds, 0
    for attempt in guesses:
        answer = attempt()
        if answer.status_code == 429:
            clock[0] += int(answer.headers["Retry-After"])
        else:
            checked += 1
        if clock[0] > end:
            return checked
    raise AssertionError("there were too few guesses")


def from_address(site: Site, address: str, name: str = "ada") -> Callable[[], Any]:
    return lambda: site.client(address).post("/login", data={"name": name, "password": "guess"})


def addresses() -> Iterator[str]:
    return (f"198.18.{number // 250 % 250}.{number % 250 + 1}" for number in count())


def known_device(site: Site, address: str = HOME) -> FerruleClient:
    """A browser that its owner has logged in at, and out again."""
    client = site.client(address)
    assert log_in(client) == 200
    client.delete_cookie("session")
    return client


# how much an attacker gets


def test_brute_force_gets_no_further_than_a_guess_an_hour(clock: list[float]) -> None:
    site = make_site()
    assert checked_within(DAY, clock, (from_address(site, CAFE) for _ in count())) < 45


def test_brute_force_from_ever_new_addresses_does_not_either(clock: list[float]) -> None:
    """Credential stuffing: a botnet tries what it has stolen elsewhere against one account."""
    site = make_site()
    guesses = (from_address(site, address) for address in addresses())
    assert checked_within(DAY, clock, guesses) < 90


def test_an_address_that_tries_many_accounts_is_slowed_down(clock: list[float]) -> None:
    """Password spraying: one password, and every name that there may be."""
    site = make_site()
    guesses = (from_address(site, CAFE, f"user-{number}") for number in count())
    assert checked_within(3600, clock, guesses) < 180


def test_a_customer_s_whole_ipv6_network_is_one_address(clock: list[float]) -> None:
    site = make_site()
    guesses = [guess(site.client(f"2001:db8:1:2::{number:x}")) for number in range(8)]
    assert guesses == [422] * 5 + [429] * 3
    assert guess(site.client("2001:db8:1:3::1")) == 422


def test_an_ipv4_address_in_the_clothes_of_ipv6_is_the_same_one(clock: list[float]) -> None:
    site = make_site()
    assert [guess(site.client(address)) for address in [CAFE, f"::ffff:{CAFE}"] * 3] == [422] * 5 + [429]


def test_a_header_that_anybody_can_send_gives_nobody_another_address(clock: list[float]) -> None:
    client = make_site().client(CAFE)
    assert [guess(client, X_Forwarded_For=f"192.0.2.{number}") for number in range(6)] == [422] * 5 + [429]


def test_behind_a_proxy_it_is_the_client_s_address_that_counts(clock: list[float]) -> None:
    site = make_site(PROXY_FIX={"x_for": 1})
    client = site.client("127.0.0.1")
    for number in range(6):  # what the client has written itself stands to the left of what the proxy adds
        forwarded = f"203.0.113.{number}, {CAFE}"
        assert client.post(
            "/login", data={"name": "ada", "password": "x"}, headers={"X-Forwarded-For": forwarded}
        ).status_code == (422 if number < 5 else 429)
    assert guess(client, **{"X-Forwarded-For": HOME}) == 422


@pytest.mark.parametrize("name", ["ADA", " ada ", "\uff41da", "Ada"])
def test_another_spelling_of_a_name_is_no_other_account(clock: list[float], name: str) -> None:
    client = make_site().client(CAFE)
    for _ in range(5):
        guess(client)
    assert guess(client, name) == 429


SPELLINGS = ["\u00e1da", "a\u0300da", "a\u0111a", "ada\u200d", "a\u00adda", "ad\x01a"]


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_botnet_gains_nothing_by_a_spelling_that_a_database_takes_for_the_same_name(
    clock: list[float], name: str
) -> None:
    """MariaDB's usual collation finds ada by all of these."""
    site, strangers = make_site(LOGIN_THROTTLE_ACCOUNT=3), addresses()
    for _ in range(3):
        assert from_address(site, next(strangers), name)().status_code == 422
    assert from_address(site, next(strangers))().status_code == 429
    assert log_in(site.client(HOME), "eve") == 422


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_device_of_an_account_with_nearly_the_same_name_is_a_stranger(clock: list[float], name: str) -> None:
    site = make_site(LOGIN_THROTTLE_ACCOUNT=3)
    site.users[name] = site.users["ada"]
    neighbour = site.client(CAFE)
    assert log_in(neighbour, name) == 200
    for address in islice(addresses(), 3):
        from_address(site, address)()
    assert guess(neighbour) == 429


def test_to_log_in_to_an_account_of_one_s_own_in_between_does_not_clear_the_way(clock: list[float]) -> None:
    site = make_site(LOGIN_THROTTLE_ADDRESS=20)
    with site.app.app_context():
        site.users["mallory"] = User("mallory", hash_password(PASSWORD))
    checked = 0
    for number in range(60):
        client = site.client(CAFE)
        checked += guess(client, f"user-{number}") == 422
        log_in(client, "mallory")
    assert checked == 20


def test_a_device_known_to_another_account_is_a_stranger_to_this_one(clock: list[float]) -> None:
    site = make_site()
    with site.app.app_context():
        site.users["mallory"] = User("mallory", hash_password(PASSWORD))
    client = site.client(CAFE)
    assert log_in(client, "mallory") == 200
    for _ in range(5):
        assert guess(client) == 422
    client.delete_cookie("login_device")
    assert guess(client) == 429


def test_a_forged_device_is_a_stranger(clock: list[float]) -> None:
    site = make_site()
    owner = known_device(site)
    cookie = owner.get_cookie("login_device")
    assert cookie is not None
    for number in range(6):
        client = site.client(CAFE)
        other = "A" if cookie.value[-number] != "A" else "B"  # a letter that is there already forges nothing
        client.set_cookie("login_device", cookie.value[:-number] + other * number if number else "x")
        assert guess(client) == (422 if number < 5 else 429)


def test_a_stolen_device_has_five_guesses_and_the_owner_s_others_go_on(clock: list[float]) -> None:
    site = make_site()
    stolen, other = known_device(site), known_device(site)
    assert [guess(stolen) for _ in range(6)] == [422] * 5 + [429]
    assert log_in(other) == 200
    guesses = (lambda: stolen.post("/login", data={"name": "ada", "password": "guess"}) for _ in count())
    assert checked_within(DAY, clock, guesses) < 45


def test_many_known_devices_have_no_more_guesses_together_than_strangers(clock: list[float]) -> None:
    """Somebody who knew the password has logged in from ever new devices; then it was changed."""
    site = make_site()
    devices = [known_device(site, address) for address, _ in zip(addresses(), range(30), strict=False)]
    assert Counter(guess(device) for device in devices for _ in range(3))[422] == 50


@pytest.mark.parametrize("shared", [False, True], ids=["memory", "database"])
def test_a_burst_of_guesses_gets_no_more_through_than_one_after_the_other(tmp_path: Path, shared: bool) -> None:
    """To look first and count later would let through as many as come at the same time."""
    config: dict[str, Any] = {"SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path}/site.db"} if shared else {}
    extensions = ["sqlalchemy", "login"] if shared else ["login"]
    workers = [make_site(extensions=extensions, **config) for _ in range(2 if shared else 1)]
    if shared:
        db.metadata.create_all(db.engine_of(workers[0].app), TABLES)
    barrier = Barrier(16, timeout=30)

    def attack(number: int) -> int:
        client = workers[number % len(workers)].client(CAFE)
        barrier.wait()
        return guess(client)

    for worker in workers:
        worker.app.finalize()
    with ThreadPoolExecutor(16) as pool:
        statuses = Counter(pool.map(attack, range(16)))
    assert statuses == {422: 5, 429: 11}
    for worker in workers:
        worker.app.shutdown()


# what it leaves to the owner


def test_an_attacker_does_not_lock_the_owner_out_of_a_known_device(clock: list[float]) -> None:
    site = make_site()
    device = known_device(site)
    for address, _ in zip(addresses(), range(100), strict=False):
        guess(site.client(address))
    assert guess(site.client("203.0.113.9")) == 429
    assert log_in(device) == 200


def test_an_attacker_in_the_same_office_does_not_either(clock: list[float]) -> None:
    site = make_site()
    device = known_device(site, CAFE)
    for number in range(200):
        guess(site.client(CAFE), f"user-{number % 40}")
    assert guess(site.client(CAFE)) == 429
    assert log_in(device) == 200


def test_an_attacker_at_one_address_does_not_lock_the_owner_out_of_a_new_device_elsewhere(clock: list[float]) -> None:
    site = make_site()
    checked_within(3 * DAY, clock, (from_address(site, CAFE) for _ in count()))
    assert log_in(site.client(HOME)) == 200


def test_the_owner_at_a_new_device_gets_in_by_mail_while_a_botnet_guesses(clock: list[float]) -> None:
    site = make_site()

    @site.app.post("/link")
    def follow() -> str:
        found = use_token(request.form["token"], "login")
        assert found is not None
        trust_device("ada")
        return "known"

    for address, _ in zip(addresses(), range(60), strict=False):
        guess(site.client(address))
    client = site.client(HOME)
    assert log_in(client) == 429
    with site.app.app_context():
        token = make_token(site.users["ada"], "login")
    assert client.post("/link", data={"token": token}).text == "known"
    assert log_in(client) == 200


def test_the_owner_who_logs_in_takes_nobody_else_s_failures_away(clock: list[float]) -> None:
    site = make_site(LOGIN_THROTTLE_ACCOUNT=20)
    attackers = addresses()
    for _ in range(10):
        guess(site.client(next(attackers)))
        assert log_in(site.client(HOME)) == 200
    assert Counter(guess(site.client(next(attackers))) for _ in range(20))[422] == 10


def test_a_device_is_known_to_several_accounts_of_a_family() -> None:
    site = make_site()
    with site.app.app_context():
        for number in range(10):
            site.users[f"user-{number}"] = User(f"user-{number}", hash_password(PASSWORD))
    client = site.client()
    for number in range(10):
        assert log_in(client, f"user-{number}") == 200
    for address, _ in zip(addresses(), range(60), strict=False):
        guess(site.client(address), "user-9")
        guess(site.client(address), "user-3")
        guess(site.client(address), "user-0")
    assert log_in(client, "user-9") == 200
    assert log_in(client, "user-3") == 200
    assert log_in(client, "user-0") == 429  # eight are remembered


@pytest.mark.parametrize(("env", "secure"), [("testing", False), ("production", True)])
def test_the_cookie_of_a_device_is_out_of_reach_of_scripts_and_other_sites(env: str, secure: bool) -> None:
    site = make_site(SESSION_COOKIE_SECURE=secure or None)
    answer = site.client().post("/login", data={"name": "ada", "password": PASSWORD})
    (cookie,) = (each for each in answer.headers.getlist("Set-Cookie") if each.startswith("login_device="))
    assert "; HttpOnly" in cookie
    assert "; SameSite=Lax" in cookie
    assert ("; Secure" in cookie) == secure
    assert "Max-Age=34560000" in cookie
    assert "ada" not in cookie


# what it tells


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The parameters of each hash that is calculated."""
    done: list[str] = []
    verify = argon2.PasswordHasher.verify

    def counted(self: argon2.PasswordHasher, hash: str | bytes, password: str | bytes) -> Literal[True]:
        done.append(str(hash).rpartition("$")[0].rpartition("$")[0])
        return verify(self, hash, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    return done


def test_nobody_learns_who_has_an_account_from_what_the_answer_says_or_costs(
    work: list[str], clock: list[float]
) -> None:
    site = make_site()
    site.users["carol"] = User("carol")  # she logs in elsewhere, and has no password here
    seen: dict[str, list[Any]] = {}
    for name in ("ada", "carol", "nobody", "nobody-else"):
        client = site.client(f"192.0.2.{len(seen) + 1}")
        seen[name] = []
        for _ in range(7):
            answer = client.post("/login", data={"name": name, "password": "guess"})
            headers = {key: value for key, value in answer.headers if key != "Date"}
            seen[name].append((answer.status_code, answer.text, headers, work.copy()))
            work.clear()
    assert len({str(answers) for answers in seen.values()}) == 1
    assert [len(done) for _, _, _, done in seen["nobody"]] == [1] * 5 + [0] * 2


def test_a_request_for_a_mail_is_counted_whether_or_not_there_is_an_account(clock: list[float]) -> None:
    """Nobody is buried in mails, and nobody learns who has an account."""
    site = make_site()

    @site.app.post("/forgotten")
    def forgotten() -> str:
        begin_attempt(request.form["name"], purpose="reset")
        return "If there is such an account, a mail is on its way."

    for name in ("ada", "nobody"):
        client = site.client()
        answers = [client.post("/forgotten", data={"name": name}) for _ in range(7)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert log_in(site.client()) == 200  # it is not counted together with the login


def test_a_table_tells_nobody_who_tries_to_log_in_and_from_where(tmp_path: Path, clock: list[float]) -> None:
    site = make_site(extensions=["sqlalchemy", "login"], SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path}/site.db")
    engine = db.engine_of(site.app)
    db.metadata.create_all(engine, TABLES)
    for name in ("ada", "my secret password"):
        guess(site.client(CAFE), name)
    with engine.connect() as connection:
        rows = connection.execute(sa.select(TABLES[0])).all()
    assert len(rows) == 5  # two accounts, two pairs, one address
    assert all(re.fullmatch("[0-9a-f]{32}", row.bucket) for row in rows)
    site.app.shutdown()


def test_an_attempt_can_be_about_something_else_than_a_password(clock: list[float]) -> None:
    site = make_site()

    @site.app.post("/code")
    def check_code() -> tuple[str, int]:
        attempt = begin_attempt("ada", purpose="code")
        if request.form["code"] != "1234":
            return "no", 422
        attempt.succeed()
        return "yes", 200

    client = site.client()
    assert [client.post("/code", data={"code": "0"}).status_code for _ in range(4)] == [422] * 4
    assert client.post("/code", data={"code": "1234"}).status_code == 200
    assert [client.post("/code", data={"code": "0"}).status_code for _ in range(6)] == [422] * 5 + [429]


@pytest.mark.parametrize(
    ("wait", "seconds", "text"),
    [
        (0.001, 1, "in a second."),
        (1.5, 2, "in 2 seconds."),
        (119, 119, "in 119 seconds."),
        (121, 121, "in 3 minutes."),
        (3600, 3600, "in 60 minutes."),
    ],
)
def test_the_wait_is_told_rounded_up(wait: float, seconds: int, text: str) -> None:
    error = TooManyAttemptsError(wait)
    assert error.retry_after == seconds
    assert str(error.description).endswith(text)
