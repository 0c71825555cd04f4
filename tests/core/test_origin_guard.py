"""The origin guard: what a page of another site cannot send."""

from __future__ import annotations

from typing import Any

import pytest

from ferrule import App, cross_origin_allowed

OWN = "http://localhost"


def make_app(**config: Any) -> App:
    app = App(__name__, config_file=None, config={"SECRET_KEY": "k" * 32, **config})
    app.route("/", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], endpoint="index")(lambda: "done")
    return app


@pytest.mark.parametrize(
    ("headers", "base_url", "status"),
    [
        ({}, OWN, 200),
        ({"Sec-Fetch-Site": "same-origin"}, OWN, 200),
        ({"Sec-Fetch-Site": "none"}, OWN, 200),
        ({"Sec-Fetch-Site": "same-site"}, OWN, 403),
        ({"Sec-Fetch-Site": "cross-site"}, OWN, 403),
        ({"Sec-Fetch-Site": ""}, OWN, 403),
        ({"Sec-Fetch-Site": "Same-Origin, cross-site"}, OWN, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": OWN}, OWN, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, OWN, 200),
        ({"Origin": OWN}, OWN, 200),
        ({"Origin": "http://LOCALHOST"}, OWN, 200),
        ({"Origin": "http://localhost:80"}, OWN, 200),
        ({"Origin": "null"}, OWN, 403),
        ({"Origin": ""}, OWN, 403),
        ({"Origin": "http://evil.org"}, OWN, 403),
        ({"Origin": "http://localhost.evil.org"}, OWN, 403),
        ({"Origin": "http://evil.org/localhost"}, OWN, 403),
        ({"Origin": "http://localhost@evil.org"}, OWN, 403),
        ({"Origin": "http://localhost:8000"}, OWN, 403),
        ({"Origin": "http://localhost:port"}, OWN, 403),
        ({"Origin": "http://[::1"}, OWN, 403),
        ({"Origin": "localhost"}, OWN, 403),
        ({"Origin": "http://localhost:8000"}, "http://localhost:8000", 200),
        ({"Origin": "http://localhost"}, "http://localhost:8000", 403),
        ({"Origin": "https://shop.org"}, "https://shop.org", 200),
        ({"Origin": "http://shop.org"}, "https://shop.org", 403),
        ({"Origin": "https://shop.org"}, "http://shop.org", 200),  # a proxy ends TLS
        ({"Origin": "http://other.org", "Host": "other.org"}, OWN, 200),
    ],
)
def test_an_unsafe_request_is_answered_or_refused(headers: dict[str, str], base_url: str, status: int) -> None:
    client = make_app().test_client()
    assert client.post("/", headers=headers, base_url=base_url).status_code == status


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "post", "PROPFIND"])
def test_every_method_that_is_not_safe_is_guarded(method: str) -> None:
    response = make_app().test_client().open("/", method=method, headers={"Origin": "http://evil.org"})
    assert response.status_code == 403


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("HEAD", 200), ("OPTIONS", 200), ("TRACE", 405)])
def test_safe_methods_pass(method: str, status: int) -> None:
    response = make_app().test_client().open("/", method=method, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == status


def test_a_trusted_origin_may_send() -> None:
    client = make_app(TRUSTED_ORIGINS=["https://admin.example.com"]).test_client()
    for site in ({}, {"Sec-Fetch-Site": "same-site"}):
        assert client.post("/", headers={"Origin": "https://admin.example.com", **site}).status_code == 200
        assert client.post("/", headers={"Origin": "http://admin.example.com", **site}).status_code == 403
    assert client.post("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_a_view_may_be_exempt() -> None:
    app = make_app()

    @app.post("/hook")
    @cross_origin_allowed
    def hook() -> str:
        return "done"

    client = app.test_client()
    assert client.post("/hook", headers={"Origin": "http://evil.org"}).status_code == 200
    assert client.post("/", headers={"Origin": "http://evil.org"}).status_code == 403


def test_the_guard_can_be_switched_off() -> None:
    client = make_app(ORIGIN_GUARD=False).test_client()
    assert client.post("/", headers={"Origin": "http://evil.org"}).status_code == 200


def test_a_refusal_does_nothing_and_is_logged_with_its_cure(caplog: pytest.LogCaptureFixture) -> None:
    app = make_app()
    called: list[str] = []
    app.before_request(lambda: called.append("before"))
    response = app.test_client().post("/", headers={"Origin": "http://evil.org"})
    assert response.status_code == 403
    assert called == []
    assert "Refused POST / from another origin (Origin: 'http://evil.org'" in caplog.text
    assert "trusted_origins" in caplog.text
    assert "evil.org" not in response.text


def test_a_refusal_has_its_handler() -> None:
    app = make_app()
    app.register_error_handler(403, lambda error: ("sorry", 403))
    assert app.test_client().post("/", headers={"Origin": "null"}).text == "sorry"
