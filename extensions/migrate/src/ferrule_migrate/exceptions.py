"""The errors of migrations."""

from ferrule import FerruleError

__all__ = ["MigrationError"]


class MigrationError(FerruleError):
    """A migration cannot be made or run; the text says what was found, and what cures it."""
