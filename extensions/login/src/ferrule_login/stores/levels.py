"""How many failures a bucket holds, how they are forgotten, and how long the next attempt has to wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

__all__ = ["EMPTY", "Level", "Limit", "after_failure", "after_success", "wait_of"]

_TOLERANCE: Final = 0.01
"""Of the time that one failure takes to be forgotten: so much may the clocks of workers differ."""

_MOST_DOUBLINGS: Final = 32


@dataclass(frozen=True, kw_only=True)
class Limit:
    """How many failures are free, and what more of them cost.

    Attributes:
        free: So many failures cost no wait.
        forget: Seconds after which one failure is forgotten.
        first_delay: Seconds to wait after the last of the free ones; each further failure doubles them.
        max_delay: The longest wait, in seconds.
    """

    free: int
    forget: float
    first_delay: float
    max_delay: float


class Level(NamedTuple):
    """What a bucket holds: two points in time, in seconds since the epoch, so that nothing has to be counted down.

    Attributes:
        forgotten_at: When the last failure will be forgotten; each adds its own time to what is left of the others'.
        open_at: When the next attempt may be made.
    """

    forgotten_at: float
    open_at: float


EMPTY: Final = Level(0.0, 0.0)
"""No failure."""


def wait_of(level: Level, now: float) -> float:
    """Return how many seconds the next attempt has to wait.

    Args:
        level: The bucket.
        now: The time, in seconds since the epoch.
    """
    return max(0.0, level.open_at - now)


def after_failure(level: Level, limit: Limit, now: float) -> Level:
    """Return the bucket with one failure more.

    Args:
        level: The bucket.
        limit: What failures cost.
        now: The time, in seconds since the epoch.
    """
    forgotten_at = max(level.forgotten_at, now) + limit.forget
    failures = int((forgotten_at - now) / limit.forget + 1 - _TOLERANCE)
    beyond = min(failures - limit.free, _MOST_DOUBLINGS)
    if beyond < 0:  # it stays open, also to who looked at a clock a moment earlier
        return Level(forgotten_at, level.open_at)
    return Level(forgotten_at, now + min(limit.first_delay * 2.0**beyond, limit.max_delay))


def after_success(level: Level, limit: Limit, now: float) -> Level:
    """Return the bucket without the one failure that was counted before the attempt turned out to be right.

    Args:
        level: The bucket.
        limit: What failures cost.
        now: The time, in seconds since the epoch.
    """
    return Level(level.forgotten_at - limit.forget, min(level.open_at, now))
