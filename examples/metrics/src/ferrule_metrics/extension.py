"""The extension."""

from ferrule import Extension

__all__ = ["Metrics"]


class Metrics(Extension):
    """Prometheus metrics for Ferrule: an example of a wrapper around requests."""

    name = "metrics"
    description = "Prometheus metrics for Ferrule: an example of a wrapper around requests."
