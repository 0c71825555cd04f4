"""What is behind a proxy is told by its headers, if the configuration says how many proxies there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ferrule import App, request
from ferrule.exceptions import ConfigError

FORWARDED = {
    "X-Forwarded-For": "6.6.6.6, 203.0.113.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "shop.example",
    "X-Forwarded-Prefix": "/shop",
}


def seen_by(app: App) -> str:
    app.add_url_rule("/", "index", lambda: f"{request.remote_addr} {request.url}")
    return app.test_client().get("/", headers=FORWARDED).text


def test_no_header_of_a_proxy_is_believed_unasked() -> None:
    assert seen_by(App("shop", config_file=None)) == "127.0.0.1 http://localhost/"


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"x_for": 1}, "203.0.113.7 http://localhost/"),
        ({"x_for": 2}, "6.6.6.6 http://localhost/"),
        ({"x_for": 3}, "127.0.0.1 http://localhost/"),
        ({"x_proto": 1}, "127.0.0.1 https://localhost/"),
        ({"x_host": 1, "x_proto": 1}, "127.0.0.1 https://shop.example/"),
        ({"x_for": 1, "x_prefix": 1}, "203.0.113.7 http://localhost/shop/"),
        ({}, "127.0.0.1 http://localhost/"),
    ],
    ids=str,
)
def test_only_the_counted_headers_are_believed(counts: dict[str, int], expected: str) -> None:
    """Werkzeug's own ``ProxyFix`` believes ``X-Forwarded-For`` and ``-Proto`` unasked; here each one is named."""
    assert seen_by(App("shop", config_file=None, config={"PROXY_FIX": counts})) == expected


def test_it_can_be_said_in_the_file_the_environment_and_later_in_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ferrule.toml"
    file.write_text("proxy_fix = { x_for = 1 }\n")
    assert seen_by(App("shop", config_file=file)) == "203.0.113.7 http://localhost/"
    monkeypatch.setenv("FERRULE_PROXY_FIX__X_PROTO", "1")
    assert seen_by(App("shop", config_file=file)) == "203.0.113.7 https://localhost/"
    monkeypatch.setenv("FERRULE_PROXY_FIX", '{"x_host": 1}')
    monkeypatch.delenv("FERRULE_PROXY_FIX__X_PROTO")
    assert seen_by(App("shop", config_file=None)) == "127.0.0.1 http://shop.example/"
    monkeypatch.delenv("FERRULE_PROXY_FIX")
    app = App("shop", config_file=None)
    app.config["PROXY_FIX"] = {"x_for": 1}
    assert seen_by(app) == "203.0.113.7 http://localhost/"


def test_middleware_sees_the_clients_request_from_the_first_one_on() -> None:
    app = App("shop", config_file=None, config={"PROXY_FIX": {"x_for": 1}})
    app.add_url_rule("/", "index", lambda: "hello")
    seen = []
    inner = app.wsgi_app

    def middleware(environ: Any, start_response: Any) -> Any:
        seen.append(environ["REMOTE_ADDR"])
        return inner(environ, start_response)

    app.wsgi_app = middleware  # type: ignore[method-assign]  # as the docs say
    client = app.test_client()
    for _ in range(2):
        assert client.get("/", headers=FORWARDED).text == "hello"
    assert seen == ["203.0.113.7", "203.0.113.7"]


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ("{ x_four = 1 }", "x_four: unknown key; did you mean 'x_for'?"),
        ('{ x_for = "1" }', "expected int"),
        ("true", "proxy_fix"),
    ],
)
def test_a_mistake_in_it_is_told_at_the_start(tmp_path: Path, counts: str, text: str) -> None:
    file = tmp_path / "ferrule.toml"
    file.write_text(f"proxy_fix = {counts}\n")
    with pytest.raises(ConfigError, match="1 mistake") as raised:
        App("shop", config_file=file)
    assert text in str(raised.value)


@pytest.mark.parametrize("counts", [{"x_for": -1}, {"x_for": "many"}], ids=str)
def test_a_mistake_made_in_code_is_told_at_the_freeze(counts: Any) -> None:
    app = App("shop", config_file=None)
    app.config["PROXY_FIX"] = counts
    with pytest.raises(ConfigError, match=r"(?i)proxy_fix"):
        app.finalize()
