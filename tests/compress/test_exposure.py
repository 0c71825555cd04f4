"""Who could learn something from the length of a response gets it uncompressed (BREACH)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ferrule import App, request, views
from ferrule_compress import Compress, uncompressed

MakeApp = Callable[..., App]
TEXT = "some text. " * 500
COOKIE = {"Cookie": "session=x"}
BASIC = {"Authorization": "Basic YTpi"}


@pytest.mark.parametrize(
    ("headers", "compressed"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-origin", **COOKIE}, True),
        ({"Sec-Fetch-Site": "none", **COOKIE}, True),
        ({"Sec-Fetch-Site": "cross-site", **COOKIE}, False),
        ({"Sec-Fetch-Site": "same-site", **COOKIE}, False),
        ({"Sec-Fetch-Site": "nonsense", **COOKIE}, False),
        ({"Sec-Fetch-Site": "cross-site", **BASIC}, False),
        ({"Sec-Fetch-Site": "same-origin", **BASIC}, True),
        (COOKIE, False),
        (BASIC, True),
    ],
    ids=str,
)
def test_credentials_that_another_site_may_have_used(
    make_app: MakeApp, headers: dict[str, str], compressed: bool
) -> None:
    for cross_site in (False, True):
        app = make_app(cross_site=cross_site)
        app.get("/")(lambda: TEXT)
        response = app.test_client(use_cookies=False).get("/", headers={"Accept-Encoding": "gzip", **headers})
        assert ("Content-Encoding" in response.headers) == (compressed or cross_site)
        assert response.headers["Vary"] == "Accept-Encoding"


def test_a_stranger_cannot_tell_a_right_guess_from_a_wrong_one(make_app: MakeApp) -> None:
    """The attack itself: a guess in the query, a secret in the page, the length on the wire."""

    def lengths(headers: dict[str, str]) -> set[int]:
        app = make_app()
        app.get("/")(lambda: f"{TEXT} token=7f3a9c2e81 You searched for {request.args['q']}")
        client = app.test_client(use_cookies=False)
        sent = {"Accept-Encoding": "gzip", **COOKIE, **headers}
        guesses = ("token=7f3a9c2e81", "token=qwxzvkjyhm")
        return {len(client.get("/", query_string={"q": guess}, headers=sent).data) for guess in guesses}

    assert len(lengths({"Sec-Fetch-Site": "cross-site"})) == 1
    assert len(lengths({"Sec-Fetch-Site": "same-origin"})) == 2


def test_a_view_is_exempt(make_app: MakeApp) -> None:
    app = make_app()

    @app.get("/page")
    @uncompressed
    def page() -> str:
        return TEXT

    class Secret(views.MethodView):
        decorators = (uncompressed,)

        def get(self) -> str:
            return TEXT

    app.add_url_rule("/class", view_func=Secret.as_view("secret"))
    app.get("/other")(lambda: TEXT)
    client = app.test_client()
    for path, encoding in (("/page", None), ("/class", None), ("/other", "gzip")):
        response = client.get(path, headers={"Accept-Encoding": "gzip"})
        assert response.headers.get("Content-Encoding") == encoding
        assert ("Vary" in response.headers) == (encoding is not None)


def test_the_check_before_deployment_tells_where_the_protection_is_off(make_app: MakeApp) -> None:
    for cross_site in (False, True):
        app = make_app(cross_site=cross_site)
        app.initialise()
        for deploy in (False, True):
            found = [check.id for check in app.extension(Compress).check_app(app, deploy)]
            assert found == (["compress.cross_site"] if cross_site and deploy else [])
