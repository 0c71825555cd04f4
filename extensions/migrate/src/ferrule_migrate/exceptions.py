"""The errors of migrations.

::

    MigrationError
    ├── DestructiveError       pending revisions lose data, and nobody has allowed it
    ├── LockedError            another run changes the database
    ├── RevisionError          a revision failed
    └── UnknownRevisionError   a database is at a revision that nobody has
"""

from collections.abc import Sequence

from ferrule import FerruleError

from .hazards import Hazard

__all__ = ["DestructiveError", "LockedError", "MigrationError", "RevisionError", "UnknownRevisionError"]


class MigrationError(FerruleError):
    """A migration cannot be made or run; the text says what was found, and what cures it."""


class DestructiveError(MigrationError):
    """Pending revisions lose data, or may, and in production that has to be allowed; nothing was changed.

    Attributes:
        hazards: What is dangerous about them, what only asks for caution included.
    """

    def __init__(self, message: str, *, hazards: Sequence[Hazard] = ()) -> None:
        super().__init__(message)
        self.hazards: tuple[Hazard, ...] = tuple(hazards)


class LockedError(MigrationError):
    """Another run of migrations has the lock; nothing was changed, and the run may be tried again."""


class UnknownRevisionError(MigrationError):
    """A database is at a revision that no file has: it is ahead of the code, or the file is gone. Nothing was done."""


class RevisionError(MigrationError):
    """A revision failed; the text says what of the run stays, and how to go on.

    Attributes:
        revision: The revision that failed.
        bind_key: The database that it failed on; ``None`` for the default one.
        applied: The revisions of the run that stay, complete and recorded.
        done: The statements of the failed one that stay; none where the database undid it.
    """

    def __init__(
        self,
        message: str,
        *,
        revision: str = "",
        bind_key: str | None = None,
        applied: tuple[str, ...] = (),
        done: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.revision = revision
        self.bind_key = bind_key
        self.applied = applied
        self.done = done
