"""Who is writing: registering, logging in and out, and what only members see."""

from __future__ import annotations

import pytest
from almanac import database
from conftest import Person
from flask import Flask, g, get_flashed_messages, session
from flask.testing import FlaskClient


def test_a_form_is_shown_for_each(client: FlaskClient) -> None:
    assert "<h1>Register</h1>" in client.get("/accounts/register").text
    assert "<h1>Log in</h1>" in client.get("/accounts/login").text


def test_whoever_registers_is_in_the_database(app: Flask, client: FlaskClient) -> None:
    response = Person(client, "Ann").register()
    assert response.location == "/accounts/login"
    with app.app_context():
        person = database.row("SELECT * FROM person")
        assert person is not None
        assert person["password"].startswith("pbkdf2")


@pytest.mark.parametrize(("name", "password"), [("", "long enough"), ("Ann", "short"), (" ", "long enough")])
def test_a_bad_name_or_password_is_refused(client: FlaskClient, name: str, password: str) -> None:
    response = client.post("/accounts/register", data={"name": name, "password": password})
    assert response.status_code == 422
    assert '<p class="error">A name' in response.text


def test_a_name_is_taken_once(client: FlaskClient, ann: Person) -> None:
    response = ann.register()
    assert response.status_code == 409
    assert "Ann is taken." in response.text
    assert 'value="Ann"' in response.text


def test_a_form_without_its_fields_is_a_bad_request(client: FlaskClient) -> None:
    client.application.config["TRAP_BAD_REQUEST_ERRORS"] = False
    response = client.post("/accounts/register", data={"name": "Ann"})
    assert response.status_code == 400
    assert "<h1>Bad Request</h1>" in response.text


def test_the_session_knows_who_logged_in(client: FlaskClient) -> None:
    person = Person(client, "Ann")
    person.register()
    with client:
        assert person.log_in().location == "/"
        assert session["person"] == 1
        assert not session.permanent
        client.get("/")
        assert g.person["name"] == "Ann"


def test_who_wants_to_be_remembered_is_for_long(client: FlaskClient, ann: Person) -> None:
    response = ann.log_in(remember="yes")
    cookie = client.get_cookie("almanac")
    assert cookie is not None
    assert "Expires=" in response.headers["Set-Cookie"]
    assert "HttpOnly" in response.headers["Set-Cookie"]


def test_a_wrong_password_is_forbidden(client: FlaskClient, ann: Person) -> None:
    ann.client.post("/accounts/logout")
    response = ann.log_in("another password")
    assert response.status_code == 403
    assert "No such name and password." in response.text


def test_logging_out_forgets(client: FlaskClient, ann: Person) -> None:
    with client:
        response = client.post("/accounts/logout", follow_redirects=True)
        assert "person" not in session
    assert "Goodbye." in response.text
    assert response.request.path == "/"


def test_members_only_and_back_again(client: FlaskClient) -> None:
    response = client.get("/accounts/me")
    assert response.location == "/accounts/login?next=/accounts/me"
    with client:
        client.get("/accounts/login")
        assert get_flashed_messages(category_filter=["notice"]) == ["Please log in first."]


@pytest.mark.parametrize(("target", "leads_to"), [("/files", "/files"), ("//evil", "/"), ("https://evil", "/")])
def test_the_way_back_stays_here(ann: Person, target: str, leads_to: str) -> None:
    assert ann.log_in(query=f"?next={target}").location == leads_to


def test_my_page_sets_a_cookie_and_is_not_kept(ann: Person) -> None:
    response = ann.client.get("/accounts/me")
    assert response.headers["Cache-Control"] == "no-store"
    cookie = ann.client.get_cookie("seen")
    assert cookie is not None
    assert cookie.value == "Ann"
    assert "Cookie" in response.vary


def test_a_session_can_be_written_before_a_request(client: FlaskClient, ann: Person) -> None:
    with client.session_transaction() as stored:
        stored["written"] = [1, 2, 3]
    assert "Written in this session: 3" in client.get("/accounts/me").text


def test_somebody_who_is_gone_is_nobody(client: FlaskClient) -> None:
    with client.session_transaction() as stored:
        stored["person"] = 99
    assert "Log in" in client.get("/").text


def test_messages_are_told_once_with_their_categories(client: FlaskClient) -> None:
    with client.session_transaction() as stored:
        stored["_flashes"] = [("error", "No!"), ("success", "Yes!")]
    assert client.get("/accounts/messages").json == {"errors": ["No!"], "all": ["error: No!", "success: Yes!"]}
    assert client.get("/accounts/messages").json == {"errors": [], "all": []}


def test_only_a_form_logs_out(client: FlaskClient) -> None:
    assert client.get("/accounts/logout").status_code == 405
    assert set(client.options("/accounts/logout").allow) == {"POST", "OPTIONS"}
