"""Stores in the memory of this process: for development, and for what has one process only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from heapq import nsmallest
from threading import Lock
from typing import Final, TypeVar

from .levels import EMPTY, Level, Limit, after_failure, after_success, wait_of

__all__ = ["MemoryAttempts", "MemoryTokens"]

MOST: Final = 100_000
"""Entries of a store: about 20 MB. One that is full drops the tenth of them that would be forgotten soonest."""

V = TypeVar("V")


class MemoryAttempts:
    """How many attempts failed; see :class:`~ferrule_login.stores.AttemptStore`."""

    def __init__(self, most: int = MOST) -> None:
        self._levels: dict[str, Level] = {}
        self._lock = Lock()
        self._most = most

    def __len__(self) -> int:
        return len(self._levels)

    def charge(self, limits: Mapping[str, Limit], now: float) -> float:
        """Count a failure in every bucket, or in none."""
        with self._lock:
            levels = {bucket: self._levels.get(bucket, EMPTY) for bucket in limits}
            if wait := max(wait_of(level, now) for level in levels.values()):
                return wait
            for bucket, limit in limits.items():
                self._levels[bucket] = after_failure(levels[bucket], limit, now)
            _make_room(self._levels, self._most, now, max)
            return 0.0

    def settle(self, forgotten: Collection[str], forgiven: Mapping[str, Limit], now: float) -> None:
        """Take back what was counted."""
        with self._lock:
            for bucket in forgotten:
                self._levels.pop(bucket, None)
            for bucket in forgiven.keys() & self._levels.keys():
                self._levels[bucket] = after_success(self._levels[bucket], forgiven[bucket], now)


class MemoryTokens:
    """Which tokens were used; see :class:`~ferrule_login.stores.TokenStore`."""

    def __init__(self, most: int = MOST) -> None:
        self._spent: dict[str, float] = {}
        self._lock = Lock()
        self._most = most

    def __len__(self) -> int:
        return len(self._spent)

    def spend(self, token_id: str, expires_at: float, now: float) -> bool:
        """Use a token up."""
        with self._lock:
            if token_id in self._spent:
                return False
            self._spent[token_id] = expires_at
            _make_room(self._spent, self._most, now, float)
            return True

    def is_spent(self, token_id: str) -> bool:
        """Tell whether a token was used."""
        return token_id in self._spent


def _make_room(entries: dict[str, V], most: int, now: float, ends_at: Callable[[V], float]) -> None:
    """Forget, in a store that is full, what means nothing any more; if that is not enough, what ends soonest."""
    if len(entries) <= most:
        return
    for key in [key for key, value in entries.items() if ends_at(value) < now]:
        del entries[key]
    if len(entries) > most * 9 // 10:
        for key in nsmallest(len(entries) - most * 9 // 10, entries, key=lambda key: ends_at(entries[key])):
            del entries[key]
