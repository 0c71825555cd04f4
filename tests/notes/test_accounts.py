"""Accounts: to register, to log in, to log out."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa
from argon2 import extract_parameters

from ferrule import App
from ferrule.testing import FerruleClient
from ferrule_sqlalchemy import db
from notes.models import User

MakeApp = Callable[..., App]
Member = Callable[[str], FerruleClient]

PASSWORD = "correct horse battery"
REFUSAL = "This name and this password do not belong together."


def registration(name: str, password: str = PASSWORD, repeated: str | None = None) -> dict[str, str]:
    return {"name": name, "password": password, "repeated": password if repeated is None else repeated}


def test_who_registers_is_logged_in_and_welcomed(app: App) -> None:
    client = app.test_client()
    answer = client.post("/register", data=registration("ada"), follow_redirects=True)
    assert answer.request.path == "/notes"
    assert "Welcome, ada." in answer.text


def test_all_mistakes_of_a_registration_are_shown_at_once_and_the_name_is_kept(app: App) -> None:
    answer = app.test_client().post("/register", data=registration("ada l.", "secret", "Secret"))
    assert answer.status_code == 422
    assert 'value="ada l."' in answer.text
    for name in ("name", "password", "repeated"):
        assert f'id="{name}-mistake"' in answer.text
        assert f'<a href="#{name}">' in answer.text


@pytest.mark.parametrize("path", ["/register", "/login"])
def test_a_password_is_never_sent_back(app: App, path: str) -> None:
    answer = app.test_client().post(path, data=registration("ada", "hunter2hunter2", "other"))
    assert answer.status_code == 422
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(
    ("name", "mistake"),
    [
        ("", "At least 3 characters"),
        ("al", "At least 3 characters"),
        ("a" * 41, "At most 40 characters, please; this has 41."),
        ("ada lovelace", "a space is none"),
        ("ada<b>", "“&lt;” is none"),
        ("ada\0", "U+0000 is none"),
        ("ada\u202eevol", "U+202E is none"),
    ],
)
def test_a_name_that_cannot_be_is_a_mistake_beside_its_field(app: App, name: str, mistake: str) -> None:
    answer = app.test_client().post("/register", data=registration(name))
    assert answer.status_code == 422
    assert mistake in answer.text


@pytest.mark.parametrize("name", ["ada", "a.d-a_9", "Ада", "Łódź", "हिन्दी", "ﷺﷺﷺﷺ", "x" * 40])
def test_names_of_every_script_are_welcome(member: Member, name: str) -> None:
    assert name in member(name).get("/notes").text


@pytest.mark.parametrize(
    ("password", "mistake"),
    [
        ("short", "At least 10 characters, please; this has 5."),
        ("x" * 257, "At most 256 characters, please; this has 257."),
        ("ADA.LOVELACE", "Another one than your name"),
    ],
)
def test_a_password_that_is_too_weak_or_too_long_is_a_mistake(app: App, password: str, mistake: str) -> None:
    answer = app.test_client().post("/register", data=registration("ada.lovelace", password))
    assert answer.status_code == 422
    assert mistake in answer.text


@pytest.mark.parametrize("name", ["Straße", "STRASSE", "\uff53trasse"])
def test_a_name_that_is_taken_in_any_case_is_a_mistake_beside_its_field(app: App, member: Member, name: str) -> None:
    member("strasse")
    answer = app.test_client().post("/register", data=registration(name))
    assert answer.status_code == 422
    assert 'id="name-mistake">This name is taken.' in answer.text
    assert f'value="{name}"' in answer.text


def test_of_many_who_want_one_name_at_the_same_time_one_gets_it(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'notes.db'}")
    app.finalize()
    barrier = Barrier(6)

    def register(_number: int) -> tuple[int, bool]:
        client = app.test_client()
        barrier.wait()
        answer = client.post("/register", data=registration("ada"))
        return answer.status_code, "This name is taken." in answer.text

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(register, range(6)))
    assert answers == [(303, False), *[(422, True)] * 5]


@pytest.mark.parametrize("name", ["ada", "ADA", " ada "])
def test_one_logs_in_with_the_name_in_any_case(app: App, member: Member, name: str) -> None:
    member("Ada")
    client = app.test_client()
    assert client.post("/login", data={"name": name, "password": PASSWORD}).status_code == 303
    assert client.get("/notes").status_code == 200


def test_who_asks_for_it_is_remembered_when_the_browser_is_closed(app: App, member: Member) -> None:
    member("ada")
    for remember in ({}, {"remember": "yes"}):
        client = app.test_client()
        client.post("/login", data={"name": "ada", "password": PASSWORD, **remember})
        client.delete_cookie("session")
        assert (client.get("/notes").status_code == 200) is bool(remember)


def test_a_mistake_in_the_password_leaves_the_tick_as_it_was(app: App, member: Member) -> None:
    member("ada")
    answer = app.test_client().post("/login", data={"name": "ada", "password": "wrong", "remember": "yes"})
    assert 'value="yes" checked' in answer.text


def test_a_password_may_be_typed_on_another_keyboard(app: App) -> None:
    composed, decomposed = "caf\u00e9 au lait", "cafe\u0301 au lait"
    client = app.test_client()
    client.post("/register", data=registration("ada", composed))
    assert app.test_client().post("/login", data={"name": "ada", "password": decomposed}).status_code == 303


def test_the_log_in_does_not_tell_an_unknown_name_from_a_wrong_password(app: App, member: Member) -> None:
    member("ada")
    client = app.test_client()
    wrong = client.post("/login", data={"name": "ada", "password": "not hers at all"})
    unknown = client.post("/login", data={"name": "eva", "password": "not hers at all"})
    assert wrong.status_code == unknown.status_code == 422
    assert REFUSAL in wrong.text
    assert wrong.text.replace("ada", "eva") == unknown.text


@pytest.mark.parametrize("name", ["", "\0", "ada\0", "' OR 1=1 --", "x" * 100_000, "%", "\ufffd"])
def test_a_strange_name_is_refused_like_any_other(app: App, member: Member, name: str) -> None:
    member("bob")
    answer = app.test_client().post("/login", data={"name": name, "password": PASSWORD})
    assert answer.status_code == 422
    assert REFUSAL in answer.text


def test_a_missing_field_is_an_empty_one(app: App) -> None:
    assert app.test_client().post("/login").status_code == 422
    assert app.test_client().post("/register").status_code == 422


def test_who_guesses_waits_and_is_told_how_long_beside_the_field(app: App, member: Member) -> None:
    app.config["LOGIN_THROTTLE_DELAY"] = 600
    device = member("ada")
    device.post("/logout")
    client = app.test_client()
    for _ in range(5):
        assert client.post("/login", data={"name": "ada", "password": "a guess"}).status_code == 422
    answer = client.post("/login", data={"name": "ADA", "password": PASSWORD})
    assert answer.status_code == 429
    assert 500 < int(answer.headers["Retry-After"]) <= 600
    assert 'id="password-mistake">Too many attempts failed. Try again in 10 minutes.' in answer.text
    assert 'value="ADA"' in answer.text
    assert device.post("/login", data={"name": "ada", "password": PASSWORD}).status_code == 303


def test_who_was_sent_to_log_in_comes_back_to_where_they_were_going(app: App, member: Member) -> None:
    member("ada")
    client = app.test_client()
    sent = client.get("/notes?search=linen")
    answer = client.post(sent.location, data={"name": "ada", "password": PASSWORD})
    assert answer.location == "/notes?search=linen"


def test_who_registers_instead_comes_back_as_well(app: App) -> None:
    client = app.test_client()
    page = client.get(client.get("/notes/new").location).text
    assert 'href="/register?next=/notes/new"' in page
    assert client.post("/register?next=/notes/new", data=registration("ada")).location == "/notes/new"


@pytest.mark.parametrize("path", ["/login", "/register"])
def test_who_is_logged_in_needs_no_form(member: Member, path: str) -> None:
    answer = member("ada").get(path)
    assert (answer.status_code, answer.location) == (303, "/notes")


def test_one_who_logs_out_is_gone(member: Member) -> None:
    client = member("ada")
    answer = client.post("/logout", follow_redirects=True)
    assert "You are logged out." in answer.text
    assert client.get("/notes").status_code == 303


def test_a_link_logs_nobody_out(member: Member) -> None:
    client = member("ada")
    answer = client.get("/logout")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert client.get("/notes").status_code == 200


def test_a_user_who_is_deleted_is_nobody_from_then_on(app: App, member: Member) -> None:
    client = member("ada")
    with app.app_context():
        db.session.execute(sa.delete(User))
        db.session.commit()
    assert client.get("/notes").status_code == 303


def test_a_hash_with_old_parameters_is_renewed_when_its_password_comes_by(make_app: MakeApp, tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path / 'notes.db'}"
    before, after = (
        make_app(SQLALCHEMY_DATABASE_URI=uri),
        make_app(SQLALCHEMY_DATABASE_URI=uri, LOGIN_ARGON2_TIME_COST=2),
    )

    def time_cost() -> int:
        with after.app_context():
            return extract_parameters(db.session.scalars(sa.select(User.password_hash)).one()).time_cost

    before.test_client().post("/register", data=registration("ada"))
    after.test_client().post("/login", data={"name": "ada", "password": "not hers at all"})
    assert time_cost() == 1
    after.test_client().post("/login", data={"name": "ada", "password": PASSWORD})
    assert time_cost() == 2
    assert after.test_client().post("/login", data={"name": "ada", "password": PASSWORD}).status_code == 303
