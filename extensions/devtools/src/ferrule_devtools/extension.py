"""The extension itself."""

from ferrule import Extension

__all__ = ["Devtools"]


class Devtools(Extension):
    """Shows authors what their extensions miss."""

    name = "devtools"
    description = "Scaffolds, a conformance kit, test helpers, static checks and the lock, for authors."
