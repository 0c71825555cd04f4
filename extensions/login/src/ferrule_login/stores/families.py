"""What a store knows of remembered browsers, and what it must be able to do."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Protocol

__all__ = ["GRACE", "Family", "RememberStore", "Verdict", "digest_of", "new_selector", "new_validator"]

GRACE: Final = 60
"""For how long, in seconds, a cookie still counts after it was replaced: a browser that opens several pages at once
sends it with all of them, and only the first answer replaces it."""


class Verdict(Enum):
    """What a store says to a validator."""

    CURRENT = auto()
    """It is the family's newest."""

    REPLACED = auto()
    """It was replaced a moment ago, within :data:`GRACE`."""

    REPLAYED = auto()
    """It was replaced long ago: somebody has a copy. This answer has ended the family."""

    ENDED = auto()
    """A replay has ended the family before."""

    UNKNOWN = auto()
    """There is no such family, or no longer."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """A remembered browser.

    Attributes:
        selector: Names it.
        user_id: Whose it is.
        fingerprint: The user's, when the login was made.
        digest: That of the newest validator, see :func:`digest_of`.
        created: When the user logged in, in seconds since the epoch.
        used: When the cookie last logged somebody in, or was made.
        expires: When it ends.
        user_agent: What the browser called itself.
    """

    selector: str
    user_id: str
    fingerprint: str
    digest: str
    created: int
    used: int
    expires: int
    user_agent: str


class RememberStore(Protocol):
    """Keeps remembered browsers where all workers see them; each method is one transaction, none of the request's."""

    def begin(self, family: Family) -> None:
        """Keep a new family, and remove now and then what has expired."""
        ...

    def check(self, selector: str, digest: str, now: int) -> Verdict:
        """Tell what a validator is; one that is replayed ends its family."""
        ...

    def rotate(self, digest: str, family: Family, now: int) -> bool:
        """Replace the newest validator of a family, if it still has a digest: of two that try, one does.

        Args:
            digest: The digest of the validator that is replaced.
            family: The family with the new one.
            now: The time, in seconds since the epoch.

        Returns:
            Whether it was replaced. It may stay where the store cannot be written to for the moment.
        """
        ...

    def extend(self, digest: str, family: Family, now: int) -> bool:
        """Give a family another end and another fingerprint, if its newest validator has a digest.

        Returns:
            Whether it has them.
        """
        ...

    def end(self, selector: str) -> bool:
        """End a family; what a replay has ended stays known as that.

        Returns:
            Whether there was one.
        """
        ...

    def end_all(self, user_id: str) -> int:
        """End all families of a user.

        Returns:
            How many there were.
        """
        ...

    def of_user(self, user_id: str, now: int) -> list[Family]:
        """Return the families of a user, the last used first."""
        ...


def new_selector() -> str:
    """Return a name for a family: 128 random bits."""
    return secrets.token_urlsafe(16)


def new_validator() -> str:
    """Return a validator: 256 random bits."""
    return secrets.token_urlsafe(32)


def digest_of(validator: str) -> str:
    """Return what a store keeps of a validator: SHA-256, which needs no salt and no work for 256 random bits.

    So who reads the database, or a backup of it, cannot log in with what is there.
    """
    return hashlib.sha256(validator.encode()).hexdigest()
