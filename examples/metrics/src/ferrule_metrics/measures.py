"""What is measured of one application, and the registry that it is kept in."""

from collections.abc import Callable
from functools import cache, partial
from threading import Lock
from time import perf_counter
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.registry import Collector

from .processes import APPLICATION, SharedMetrics, shared_folder, unique_name
from .settings import MetricsSettings

__all__ = ["Measures"]

_UNANSWERED: Final = "500"
"""The status that an error stands for which no handler took."""


class Measures:
    """The registry of one application, and in it what the extension measures.

    Args:
        name: The application's name.

    Attributes:
        registry: For metrics of the application's own, too.
        exposed: What is told to a reader: the registry, or the same metrics of all processes.
    """

    def __init__(self, name: str) -> None:
        self.registry: CollectorRegistry = CollectorRegistry(auto_describe=True)
        self.exposed: Collector = self.registry
        self._own_names: tuple[str, ...] = ()
        self._own_values: tuple[str, ...] = ()
        if (folder := shared_folder()) is not None:
            self._own_names, self._own_values = (APPLICATION,), (unique_name(name, self.registry),)
            self.exposed = SharedMetrics(self.registry, folder, *self._own_values)
        self._lock = Lock()
        self._running: Gauge | None = None

    def declare(self, settings: MetricsSettings) -> None:
        """Put the metrics into the registry."""
        registry, names = self.registry, self._own_names
        if settings.process and not names:
            for collector in (ProcessCollector, PlatformCollector, GCCollector):
                collector(registry=registry)
        requests = Counter("http_requests", "Requests.", (*names, "method", "rule", "status"), registry=registry)
        errors = Counter("http_exceptions", "Unhandled errors.", (*names, "method", "rule", "type"), registry=registry)
        durations = Histogram(
            "http_request_duration_seconds",
            "From the first hook to the response; of a stream, to its end.",
            (*names, "method", "rule"),
            registry=registry,
            buckets=settings.buckets,
        )
        self._gauge = Gauge(
            "http_requests_in_progress",
            "Requests whose response is being made.",
            names,
            registry=registry,
            multiprocess_mode="livesum",
        )
        # PERF: `labels` takes a lock and makes texts, a microsecond in all.
        self._requests: Callable[..., Counter] = cache(partial(requests.labels, *self._own_values))
        self._errors: Callable[..., Counter] = cache(partial(errors.labels, *self._own_values))
        self._durations: Callable[..., Histogram] = cache(partial(durations.labels, *self._own_values))

    @property
    def running(self) -> Gauge:
        """How many requests are answered at this moment.

        It is made by the first of them, for commands to leave no file; it begins at 0, though a process of the same
        number may have left one.
        """
        return self._running or self._first_running()

    def _first_running(self) -> Gauge:
        with self._lock:
            if self._running is None:
                gauge = self._gauge.labels(*self._own_values) if self._own_values else self._gauge
                gauge.set(0)
                self._running = gauge
            return self._running

    def answered(self, method: str, rule: str, status: str) -> None:
        """Count a request."""
        self._requests(method, rule, status).inc()

    def failed(self, method: str, rule: str, error: Exception) -> None:
        """Count a request and its error, which no handler took."""
        kind = type(error)
        self._requests(method, rule, _UNANSWERED).inc()
        self._errors(method, rule, f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")).inc()

    def ended(self, method: str, rule: str, start: float) -> None:
        """Observe how long a request took that began at a reading of ``perf_counter``."""
        self._durations(method, rule).observe(perf_counter() - start)
