"""The extension."""

from ferrule import Extension

__all__ = ["Compress"]


class Compress(Extension):
    """Compressed responses for Ferrule: an example that changes every response."""

    name = "compress"
    description = "Compressed responses for Ferrule: an example that changes every response."
