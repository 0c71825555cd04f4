"""The errors of migrations.

::

    MigrationError
    └── LockedError        another run changes the database
"""

from ferrule import FerruleError

__all__ = ["LockedError", "MigrationError"]


class MigrationError(FerruleError):
    """A migration cannot be made or run; the text says what was found, and what cures it."""


class LockedError(MigrationError):
    """Another run of migrations has the lock; nothing was changed, and the run may be tried again."""
