"""For authors of extensions: scaffolds, a conformance kit, test helpers, static checks, the lock."""

from .extension import Devtools

__all__ = ["Devtools"]
