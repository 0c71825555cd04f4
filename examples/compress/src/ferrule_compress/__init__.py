"""Compressed responses for Ferrule: an example that changes every response."""

from .extension import Compress

__all__ = ["Compress"]
