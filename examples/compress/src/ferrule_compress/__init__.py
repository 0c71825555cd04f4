"""Compressed responses for Ferrule: an example that changes every response."""

from .exposure import uncompressed
from .extension import Compress, CompressSettings

__all__ = ["Compress", "CompressSettings", "uncompressed"]
