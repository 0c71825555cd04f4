"""The extension: a wrapper around each request, and the endpoint that tells what was measured."""

from collections.abc import Generator, Iterator
from functools import partial
from hmac import compare_digest
from time import perf_counter
from typing import ClassVar, Final, cast

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from werkzeug.wrappers import Response as AnyResponse

from ferrule import App, Check, Context, Extension, Response, current_app, hookimpl, request

from .measures import Measures
from .processes import VARIABLE, shared_folder
from .settings import MetricsSettings

__all__ = ["Metrics"]

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
_SHORTEST: Final = 16


class Metrics(Extension):
    """Counts and times the requests of an application, and answers Prometheus."""

    name = "metrics"
    description = "Prometheus metrics: requests, durations, errors."
    settings_class: ClassVar[type[MetricsSettings]] = MetricsSettings
    api_version: ClassVar[str] = "0.1"
    thread_safe: ClassVar[bool] = True
    fork_safe: ClassVar[bool] = True
    async_safe: ClassVar[bool] = True
    single_instance: ClassVar[bool] = False

    def make_state(self, app: App) -> Measures:
        return Measures(app.name)

    def registry(self, app: App) -> CollectorRegistry:
        """Return the registry of an application, for metrics of its own: ``Counter(…, registry=…)``."""
        return self._measures(app).registry

    def _measures(self, app: App) -> Measures:
        return cast(Measures, self.state(app))

    @hookimpl
    def app_init(self, app: App) -> None:
        """Declare the metrics, and where they are told."""
        settings = app.config.settings(MetricsSettings)
        self._measures(app).declare(settings)
        app.add_url_rule(settings.path, self.name, self._answer)

    @hookimpl(wrapper=True)
    def handle_request(self, ctx: Context) -> Generator[None, AnyResponse, AnyResponse]:
        """Measure everything but the reading of the metrics."""
        if ctx.url_rule is not None and ctx.url_rule.endpoint == self.name:
            return (yield)
        measures, labels = self._measures(ctx.app), _labels(ctx)
        start = perf_counter()
        measures.running.inc()
        try:
            response = yield
        except Exception as error:
            measures.failed(*labels, error)
            measures.ended(*labels, start)
            raise
        finally:
            measures.running.dec()
        measures.answered(*labels, _status(response.status_code))
        if response.is_streamed and not response.direct_passthrough:  # a file that the server sends by itself
            response.call_on_close(partial(measures.ended, *labels, start))
        else:
            measures.ended(*labels, start)
        return response

    @hookimpl
    def check_app(self, app: App, deploy: bool) -> Iterator[Check]:
        """Tell who may read the metrics, and whose they are."""
        if not deploy:
            return
        token = app.config.settings(MetricsSettings).token
        if token is None:
            text = f"whoever reaches {app.config['METRICS_PATH']} may read the metrics: routes, errors, how busy it is"
            yield Check("metrics.open", "warning", text, "set token in [metrics], or let the proxy refuse the path")
        elif len(token) < _SHORTEST:
            text = f"METRICS_TOKEN ({app.config.origin('METRICS_TOKEN')}) has {len(token)} characters: too few"
            cure = 'set it to what this prints: python -c "import secrets; print(secrets.token_urlsafe())"'
            yield Check("metrics.weak_token", "error", text, cure)
        if shared_folder() is None:
            text = f"{VARIABLE} is not set: of several worker processes, each tells its own metrics alone"
            yield Check("metrics.processes", "info", text, "set it to an empty folder, or serve with one worker")

    def _answer(self) -> Response:
        if not _may_read(current_app.config.settings(MetricsSettings).token):
            return Response(
                "The metrics are for those who have the token.\n", 401, _headers("text/plain", 'Bearer realm="metrics"')
            )
        accept = request.headers.get("Accept", "")
        try:
            encode, content_type = choose_encoder(accept if accept.isascii() else "")
        except (TypeError, ValueError):  # a version that is no number
            encode, content_type = choose_encoder("")
        return Response(encode(self._measures(current_app).exposed), headers=_headers(content_type))


def _headers(content_type: str, challenge: str | None = None) -> dict[str, str]:
    headers = {"Content-Type": content_type, "Cache-Control": "no-store", "Vary": "Accept"}
    return headers if challenge is None else {**headers, "WWW-Authenticate": challenge}


def _may_read(token: str | None) -> bool:
    """Tell whether the request has the token; it takes the same time whatever it has in its place."""
    if token is None:
        return True
    given = request.authorization
    sent = given.token if given is not None and given.type == "bearer" else None
    return compare_digest((sent or "").encode(), token.encode())


def _labels(ctx: Context) -> tuple[str, str]:
    """Return method and rule; what a client makes up is one value, or it could fill the memory with series."""
    method = (ctx.environ or {}).get("REQUEST_METHOD", "").upper()
    return method if method in _METHODS else "other", "unmatched" if ctx.url_rule is None else ctx.url_rule.rule


def _status(code: int) -> str:
    return str(code) if 100 <= code < 600 else "other"
