"""What is measured, who may read it, and what the configuration can say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import Counter
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from werkzeug.exceptions import Conflict

from ferrule import App, Check, ConfigError, Response, abort, send_file
from ferrule_metrics import Metrics, MetricsSettings

PLAIN: Final = "text/plain; version=0.0.4"
OPENMETRICS: Final = "application/openmetrics-text; version=1.0.0"
TOKEN: Final = "a-token-for-tests-of-32-letters"


@pytest.fixture
def shop() -> App:
    return make_shop()


def make_shop(*, env: str = "production", **config: Any) -> App:
    app = App("metrics_shop", config_file=None, env=env, extensions=["metrics"], config=config)
    app.logger.disabled = True  # it would write each error of a view

    @app.route("/items/<int:number>", methods=["GET", "POST"])
    def item(number: int) -> str:
        return f"item {number}"

    @app.get("/status/<int:code>")
    def status(code: int) -> Response:
        return Response("", code)

    @app.get("/broken")
    def broken() -> str:
        raise ValueError("what broke")

    @app.get("/taken")
    def taken() -> str:
        raise Conflict

    @app.get("/stream")
    def stream() -> Iterator[str]:
        return iter(["a", "b"])

    return app


def value(app: App, name: str, **labels: str) -> float | None:
    return app.extension(Metrics).registry(app).get_sample_value(name, labels)


def requests(app: App) -> dict[tuple[str, str, str], float]:
    """Return how many requests were counted by method, rule and status."""
    (metric,) = (m for m in app.extension(Metrics).registry(app).collect() if m.name == "http_requests")
    samples = [sample for sample in metric.samples if sample.name == "http_requests_total"]
    return {(s.labels["method"], s.labels["rule"], s.labels["status"]): s.value for s in samples}


def findings(app: App) -> dict[str, Check]:
    app.finalize()
    found = app.hooks.check_app(app, True)
    return {check.id: check for check in found if check.id.startswith("metrics.")}


def test_requests_are_counted_by_method_rule_and_status(shop: App) -> None:
    client = shop.test_client()
    for number in range(3):
        client.get(f"/items/{number}")
    client.post("/items/1")
    client.get("/taken")
    assert requests(shop) == {
        ("GET", "/items/<int:number>", "200"): 3,
        ("POST", "/items/<int:number>", "200"): 1,
        ("GET", "/taken", "409"): 1,
    }
    assert value(shop, "http_request_duration_seconds_count", method="GET", rule="/items/<int:number>") == 3
    assert value(shop, "http_exceptions_total", method="GET", rule="/taken", type="Conflict") is None


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(st.from_regex(r"[A-Za-z]{1,8}", fullmatch=True), st.text(st.characters(codec="ascii"), max_size=9)),
        max_size=20,
    )
)
def test_what_clients_make_up_adds_no_series(made_up: list[tuple[str, str]]) -> None:
    shop = make_shop()
    client = shop.test_client()
    for method, path in made_up:
        client.open(f"/x/{path}", method=method)
        client.open("/items/1", method=method)
    methods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "other"}
    assert {method for method, _, _ in requests(shop)} <= methods
    assert {rule for _, rule, _ in requests(shop)} <= {"/items/<int:number>", "unmatched"}
    assert sum(requests(shop).values()) == 2 * len(made_up)


def test_a_status_that_http_does_not_have_is_other(shop: App) -> None:
    client = shop.test_client()
    for code in (599, 600, 999):
        client.get(f"/status/{code}")
    rule = "/status/<int:code>"
    assert requests(shop) == {("GET", rule, "599"): 1, ("GET", rule, "other"): 2}


def test_an_error_that_no_handler_takes_is_a_500_and_counted_by_its_type(shop: App) -> None:
    assert shop.test_client().get("/broken").status_code == 500
    assert requests(shop) == {("GET", "/broken", "500"): 1}
    assert value(shop, "http_exceptions_total", method="GET", rule="/broken", type="ValueError") == 1
    assert value(shop, "http_request_duration_seconds_count", method="GET", rule="/broken") == 1
    assert value(shop, "http_requests_in_progress") == 0


def test_an_error_that_a_handler_takes_is_what_it_answers(shop: App) -> None:
    shop.errorhandler(ValueError)(lambda error: ("mended", 418))
    shop.test_client().get("/broken")
    assert requests(shop) == {("GET", "/broken", "418"): 1}
    assert value(shop, "http_exceptions_total", method="GET", rule="/broken", type="ValueError") is None


def test_requests_in_progress_are_counted_while_they_are_answered(shop: App) -> None:
    shop.get("/seen")(lambda: str(value(shop, "http_requests_in_progress")))
    assert shop.test_client().get("/seen").text == "1.0"
    assert value(shop, "http_requests_in_progress") == 0


def test_a_stream_is_measured_to_its_end(shop: App) -> None:
    client = shop.test_client()
    with client.get("/stream"):
        assert requests(shop) == {("GET", "/stream", "200"): 1}
        assert value(shop, "http_request_duration_seconds_count", method="GET", rule="/stream") is None
    assert value(shop, "http_request_duration_seconds_count", method="GET", rule="/stream") == 1
    client.head("/stream").close()
    assert value(shop, "http_request_duration_seconds_count", method="HEAD", rule="/stream") == 1


def test_a_file_is_measured_until_it_is_handed_to_the_server(shop: App) -> None:
    shop.get("/file")(lambda: send_file(__file__))
    with shop.test_client().get("/file"):
        assert value(shop, "http_request_duration_seconds_count", method="GET", rule="/file") == 1
    assert value(shop, "http_request_duration_seconds_count", method="GET", rule="/file") == 1


def test_a_plain_answer_stays_one_that_werkzeug_need_not_make(shop: App) -> None:
    responses: list[Any] = []

    @shop.after_request
    def note(response: Response) -> Response:
        responses.append(response)
        return response

    shop.test_client().get("/items/1")
    assert [list(vars(response)) for response in responses] == [["_plain"]]


def test_reading_the_metrics_is_not_measured(shop: App) -> None:
    client = shop.test_client()
    answer = client.get("/metrics")
    assert (answer.status_code, answer.headers["Cache-Control"], answer.headers["Vary"]) == (200, "no-store", "Accept")
    head = client.head("/metrics")
    assert (head.status_code, head.data) == (200, b"")
    assert int(head.headers["Content-Length"]) > 0
    assert requests(shop) == {}
    assert client.post("/metrics").status_code == 405


@pytest.mark.parametrize(
    ("accept", "content_type", "parse"),
    [
        (None, PLAIN, parse_text),
        ("*/*", PLAIN, parse_text),
        ("text/plain; version=1.0.0", "text/plain; version=1.0.0", parse_text),
        (
            OPENMETRICS,
            OPENMETRICS,
            parse_openmetrics,
        ),
        ("application/openmetrics-text", OPENMETRICS, parse_openmetrics),
        ("application/openmetrics-text; version=one", PLAIN, parse_text),
        ("application/openmetrics-text; version=" + "9" * 5000, PLAIN, parse_text),
        ("application/openmetrics-text; version=1.0.\u00b2", PLAIN, parse_text),
    ],
)
def test_a_reader_gets_the_format_that_it_asks_for(
    shop: App, accept: str | None, content_type: str, parse: Callable[[str], Iterator[Any]]
) -> None:
    client = shop.test_client()
    client.get("/items/1")
    answer = client.get("/metrics", headers={"Accept": accept} if accept else {})
    assert answer.headers["Content-Type"].startswith(content_type)
    (metric,) = (metric for metric in parse(answer.text) if metric.name == "http_requests")
    assert metric.samples[0].labels == {"method": "GET", "rule": "/items/<int:number>", "status": "200"}


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 401),
        (f"Bearer {TOKEN}", 200),
        (f"bearer {TOKEN}", 200),
        (f"Bearer {TOKEN}x", 401),
        (f"Bearer {TOKEN[:-1]}", 401),
        ("Bearer", 401),
        ("Bearer \u00e9", 401),
        ("Basic dTpw", 401),
        (f"Basic {TOKEN}", 401),
        (TOKEN, 401),
    ],
)
def test_with_a_token_only_who_sends_it_may_read(authorization: str | None, status: int) -> None:
    shop = make_shop(METRICS_TOKEN=TOKEN)
    shop.errorhandler(401)(lambda error: "log in first")  # a page for people is not what Prometheus is to store
    answer = shop.test_client().get("/metrics", headers={"Authorization": authorization} if authorization else {})
    assert answer.status_code == status
    if status == 401:
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="metrics"'
        assert "http_" not in answer.text
        assert TOKEN not in answer.text


def test_the_path_is_a_setting() -> None:
    client = make_shop(METRICS_PATH="/internal/metrics").test_client()
    assert client.get("/internal/metrics").status_code == 200
    assert client.get("/metrics").status_code == 404


def test_buckets_are_a_setting_also_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FERRULE_METRICS_BUCKETS", "[0.5, 2]")
    shop = make_shop()
    shop.test_client().get("/items/1")
    bounds = re.findall(r'duration_seconds_bucket{le="(.*?)"', shop.test_client().get("/metrics").text)
    assert bounds == ["0.5", "2.0", "+Inf"]


@pytest.mark.parametrize(
    ("config", "mistake"),
    [
        ({"METRICS_PATH": "metrics"}, "path='metrics'"),
        ({"METRICS_PATH": "/<metrics>"}, "path='/<metrics>'"),
        ({"METRICS_TOKEN": ""}, "token: expected"),
        ({"METRICS_TOKEN": "two words"}, "token: expected"),
        ({"METRICS_BUCKETS": []}, r"buckets=\[\]"),
        ({"METRICS_BUCKETS": [1, 0.5]}, r"buckets=\[1.0, 0.5\]"),
        ({"METRICS_BUCKETS": [0]}, r"buckets=\[0.0\]"),
        ({"METRICS_BUCKETS": ["soon"]}, "METRICS_BUCKETS"),
        ({"METRICS_PATH": "x", "METRICS_TOKEN": "", "METRICS_BUCKETS": []}, "path.*; token.*; buckets"),
    ],
)
def test_a_value_that_cannot_be_meant_stops_the_start(config: dict[str, Any], mistake: str) -> None:
    with pytest.raises(ConfigError, match=mistake) as raised:
        make_shop(**config).initialise()
    assert "two words" not in str(raised.value)


def test_two_applications_share_nothing() -> None:
    extension = Metrics()
    first, second = (
        App("shop", config_file=None, env="testing", extensions=[extension], config={"METRICS_PROCESS": False})
        for _ in range(2)
    )
    first.test_client().get("/nowhere")
    assert requests(first) == {("GET", "unmatched", "404"): 1}
    assert "unmatched" not in second.test_client().get("/metrics").text
    assert requests(second) == {}


def test_an_application_adds_metrics_of_its_own() -> None:
    shop = make_shop()
    orders = Counter("orders", "Orders placed.", registry=shop.extension(Metrics).registry(shop))

    @shop.post("/orders")
    def order() -> str:
        orders.inc()
        return "thanks"

    client = shop.test_client()
    client.post("/orders")
    assert "orders_total 1.0\n" in client.get("/metrics").text


def test_the_process_is_told_unless_switched_off() -> None:
    assert "process_cpu_seconds_total" in make_shop().test_client().get("/metrics").text
    assert "process_" not in make_shop(METRICS_PROCESS=False).test_client().get("/metrics").text


def test_an_answer_before_the_view_is_measured_too(shop: App) -> None:
    shop.before_request(lambda: abort(403))
    shop.test_client().get("/items/1")
    assert requests(shop) == {("GET", "/items/<int:number>", "403"): 1}


def test_metrics_that_anybody_may_read_are_a_finding() -> None:
    assert findings(make_shop())["metrics.open"].level == "warning"
    assert "metrics.open" not in findings(make_shop(METRICS_TOKEN=TOKEN))
    shop = make_shop()
    shop.finalize()
    assert [check for check in shop.hooks.check_app(shop, False) if check.id.startswith("metrics.")] == []


def test_a_token_that_can_be_guessed_is_a_finding_that_does_not_tell_it() -> None:
    check = findings(make_shop(METRICS_TOKEN="letmein"))["metrics.weak_token"]
    assert check.level == "error"
    assert "letmein" not in check.message


def test_every_setting_is_documented() -> None:
    fields = MetricsSettings.__dataclass_fields__.values()
    assert [field.name for field in fields if not field.metadata] == []
