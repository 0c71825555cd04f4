"""What a store must do. The stores keep no names and no addresses: what they are given are keyed digests."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from .levels import Limit

__all__ = ["AttemptStore", "TokenStore"]


class AttemptStore(Protocol):
    """Keeps how many attempts failed, by bucket: a text of 32 hexadecimal digits."""

    def charge(self, limits: Mapping[str, Limit], now: float) -> float:
        """Count a failure in every one of some buckets; or in none of them, if one says that it is too early.

        This is one step: of any number of workers that come at the same time, each sees what those before it counted.

        Args:
            limits: What failures cost, by bucket.
            now: The time, in seconds since the epoch.

        Returns:
            How many seconds to wait; 0 if the attempt may be made and was counted.
        """
        ...

    def settle(self, forgotten: Collection[str], forgiven: Mapping[str, Limit], now: float) -> None:
        """Take back what :meth:`charge` counted, since the attempt turned out to be right.

        Args:
            forgotten: The buckets that are emptied.
            forgiven: The buckets that lose the one failure.
            now: The time, in seconds since the epoch.
        """
        ...


class TokenStore(Protocol):
    """Remembers which tokens were used, as long as they would be valid."""

    def spend(self, token_id: str, expires_at: float, now: float) -> bool:
        """Use a token up. This is one step, as in :meth:`AttemptStore.charge`.

        Args:
            token_id: 32 hexadecimal digits.
            expires_at: When the token expires, in seconds since the epoch; then it can be forgotten.
            now: The time, likewise.

        Returns:
            Whether this was the first time.
        """
        ...

    def is_spent(self, token_id: str) -> bool:
        """Tell whether a token was used.

        Args:
            token_id: 32 hexadecimal digits.
        """
        ...
