"""The way to the login page, and back."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrule import App, SetupError
from ferrule_login import Login, login_url, redirect_to_next, safe_next
from ferrule_login.next_page import path_of


def make_app(view: str | None = "accounts.login") -> App:
    app = App("site", config_file=None, env="testing", extensions=["login"], config={"LOGIN_VIEW": view})
    app.extension(Login).user_loader(lambda user_id: None)
    app.add_url_rule("/accounts/login", "accounts.login", lambda: "")
    app.add_url_rule("/other", "other", lambda: "")
    app.add_url_rule("/<user>/", "home", lambda user: "")
    return app


@pytest.mark.parametrize(
    ("wanted", "url"),
    [
        (None, "/accounts/login"),
        ("", "/accounts/login"),
        ("/notes", "/accounts/login?next=/notes"),
        ("/notes?q=a&b=c", "/accounts/login?next=/notes?q%3Da%26b%3Dc"),
        ("http://localhost/notes", "/accounts/login?next=/notes"),
        ("https://localhost/notes", "/accounts/login"),
        ("http://localhost:8080/notes", "/accounts/login"),
        ("http://localhost.evil.example/notes", "/accounts/login"),
        ("http://localhost@evil.example/notes", "/accounts/login"),
        ("http://localhost//evil.example", "/accounts/login"),
        ("//evil.example", "/accounts/login"),
    ],
)
def test_the_login_page_carries_the_way_back_if_it_leads_to_this_site(wanted: str | None, url: str) -> None:
    with make_app().test_request_context():
        assert login_url(next_url=wanted) == url


def test_another_login_page_can_be_named() -> None:
    with make_app(view=None).test_request_context():
        assert login_url("other", "/notes") == "/other?next=/notes"


def test_the_login_page_has_a_url_outside_of_a_request() -> None:
    app = make_app()
    app.config["SERVER_NAME"] = "site.example"
    with app.app_context():
        assert login_url(next_url="/notes") == "http://site.example/accounts/login?next=/notes"


def test_without_a_login_view_there_is_no_login_page() -> None:
    with make_app(view=None).test_request_context(), pytest.raises(SetupError, match=r"set view in \[login\]"):
        login_url()


@pytest.mark.parametrize(
    "request_of_the_form",
    [
        {"path": "/accounts/login?next=/notes?q%3Da"},
        {"path": "/accounts/login", "method": "POST", "data": {"next": "/notes?q=a"}},
        {"path": "/accounts/login?next=/notes?q%3Da", "method": "POST", "data": {"name": "ada"}},
    ],
)
def test_the_way_back_is_read_from_query_or_form(request_of_the_form: dict[str, Any]) -> None:
    with make_app().test_request_context(**request_of_the_form):
        answer = redirect_to_next("home", user="ada")
    assert (answer.status_code, answer.location) == (303, "/notes?q=a")


@pytest.mark.parametrize("query", ["", "?next=", "?next=//evil.example", "?next=https://evil.example/"])
def test_without_a_safe_way_back_the_default_is_next(query: str) -> None:
    with make_app().test_request_context(f"/accounts/login{query}"):
        assert redirect_to_next("home", user="ada").location == "/ada/"


segments = st.text(st.characters(blacklist_characters="/\\", blacklist_categories=["Cs", "Cc"]), min_size=1)


@given(
    st.lists(segments, max_size=3),
    st.dictionaries(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"))),
)
def test_every_page_of_this_site_is_a_safe_place_to_come_back_to(parts: list[str], query: dict[str, str]) -> None:
    app = App("site", config_file=None, env="testing")
    with app.test_request_context(quote("/" + "/".join(parts)), query_string=query) as ctx:
        path, args = ctx.request.path, ctx.request.args.to_dict(flat=False)
        place = path_of(ctx.request)
    assert safe_next(place, "refused") == place
    assert parse_qs(urlsplit(place).query, keep_blank_values=True) == args
    with app.test_request_context(place) as back:
        assert back.request.path == path
        assert back.request.args.to_dict(flat=False) == args
