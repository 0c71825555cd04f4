"""Prometheus metrics for Ferrule: an example of a wrapper around requests."""

from .extension import Metrics

__all__ = ["Metrics"]
