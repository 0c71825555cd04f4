"""Prometheus metrics for Ferrule: an example of a wrapper around requests."""

from .extension import Metrics
from .settings import MetricsSettings

__all__ = ["Metrics", "MetricsSettings"]
